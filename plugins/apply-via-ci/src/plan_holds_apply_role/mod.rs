//! A job that only plans logs in with the role that changes production, and more can start it.

use engine_sdk::prelude::*;

use crate::job::{Command, Job, Ref};

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
            let place = job.at("commands").index(index);
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

/// The logins at Vault of a job: where the command stands, at which mount, and as which role.
fn logins(job: &Job) -> impl Iterator<Item = (usize, (&str, &str))> {
    job.commands.iter().enumerate().filter_map(|(index, command)| Some((index, login(command)?)))
}

fn login(command: &Command) -> Option<(&str, &str)> {
    if !command.runs(&["vault", "bao"]) {
        return None;
    }
    let mount = command.arguments().find_map(|word| word.strip_suffix("/login"))?;
    let role = command.arguments().find_map(|word| word.strip_prefix("role="))?;
    Some((mount, role))
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
