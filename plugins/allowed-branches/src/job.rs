//! What the rules read of a job: how it can start, and what it changes.

use engine_sdk::prelude::*;
use serde::Deserialize;

#[derive(Deserialize, Facts)]
#[facts(kind = "gitlab.job")]
pub(crate) struct Job {
    pub(crate) name: String,
    /// The path of the pipeline's own file.
    pub(crate) pipeline: String,
    /// Whether every file of the pipeline was there to be read.
    pub(crate) complete: bool,
    pub(crate) starts: Vec<Start>,
    /// The names under `secrets:` and `id_tokens:`.
    pub(crate) credentials: Vec<String>,
    pub(crate) logins: Vec<Login>,
    pub(crate) commands: Vec<Command>,
}

/// A command that logs in at Vault.
#[derive(Deserialize, Facts)]
pub(crate) struct Login {
    pub(crate) method: Option<String>,
    /// The variable that holds what proves it.
    pub(crate) secret: Option<String>,
}

/// One way in which the job can start.
#[derive(Deserialize, Facts)]
pub(crate) struct Start {
    #[serde(rename = "if")]
    pub(crate) condition: Known<String>,
    pub(crate) allow_failure: Known<bool>,
    pub(crate) refs: Vec<Ref>,
}

/// What can take it.
#[derive(Deserialize, Facts)]
pub(crate) struct Ref {
    /// `branch`, `tag` or `merge-request`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// `exact`, `pattern`, `default` or `any`.
    pub(crate) matches: String,
    pub(crate) name: Option<String>,
    pub(crate) protected: bool,
    pub(crate) fork: bool,
    pub(crate) sources: Vec<String>,
    pub(crate) reached: Known<bool>,
    pub(crate) witness: Option<Witness>,
}

/// A concrete pipeline.
#[derive(Deserialize, Facts)]
pub(crate) struct Witness {
    /// For people, behind a colon.
    pub(crate) text: String,
}

#[derive(Deserialize, Facts)]
pub(crate) struct Command {
    pub(crate) invocation: Option<Invocation>,
}

#[derive(Deserialize, Facts)]
pub(crate) struct Invocation {
    /// `yes`, `no` or `maybe`.
    pub(crate) changes: String,
}

impl Job {
    /// The command that changes production, and whether that is certain; the certain ones first.
    pub(crate) fn change(&self) -> Option<(usize, bool)> {
        let changes = self.commands.iter().enumerate().filter_map(|(index, command)| {
            let changes = command.invocation.as_ref()?.changes.as_str();
            (changes != "no").then_some((index, changes == "yes"))
        });
        changes.min_by_key(|(_, certain)| !certain)
    }
}

impl Ref {
    /// What shows that they can: `: a push to the branch …`, or nothing.
    pub(crate) fn proof(&self) -> String {
        self.witness.as_ref().map_or_else(String::new, |witness| format!(": {}", witness.text))
    }

    /// The refs for people, behind "can start".
    pub(crate) fn title(&self) -> String {
        let protected = if self.protected { "protected " } else { "" };
        let name = self.name.as_deref().unwrap_or_default();
        let what = match (self.kind.as_str(), self.matches.as_str()) {
            ("merge-request", "any") if self.fork => format!("for any {protected}merge request, also from a fork"),
            ("merge-request", "any") => format!("for any {protected}merge request"),
            ("merge-request", "default") => "for a merge request from the default branch".to_owned(),
            ("merge-request", _) => format!("for a merge request from a branch named `{name}`"),
            ("branch", "default") => "on the default branch".to_owned(),
            (kind, "any") => format!("on any {protected}{kind}"),
            (kind, "default") => format!("on a {protected}{kind} named like the default branch"),
            (kind, "exact") => format!("on a {protected}{kind} named `{name}`"),
            (kind, _) => format!("on any {protected}{kind} named like `{name}`"),
        };
        match self.sources.as_slice() {
            [] => what,
            sources => {
                let sources: Vec<String> = sources.iter().map(|source| format!("`{source}`")).collect();
                format!("{what} (source {})", sources.join(" or "))
            }
        }
    }
}
