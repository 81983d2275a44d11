//! `VAULT_ROLE_ID` is written in a pipeline.

use engine_sdk::prelude::*;

use crate::facts::Job;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(job: &Item<Job>, report: &mut Report) {
    for (index, variable) in job.variables.iter().enumerate() {
        let name = variable.name.to_ascii_uppercase();
        let written = variable.value.known().is_some_and(|value| !value.is_empty() && !value.contains('$'));
        if name.ends_with("ROLE_ID") && name.contains("VAULT") && written {
            report
                .finding(
                    job.at("variables").index(index).key("value"),
                    format!("`{}` is written in the pipeline", variable.name),
                )
                .help("set it in the environment of the project's own runner, so that jobs elsewhere cannot log in");
        }
    }
}
