//! What is known of a rule before it runs.

use std::fmt;
use std::sync::Arc;

use crate::words;

/// A rule's id: kebab-case, names the bad thing, unique over all policies.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleId(Arc<str>);

impl RuleId {
    /// The id, or `None` where it is not kebab-case: lower-case letters and digits in words joined by one `-`.
    #[must_use]
    pub fn new(id: &str) -> Option<Self> {
        let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let good = id.split('-').all(word) && id.starts_with(|c: char| c.is_ascii_lowercase());
        good.then(|| Self(id.into()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

words! {
    /// How bad a finding is. Ordered: [`Severity::Critical`] is the greatest.
    Severity {
        /// Worth knowing.
        Info = "info",
        /// Untidy.
        Low = "low",
        /// Weakens a guard.
        Medium = "medium",
        /// Breaks a guard.
        High = "high",
        /// Opens production.
        Critical = "critical",
    }
}

words! {
    /// What a rule's finding does to the gate.
    Class {
        /// Shown, never decides.
        Advice = "advice",
        /// Counts at or above the threshold, and can be waived.
        Default = "default",
        /// Always closes the gate: no waiver, severity or threshold reaches it.
        Mandatory = "mandatory",
    }
}

/// What a policy says of one of its rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// The id.
    pub id: RuleId,
    /// The policy that owns the rule.
    pub policy: Arc<str>,
    /// One line: the bad thing, as a sentence without a full stop.
    pub title: String,
    /// What a finding does to the gate.
    pub class: Class,
    /// How bad a finding is.
    pub severity: Severity,
    /// Ids of the practices it checks (`A074`).
    pub practices: Vec<String>,
    /// The rule's page in Markdown: what it checks, why, a bad case, a good case, how to fix, references.
    pub page: String,
}

#[cfg(test)]
mod tests {
    use super::{Class, RuleId, Severity};

    #[test]
    fn an_id_is_kebab_case() {
        assert!(RuleId::new("unreviewed-plan").is_some());
        for bad in ["", "Unreviewed", "unreviewed--plan", "-plan", "plan-", "un reviewed", "1-plan", "plan_file"] {
            assert!(RuleId::new(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn words_go_there_and_back_and_order_by_weight() {
        assert!(Severity::ALL.iter().all(|s| s.as_str().parse() == Ok(*s)));
        assert!(Class::ALL.iter().all(|c| c.as_str().parse() == Ok(*c)));
        assert!(Severity::Critical > Severity::High && Class::Mandatory > Class::Default);
        assert_eq!(
            "loud".parse::<Class>().unwrap_err().to_string(),
            "`loud` is not one of `advice` `default` `mandatory`"
        );
    }
}
