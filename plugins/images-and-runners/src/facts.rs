//! What the rules read.

use engine_sdk::prelude::*;
use serde::Deserialize;

#[derive(Deserialize, Facts)]
#[facts(kind = "gitlab.job")]
pub(crate) struct Job {
    pub(crate) name: String,
    pub(crate) artifacts: Artifacts,
    pub(crate) images: Vec<Image>,
    pub(crate) variables: Vec<JobVariable>,
    /// The names under `secrets:` and `id_tokens:`.
    pub(crate) credentials: Vec<String>,
    pub(crate) tags: Vec<Known<String>>,
    pub(crate) id_tokens: Vec<IdToken>,
    pub(crate) commands: Vec<Command>,
}

#[derive(Deserialize, Facts)]
pub(crate) struct Artifacts {
    pub(crate) expire_in: Known<String>,
}

#[derive(Deserialize, Facts)]
pub(crate) struct Image {
    pub(crate) repository: Known<String>,
}

#[derive(Deserialize, Facts)]
pub(crate) struct JobVariable {
    pub(crate) name: String,
    pub(crate) value: Known<String>,
}

#[derive(Deserialize, Facts)]
pub(crate) struct IdToken {
    pub(crate) name: String,
    pub(crate) aud: Vec<Known<String>>,
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
    /// Whether any command certainly changes production.
    pub(crate) fn changes_production(&self) -> bool {
        self.commands.iter().filter_map(|command| command.invocation.as_ref()).any(|call| call.changes == "yes")
    }
}

/// The engine's configuration. There is always one.
#[derive(Deserialize, Facts)]
#[facts(kind = "engine.config")]
pub(crate) struct Config {
    pub(crate) registries: Vec<String>,
    pub(crate) runner_tags: Vec<String>,
}

#[derive(Deserialize, Facts)]
#[facts(kind = "gitlab.settings")]
pub(crate) struct Settings {
    pub(crate) title: String,
    pub(crate) keep_latest_artifact: Known<bool>,
    pub(crate) shared_runners: Known<bool>,
}

#[derive(Deserialize, Facts)]
#[facts(kind = "gitlab.variable")]
pub(crate) struct Variable {
    pub(crate) scope: String,
    pub(crate) key: Known<String>,
    pub(crate) protected: Known<bool>,
    pub(crate) masked: Known<bool>,
    pub(crate) hidden: Known<bool>,
}

#[derive(Deserialize, Facts)]
#[facts(kind = "gitlab.runner")]
pub(crate) struct Runner {
    pub(crate) title: String,
    #[serde(rename = "type")]
    pub(crate) kind: Known<String>,
    pub(crate) executor: Known<String>,
    pub(crate) privileged: Known<bool>,
    pub(crate) volumes: Vec<Known<String>>,
    pub(crate) untagged: Known<bool>,
    pub(crate) locked: Known<bool>,
}

#[derive(Deserialize, Facts)]
#[facts(kind = "gitlab.pipeline")]
pub(crate) struct Pipeline {
    pub(crate) code_owners: Option<String>,
    pub(crate) files: Vec<File>,
}

#[derive(Deserialize, Facts)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) owners: Vec<String>,
}
