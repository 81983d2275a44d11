//! Everything that one run of a gate came to: what reports render.

use std::sync::Arc;

use crate::{Finding, Gap, Location, RuleId, RuleInfo, Undecided, Verdict};

/// One run of a gate, whole and sorted: the same input gives the same value, to the byte.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// The outcome.
    pub verdict: Verdict,
    /// The threshold that it was made with.
    pub fail_on: FailOn,
    /// Why it is that, one sentence without a full stop.
    pub reason: String,
    /// What the engine understood of the input, a sentence a line, most important first.
    pub understood: Vec<String>,
    /// What was found. Sorted: what closes the gate first, then by severity (critical first), file, place, rule.
    pub findings: Vec<Finding>,
    /// What was found and somebody has accepted until a day: it decides nothing. Sorted as `findings` are.
    pub waived: Vec<Waived>,
    /// What could not be decided, a line for each cause.
    pub undecided: Vec<Undecided>,
    /// What could not be decided and somebody vouches for, a line for each assumption.
    pub assumed: Vec<Assumed>,
    /// What could not be seen and keeps no rule undecided that ran, but is worth a line.
    pub gaps: Vec<Gap>,
    /// Rules of policies that ran to an end on at least one fact, sorted.
    pub evaluated: Vec<RuleId>,
    /// Rules whose subject is absent, sorted.
    pub not_applicable: Vec<RuleId>,
    /// Every rule that was loaded, sorted by id.
    pub rules: Arc<[RuleInfo]>,
    /// How much was read and run.
    pub counts: Counts,
}

impl Evaluation {
    /// Whether `finding` closes the gate at the threshold that this evaluation was made with.
    #[must_use]
    pub fn closes(&self, finding: &Finding) -> bool {
        self.fail_on.closes(finding)
    }

    /// The class of a rule. What stands for the rules of a policy that could not be loaded counts as mandatory.
    #[must_use]
    pub fn class_of(&self, rule: &RuleId) -> crate::Class {
        self.rules.iter().find(|info| info.id == *rule).map_or(crate::Class::Mandatory, |info| info.class)
    }
}

/// Something that could not be decided, and that somebody vouches for until a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumed {
    /// What could not be decided, one sentence without a full stop.
    pub message: String,
    /// Where the cause is written, if anywhere.
    pub location: Option<Location>,
    /// The rules that it would keep undecided.
    pub rules: Vec<RuleId>,
    /// Who vouches for it.
    pub owner: String,
    /// Why, in the owner's words.
    pub reason: String,
    /// The last day that it holds: `2027-01-31`.
    pub expires: String,
    /// Where that is written.
    pub by: Location,
}

/// A finding that somebody has accepted until a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waived {
    /// What was found.
    pub finding: Finding,
    /// Who answers for it.
    pub owner: String,
    /// Why, in the owner's words.
    pub reason: String,
    /// The last day that it holds: `2027-01-31`.
    pub expires: String,
    /// Where that is written.
    pub by: Location,
}

/// The severity at and above which a default finding closes the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FailOn(pub crate::Severity);

impl Default for FailOn {
    fn default() -> Self {
        Self(crate::Severity::High)
    }
}

impl FailOn {
    /// Whether a finding closes the gate: any mandatory one, a default one at or above the severity, no advice.
    #[must_use]
    pub fn closes(self, finding: &Finding) -> bool {
        match finding.class {
            crate::Class::Mandatory => true,
            crate::Class::Default => finding.severity >= self.0,
            crate::Class::Advice => false,
        }
    }
}

/// How much was read and run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Files listed in the tree.
    pub files: usize,
    /// Documents parsed.
    pub documents: usize,
    /// Facts derived.
    pub facts: usize,
    /// Rules of policies that were loaded; the engine's own are not counted, they always run.
    pub rules: usize,
    /// Rules that ran to an end on at least one fact.
    pub evaluated: usize,
}
