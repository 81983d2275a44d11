//! `keep_latest_artifact` makes nothing of `expire_in`.

use engine_sdk::prelude::*;

use crate::facts::{Job, Settings};

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((settings, jobs): &(Items<Settings>, Items<Job>), report: &mut Report) {
    let expires = jobs.iter().find(|job| !job.artifacts.expire_in.is_absent());
    for project in settings.iter().filter(|project| project.keep_latest_artifact.known() == Some(&true)) {
        let finding = report.finding(
            project.at("keep_latest_artifact"),
            format!(
                "{} keeps the artifacts of the latest pipeline that succeeded, whatever `expire_in` says",
                project.title
            ),
        );
        finding.help("switch \"keep artifacts from most recent successful jobs\" off");
        if let Some(job) = expires {
            finding.related(job.at("artifacts").key("expire_in"), "this has no effect there");
        }
    }
}
