//! A pipeline that changes production is started, and nobody waits for it.

use engine_sdk::prelude::*;

use crate::job::Job;

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check(jobs: &(Items<Job>,), report: &mut Report) {
    for job in jobs.0.iter() {
        let Some(trigger) = job.trigger.as_ref().filter(|trigger| trigger.strategy.is_absent()) else { continue };
        let Some(child) = &trigger.pipeline else { continue };
        let changes = |other: &&Item<Job>| other.pipeline == *child && other.changes_production();
        let Some(applies) = jobs.0.iter().find(changes) else { continue };
        report
            .finding(
                job.at("trigger"),
                format!("`{}` succeeds before the pipeline that it starts has changed production", job.name),
            )
            .related(applies.place(), "this changes production")
            .help("write `strategy: depend`, so that the job waits for the pipeline and fails with it")
            .fix(Fix::snippet("wait for the pipeline", "strategy: depend\n"));
    }
}
