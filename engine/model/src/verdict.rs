//! The outcome of a gate.

use std::fmt;

use crate::{GapCause, Location, RuleId};

/// The outcome of a gate. Fail outranks undecided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Everything that decides was decided, and nothing closes the gate.
    Pass,
    /// A finding closes the gate.
    Fail,
    /// A mandatory rule that applies could not be decided, or nothing was evaluated at all.
    Undecided,
}

impl Verdict {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Undecided => "undecided",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One cause for which rules could not be decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided {
    /// The kind of cause, for grouping; `None` where the policy itself failed (a trap, a limit, a broken manifest).
    pub cause: Option<GapCause>,
    /// Whether it closes the gate for default rules too, as far as their findings would: a policy could not be asked, or
    /// not run to its end.
    pub closes: bool,
    /// What exactly, one sentence without a full stop.
    pub message: String,
    /// Where the cause is written, if anywhere.
    pub location: Option<Location>,
    /// What would settle it.
    pub way_out: Option<String>,
    /// The rules it keeps undecided, sorted.
    pub rules: Vec<RuleId>,
}
