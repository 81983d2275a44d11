//! The few styles of the text, and whether they are used at all.

use std::fmt::Display;

use anstyle::{AnsiColor, Effects, Style};
use engine_model::{Class, FailOn, Finding, Verdict};

pub(super) const HEADING: Style = Style::new().effects(Effects::BOLD);
pub(super) const QUIET: Style = Style::new().effects(Effects::DIMMED);
pub(super) const GUTTER: Style = AnsiColor::BrightBlue.on_default().effects(Effects::BOLD);
pub(super) const CODE: Style = AnsiColor::Cyan.on_default();
pub(super) const ADDED: Style = AnsiColor::Green.on_default();
pub(super) const REMOVED: Style = AnsiColor::Red.on_default();
const RED: Style = AnsiColor::BrightRed.on_default().effects(Effects::BOLD);
const YELLOW: Style = AnsiColor::Yellow.on_default().effects(Effects::BOLD);
const GREEN: Style = AnsiColor::BrightGreen.on_default().effects(Effects::BOLD);

/// Puts styles around text, or does not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    pub(super) color: bool,
}

impl Paint {
    pub(super) fn styled(self, style: Style, text: impl Display) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_string() }
    }
}

/// How loud a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loudness {
    /// It closes the gate.
    Error,
    /// It would, at a lower threshold.
    Warning,
    /// It is advice.
    Note,
}

impl Loudness {
    pub(super) fn of(finding: &Finding, fail_on: FailOn) -> Self {
        match finding.class {
            _ if fail_on.closes(finding) => Self::Error,
            Class::Advice => Self::Note,
            Class::Default | Class::Mandatory => Self::Warning,
        }
    }

    pub(super) fn style(self) -> Style {
        match self {
            Self::Error => RED,
            Self::Warning => YELLOW,
            Self::Note => GREEN,
        }
    }
}

pub(super) fn verdict_style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Pass => GREEN,
        Verdict::Fail => RED,
        Verdict::Undecided => YELLOW,
    }
}
