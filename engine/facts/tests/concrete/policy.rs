//! `only` and `except` (B1.12, B1.13).

use std::collections::BTreeMap;

use yaml_serde::Value;

use super::expression::Expression;
use super::files::{self, Changes};
use super::pattern::{self, Pattern};
use super::variables::PROJECT;
use super::{Environment, Kind, document};

/// An `only` or an `except`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Policy {
    refs: Option<Vec<Reference>>,
    variables: Option<Vec<Expression>>,
    changes: Option<Changes>,
    /// A cluster is asked for; no environment here has one.
    kubernetes: bool,
}

/// One entry of `refs`.
#[derive(Debug, Clone)]
struct Reference {
    name: Name,
    /// What stands behind the first `@`: the project that the entry is for.
    project: Option<String>,
}

#[derive(Debug, Clone)]
enum Name {
    Plain(String),
    Pattern(Pattern),
}

impl Policy {
    /// What holds for a job that says nothing: branches and tags.
    pub(crate) fn default_only() -> Self {
        let plain = |name: &str| Reference { name: Name::Plain(name.to_owned()), project: None };
        Self { refs: Some(vec![plain("branches"), plain("tags")]), ..Self::default() }
    }

    /// Reads the short form, a list of refs, or the long one. `refs` that are not written come from `default`.
    ///
    /// # Errors
    /// Where it is neither.
    pub(crate) fn read(value: &Value, default: Self, place: &str) -> Result<Self, String> {
        let Value::Mapping(parts) = value else {
            return Ok(Self { refs: Some(references(value, place)?), ..Self::default() });
        };
        files::keys(parts, &["refs", "variables", "changes", "kubernetes"], place)?;
        let mut policy = default;
        if let Some(refs) = document::get(parts, "refs") {
            policy.refs = Some(references(refs, place)?);
        }
        if let Some(list) = document::get(parts, "variables") {
            let read: Result<Vec<Expression>, String> =
                document::texts(list, place)?.iter().map(|text| Expression::read(text)).collect();
            policy.variables = Some(read?);
        }
        policy.changes = document::get(parts, "changes").map(|value| Changes::read(value, place)).transpose()?;
        policy.kubernetes = document::get(parts, "kubernetes").is_some();
        Ok(policy)
    }

    /// The truth of each part that is written.
    fn parts(&self, environment: &Environment, values: &BTreeMap<String, String>) -> Vec<bool> {
        let mut parts = Vec::new();
        parts.extend(self.refs.iter().map(|refs| refs.iter().any(|reference| reference.matches(environment))));
        parts.extend(self.variables.iter().map(|all| all.iter().any(|expression| expression.is_true(values))));
        parts.extend(self.changes.iter().map(|changes| changes.holds(environment, values)));
        parts.extend(self.kubernetes.then_some(false));
        parts
    }

    /// As `only`: every part has to hold.
    pub(crate) fn admits(&self, environment: &Environment, values: &BTreeMap<String, String>) -> bool {
        self.parts(environment, values).into_iter().all(|part| part)
    }

    /// As `except`: one part is enough.
    pub(crate) fn excludes(&self, environment: &Environment, values: &BTreeMap<String, String>) -> bool {
        self.parts(environment, values).into_iter().any(|part| part)
    }
}

impl Reference {
    /// A keyword, the source of the pipeline, or the name of a branch or tag.
    fn matches(&self, environment: &Environment) -> bool {
        if self.project.as_ref().is_some_and(|project| project != PROJECT) {
            return false;
        }
        let named = environment.kind != Kind::MergeRequest;
        match &self.name {
            Name::Plain(name) => {
                let keyword = match environment.kind {
                    Kind::Branch => name == "branches",
                    Kind::Tag => name == "tags",
                    Kind::MergeRequest => false,
                };
                let source = environment.source.strip_suffix("_event").unwrap_or(&environment.source);
                keyword || name == source || *name == plural(source) || (named && *name == environment.name)
            }
            Name::Pattern(pattern) => named && pattern.is_match(&environment.name),
        }
    }
}

/// Reads a list of refs.
fn references(value: &Value, place: &str) -> Result<Vec<Reference>, String> {
    let read = |text: &String| {
        let (name, project) = match text.split_once('@') {
            Some((name, project)) => (name, Some(project.to_owned())),
            None => (text.as_str(), None),
        };
        let name = match pattern::split(name) {
            Some((body, flags)) => Name::Pattern(Pattern::new(body, flags)?),
            None => Name::Plain(name.to_owned()),
        };
        Ok(Reference { name, project })
    };
    document::texts(value, place)?.iter().map(read).collect()
}

/// The plural of a pipeline source as English has it.
fn plural(source: &str) -> String {
    match source.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if source.ends_with("sh") => format!("{source}es"),
        None => format!("{source}s"),
    }
}
