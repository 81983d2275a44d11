//! A token that can be renewed without end.

use engine_sdk::prelude::*;

use crate::credential::Credential;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(credential: &Item<Credential>, report: &mut Report) {
    let at = credential.at("periodic");
    let title = &credential.title;
    match credential.periodic.settled() {
        Ok(Some(true)) if credential.is_periodic() => {
            report
                .finding(at, format!("{title} can be renewed without end"))
                .help("leave the period out and set a maximum: who needs longer logs in again");
        }
        Ok(_) => {}
        // A maximum that is known ends it with and without a period.
        Err(_) if credential.maximum.is_bounded() && credential.maximum.seconds.known().is_some() => {}
        Err(unknown) => {
            report.undecided(at, format!("whether {title} can be renewed without end depends on {unknown}"));
        }
    }
}
