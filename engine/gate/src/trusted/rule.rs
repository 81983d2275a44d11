//! The rules about the trusted side.

use engine_model::{Class, NativeRule, RuleInfo, Severity};

/// The tree changes what the gate judges by.
pub(super) const GATE_SETTINGS_CHANGED: NativeRule = NativeRule {
    id: "gate-settings-changed",
    title: "A change alters what the gate judges by once it is merged",
    class: Class::Advice,
    severity: Severity::High,
    page: include_str!("../../rules/gate-settings-changed.md"),
};

/// The tree's own `engine.yaml` cannot be used.
pub(super) const BROKEN_GATE_SETTINGS: NativeRule = NativeRule {
    id: "broken-gate-settings",
    title: "An `engine.yaml` that cannot be used would stop the gate once it is merged",
    class: Class::Default,
    severity: Severity::High,
    page: include_str!("../../rules/broken-gate-settings.md"),
};

/// The tree takes away from the job that runs the gate.
pub(super) const GATE_JOB_WEAKENED: NativeRule = NativeRule {
    id: "gate-job-weakened",
    title: "A change takes away from the job that runs the gate",
    class: Class::Default,
    severity: Severity::High,
    page: include_str!("../../rules/gate-job-weakened.md"),
};

/// The tree changes a copy of what pipelines include from elsewhere.
pub(super) const VENDORED_COPY_CHANGED: NativeRule = NativeRule {
    id: "vendored-copy-changed",
    title: "A change brings a copy of a file from elsewhere that nobody held against the server",
    class: Class::Default,
    severity: Severity::High,
    page: include_str!("../../rules/vendored-copy-changed.md"),
};

/// Every rule about the trusted side.
pub(crate) fn rules() -> Vec<RuleInfo> {
    [GATE_SETTINGS_CHANGED, BROKEN_GATE_SETTINGS, GATE_JOB_WEAKENED, VENDORED_COPY_CHANGED]
        .into_iter()
        .filter_map(NativeRule::info)
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_rule_has_a_good_id_and_a_page() {
        let rules = super::rules();
        assert_eq!(rules.len(), 4);
        assert!(rules.iter().all(|rule| rule.page.starts_with(&format!("# {}\n", rule.id))));
    }
}
