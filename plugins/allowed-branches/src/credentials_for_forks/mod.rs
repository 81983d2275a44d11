//! A job that gets credentials can start for a merge request from a fork.

use engine_sdk::prelude::*;

use crate::job::Job;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(job: &Item<Job>, report: &mut Report) {
    let Some((credential, at)) = credential(job) else { return };
    for (index, start) in job.starts.iter().enumerate() {
        let forks = start.refs.iter().position(|refs| refs.kind == "merge-request" && refs.fork);
        let Some((entry, refs)) = forks.and_then(|entry| Some((entry, start.refs.get(entry)?))) else { continue };
        let place = job.at("starts").index(index).key("refs").index(entry);
        let (name, proof) = (&job.name, refs.proof());
        match refs.reached.settled() {
            Ok(_) => {
                report
                    .finding(place, format!("job `{name}` gets `{credential}` and can start for a fork{proof}"))
                    .related(at.clone(), "this is handed to it")
                    .help("ask for the project's own branches: `$CI_MERGE_REQUEST_SOURCE_PROJECT_PATH == $CI_PROJECT_PATH`");
                return;
            }
            Err(unknown) => report.undecided(
                place,
                format!("job `{name}` gets `{credential}`, and whether it can start for a fork depends on {unknown}"),
            ),
        }
    }
}

/// What the job gets, and where it is written: an ID token, a secret, the secret id of an AppRole.
fn credential(job: &Item<Job>) -> Option<(String, Place)> {
    let declared = job.credentials.first().map(|name| (name.clone(), job.at("credentials").index(0)));
    let by_approle = || {
        let mut logins = job.logins.iter().enumerate().filter(|(_, login)| login.method.as_deref() == Some("approle"));
        logins.find_map(|(index, login)| Some((login.secret.clone()?, job.at("logins").index(index))))
    };
    declared.or_else(by_approle)
}
