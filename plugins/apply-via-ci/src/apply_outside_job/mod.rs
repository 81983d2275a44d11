//! A job has production changed by something that it does not run itself, or does not wait for.

use engine_sdk::prelude::*;

use crate::job::{Invocation, Job};

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

/// Actions that change production whatever follows them.
const CHANGING: &[&str] =
    &["apply", "destroy", "import", "refresh", "taint", "untaint", "apply-all", "destroy-all", "up", "update"];

fn check(job: &Item<Job>, report: &mut Report) {
    let mut open = false;
    for (index, invocation) in job.changes().filter(|(_, invocation)| invocation.runs != "in-job") {
        let (place, what) = (job.at("commands").index(index), invocation.title());
        let remote = invocation.runs == "elsewhere";
        if !certain(invocation) {
            if !std::mem::replace(&mut open, true) {
                let does = if remote { "does on another machine" } else { "does when the job is over" };
                report.undecided(place, format!("what `{what}` {does} is not known"));
            }
            continue;
        }
        let program = job.commands.get(index).and_then(|command| command.program.as_deref()).unwrap_or("a program");
        let (why, help) = if remote {
            (format!("by way of `{program}`, on a machine that is no runner"), "run it in the job itself, on a runner")
        } else {
            ("and the job does not wait for it".to_owned(), "run it in the foreground: a job ends when its script does")
        };
        report
            .finding(place, format!("`{what}` changes production outside of the job: {why}"))
            .help(format!("{help}, so that its result is the job's"));
    }
}

fn certain(invocation: &Invocation) -> bool {
    invocation.changes == "yes" || (invocation.tool != "unknown" && invocation.does(CHANGING))
}
