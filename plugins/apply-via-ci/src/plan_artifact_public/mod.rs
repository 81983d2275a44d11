//! Everybody who sees the pipeline can download the plan.

use engine_sdk::prelude::*;

use crate::job::Job;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(job: &Item<Job>, report: &mut Report) {
    let keeps = |call: &crate::job::Invocation| {
        let plan = call.plan.as_ref().filter(|_| call.does(&["plan", "run-all plan"]));
        plan.is_some_and(|plan| plan.kept.iter().any(|keeper| keeper.by == "artifacts"))
    };
    let Some((command, _)) = job.invocations().find(|(_, call)| keeps(call)) else { return };
    let open = if job.artifacts.public.known() == Some(&true) {
        Some(("public", "public: true"))
    } else if job.artifacts.access.known().is_some_and(|access| access == "all") {
        Some(("access", "access: all"))
    } else {
        None
    };
    let Some((key, written)) = open else { return };
    report
        .finding(
            job.at("artifacts").key(key),
            format!("`{written}` opens the plan to everybody who can see the pipeline"),
        )
        .related(job.at("commands").index(command), "the plan is made here")
        .help("a plan holds every value in the clear, sensitive ones too: write `access: developer`")
        .fix(Fix::snippet("restrict the artifact", "artifacts:\n  access: developer\n"));
}
