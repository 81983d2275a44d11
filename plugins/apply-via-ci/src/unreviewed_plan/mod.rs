//! A job applies something other than the plan that was reviewed.

use engine_sdk::prelude::*;

use crate::job::{Invocation, Job, Plan, Write};

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(job: &Item<Job>, report: &mut Report) {
    let mut open = false;
    for (index, invocation) in job.changes().filter(|(_, invocation)| invocation.is_planned()) {
        let place = || job.at("commands").index(index);
        let what = invocation.title();
        if invocation.changes == "maybe" {
            // One is enough to leave the job open; a thousand more say nothing else.
            if !std::mem::replace(&mut open, true) {
                report.undecided(place(), format!("what `{what}` does is known only when the job runs"));
            }
        } else if !applies(invocation) {
            report
                .finding(place(), format!("`{what}` changes production without a plan that anybody could review"))
                .help("plan the change in a job of its own, keep the plan as an artifact and apply that file");
        } else if let Some(plan) = &invocation.plan {
            planned(job, index, plan, report);
        } else {
            report
                .finding(place(), format!("`{what}` makes its own plan and applies it: nobody has seen it"))
                .help("apply the file that a plan job saved with `-out` and kept as an artifact")
                .fix(Fix::snippet("apply a saved plan", "terraform apply -input=false plan.tfplan\n"));
        }
    }
}

fn applies(invocation: &Invocation) -> bool {
    invocation.does(&["apply", "run-all apply", "run apply", "apply-all", "up", "update"]) && !invocation.has("destroy")
}

/// An apply that names a plan: it must come from another job, by way of an artifact.
fn planned(job: &Item<Job>, index: usize, plan: &Plan, report: &mut Report) {
    let place = || job.at("commands").index(index);
    let source = |source: usize| place().key("invocation").key("plan").key("sources").index(source).key("job");
    let file = match plan.file.settled() {
        Ok(file) => format!("`{}`", file.map_or("", String::as_str)),
        Err(unknown) if plan.sources.is_empty() => {
            report.undecided(place(), format!("which plan is applied depends on {unknown}"));
            return;
        }
        Err(unknown) => unknown.to_string(),
    };
    if let Some(same) = plan.sources.iter().position(|source| source.same_job) {
        report
            .finding(place(), format!("the plan {file} is made by the very job that applies it: nobody has seen it"))
            .related(source(same), "the plan is made here")
            .help("plan in a job of its own, and let a person start the job that applies");
        return;
    }
    let overwritten = job.commands.iter().take(index).position(|earlier| {
        let same = |write: &Write| write.path.known().is_some() && write.path.known() == plan.file.known();
        earlier.writes.iter().any(same)
    });
    if let Some(earlier) = overwritten {
        report
            .finding(place(), format!("the plan {file} is not the reviewed one: this job overwrites it"))
            .related(job.at("commands").index(earlier), "it is overwritten here")
            .help("apply the file as it came from the plan job");
        return;
    }
    if plan.sources.iter().any(|source| source.made && source.kept && source.received) {
        if let Some(other) = plan.sources.iter().find(|source| !source.made) {
            let message = format!("`{}` ships a file in the place of the plan {file} too", other.job);
            report.undecided(place(), message);
        }
        return;
    }
    let maker = |kept: bool| plan.sources.iter().position(|source| source.made && (source.kept || !kept));
    let Some(nearest) = maker(true).or_else(|| maker(false)) else {
        if let Some(source) = plan.sources.first() {
            report.undecided(
                place(),
                format!("`{}` ships the plan {file}, and what makes it could not be read", source.job),
            );
        } else if job.complete {
            report
                .finding(place(), format!("no job of this pipeline makes the plan {file}"))
                .help("make the file in a plan job with `-out`, keep it as an artifact and apply it from there");
        } else {
            report.undecided(place(), format!("the plan {file} is made by no job that could be read"));
        }
        return;
    };
    let Some(made) = plan.sources.get(nearest) else { return };
    let missing = if made.kept { "this job does not download the artifacts of" } else { "it is not an artifact of" };
    report
        .finding(place(), format!("the plan {file} is not the reviewed one: {missing} `{}`", made.job))
        .related(source(nearest), "the plan is made here")
        .help("keep the plan as an artifact of the plan job, and name that job in `needs`");
}
