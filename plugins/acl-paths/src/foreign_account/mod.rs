//! Credentials of an AWS account that is no tenant's.

use engine_sdk::prelude::*;
use serde::Deserialize;

use crate::account::{accounts, may_name_one};
use crate::secret_outside_tenant::Access;
use crate::tenant::Config;

#[derive(Deserialize, Facts)]
#[facts(kind = "gitlab.job")]
pub(crate) struct Job {
    name: String,
    commands: Vec<Command>,
}

#[derive(Deserialize, Facts)]
struct Command {
    program: Option<String>,
    words: Vec<Known<String>>,
}

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((jobs, accesses, configs): &(Items<Job>, Items<Access>, Items<Config>), report: &mut Report) {
    let Some(config) = configs.first().filter(|config| config.has_accounts()) else { return };
    for job in jobs {
        for (command, words) in job.commands.iter().enumerate() {
            let who = format!("`{}`", job.name);
            for (word, path) in words.paths() {
                judge(path, job.at("commands").index(command).key("words").index(word), &who, config, report);
            }
        }
    }
    for access in accesses {
        judge(&access.path, access.at("path"), &access.title, config, report);
    }
}

fn judge(path: &Known<String>, at: Place, who: &str, config: &Item<Config>, report: &mut Report) {
    let path = match path.settled() {
        Ok(Some(path)) => path,
        Ok(None) => return,
        Err(unknown) => {
            if may_name_one(&unknown.on) {
                report.undecided(at, format!("whose AWS account {who} gets credentials for depends on {unknown}"));
            }
            return;
        }
    };
    let owned = |account: &str| config.tenants.iter().any(|one| one.accounts.iter().any(|own| own == account));
    let Some(account) = accounts(path).find(|account| !owned(account)) else { return };
    report
        .finding(at, format!("{who} gets credentials for the AWS account `{account}`, which is no tenant's"))
        .related(config.at("tenants"), "the tenants and their accounts are declared here")
        .help("name the account of the tenant, or declare this one in `engine.yaml` if it is one of theirs");
}

impl Command {
    /// The words that are paths of Vault, where the command reads or writes some.
    fn paths(&self) -> impl Iterator<Item = (usize, &Known<String>)> {
        let second = self.words.get(1).and_then(Known::known).map(String::as_str);
        let vault =
            matches!(self.program.as_deref(), Some("vault" | "bao")) && matches!(second, Some("read" | "write"));
        let curl = matches!(self.program.as_deref(), Some("curl" | "wget"));
        let called = |word: &Known<String>| match word {
            Known::Known(text) => text.contains("/v1/"),
            Known::Unknown(unknown) => unknown.on.contains("/v1/"),
            Known::Absent => false,
        };
        // Options, and the `key=value` that is written, are no paths.
        let path = |word: &Known<String>| word.known().is_none_or(|text| !text.starts_with('-') && !text.contains('='));
        let words = self.words.iter().enumerate().skip(1);
        words.filter(move |(_, word)| vault && path(word) || curl && called(word))
    }
}
