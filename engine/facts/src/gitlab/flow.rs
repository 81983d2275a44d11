//! How a saved plan comes from the job that made it to the job that applies it.

use super::job::Job;
use super::{path, variable};
use crate::sourced::{Origin, Sourced};

/// A job that makes the plan that another one applies.
#[derive(Clone, Debug)]
pub struct PlanSource {
    /// The name of the job that makes it.
    pub job: String,
    /// The command that makes it.
    pub command: Origin,
    /// Whether the job makes the plan. One that only ships a file of that name may put anything in its place.
    pub made: bool,
    /// Whether it is the very job that applies it, so that nobody can have read the plan in between.
    pub same_job: bool,
    /// Whether the job keeps the file as an artifact.
    pub kept: bool,
    /// Whether the applying job downloads that job's artifacts.
    pub received: bool,
}

/// The jobs of `jobs` that make the plan file which `job` applies.
#[must_use]
pub fn plan_sources(jobs: &[Job], job: &Job, plan: &Sourced<String>) -> Vec<PlanSource> {
    let mut sources = Vec::new();
    for maker in jobs.iter().filter(|maker| !maker.starts.is_empty()) {
        for command in &maker.commands {
            let Some(invocation) = &command.invocation else { continue };
            let plans = ["plan", "run-all plan", "run plan", "preview"];
            let planning = invocation.action.get().is_some_and(|action| plans.contains(&action.as_str()));
            let makes = planning && !invocation.plan.is_absent();
            if !makes || !path::same_file(&invocation.plan, plan) {
                continue;
            }
            let same_job = maker.name == job.name;
            sources.push(PlanSource {
                job: maker.name.clone(),
                command: command.origin.clone(),
                made: true,
                same_job,
                kept: keeps(maker, &invocation.plan),
                received: !same_job && receives(job, maker),
            });
        }
    }
    for other in jobs.iter().filter(|other| other.name != job.name) {
        let known = sources.iter().any(|source| source.job == other.name);
        if !known && receives(job, other) && keeps(other, plan) {
            let (job, command) = (other.name.clone(), other.origin.clone());
            sources.push(PlanSource { job, command, made: false, same_job: false, kept: true, received: true });
        }
    }
    sources
}

/// Whether a job keeps a file as an artifact.
fn keeps(job: &Job, file: &Sourced<String>) -> bool {
    let known = |pattern: &Sourced<String>| expanded(job, pattern).is_none_or(|pattern| path::keeps(&pattern, file));
    if job.artifacts.exclude.iter().any(known) {
        return false;
    }
    job.artifacts.untracked.get() == Some(&true) || job.artifacts.paths.iter().any(known)
}

/// A pattern with the job's variables replaced; `None` where one of them is unknown.
#[must_use]
pub(super) fn expanded(job: &Job, pattern: &Sourced<String>) -> Option<String> {
    let text = pattern.get()?;
    variable::expand(text, &|name| variable::declared(&job.variables, name))
}

/// Whether a job downloads the artifacts of another: named in `needs`, or of an earlier stage.
fn receives(job: &Job, from: &Job) -> bool {
    let named = |name: &Sourced<String>| name.get().is_none_or(|name| *name == from.name);
    if let Some(needs) = &job.needs {
        let wanted = needs.jobs.iter().any(|need| !need.foreign && need.artifacts && named(&need.job));
        return wanted && job.dependencies.as_ref().is_none_or(|names| names.iter().any(named));
    }
    if let Some(names) = &job.dependencies {
        return names.iter().any(named);
    }
    match (from.stage_position, job.stage_position) {
        (Some(earlier), Some(later)) => earlier < later,
        _ => true,
    }
}
