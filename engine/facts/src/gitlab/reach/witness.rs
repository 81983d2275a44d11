//! A concrete pipeline that reaches a job.

use super::RefKind;
use super::formula::Title;
use super::search::Cell;
use super::world::World;

/// A concrete pipeline. Of everything that is not said here anything will do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witness {
    /// Its `CI_PIPELINE_SOURCE`; of a child pipeline that of the pipeline at the top.
    pub source: String,
    /// The name of its ref; of a merge request, its source branch.
    pub name: String,
    /// The branch that a merge request is for.
    pub target: Option<String>,
    /// The name of the default branch, where that matters.
    pub default_branch: Option<String>,
    /// Whether the ref is protected, where that matters.
    pub protected: Option<bool>,
    /// Whether it is for a merge request from a fork.
    pub fork: bool,
    /// Variables of GitLab's that matter, by name, with what they hold; `None` for one that is not there.
    pub gitlab: Vec<(String, Option<String>)>,
    /// Variables that somebody has to set, or that must not be there.
    pub variables: Vec<(String, Option<String>)>,
    /// Whether the branch has to be new, so that GitLab knows of no changes.
    pub fresh: bool,
    /// Files that are changed; no other has to be.
    pub changed: Vec<String>,
    /// Files that are in the repository; no other has to be.
    pub exists: Vec<String>,
}

/// Something that looks like what people call their branches and tags.
fn usual(kind: RefKind) -> &'static [&'static str] {
    match kind {
        RefKind::Tag => &["v1.0.0", "v1", "x"],
        RefKind::Branch | RefKind::MergeRequest => &["feature/x", "feature", "x"],
    }
}

impl Witness {
    pub(super) fn of(world: &World<'_>, cell: &Cell) -> Self {
        let model = &cell.model;
        let mut out = Self {
            source: world.root.to_owned(),
            name: cell.named(world.table, world.languages, world.name(), usual(world.kind)),
            protected: world.protected,
            fork: world.kind == RefKind::MergeRequest && world.fork != Some(false),
            fresh: model.fresh,
            changed: model.changed.clone(),
            exists: model.exists.clone(),
            ..Self::default()
        };
        for (title, text) in &model.texts {
            match title {
                Title::Name => {}
                Title::Default => out.default_branch = text.clone(),
                Title::Target => out.target = text.clone(),
                Title::Gitlab(name) => out.gitlab.push((name.clone(), text.clone())),
                Title::Own(name) => {
                    out.variables.push((name.trim_end_matches('=').to_owned(), text.clone()));
                }
            }
        }
        // A name that is told apart from the default branch's is not that.
        if out.default_branch.is_none() && world.default.is_some() {
            out.default_branch = world.default.map(str::to_owned);
        }
        out
    }

    /// The pipeline for people: "a push to the branch `feature/x`, with `DEPLOY` set to `true`".
    #[must_use]
    pub fn sentence(&self, kind: RefKind) -> String {
        let name = &self.name;
        let protected = if self.protected == Some(true) { "protected " } else { "" };
        let new = if self.fresh { "new " } else { "" };
        let noun = match kind {
            RefKind::Tag => "tag",
            RefKind::Branch | RefKind::MergeRequest => "branch",
        };
        let named = format!("the {new}{protected}{noun} `{name}`");
        let mut out = match (kind, self.source.as_str()) {
            (RefKind::MergeRequest, _) => {
                let fork = if self.fork { " of a fork" } else { "" };
                let target = self.target.as_ref().map_or_else(String::new, |target| format!(" to `{target}`"));
                format!("a merge request from {named}{fork}{target}")
            }
            (RefKind::Tag, "push") => format!("a push of {named}"),
            (_, "push") => format!("a push to {named}"),
            (_, "schedule") => format!("a schedule for {named}"),
            (_, "web") => format!("a pipeline that somebody starts on the website for {named}"),
            (_, "api") => format!("a pipeline that somebody starts through the API for {named}"),
            (_, "trigger") => format!("a pipeline that a trigger token starts for {named}"),
            (_, "pipeline") => format!("a pipeline that another project starts for {named}"),
            (_, "parent_pipeline") => format!("a child pipeline for {named}"),
            (_, source) => format!("a pipeline by `{source}` for {named}"),
        };
        if self.default_branch.as_ref() == Some(name) && kind == RefKind::Branch {
            out.push_str(", the default branch");
        }
        for (name, value) in self.variables.iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
            out.push_str(&format!(", with `{name}` set to `{value}`"));
        }
        for (name, value) in self.gitlab.iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
            out.push_str(&format!(", where `{name}` is `{value}`"));
        }
        let files = |files: &[String]| {
            let files: Vec<String> = files.iter().map(|file| format!("`{file}`")).collect();
            files.join(" and ")
        };
        if !self.changed.is_empty() {
            out.push_str(&format!(", that changes {}", files(&self.changed)));
        }
        if !self.exists.is_empty() {
            out.push_str(&format!(", with {} in the repository", files(&self.exists)));
        }
        out
    }
}
