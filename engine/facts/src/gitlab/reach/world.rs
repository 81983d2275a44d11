//! The kinds of pipelines that a text tells apart, and what a variable holds in each.

use std::collections::BTreeSet;

use engine_model::Unknown;

use super::super::language::Languages;
use super::super::variable;
use super::formula::{Formula, Holder, Table, Term, Title};
use super::frame::Declared;
use super::{Overlay, RefKind, Started};

/// Every way to start a pipeline, as `CI_PIPELINE_SOURCE` has it.
pub const PIPELINE_SOURCES: [&str; 15] = [
    "push",
    "api",
    "chat",
    "external",
    "external_pull_request_event",
    "merge_request_event",
    "ondemand_dast_scan",
    "ondemand_dast_validation",
    "parent_pipeline",
    "pipeline",
    "schedule",
    "security_orchestration_policy",
    "trigger",
    "web",
    "webide",
];

pub(super) const SOURCES: &[&str] = &PIPELINE_SOURCES;

pub(super) const MERGE_REQUEST: &str = "merge_request_event";

/// Sources that are there for branches alone.
const OF_BRANCHES: &[&str] = &[
    "chat",
    "external_pull_request_event",
    "ondemand_dast_scan",
    "ondemand_dast_validation",
    "security_orchestration_policy",
    "webide",
];

/// Sources for which GitLab knows which files change.
pub(super) const PUSHED: [&str; 3] = ["push", MERGE_REQUEST, "external_pull_request_event"];

/// Sources whose starter may pass variables along.
const PASSING: &[&str] = &["push", "api", "pipeline", "schedule", "trigger", "web"];

/// What every text has that is not blank.
const NOT_BLANK: &str = r"[^\x00-\x20]";

/// What no name of a ref is like.
const NO_NAME: &str = r"[\x00-\x20~^:?*\[\\\x7f]|\.\.|//|@\{|^[-./]|/\.|\.lock(/|$)|[./]$|^@?$";

/// The source that a word of `only` means, in the singular or the plural.
pub(super) fn source_of(word: &str) -> Option<&'static str> {
    SOURCES.iter().copied().find(|source| {
        let name = source.strip_suffix("_event").unwrap_or(source);
        let plural = word.strip_prefix(name);
        plural == Some("") || plural == Some("s") || (name == "push" && word == "pushes")
    })
}

/// Who may have set variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hands {
    /// Nobody: what the text says holds, and what it does not say is not there.
    Nobody,
    /// Whoever starts the pipeline, also GitLab's own.
    Starter,
    /// Those who may set variables of the project, or start pipelines with variables where nobody says who may.
    Project,
    /// Everybody, and all of it is known.
    Told,
}

/// A kind of pipeline.
#[derive(Clone, Debug)]
pub(super) struct World<'w> {
    pub(super) table: &'w Table,
    pub(super) languages: &'w Languages,
    pub(super) declared: &'w Declared,
    pub(super) kind: RefKind,
    /// Its `CI_PIPELINE_SOURCE`.
    pub(super) source: &'static str,
    /// That of the pipeline at the top, where this one is a child.
    pub(super) root: &'static str,
    /// The rule of the workflow under which it is made.
    pub(super) overlay: Overlay<'w>,
    /// Whether the ref is protected; `None` where nothing asks.
    pub(super) protected: Option<bool>,
    /// Whether a merge request comes from a fork; `None` where nothing asks.
    pub(super) fork: Option<bool>,
    /// What of the two projects is asked for.
    pub(super) projects: &'w BTreeSet<&'static str>,
    pub(super) hands: Hands,
    /// The name of the default branch, where somebody says.
    pub(super) default: Option<&'w str>,
    /// The one pipeline that is meant, where it is one.
    pub(super) told: Option<&'w Started>,
}

/// What a part of an expression comes to.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    Null,
    Text(String),
    Term(Term),
    Open(Formula),
}

impl World<'_> {
    /// Whether a source exists for a kind of ref.
    pub(super) fn is_possible(kind: RefKind, source: &str) -> bool {
        match kind {
            RefKind::MergeRequest => source == MERGE_REQUEST,
            RefKind::Branch => source != MERGE_REQUEST,
            RefKind::Tag => source != MERGE_REQUEST && !OF_BRANCHES.contains(&source),
        }
    }

    /// Whether whoever starts such a pipeline may pass variables along.
    pub(super) fn passes(kind: RefKind, source: &str) -> bool {
        kind != RefKind::MergeRequest && PASSING.contains(&source)
    }

    /// Whether GitLab knows which files the pipeline's commits change.
    pub(super) fn is_pushed(&self) -> bool {
        self.kind != RefKind::Tag && PUSHED.contains(&self.source)
    }

    /// The term that holds the ref's name.
    pub(super) fn name(&self) -> Term {
        self.table.term(&Title::Name, || self.named(Title::Name))
    }

    fn named(&self, title: Title) -> Holder {
        let without = self.languages.expression(NO_NAME).ok().into_iter().collect();
        Holder { title, nullable: false, within: Vec::new(), without }
    }

    fn gitlab(&self, name: &str, nullable: bool, within: Option<&str>) -> Operand {
        let title = Title::Gitlab(name.to_owned());
        let term = self.table.term(&title, || Holder {
            title: title.clone(),
            nullable,
            within: within.and_then(|text| self.languages.expression(text).ok()).into_iter().collect(),
            without: Vec::new(),
        });
        Operand::Term(term)
    }

    fn own(&self, name: &str, nullable: bool) -> Operand {
        // A variable that the text sets cannot be taken away, only set otherwise.
        let title = Title::Own(if nullable { name.to_owned() } else { format!("{name}=") });
        let holder = || Holder { title: title.clone(), nullable, within: Vec::new(), without: Vec::new() };
        Operand::Term(self.table.term(&title, holder))
    }

    /// What a variable holds. `unknown` says why it cannot be told, where that is so.
    pub(super) fn operand(&self, name: &str, unknown: &Unknown) -> Operand {
        if let Some(value) = self.told.and_then(|told| told.variables.get(name)) {
            return Operand::Text(value.clone());
        }
        let declared = self.declared.value(name);
        match self.hands {
            Hands::Starter => return self.own(name, declared.is_none()),
            Hands::Project if declared.is_some() => return self.own(name, false),
            Hands::Told => {
                return declared.flatten().map_or(Operand::Null, |text| Operand::Text(text.to_owned()));
            }
            Hands::Nobody | Hands::Project => {}
        }
        match declared {
            Some(Some(text)) => return self.text(text, unknown),
            Some(None) => return Operand::Open(self.table.open(unknown)),
            None => {}
        }
        self.given(name, unknown)
    }

    /// A value of the text, where it is one or stands for a variable.
    fn text(&self, text: &str, unknown: &Unknown) -> Operand {
        if !variable::refers(text) {
            return Operand::Text(text.to_owned());
        }
        let Some(inner) = text.strip_prefix('$') else { return Operand::Open(self.table.open(unknown)) };
        let name = inner.strip_prefix('{').map_or(Some(inner), |inner| inner.strip_suffix('}'));
        let is_name = |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        match name.filter(is_name).filter(|name| self.declared.value(name).is_none()) {
            Some(name) => self.given(name, unknown),
            None => Operand::Open(self.table.open(unknown)),
        }
    }

    /// What GitLab, or the project, gives under a name.
    fn given(&self, name: &str, unknown: &Unknown) -> Operand {
        let own = || match self.told {
            Some(told) => Operand::Text(told.name.clone()),
            None => Operand::Term(self.name()),
        };
        let named = |kind: RefKind| if self.kind == kind { own() } else { Operand::Null };
        let text = |text: &str| Operand::Text(text.to_owned());
        let truth = |truth: bool| text(if truth { "true" } else { "false" });
        let always = |name: &str| self.gitlab(name, false, Some(NOT_BLANK));
        match name {
            "CI_COMMIT_BRANCH" => named(RefKind::Branch),
            "CI_COMMIT_TAG" => named(RefKind::Tag),
            "CI_COMMIT_REF_NAME" => own(),
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME" => named(RefKind::MergeRequest),
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME" if self.kind == RefKind::MergeRequest => match self.told {
                Some(told) => text(&told.target),
                None => Operand::Term(self.table.term(&Title::Target, || self.named(Title::Target))),
            },
            "CI_DEFAULT_BRANCH" => match self.default {
                Some(name) => text(name),
                None => Operand::Term(self.table.term(&Title::Default, || self.named(Title::Default))),
            },
            "CI_PIPELINE_SOURCE" => text(self.source),
            "CI_COMMIT_REF_PROTECTED" => match self.protected {
                Some(protected) => truth(protected),
                None => self.gitlab(name, false, Some("^(true|false)$")),
            },
            "CI" | "GITLAB_CI" => text("true"),
            "CI_SERVER" => text("yes"),
            "CI_PIPELINE_TRIGGERED" => {
                if self.source == "trigger" {
                    text("true")
                } else {
                    Operand::Null
                }
            }
            "CI_COMMIT_REF_SLUG" | "CI_JOB_NAME" | "CI_JOB_STAGE" | "CI_KUBERNETES_ACTIVE" => {
                Operand::Open(self.table.open(unknown))
            }
            "CI_MERGE_REQUEST_EVENT_TYPE" if self.kind == RefKind::MergeRequest => {
                self.gitlab(name, false, Some("^(detached|merged_result|merge_train)$"))
            }
            "CI_MERGE_REQUEST_TARGET_BRANCH_PROTECTED"
            | "CI_MERGE_REQUEST_SOURCE_BRANCH_PROTECTED"
            | "CI_MERGE_REQUEST_DRAFT"
                if self.kind == RefKind::MergeRequest =>
            {
                self.gitlab(name, false, Some("^(true|false)$"))
            }
            "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH"
            | "CI_MERGE_REQUEST_SOURCE_PROJECT_ID"
            | "CI_MERGE_REQUEST_SOURCE_PROJECT_URL"
                if self.kind == RefKind::MergeRequest && self.fork == Some(false) =>
            {
                always(&name.replace("MERGE_REQUEST_SOURCE_", ""))
            }
            "CI_MERGE_REQUEST_PROJECT_PATH" | "CI_MERGE_REQUEST_PROJECT_ID" | "CI_MERGE_REQUEST_PROJECT_URL"
                if self.kind == RefKind::MergeRequest =>
            {
                always(&name.replace("MERGE_REQUEST_", ""))
            }
            "CI_COMMIT_SHA" | "CI_COMMIT_BEFORE_SHA" => self.gitlab(name, false, Some("^[0-9a-f]{40}$")),
            "CI_COMMIT_SHORT_SHA" => self.gitlab(name, false, Some("^[0-9a-f]{8}$")),
            "CI_PROJECT_ID" => self.gitlab(name, false, Some("^[1-9][0-9]*$")),
            "CI_OPEN_MERGE_REQUESTS" => match self.kind {
                RefKind::Tag => Operand::Null,
                RefKind::Branch | RefKind::MergeRequest => self.gitlab(name, true, Some("^.*![1-9][0-9]*$")),
            },
            "CI_COMMIT_MESSAGE" | "CI_COMMIT_TITLE" | "CI_COMMIT_AUTHOR" | "CI_COMMIT_TIMESTAMP" => always(name),
            "CI_COMMIT_DESCRIPTION" => self.gitlab(name, false, None),
            "CI_COMMIT_TAG_MESSAGE" => match self.kind {
                RefKind::Tag => self.gitlab(name, true, None),
                RefKind::Branch | RefKind::MergeRequest => Operand::Null,
            },
            name if name.starts_with("CI_MERGE_REQUEST_") => match self.kind {
                RefKind::MergeRequest if OF_MERGE_REQUEST.contains(&name) => always(name),
                RefKind::MergeRequest => self.gitlab(name, true, None),
                RefKind::Branch | RefKind::Tag => Operand::Null,
            },
            name if name.starts_with("CI_EXTERNAL_PULL_REQUEST_") => match self.source {
                "external_pull_request_event" => always(name),
                _ => Operand::Null,
            },
            name if PRESENT.contains(&name) || name.starts_with("GITLAB_USER_") => always(name),
            name if name.starts_with("CI_") || name.starts_with("GITLAB_") => Operand::Open(self.table.open(unknown)),
            name => match self.hands {
                Hands::Nobody | Hands::Told => Operand::Null,
                Hands::Starter | Hands::Project => self.own(name, true),
            },
        }
    }

    /// What has to be so in such a pipeline beside the rules.
    pub(super) fn facts(&self) -> Formula {
        let mut out = Vec::new();
        if self.fork == Some(true) {
            for what in self.projects {
                let term = |name: String| match self.gitlab(&name, false, Some(NOT_BLANK)) {
                    Operand::Term(term) => Some(term),
                    _ => None,
                };
                let theirs = term(format!("CI_MERGE_REQUEST_SOURCE_PROJECT_{what}"));
                if let (Some(theirs), Some(ours)) = (theirs, term(format!("CI_PROJECT_{what}"))) {
                    out.push(self.table.same(theirs, ours).not());
                }
            }
        }
        Formula::all(out)
    }
}

/// GitLab's variables that hold something in every pipeline.
const PRESENT: &[&str] = &[
    "CI_API_V4_URL",
    "CI_CONFIG_PATH",
    "CI_PIPELINE_CREATED_AT",
    "CI_PIPELINE_ID",
    "CI_PIPELINE_IID",
    "CI_PIPELINE_URL",
    "CI_PROJECT_NAME",
    "CI_PROJECT_NAMESPACE",
    "CI_PROJECT_NAMESPACE_ID",
    "CI_PROJECT_PATH",
    "CI_PROJECT_PATH_SLUG",
    "CI_PROJECT_ROOT_NAMESPACE",
    "CI_PROJECT_TITLE",
    "CI_PROJECT_URL",
    "CI_PROJECT_VISIBILITY",
    "CI_SERVER_FQDN",
    "CI_SERVER_HOST",
    "CI_SERVER_NAME",
    "CI_SERVER_PORT",
    "CI_SERVER_PROTOCOL",
    "CI_SERVER_URL",
    "CI_SERVER_VERSION",
];

/// Those of a merge request that hold something in each of its pipelines.
const OF_MERGE_REQUEST: &[&str] = &[
    "CI_MERGE_REQUEST_DIFF_BASE_SHA",
    "CI_MERGE_REQUEST_DIFF_ID",
    "CI_MERGE_REQUEST_ID",
    "CI_MERGE_REQUEST_IID",
    "CI_MERGE_REQUEST_REF_PATH",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_ID",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH",
    "CI_MERGE_REQUEST_SOURCE_PROJECT_URL",
    "CI_MERGE_REQUEST_TITLE",
];
