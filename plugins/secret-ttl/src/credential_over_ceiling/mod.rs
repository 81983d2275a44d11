//! A credential that lives longer than its kind may.

use engine_sdk::prelude::*;

use crate::ceiling::{Ceiling, Config};
use crate::credential::{Credential, End};
use crate::duration::human;

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((credentials, configs): &(Items<Credential>, Items<Config>), report: &mut Report) {
    let ends = |one: &&Item<Credential>| one.maximum.is_bounded() && one.is_made();
    for credential in credentials.iter().filter(ends) {
        let (title, maximum) = (&credential.title, &credential.maximum);
        let Some(ceiling) = Ceiling::of(&credential.kind, configs) else {
            report.undecided(credential.at("kind"), format!("there is no ceiling for `{}`", credential.kind));
            continue;
        };
        let seconds = match maximum.seconds.settled() {
            Ok(Some(seconds)) => *seconds,
            Ok(None) => {
                report.undecided(Credential::limit(credential), format!("how long {title} may live is not told"));
                continue;
            }
            Err(unknown) => {
                report.undecided(
                    credential.at("maximum").key("seconds"),
                    format!("how long {title} may live depends on {unknown}"),
                );
                continue;
            }
        };
        if seconds <= ceiling.seconds {
            continue;
        }
        let default = if maximum.end == End::Product { ", which is the default" } else { "" };
        let message = format!(
            "{title} may live {}{default}; the ceiling for `{}` is {}",
            human(seconds),
            credential.kind,
            human(ceiling.seconds)
        );
        let finding = report.finding(Credential::limit(credential), message);
        finding.related(ceiling.place, "the ceiling is set here").help(format!(
            "set `{}` to at most {}",
            maximum.field,
            human(ceiling.seconds)
        ));
        if let Some(fix) = credential.bound(ceiling.seconds) {
            finding.fix(fix);
        }
    }
}
