//! The runner is told to write everything to the log.

use engine_sdk::prelude::*;

use crate::job::Job;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

/// Variables that make the runner talk, and of what.
const TALKING: &[(&str, &str)] = &[
    ("CI_DEBUG_TRACE", "the value of every variable, and each command,"),
    ("CI_DEBUG_SERVICES", "all that the service containers print"),
];

fn check(job: &Item<Job>, report: &mut Report) {
    for (index, variable) in job.variables.iter().enumerate() {
        let Some((name, what)) = TALKING.iter().find(|(name, _)| variable.name == *name) else { continue };
        let on =
            variable.value.known().is_some_and(|value| matches!(value.to_ascii_lowercase().as_str(), "true" | "1"));
        if on {
            report
                .finding(job.at("variables").index(index), format!("`{name}` writes {what} to the log"))
                .help("take it out; who has to see a trace sets it for one pipeline, and removes that pipeline's log");
        }
    }
}
