//! The pipelines that the text of a job tells apart, each standing for many.
//!
//! The names that are mentioned, the default branch and *any other name* stand for all names; a push, the sources that
//! are mentioned and *any other source* for all sources.

use std::collections::BTreeSet;

use engine_model::Unknown;

use super::condition::{Expression, Outcome, Pipeline, Truth};
use super::pattern::{Alternative, Pattern};
use super::reach::{Asked, RefKind};

/// Names that the text tells apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Name {
    /// None of those that are mentioned.
    Other,
    Default,
    Exact(String),
    Pattern(Alternative),
}

/// One kind of pipeline.
pub(super) struct Atom<'j> {
    pub(super) kind: RefKind,
    pub(super) name: &'j Name,
    /// `None` for a source that is not mentioned.
    pub(super) source: Option<&'j str>,
    pub(super) protected: bool,
    declared: &'j BTreeSet<&'j str>,
}

/// Sources that the words of `only` stand for, and how GitLab calls them elsewhere.
const SOURCES: &[&str] = &[
    "api",
    "chat",
    "external",
    "external_pull_request_event",
    "merge_request_event",
    "ondemand_dast_scan",
    "ondemand_dast_validation",
    "parent_pipeline",
    "pipeline",
    "push",
    "schedule",
    "security_orchestration_policy",
    "trigger",
    "web",
    "webide",
];

const MERGE_REQUEST: &str = "merge_request_event";

/// GitLab's variables that hold something in every pipeline.
const PRESENT: &[&str] = &[
    "CI_COMMIT_AUTHOR",
    "CI_COMMIT_BEFORE_SHA",
    "CI_COMMIT_REF_SLUG",
    "CI_COMMIT_SHA",
    "CI_COMMIT_SHORT_SHA",
    "CI_COMMIT_TIMESTAMP",
    "CI_PROJECT_ID",
    "CI_PROJECT_NAME",
    "CI_PROJECT_NAMESPACE",
    "CI_PROJECT_PATH",
    "CI_PROJECT_PATH_SLUG",
    "CI_PROJECT_ROOT_NAMESPACE",
    "CI_PROJECT_URL",
    "CI_PROJECT_VISIBILITY",
    "CI_SERVER_HOST",
    "CI_SERVER_URL",
];

/// Those of a merge request that hold something in each of its pipelines.
const OF_MERGE_REQUEST: &[&str] = &[
    "CI_MERGE_REQUEST_EVENT_TYPE",
    "CI_MERGE_REQUEST_ID",
    "CI_MERGE_REQUEST_IID",
    "CI_MERGE_REQUEST_PROJECT_ID",
    "CI_MERGE_REQUEST_PROJECT_PATH",
    "CI_MERGE_REQUEST_REF_PATH",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
    "CI_MERGE_REQUEST_TITLE",
];

/// The source that a word of `only` means, in the singular or the plural.
pub(super) fn source_of(word: &str) -> Option<&'static str> {
    SOURCES.iter().copied().find(|source| {
        let name = source.strip_suffix("_event").unwrap_or(source);
        let plural = word.strip_prefix(name);
        plural == Some("") || plural == Some("s") || (name == "push" && word == "pushes")
    })
}

/// The pattern that an entry of `only` is, where it stands between slashes.
pub(super) fn pattern_of(text: &str) -> Option<Pattern> {
    let (text, flags) = text.strip_prefix('/')?.rsplit_once('/')?;
    flags.chars().all(|flag| flag.is_ascii_alphabetic()).then(|| Pattern::new(text, flags))
}

/// What the text of a job and its workflow tells apart.
pub(super) struct Mentioned {
    pub(super) names: BTreeSet<Name>,
    pub(super) sources: BTreeSet<String>,
    protection: bool,
}

impl Mentioned {
    pub(super) fn of(asked: &Asked<'_>) -> Self {
        let mut out = Self { names: BTreeSet::from([Name::Other]), sources: BTreeSet::new(), protection: false };
        out.sources.insert("push".to_owned());
        for rule in asked.workflow.into_iter().flatten().chain(asked.rules.into_iter().flatten()) {
            if let Ok(Some(condition)) = &rule.condition {
                out.condition(condition);
            }
        }
        for limit in asked.only.into_iter().chain(asked.except) {
            limit.conditions.iter().flatten().for_each(|condition| out.condition(condition));
            for entry in limit.refs.iter().filter_map(|entry| entry.get()) {
                let text = entry.split_once('@').map_or(entry.as_str(), |(text, _)| text);
                out.sources.extend(source_of(text).map(str::to_owned));
                match pattern_of(text) {
                    Some(pattern) => out.pattern(&pattern),
                    // A keyword is a name too.
                    None => {
                        out.names.insert(Name::Exact(text.to_owned()));
                    }
                }
            }
        }
        out.sources.remove(MERGE_REQUEST);
        out
    }

    /// The length of the longest name.
    pub(super) fn longest(&self) -> usize {
        const USUAL: usize = 16;
        let lengths = self.names.iter().map(|name| match name {
            Name::Exact(name) => name.len(),
            _ => 0,
        });
        lengths.fold(USUAL, usize::max)
    }

    fn condition(&mut self, condition: &Expression) {
        let mut leaves = Vec::new();
        condition.leaves(&mut leaves);
        for leaf in leaves {
            match leaf {
                Expression::Text(text) if SOURCES.contains(&text.as_str()) => {
                    self.sources.insert(text.clone());
                }
                Expression::Text(text) if !text.is_empty() => {
                    self.names.insert(Name::Exact(text.clone()));
                }
                Expression::Variable(name, _) if name == "CI_DEFAULT_BRANCH" => {
                    self.names.insert(Name::Default);
                }
                Expression::Variable(name, _) if name == "CI_COMMIT_REF_PROTECTED" => self.protection = true,
                Expression::Pattern(pattern, _) => self.pattern(pattern),
                _ => {}
            }
        }
    }

    fn pattern(&mut self, pattern: &Pattern) {
        for alternative in pattern.alternatives.iter().filter(|alternative| !alternative.is_universal()) {
            self.names.insert(match alternative.literal() {
                Some(name) => Name::Exact(name),
                None => Name::Pattern(alternative.clone()),
            });
        }
    }

    pub(super) fn atoms<'j>(&'j self, declared: &'j BTreeSet<&'j str>) -> Vec<Atom<'j>> {
        let mut out = Vec::new();
        let protections: &[bool] = if self.protection { &[true, false] } else { &[false] };
        for name in &self.names {
            for protected in protections.iter().copied() {
                let sources = self.sources.iter().map(|source| Some(source.as_str())).chain([None]);
                for source in sources {
                    for kind in [RefKind::Branch, RefKind::Tag] {
                        out.push(Atom { kind, name, source, protected, declared });
                    }
                }
                let (kind, source) = (RefKind::MergeRequest, Some(MERGE_REQUEST));
                out.push(Atom { kind, name, source, protected, declared });
            }
        }
        out
    }
}

impl Atom<'_> {
    /// Whether GitLab knows which files the pipeline's commits change.
    pub(super) fn is_pushed(&self) -> bool {
        let pushed =
            self.source.is_none_or(|source| matches!(source, "push" | MERGE_REQUEST | "external_pull_request_event"));
        self.kind != RefKind::Tag && pushed
    }
}

impl Pipeline for Atom<'_> {
    fn variable<'e>(&self, name: &str, unknown: &'e Unknown) -> Outcome<'e> {
        let of = |kind: RefKind| if self.kind == kind { Outcome::Name } else { Outcome::Null };
        match name {
            _ if self.declared.contains(name) => Outcome::Truth(Truth::Unknown(unknown)),
            "CI_COMMIT_BRANCH" => of(RefKind::Branch),
            "CI_COMMIT_TAG" => of(RefKind::Tag),
            "CI_COMMIT_REF_NAME" => Outcome::Name,
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME" => of(RefKind::MergeRequest),
            "CI_DEFAULT_BRANCH" => Outcome::Default(unknown),
            "CI_PIPELINE_SOURCE" => match self.source.and_then(|own| SOURCES.iter().find(|source| **source == own)) {
                Some(source) => Outcome::Text(source),
                // A source that is compared with nothing here.
                None => Outcome::Text("another source"),
            },
            "CI_COMMIT_REF_PROTECTED" => Outcome::Text(if self.protected { "true" } else { "false" }),
            "CI" | "GITLAB_CI" => Outcome::Text("true"),
            name if PRESENT.contains(&name) => Outcome::Present(unknown),
            name if OF_MERGE_REQUEST.contains(&name) => match self.kind {
                RefKind::MergeRequest => Outcome::Present(unknown),
                _ => Outcome::Null,
            },
            _ => Outcome::Truth(Truth::Unknown(unknown)),
        }
    }

    fn is_named(&self, name: &str) -> Option<bool> {
        match self.name {
            Name::Other => Some(false),
            Name::Default => None,
            Name::Exact(own) => Some(own == name),
            // Names that are mentioned are told apart on their own.
            Name::Pattern(_) => Some(false),
        }
    }

    fn is_default(&self) -> bool {
        *self.name == Name::Default
    }

    fn matches(&self, pattern: &Pattern) -> Option<bool> {
        match self.name {
            Name::Other | Name::Default if pattern.is_universal() != Some(false) => pattern.is_universal(),
            Name::Other => Some(false),
            Name::Default => None,
            Name::Exact(own) => pattern.matches(own),
            Name::Pattern(names) => pattern.covers(names),
        }
    }
}
