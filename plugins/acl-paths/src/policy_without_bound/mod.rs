//! A policy that reaches everything.

use engine_sdk::prelude::*;

use crate::policy::{self, Policy};

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(policy: &Item<Policy>, report: &mut Report) {
    for (index, stanza, pattern) in policy.patterns() {
        if pattern.is_everything() {
            let what = if stanza.grants.is_empty() {
                "what depends on the run".to_owned()
            } else {
                stanza.grants.iter().map(|grant| format!("`{grant}`")).collect::<Vec<_>>().join(", ")
            };
            report
                .finding(
                    policy::at(policy, index),
                    format!("`{}` reaches every path of Vault, with {what}", pattern.text),
                )
                .help("name the mount and the folder that the work needs; a narrower `deny` beside it is no bound");
        }
    }
    for (index, stanza) in policy.granting() {
        // What begins with a literal text does not reach everything.
        let begun = stanza.prefix.as_deref().is_some_and(|prefix| !prefix.is_empty());
        if let Some(unknown) = stanza.path.unknown().filter(|_| !begun) {
            report.undecided(policy::at(policy, index), format!("whether it reaches everything depends on {unknown}"));
        }
    }
    Policy::more(policy, report, "reaches everything");
}
