//! A job that holds credentials, or changes production, runs wherever there is room.

use engine_sdk::prelude::*;

use crate::facts::{Config, Job};

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((jobs, configs): &(Items<Job>, Items<Config>), report: &mut Report) {
    let own: Vec<&str> = configs.iter().flat_map(|config| &config.runner_tags).map(String::as_str).collect();
    for job in jobs.iter().filter(|job| !job.credentials.is_empty() || job.changes_production()) {
        let holds = if job.credentials.is_empty() { "changes production" } else { "gets credentials" };
        if job.tags.is_empty() {
            report
                .finding(
                    job.at("name"),
                    format!(
                        "job `{}` {holds} and names no runner: any that takes jobs without tags may run it",
                        job.name
                    ),
                )
                .help("name the tag of the project's own runner: `tags: [NAME]`");
            continue;
        }
        if own.is_empty() || job.tags.iter().any(|tag| tag.known().is_some_and(|tag| own.contains(&tag.as_str()))) {
            continue;
        }
        match job.tags.iter().find_map(Known::unknown) {
            Some(unknown) => report
                .undecided(job.at("tags"), format!("which runner job `{}` runs on depends on {unknown}", job.name)),
            None => {
                report
                    .finding(
                        job.at("tags").index(0),
                        format!("job `{}` {holds} and runs on none of the runners of `engine.yaml`", job.name),
                    )
                    .help(format!("use one of {}", own.join(", ")));
            }
        }
    }
}
