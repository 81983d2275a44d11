//! A tag can start a job that changes production: one with a production branch's name, or a protected one.

use engine_sdk::prelude::*;

use crate::branch::{Config, Production};
use crate::job::{Job, Ref};

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((jobs, configs): &(Items<Job>, Items<Config>), report: &mut Report) {
    let production = Production::new(configs);
    for job in jobs {
        let Some((command, true)) = job.change() else { continue };
        for (index, start) in job.starts.iter().enumerate() {
            let Some(entry) = start.refs.iter().position(|refs| is_meant(refs, &production)) else { continue };
            let Some(refs) = start.refs.get(entry) else { continue };
            let place = job.at("starts").index(index).key("refs").index(entry);
            let (name, title, proof) = (&job.name, refs.title(), refs.proof());
            match refs.reached.settled() {
                Ok(_) => {
                    report
                        .finding(place, format!("job `{name}` changes production and can start {title}{proof}"))
                        .related(job.at("commands").index(command), "this changes production")
                        .help(
                            "compare `$CI_COMMIT_BRANCH`, which a tag does not have, or protect tags with such names",
                        );
                }
                Err(unknown) => report.undecided(
                    place,
                    format!("job `{name}` changes production, and whether it can start {title} depends on {unknown}"),
                ),
            }
        }
    }
}

/// Any other tag is the matter of `apply-from-any-branch`.
fn is_meant(refs: &Ref, production: &Production) -> bool {
    let named = match refs.matches.as_str() {
        "default" => production.has_default() != Some(false),
        _ => refs.name.as_deref().is_some_and(|name| production.has(name)),
    };
    refs.kind == "tag" && (named || refs.protected)
}
