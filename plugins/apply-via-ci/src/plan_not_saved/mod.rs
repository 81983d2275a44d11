//! A plan is made and thrown away.

use engine_sdk::prelude::*;

use crate::job::Job;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(job: &Item<Job>, report: &mut Report) {
    for (index, call) in job.invocations() {
        // A plan that looks for drift is not meant to be applied.
        let drift = call.has("detailed-exitcode") || call.has("refresh-only");
        let saved = call.plan.is_some() || call.has("out") || drift;
        if call.is_terraform() && call.does(&["plan"]) && !saved {
            report
                .finding(job.at("commands").index(index), format!("`{}` throws its plan away", call.title()))
                .help("save it with `-out`, keep the file as an artifact, and apply that file")
                .fix(Fix::snippet("save the plan", "terraform plan -input=false -out=plan.tfplan\n"));
        }
    }
}
