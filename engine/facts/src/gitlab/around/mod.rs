//! GitLab around a pipeline: settings of projects, flags of variables and runners. No pipeline's file shows them; they are
//! in an export of the settings, in a runner's configuration, in `gitlab_*` resources of Terraform, or declared in
//! `engine.yaml`.

mod export;
mod owners;
mod resource;
mod runner;
mod wire;

use engine_model::{Document, NodeId, Place, ScalarStyle, Value, Why};

use crate::credential::Source;
use crate::sourced::{Origin, Sourced};

pub use export::{Export, export};
pub use owners::Owners;
pub use resource::around;
pub use runner::runners;
pub use wire::{runner_item, settings_item, variable_item};

use std::sync::Arc;

/// The kind of fact that the settings of a project are.
pub const SETTINGS: &str = "gitlab.settings";
/// The kind of fact that a variable of GitLab is.
pub const VARIABLE: &str = "gitlab.variable";
/// The kind of fact that a runner is.
pub const RUNNER: &str = "gitlab.runner";

/// What a project is set to, as far as one place says.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What it is, for people.
    pub title: String,
    /// Where it was read.
    pub source: Source,
    /// The block.
    pub origin: Origin,
    /// The project; absent where it is this one.
    pub project: Sourced<String>,
    /// The default branch.
    pub default_branch: Sourced<String>,
    /// Where the pipeline's own file is; empty for `.gitlab-ci.yml`.
    pub ci_config_path: Sourced<String>,
    /// Whether the artifacts of the latest pipeline that succeeded are kept whatever `expire_in` says.
    pub keep_latest_artifact: Sourced<bool>,
    /// Whether a merge request needs a pipeline that succeeded.
    pub pipelines_must_succeed: Sourced<bool>,
    /// Whether runners of the whole instance take its jobs.
    pub shared_runners: Sourced<bool>,
    /// The least role that may set variables of a pipeline: `no_one_allowed`, `developer`, `maintainer`, `owner`.
    pub variable_override_role: Sourced<String>,
    /// Names and patterns of protected tags.
    pub protected_tags: Vec<Sourced<String>>,
    /// Names of protected environments.
    pub protected_environments: Vec<Sourced<String>>,
}

impl Settings {
    /// Settings of this project of which nothing is said yet.
    #[must_use]
    pub fn new(title: String, source: Source, origin: Origin) -> Self {
        Self {
            title,
            source,
            origin,
            project: Sourced::default(),
            default_branch: Sourced::default(),
            ci_config_path: Sourced::default(),
            keep_latest_artifact: Sourced::default(),
            pipelines_must_succeed: Sourced::default(),
            shared_runners: Sourced::default(),
            variable_override_role: Sourced::default(),
            protected_tags: Vec::new(),
            protected_environments: Vec::new(),
        }
    }
}

/// A variable that GitLab gives to jobs; its value is never read.
#[derive(Clone, Debug)]
pub struct Variable {
    /// What it is, for people.
    pub title: String,
    /// Where it was read.
    pub source: Source,
    /// The block.
    pub origin: Origin,
    /// `project`, `group` or `instance`.
    pub scope: &'static str,
    /// The project or group; absent where it is this one's.
    pub owner: Sourced<String>,
    /// Its name.
    pub key: Sourced<String>,
    /// Whether only protected branches and tags get it.
    pub protected: Sourced<bool>,
    /// Whether it is masked in logs.
    pub masked: Sourced<bool>,
    /// Whether nobody can read it again.
    pub hidden: Sourced<bool>,
    /// The environments whose jobs get it: `*` for all.
    pub environment: Sourced<String>,
}

/// A runner.
#[derive(Clone, Debug)]
pub struct Runner {
    /// What it is, for people.
    pub title: String,
    /// Where it was read.
    pub source: Source,
    /// The block.
    pub origin: Origin,
    /// Its name or description.
    pub name: Sourced<String>,
    /// Whose it is: `instance_type`, `group_type`, `project_type`.
    pub kind: Sourced<String>,
    /// `docker`, `shell`, `kubernetes` and so on.
    pub executor: Sourced<String>,
    /// The image of jobs that name none.
    pub image: Sourced<String>,
    /// The images that jobs may name; `None` where nothing is said.
    pub allowed_images: Option<Vec<Sourced<String>>>,
    /// Whether containers are privileged.
    pub privileged: Sourced<bool>,
    /// What is mounted into containers, as it is written.
    pub volumes: Vec<Sourced<String>>,
    /// Its tags.
    pub tags: Vec<Sourced<String>>,
    /// Whether it takes jobs without tags.
    pub untagged: Sourced<bool>,
    /// Whether it is locked to its projects.
    pub locked: Sourced<bool>,
    /// Whether it takes jobs of protected branches and tags alone.
    pub protected: Sourced<bool>,
    /// The names of the variables that it gives to every job.
    pub environment: Vec<Sourced<String>>,
}

impl Runner {
    /// A runner of which nothing is said yet.
    #[must_use]
    pub fn new(title: String, source: Source, origin: Origin) -> Self {
        Self {
            title,
            source,
            origin,
            name: Sourced::default(),
            kind: Sourced::default(),
            executor: Sourced::default(),
            image: Sourced::default(),
            allowed_images: None,
            privileged: Sourced::default(),
            volumes: Vec::new(),
            tags: Vec::new(),
            untagged: Sourced::default(),
            locked: Sourced::default(),
            protected: Sourced::default(),
            environment: Vec::new(),
        }
    }
}

/// Values of a document that is JSON or TOML.
#[derive(Clone, Copy)]
struct Reader<'d> {
    document: &'d Arc<Document>,
    node: NodeId,
}

impl<'d> Reader<'d> {
    fn get(self, key: &str) -> Option<Self> {
        let node = self.document.get(self.node, key)?;
        let value = Self { node, ..self };
        (!value.is_null()).then_some(value)
    }

    fn items(self) -> impl Iterator<Item = Self> + 'd {
        let document = self.document;
        document.items(self.node).iter().map(move |node| Self { document, node: *node })
    }

    fn origin(self) -> Origin {
        Origin::written(Place::new(self.document, self.node))
    }

    fn is_null(self) -> bool {
        self.document
            .scalar(self.node)
            .is_some_and(|scalar| scalar.style == ScalarStyle::Plain && scalar.text == "null")
    }

    /// The scalar itself, as text.
    fn own_text(self) -> Sourced<String> {
        let value = match self.document.scalar(self.node) {
            Some(scalar) => Value::Known(scalar.text.to_owned()),
            None => Value::unknown(Why::NotEvaluated, "a value that is not a text"),
        };
        Sourced { value, origin: Some(self.origin()) }
    }

    fn text(self, key: &str) -> Sourced<String> {
        self.get(key).map_or_else(Sourced::default, Self::own_text)
    }

    fn boolean(self, key: &str) -> Sourced<bool> {
        let Some(value) = self.get(key) else { return Sourced::default() };
        let origin = Some(value.origin());
        let known = match value.document.scalar(value.node).map(|scalar| scalar.text) {
            Some("true") => Value::Known(true),
            Some("false") => Value::Known(false),
            _ => Value::unknown(Why::NotEvaluated, "a value that is not a boolean"),
        };
        Sourced { value: known, origin }
    }

    fn texts(self, key: &str) -> Vec<Sourced<String>> {
        self.get(key).map_or_else(Vec::new, |list| list.items().map(Self::own_text).collect())
    }
}
