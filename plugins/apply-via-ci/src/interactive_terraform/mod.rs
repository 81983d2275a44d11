//! Terraform may ask a question that nobody is there to answer.

use engine_sdk::prelude::*;

use crate::job::Job;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

/// Actions that ask for variables, for the backend's settings or for a yes.
const ASKING: &[&str] = &["init", "plan", "apply", "destroy", "import", "refresh"];

fn check(job: &Item<Job>, report: &mut Report) {
    for (index, call) in job.invocations() {
        let applies_a_plan = call.does(&["apply"]) && call.plan.is_some();
        let asks = matches!(call.tool.as_str(), "terraform" | "tofu") && call.does(ASKING) && !applies_a_plan;
        if asks && !call.unattended && !call.has("help") {
            report
                .finding(
                    job.at("commands").index(index),
                    format!("`{}` may wait for an answer that nobody gives", call.title()),
                )
                .help("add `-input=false`, or set the variable `TF_INPUT` to `\"false\"` for the whole pipeline");
        }
    }
}
