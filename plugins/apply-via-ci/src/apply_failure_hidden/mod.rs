//! An apply can fail without a red pipeline.

use engine_sdk::prelude::*;

use crate::job::Job;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(job: &Item<Job>, report: &mut Report) {
    let script = |index: usize| job.commands.get(index).is_some_and(|command| command.section != "after_script");
    let mut changes =
        job.changes().filter(|(index, call)| call.changes == "yes" && call.is_planned() && script(*index)).peekable();
    let Some((first, _)) = changes.peek().copied() else { return };
    for (index, call) in changes {
        if job.commands.get(index).is_some_and(|command| command.forgiven) && call.runs == "in-job" {
            report
                .finding(job.at("commands").index(index), format!("nobody sees it when `{}` fails", call.title()))
                .help("let its failure end the job: no `|| true`, and `set -e` in scripts of your own");
        }
    }
    let written = job.allow_failure.known() == Some(&true);
    let by_itself = job.starts.iter().position(|start| {
        start.allow_failure.known() == Some(&true) && start.when.known().is_some_and(|when| when != "manual")
    });
    let place = match by_itself {
        _ if written => job.at("allow_failure"),
        Some(start) => job.at("starts").index(start).key("allow_failure"),
        None => return,
    };
    report
        .finding(place, format!("a failure of `{}` leaves the pipeline green", job.name))
        .related(job.at("commands").index(first), "this changes production")
        .help("write `allow_failure: false`");
}
