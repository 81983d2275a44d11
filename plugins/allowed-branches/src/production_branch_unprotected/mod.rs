//! Protections are stated, and a production branch has none, or one that developers may take away.

use engine_sdk::prelude::*;

use crate::branch::{Config, Production};
use crate::guard::{Protection, by_project, joined, uncovered};

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((protections, configs): &(Items<Protection>, Items<Config>), report: &mut Report) {
    let production = Production::new(configs);
    let all: Vec<&Item<Protection>> = protections.iter().collect();
    for group in by_project(&all, |protection| &protection.project) {
        let Some(first) = group.first() else { continue };
        let known: Vec<&str> =
            group.iter().filter_map(|protection| protection.branch.known().map(String::as_str)).collect();
        let open = uncovered(&production, &known);
        if open.is_empty() {
            continue;
        }
        match group.iter().find_map(|protection| Some((protection, protection.branch.unknown()?))) {
            Some((protection, unknown)) => {
                let names = joined(&open, "or");
                report.undecided(protection.at("branch"), format!("whether {names} is protected depends on {unknown}"));
            }
            None => {
                let message = format!(
                    "branches of the project are protected, and {} is not among them",
                    joined(&open, if production.named { "and" } else { "or" })
                );
                report.finding(first.at("branch"), message).help("protect the branch that production changes from");
            }
        }
    }
    for protection in protections {
        taken_away(protection, &production, report);
    }
}

/// A protection that developers may take away.
fn taken_away(protection: &Item<Protection>, production: &Production, report: &mut Report) {
    let branch = protection.name();
    for (index, grant) in protection.unprotect.iter().enumerate() {
        let place = protection.at("unprotect").index(index);
        match (grant.developer(), grant.level.unknown(), protection.is_for(production)) {
            (_, _, Ok(false)) | (None, None, _) => {}
            (Some(level), _, Ok(true)) => {
                report
                    .finding(
                        place,
                        format!("everybody with the role `{level}` may take the protection of {branch} away"),
                    )
                    .help("let maintainers alone do it: `unprotect_access_level = \"maintainer\"`");
            }
            (Some(_), _, Err(unknown)) => {
                report.undecided(place, format!("developers may unprotect a branch that depends on {unknown}"));
            }
            (None, Some(unknown), _) => {
                report.undecided(place, format!("who may take the protection of {branch} away depends on {unknown}"));
            }
        }
    }
}
