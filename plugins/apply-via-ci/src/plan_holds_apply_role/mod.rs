//! A job that only plans logs in with the role that changes production, and more can start it.

use engine_sdk::prelude::*;

use crate::job::{Job, Ref};

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check(jobs: &(Items<Job>,), report: &mut Report) {
    for job in jobs.0.iter().filter(|job| !job.changes_production()) {
        for (index, (mount, role)) in logins(job) {
            let applies = |other: &&Item<Job>| {
                other.pipeline == job.pipeline
                    && other.changes_production()
                    && logins(other).any(|(_, login)| login == (mount, role))
            };
            let Some(apply) = jobs.0.iter().find(applies) else { continue };
            let Some(wider) = wider(job, apply) else { continue };
            let place = job.at("logins").index(index);
            report
                .finding(
                    place,
                    format!("`{}` logs in as `{role}`, which `{}` changes production with, and starts more widely{wider}", job.name, apply.name),
                )
                .related(apply.place(), "this job changes production")
                .help("give the job that plans a role of its own that reads, and bind the other one to the protected branch");
            break;
        }
    }
}

/// The logins at Vault of a job: which, at which mount, and as which role, each as it is written.
fn logins(job: &Job) -> impl Iterator<Item = (usize, (&str, &str))> {
    let logins = job.logins.iter().enumerate();
    logins.filter_map(|(index, login)| Some((index, (written(&login.mount)?, written(&login.role)?))))
}

/// A value, or the variable that holds it: two jobs that use the same one go as the same role.
fn written(value: &Known<String>) -> Option<&str> {
    value.settled().map_or_else(|unknown| Some(unknown.on.as_str()), |known| known.map(String::as_str))
}

/// A pipeline that certainly starts the job and cannot start the other one.
fn wider(job: &Job, other: &Job) -> Option<String> {
    let starts = |job: &'_ Job, refs: &Ref| {
        job.starts.iter().flat_map(|start| &start.refs).any(|own| {
            own.kind == refs.kind && (own.matches == "any" || own.name == refs.name && own.matches == refs.matches)
        })
    };
    let mut refs = job.starts.iter().flat_map(|start| &start.refs);
    let wider = refs.find(|refs| refs.reached.known() == Some(&true) && !starts(other, refs))?;
    Some(wider.witness.as_ref().map_or_else(String::new, |witness| format!(": {}", witness.text)))
}
