//! A production branch takes changes that no code owner has approved.

use engine_sdk::prelude::*;

use crate::branch::{Config, Production};
use crate::guard::Protection;

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((protections, configs): &(Items<Protection>, Items<Config>), report: &mut Report) {
    let production = Production::new(configs);
    for protection in protections {
        let (place, branch) = (protection.at("code_owners"), protection.name());
        match (protection.code_owners.settled(), protection.is_for(&production)) {
            (Ok(Some(true)), _) | (_, Ok(false)) => {}
            (Ok(None | Some(false)), Ok(true)) => {
                report
                    .finding(place, format!("changes reach {branch} without the approval of code owners"))
                    .help("ask them: `code_owner_approval_required = true`, and a `CODEOWNERS` file for pipelines and policies");
            }
            (Err(unknown), _) => {
                report.undecided(place, format!("whether {branch} asks code owners depends on {unknown}"));
            }
            (Ok(_), Err(unknown)) => {
                report.undecided(place, format!("code owners are not asked on a branch that depends on {unknown}"));
            }
        }
    }
}
