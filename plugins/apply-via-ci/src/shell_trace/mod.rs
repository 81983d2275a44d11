//! The shell writes every command to the log while it handles credentials.

use engine_sdk::prelude::*;

use crate::credential;
use crate::job::{Command, Job};

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(job: &Item<Job>, report: &mut Report) {
    let shown = |command: &Command| command.traced && credential::handles_secret(job, command);
    let Some(secret) = job.commands.iter().position(shown) else { return };
    let traces = |command: &Command| {
        let option =
            |word: &str| word == "xtrace" || (word.starts_with('-') && !word.starts_with("--") && word.contains('x'));
        command.runs(&["set", "sh", "bash", "ash", "dash", "zsh", "ksh"]) && command.arguments().any(option)
    };
    let started = job.commands.iter().take(secret).rposition(traces).unwrap_or(secret);
    report
        .finding(job.at("commands").index(started), "every command is written to the log, credentials among its words")
        .related(job.at("commands").index(secret), "this one handles a credential")
        .help("switch the trace off (`set +x`) before anything handles a credential");
}
