//! Modules or providers are updated between the plan and the apply.

use engine_sdk::prelude::*;

use crate::job::Job;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(job: &Item<Job>, report: &mut Report) {
    let Some((apply, _)) = job.changes().find(|(_, call)| call.changes == "yes" && call.is_terraform()) else { return };
    for (index, call) in job.invocations() {
        let updates = (call.does(&["get"]) && call.has("update")) || (call.does(&["init"]) && call.has("upgrade"));
        if updates && call.is_terraform() {
            report
                .finding(
                    job.at("commands").index(index),
                    format!("`{}` updates what the plan was made with", call.title()),
                )
                .related(job.at("commands").index(apply), "and this applies")
                .help("update in a merge request of its own; in a job, initialise with `-lockfile=readonly`");
        }
    }
}
