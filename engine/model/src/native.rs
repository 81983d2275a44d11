//! Rules that the engine itself holds, not a policy: what can be wrong with an input before anybody judges it.

use std::sync::Arc;

use crate::{Class, Finding, Location, Route, RuleId, RuleInfo, Severity};

/// A rule of the engine itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NativeRule {
    /// The id, kebab-case.
    pub id: &'static str,
    /// One line: the bad thing, as a sentence without a full stop.
    pub title: &'static str,
    /// What a finding does to the gate.
    pub class: Class,
    /// How bad a finding is.
    pub severity: Severity,
    /// The rule's page in Markdown.
    pub page: &'static str,
}

impl NativeRule {
    /// The policy that native rules belong to.
    pub const POLICY: &'static str = "engine";

    /// A finding of this rule. `None` only for an id that is not kebab-case, which tests of the owning crate exclude.
    #[must_use]
    pub fn finding(self, location: Location, route: Route, message: impl Into<String>) -> Option<Finding> {
        Some(Finding {
            rule: RuleId::new(self.id)?,
            class: self.class,
            severity: self.severity,
            message: message.into(),
            location,
            route,
            used_by: Vec::new(),
            related: Vec::new(),
            help: None,
            fix: None,
        })
    }

    /// What is known of the rule before it runs; `None` as in [`NativeRule::finding`].
    #[must_use]
    pub fn info(self) -> Option<RuleInfo> {
        Some(RuleInfo {
            id: RuleId::new(self.id)?,
            policy: Arc::from(Self::POLICY),
            title: self.title.into(),
            class: self.class,
            severity: self.severity,
            practices: Vec::new(),
            page: self.page.into(),
        })
    }
}
