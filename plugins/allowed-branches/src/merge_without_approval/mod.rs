//! Approval rules are stated, and a production branch takes changes that nobody has approved.

use engine_sdk::prelude::*;

use crate::branch::{Config, Production};
use crate::guard::{Approval, by_project, joined, uncovered};

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((approvals, configs): &(Items<Approval>, Items<Config>), report: &mut Report) {
    let production = Production::new(configs);
    let rules: Vec<&Item<Approval>> = approvals.iter().filter(|approval| approval.kind == "rule").collect();
    for group in by_project(&rules, |approval| &approval.project) {
        let Some(first) = group.first() else { continue };
        let asking: Vec<_> =
            group.iter().filter(|rule| rule.required.known().is_some_and(|count| *count > 0)).collect();
        if asking.iter().any(|rule| rule.branches.is_empty()) {
            continue;
        }
        let known: Vec<&str> = asking
            .iter()
            .flat_map(|rule| &rule.branches)
            .filter_map(|branch| branch.known().map(String::as_str))
            .collect();
        let open = uncovered(&production, &known);
        if open.is_empty() {
            continue;
        }
        let count = group.iter().find_map(|rule| Some((rule.at("required"), rule.required.unknown()?)));
        let branch = asking.iter().find_map(|rule| {
            let index = rule.branches.iter().position(|branch| branch.unknown().is_some())?;
            Some((rule.at("branches").index(index), rule.branches.get(index)?.unknown()?))
        });
        let names = joined(&open, if production.named { "and" } else { "or" });
        if let Some((place, unknown)) = count.or(branch) {
            report.undecided(place, format!("whether a merge to {names} needs an approval depends on {unknown}"));
            continue;
        }
        let message = if asking.is_empty() {
            format!("{} asks for no approval, and no other rule of the project asks for one", first.title)
        } else {
            format!("no approval rule that asks for anybody is for {names}")
        };
        let place = if asking.is_empty() { first.at("required") } else { first.at("branches") };
        report.finding(place, message).help("ask for one approval at least: `approvals_required = 1`");
    }
}
