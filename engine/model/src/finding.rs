//! What a rule reports.

use crate::{Class, Location, Route, RuleId, Severity};

/// What a rule reports about the user's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: RuleId,
    /// What it does to the gate.
    pub class: Class,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence: what is wrong here, lower case, no full stop, the user's text in backticks.
    pub message: String,
    /// Where it is written.
    pub location: Location,
    /// Keys and indices to that place in its document: steadier than a line.
    pub route: Route,
    /// Every place that uses what is written there: jobs that extend it, aliases, references.
    pub used_by: Vec<Use>,
    /// Other places that belong to the story.
    pub related: Vec<Related>,
    /// What to do, one sentence.
    pub help: Option<String>,
    /// A change that mends it.
    pub fix: Option<Fix>,
}

/// A place that uses what was found: "used by job `apply` at line 12".
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// Who uses it: ``job `apply` ``.
    pub user: String,
    /// Where it does so.
    pub location: Location,
}

/// Another place that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// What stands there.
    pub message: String,
    /// Where.
    pub location: Location,
}

/// Whether a fix may be applied unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Applicability {
    /// It keeps everything else as it is.
    Safe,
    /// It needs a look: a name to choose, a job to check.
    Review,
}

/// A change that mends a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in the imperative.
    pub title: String,
    /// Whether it may be applied unread.
    pub applicability: Applicability,
    /// Replacements that do not overlap; empty where only `snippet` is offered.
    pub edits: Vec<Edit>,
    /// Text to copy where no place can be named for it.
    pub snippet: Option<String>,
}

/// Bytes of a file and what shall stand there instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What to replace; an empty span inserts.
    pub location: Location,
    /// The new text.
    pub replacement: String,
}
