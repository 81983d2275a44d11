//! A job changes production outside of any environment.

use engine_sdk::prelude::*;

use crate::job::Job;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(job: &Item<Job>, report: &mut Report) {
    if job.changes_production() && job.environment.is_none() {
        report
            .finding(job.place(), format!("`{}` changes production and has no `environment`", job.name))
            .help("name the environment, and protect it, so that GitLab asks who may deploy to it")
            .fix(Fix::snippet(
                "name the environment",
                "environment:\n  name: production\n  deployment_tier: production\n",
            ));
    }
}
