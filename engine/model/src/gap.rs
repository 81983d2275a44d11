//! What the engine could not see, and what would settle it.

use std::fmt;

use crate::Location;

/// Why something could not be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GapCause {
    /// The file could not be parsed.
    BrokenDocument,
    /// A file could not be read: rights, size, encoding.
    UnreadFile,
    /// An include or a module that is neither in the tree nor vendored.
    NotVendored,
    /// A template that must be rendered first (Helm, Jinja).
    NotRendered,
    /// Known only when the pipeline or the plan runs.
    Dynamic,
    /// Understood by a later version of the engine, or too large to follow.
    NotEvaluated,
}

impl GapCause {
    /// A short noun phrase for one such gap, to be counted: "1 include not vendored".
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::BrokenDocument => "broken document",
            Self::UnreadFile => "unread file",
            Self::NotVendored => "include or module not vendored",
            Self::NotRendered => "template not rendered",
            Self::Dynamic => "value known only at run time",
            Self::NotEvaluated => "construct not evaluated",
        }
    }
}

impl fmt::Display for GapCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.noun())
    }
}

/// Something the engine could not see. Rules that read a fact with a gap are undecided, not passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The kind of fact that is incomplete (`gitlab.job`).
    pub kind: &'static str,
    /// The fields that are incomplete; empty means that whole items may be missing.
    pub fields: &'static [&'static str],
    /// Why.
    pub cause: GapCause,
    /// What exactly, one sentence without a full stop.
    pub message: String,
    /// Where it is written, if anywhere.
    pub location: Option<Location>,
    /// What would settle it, in the imperative.
    pub way_out: Option<String>,
}
