//! A credential is printed to the job's log.

use engine_sdk::prelude::*;

use crate::credential;
use crate::job::{Command, Job};

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

/// Programs that print what they are told.
const PRINTERS: &[&str] = &["echo", "printf"];

/// Programs that print what they read.
const PASSING: &[&str] = &["tee", "cat"];

fn check(job: &Item<Job>, report: &mut Report) {
    let careful = job.commands.iter().any(|command| credential::handles_secret(job, command));
    for (index, command) in job.commands.iter().enumerate().filter(|(_, command)| command.logged) {
        if careful && credential::prints_environment(command) {
            report
                .finding(job.at("commands").index(index), "every variable of the job is printed to its log")
                .help("print the variables that you need, by name");
            continue;
        }
        let source = if prints(job, command) { Some(index) } else { passed_on(job, command) };
        let Some(source) = source else { continue };
        let variable = job.commands.get(source).and_then(|command| {
            command.expansions.iter().find(|expansion| credential::is_secret_value(job, command, expansion))
        });
        let printed = job.commands.get(source).is_some_and(|command| command.runs(PRINTERS));
        let what = variable
            .filter(|_| printed)
            .map_or_else(|| "a credential".to_owned(), |one| format!("`${}`", one.variable));
        report
            .finding(job.at("commands").index(source), format!("{what} is printed to the job's log"))
            .help("keep it in a variable; GitLab hides masked variables only, and only as they are written");
    }
}

/// Whether a command prints a credential.
fn prints(job: &Job, command: &Command) -> bool {
    if command.runs(PRINTERS) {
        return command.expansions.iter().any(|expansion| credential::is_secret_value(job, command, expansion));
    }
    let arguments: Vec<&str> = command.arguments().filter(|word| !word.starts_with('-')).collect();
    let has = |option: &str| command.arguments().any(|word| word == option);
    match (command.program.as_deref(), arguments.as_slice()) {
        (Some("vault" | "bao"), ["read", path, ..]) if path.starts_with("sys/") => false,
        (Some("vault" | "bao"), ["login", ..]) => !has("-no-print"),
        (Some("kubectl" | "oc"), ["get", what, ..]) => {
            let secret = matches!(what.split('/').next(), Some("secret" | "secrets"));
            let whole = command.arguments().any(|word| {
                let format = word.trim_start_matches("-o").trim_start_matches("--output").trim_start_matches('=');
                matches!(format, "yaml" | "json") || format.starts_with("jsonpath") || format.starts_with("go-template")
            });
            secret && whole
        }
        (Some("cat" | "tee" | "env" | "printenv" | "export" | "declare" | "typeset" | "set"), _) => false,
        _ => credential::prints_credential(command),
    }
}

/// The command whose credential a later one of its pipeline shows.
fn passed_on(job: &Job, command: &Command) -> Option<usize> {
    let passes = command.runs(PASSING);
    let earlier = |other: &Command| other.pipeline == command.pipeline && !other.logged && prints(job, other);
    job.commands.iter().position(earlier).filter(|_| passes)
}
