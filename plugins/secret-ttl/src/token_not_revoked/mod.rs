//! A job logs in to Vault and leaves its token behind.

use engine_sdk::prelude::*;
use serde::Deserialize;

#[derive(Deserialize, Facts)]
#[facts(kind = "gitlab.job")]
struct Job {
    name: String,
    commands: Vec<Command>,
}

#[derive(Deserialize, Facts)]
struct Command {
    program: Option<String>,
    words: Vec<Known<String>>,
}

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(job: &Item<Job>, report: &mut Report) {
    let Some(login) = job.commands.iter().position(Command::logs_in) else { return };
    if job.commands.iter().any(Command::revokes) {
        return;
    }
    report
        .finding(
            job.at("commands").index(login),
            format!("`{}` logs in to Vault and never revokes its token, which works on after the job", job.name),
        )
        .help("end with `vault token revoke -self` in the same script: `after_script` does not see an exported token");
}

impl Command {
    /// The words after the program, as they are known or as they are written.
    fn arguments(&self) -> impl Iterator<Item = &str> {
        self.words.iter().skip(1).map(|word| match word {
            Known::Known(text) => text.as_str(),
            Known::Unknown(unknown) => unknown.on.as_str(),
            Known::Absent => "",
        })
    }

    fn is_vault(&self) -> bool {
        matches!(self.program.as_deref(), Some("vault" | "bao"))
    }

    /// A path of Vault's HTTP interface that is called.
    fn calls(&self, path: impl Fn(&str) -> bool) -> bool {
        let curl = matches!(self.program.as_deref(), Some("curl" | "wget"));
        let after = |word: &str| word.split_once("/v1/auth/").is_some_and(|(_, rest)| path(rest));
        curl && self.arguments().any(|word| after(word.trim_matches(['"', '\''])))
    }

    fn logs_in(&self) -> bool {
        let login = |path: &str| path.ends_with("/login") || path.contains("/login/");
        if !self.is_vault() {
            return self.calls(login);
        }
        let operands: Vec<&str> = self.arguments().filter(|word| !word.starts_with('-')).collect();
        match operands.first() {
            // Without a method it takes a token that somebody else made.
            Some(&"login") => self.arguments().any(|word| word.trim_start_matches('-').starts_with("method")),
            Some(&"write") => {
                operands.iter().any(|word| word.trim_start_matches('/').starts_with("auth/") && login(word))
            }
            _ => false,
        }
    }

    fn revokes(&self) -> bool {
        if !self.is_vault() {
            return self.calls(|path| path.starts_with("token/revoke"));
        }
        let words: Vec<&str> = self.arguments().collect();
        matches!(words.as_slice(), ["token", "revoke", ..])
            || matches!(words.first(), Some(&"write")) && words.iter().any(|word| word.contains("auth/token/revoke"))
    }
}
