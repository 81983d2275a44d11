//! The audience of an ID token is not written out.

use engine_sdk::prelude::*;

use crate::facts::Job;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(job: &Item<Job>, report: &mut Report) {
    for (index, token) in job.id_tokens.iter().enumerate() {
        for (at, audience) in token.aud.iter().enumerate() {
            let place = || job.at("id_tokens").index(index).key("aud").index(at);
            match audience.settled() {
                Ok(Some(audience)) if audience.contains('*') => {
                    report.finding(
                        place(),
                        format!("`{}` is made for `{audience}`, which is no one address", token.name),
                    );
                }
                // GitLab's own variables name this GitLab.
                Ok(Some(audience)) if audience.contains('$') && !audience.contains("$CI_SERVER_") => {
                    report
                        .finding(
                            place(),
                            format!("`{}` is made for whoever starts the pipeline says: `{audience}`", token.name),
                        )
                        .help("write the address of the one who takes the token");
                }
                Ok(_) => {}
                Err(unknown) => {
                    report.undecided(place(), format!("whom `{}` is made for depends on {unknown}", token.name));
                }
            }
        }
    }
}
