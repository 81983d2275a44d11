//! A job that applies can run before the plan is there.

use engine_sdk::prelude::*;

use crate::job::Job;

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check(jobs: &(Items<Job>,), report: &mut Report) {
    let plans = || jobs.0.iter().filter(|job| job.invocations().any(|(_, call)| call.does(&["plan"])));
    for job in jobs.0.iter().filter(|job| job.changes_production()) {
        let others = || plans().filter(|plan| plan.name != job.name);
        let Some(plan) = others().next() else { continue };
        match &job.needs {
            Some(needs) if needs.is_empty() => {
                report
                    .finding(
                        job.at("needs"),
                        format!("`{}` changes production and waits for no job: `needs` is empty", job.name),
                    )
                    .related(plan.place(), "the plan is made in this job")
                    .help(format!("write `needs: [{}]`", plan.name));
            }
            Some(_) => {}
            None => {
                let Some(position) = job.stage_position else { continue };
                let late = |plan: &Item<Job>| plan.stage_position.is_some_and(|planned| planned >= position);
                if others().all(late) {
                    let stage = job.stage.known().map_or("test", String::as_str);
                    report
                        .finding(job.at("stage"), format!("the stage `{stage}` does not come after the plan's"))
                        .related(plan.at("stage"), "the plan is made in this stage")
                        .help("give the job that applies a later stage, or name the plan job in `needs`");
                }
            }
        }
    }
}
