//! The history of a production branch may be rewritten.

use engine_sdk::prelude::*;

use crate::branch::{Config, Production};
use crate::guard::Protection;

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((protections, configs): &(Items<Protection>, Items<Config>), report: &mut Report) {
    let production = Production::new(configs);
    for protection in protections {
        let (place, branch) = (protection.at("force_push"), protection.name());
        match (protection.force_push.settled(), protection.is_for(&production)) {
            (Ok(None | Some(false)), _) | (_, Ok(false)) => {}
            (Ok(Some(true)), Ok(true)) => {
                report
                    .finding(place, format!("the history of {branch} may be rewritten by whoever may push"))
                    .help("do not allow forced pushes: `allow_force_push = false`");
            }
            (Err(unknown), _) => {
                report
                    .undecided(place, format!("whether the history of {branch} may be rewritten depends on {unknown}"));
            }
            (Ok(Some(true)), Err(unknown)) => {
                report.undecided(place, format!("history may be rewritten on a branch that depends on {unknown}"));
            }
        }
    }
}
