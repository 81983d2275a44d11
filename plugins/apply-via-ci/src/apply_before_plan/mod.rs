//! A job that applies can run before the plan is there.

use engine_sdk::prelude::*;

use crate::job::Job;

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check(jobs: &(Items<Job>,), report: &mut Report) {
    let plans = || jobs.0.iter().filter(|job| plans(job));
    for job in jobs.0.iter().filter(|job| applies(job)) {
        let others = || plans().filter(|plan| plan.pipeline == job.pipeline && plan.name != job.name);
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
            Some(_) if !waits(job, &jobs.0) => {
                report
                    .finding(
                        job.at("needs"),
                        format!("`{}` changes production, and none of its `needs` leads to the plan", job.name),
                    )
                    .related(plan.place(), "the plan is made in this job")
                    .help(format!("name `{}` in `needs`: a job with `needs` waits for nothing else", plan.name));
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

/// Whether a job applies: what refreshes, imports or destroys has no plan to wait for.
fn applies(job: &Job) -> bool {
    let actions = ["apply", "run-all apply", "run apply", "apply-all", "up", "update"];
    job.changes().any(|(_, call)| call.changes == "yes" && call.is_planned() && call.does(&actions))
}

/// Whether a job plans for others to apply.
fn plans(job: &Job) -> bool {
    !job.changes_production() && job.invocations().any(|(_, call)| call.does(&["plan"]))
}

/// Whether the jobs that a job needs, and those that they need or come after, plan. True where that cannot be told.
fn waits(job: &Job, jobs: &[Item<Job>]) -> bool {
    let pipeline: Vec<&Job> = jobs.iter().map(|job| &**job).filter(|other| other.pipeline == job.pipeline).collect();
    let mut names: Vec<Option<&str>> = needed(job);
    let mut at = 0;
    while let Some(name) = names.get(at).copied() {
        at += 1;
        let Some(needs) = name.and_then(|name| pipeline.iter().find(|other| other.name == name)) else { return true };
        let earlier = |plan: &&&Job| plan.stage_position < needs.stage_position;
        let after = needs.needs.is_none() && pipeline.iter().filter(earlier).any(|other| plans(other));
        if plans(needs) || after {
            return true;
        }
        let more: Vec<_> = needed(needs).into_iter().filter(|name| !names.contains(name)).collect();
        names.extend(more);
    }
    false
}

/// The names of the jobs that a job needs; `None` for one that is not known.
fn needed(job: &Job) -> Vec<Option<&str>> {
    job.needs.iter().flatten().map(|need| need.job.known().map(String::as_str)).collect()
}
