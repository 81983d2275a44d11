//! A pipeline changes production, and merge requests reach it without the gate.

use engine_sdk::prelude::*;

use crate::gate::{Held, Pipeline, own};
use crate::job::Job;

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((pipelines, jobs): &(Items<Pipeline>, Items<Job>), report: &mut Report) {
    let Some(pipeline) = own(pipelines) else { return };
    let Some(job) = jobs.iter().find(|job| job.changes().next().is_some()) else { return };
    match pipeline.held() {
        // That a file is missing leaves every rule about its jobs undecided, this one too.
        Held::Yes | Held::Missing(_) => {}
        Held::No(why) => {
            report
                .finding(pipeline.at("path"), format!("`{}` changes production, and {why}", job.name))
                .related(job.place(), "this job changes production")
                .help("run the gate for every merge request: `templates/engine-check.yml` is the job");
        }
        Held::Unknown(on) => {
            report
                .undecided(pipeline.at("path"), format!("whether the gate holds every merge request depends on {on}"));
        }
    }
}
