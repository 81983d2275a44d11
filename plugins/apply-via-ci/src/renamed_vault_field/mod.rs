//! A field of Vault's answer is read by the name that goes away.

use engine_sdk::prelude::*;

use crate::job::{Command, Job};

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

/// The field's old name.
const OLD: &str = "security_token";

/// Programs that pick a field out of an answer.
const PICKING: &[&str] =
    &["awk", "gawk", "mawk", "grep", "egrep", "sed", "jq", "yq", "vault", "perl", "python", "python3"];

fn check(job: &Item<Job>, report: &mut Report) {
    for (index, command) in job.commands.iter().enumerate().filter(|(_, command)| command.runs(PICKING)) {
        let Some(word) = asked(command) else { continue };
        report
            .finding(
                job.at("commands").index(index).key("words").index(word),
                format!("`{OLD}` is the old name of a field: Vault gives it as `session_token`"),
            )
            .help("read `session_token`, which Vault has had since 1.16");
    }
}

/// The word that asks for the old field and not for another one with a longer name.
fn asked(command: &Command) -> Option<usize> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let names = |text: &str| {
        text.match_indices(OLD).any(|(at, _)| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let after = text.get(at.saturating_add(OLD.len())..).and_then(|after| after.chars().next());
            !before.is_some_and(part) && !after.is_some_and(part)
        })
    };
    let text = |word: &Known<String>| match word {
        Known::Known(text) => names(text),
        Known::Unknown(unknown) => names(&unknown.on),
        Known::Absent => false,
    };
    command.words.iter().skip(1).position(text).map(|at| at.saturating_add(1))
}
