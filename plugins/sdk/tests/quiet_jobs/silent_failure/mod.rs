//! A job that may fail unseen.

use engine_sdk::prelude::*;
use serde::Deserialize;

#[derive(Deserialize, Facts)]
#[facts(kind = "gitlab.job")]
struct Job {
    name: String,
    allow_failure: Known<bool>,
}

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(job: &Item<Job>, report: &mut Report) {
    let at = job.at("allow_failure");
    match job.allow_failure.settled() {
        Ok(Some(true)) => {
            report.finding(at, format!("job `{}` may fail unseen", job.name)).help("remove `allow_failure`");
        }
        Ok(_) => {}
        Err(unknown) => report.undecided(at, format!("whether it may fail unseen depends on {unknown}")),
    }
}
