//! Two jobs that change production can run at once.

use engine_sdk::prelude::*;

use crate::job::Job;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(job: &Item<Job>, report: &mut Report) {
    if job.changes_production() && job.resource_group.is_absent() {
        report
            .finding(job.place(), format!("`{}` changes production and has no `resource_group`", job.name))
            .help("name a resource group, so that two pipelines never apply at once")
            .fix(Fix::snippet("one at a time", "resource_group: production\n"));
    }
}
