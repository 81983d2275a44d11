//! Flags of the variables that hold secret ids and tokens.

use engine_sdk::prelude::*;

use crate::facts::Variable;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

/// What the names of such variables end with.
const ENDS: &[&str] = &["SECRET_ID", "VAULT_TOKEN", "BAO_TOKEN", "SECRET_ACCESS_KEY"];

fn check(variable: &Item<Variable>, report: &mut Report) {
    let Some(key) = variable.key.known().filter(|key| ENDS.iter().any(|end| key.to_ascii_uppercase().ends_with(end)))
    else {
        return;
    };
    if variable.protected.known() == Some(&false) {
        report
            .finding(variable.at("protected"), format!("`{key}` goes to the jobs of every branch"))
            .help("protect it, so that protected branches and tags alone get it");
    }
    if variable.masked.known() == Some(&false) && variable.hidden.known() != Some(&true) {
        report
            .finding(variable.at("masked"), format!("`{key}` is shown in logs that print it"))
            .help("mask it, or better hide it when it is made");
    }
    if variable.scope != "project" {
        report
            .finding(
                variable.at("scope"),
                format!("`{key}` is one of the {}: each of its projects gets it", variable.scope),
            )
            .help("set it in the one project that it is for");
    }
}
