//! A file of the repository changes production, and no job runs it: who runs it is not the pipeline.

use engine_sdk::prelude::*;
use serde::Deserialize;

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

/// A file of commands that no job is known to run.
#[derive(Deserialize, Facts)]
#[facts(kind = "script")]
pub(crate) struct Script {
    path: String,
    /// `shell`, `makefile`, `playbook` or `workflow`.
    form: String,
    /// Whether certainly no job runs it.
    outside: Known<bool>,
    commands: Vec<Command>,
}

/// A command that changes production, or may.
#[derive(Deserialize, Facts)]
struct Command {
    tool: Option<String>,
    action: Known<String>,
    changes: Option<String>,
}

/// How many of a file's other commands are pointed at.
const SHOWN: usize = 3;

fn check((scripts,): &(Items<Script>,), report: &mut Report) {
    // What is not known is said once for each cause, not for each file.
    let mut open: Vec<(String, &Item<Script>, usize)> = Vec::new();
    for script in scripts.iter() {
        let on = match script.outside.unknown() {
            Some(unknown) => format!("whether a job runs it is not known: {}", unknown.on),
            None if found(script, report) => continue,
            None => "what it is told to do is known only when it runs, and no job runs it".to_owned(),
        };
        match open.iter_mut().find(|(known, ..)| *known == on) {
            Some((_, _, count)) => *count = count.saturating_add(1),
            None => open.push((on, script, 1)),
        }
    }
    for (on, script, count) in open {
        let more = match count {
            1 => String::new(),
            2 => " (and one more file)".to_owned(),
            all => format!(" (and {} more files)", all.saturating_sub(1)),
        };
        report.undecided(script.at("path"), format!("`{}`{more} changes production, or may; {on}", script.path));
    }
}

/// Reports what certainly changes production; `false` where nothing does.
fn found(script: &Item<Script>, report: &mut Report) -> bool {
    let commands = script.commands.iter().enumerate();
    let certain: Vec<(usize, &Command)> =
        commands.filter(|(_, command)| command.changes.as_deref() == Some("yes")).collect();
    let Some(((index, first), others)) = certain.split_first() else { return false };
    let runs = match script.form.as_str() {
        "makefile" => "no job runs this target",
        "workflow" => "a workflow of another system runs it, and no job of GitLab",
        _ => "no job runs this file",
    };
    let more = match others.len() {
        0 => String::new(),
        1 => ", as does one more command of this file".to_owned(),
        more => format!(", as do {more} more commands of this file"),
    };
    let finding = report
        .finding(
            script.at("commands").index(*index),
            format!("`{}` changes production, and {runs}{more}", first.title()),
        )
        .help("let a job of the pipeline run it, or remove it; where people need it, waive it until a day");
    for (index, other) in others.iter().take(SHOWN) {
        finding.related(script.at("commands").index(*index), format!("`{}`", other.title()));
    }
    true
}

impl Command {
    /// `terraform apply`.
    fn title(&self) -> String {
        let tool = self.tool.as_deref().unwrap_or("unknown");
        match self.action.known() {
            Some(action) if tool == "deployer" || tool == action => action.clone(),
            Some(action) => format!("{tool} {action}"),
            None => format!("{tool} …"),
        }
    }
}
