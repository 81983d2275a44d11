//! What Vault itself would refuse, as findings.

use engine_model::{Class, Finding, NativeRule, Place, Severity};

/// A policy that Vault refuses.
pub const INVALID_VAULT_POLICY: NativeRule = NativeRule {
    id: "invalid-vault-policy",
    title: "Vault refuses this policy, so the one that was there before stays in force",
    class: Class::Default,
    severity: Severity::High,
    page: include_str!("../../rules/invalid-vault-policy.md"),
};

/// A duration that cannot be read.
pub const INVALID_DURATION: NativeRule = NativeRule {
    id: "invalid-duration",
    title: "A lifetime is written in a way that its reader refuses",
    class: Class::Default,
    severity: Severity::High,
    page: include_str!("../../rules/invalid-duration.md"),
};

/// A finding of `rule` at `place`.
pub(super) fn problem(rule: NativeRule, place: &Place, message: String, help: Option<String>) -> Option<Finding> {
    let mut finding = rule.finding(place.location(), place.route(), message)?;
    finding.help = help;
    Some(finding)
}
