//! The rules that the readers themselves hold: what can be wrong with a text before anybody asks what it means.

use engine_model::{Class, NativeRule, RuleInfo, Severity};

/// A document that cannot be read.
pub const BROKEN_DOCUMENT: NativeRule = NativeRule {
    id: "broken-document",
    title: "A file cannot be read as what its name says it is",
    class: Class::Default,
    severity: Severity::High,
    page: include_str!("../rules/broken-document.md"),
};

/// A key that stands twice.
pub const DUPLICATE_KEY: NativeRule = NativeRule {
    id: "duplicate-key",
    title: "A key stands twice, and the first value is lost without a word",
    class: Class::Default,
    severity: Severity::Medium,
    page: include_str!("../rules/duplicate-key.md"),
};

/// Every native rule of the readers.
#[must_use]
pub fn rules() -> Vec<RuleInfo> {
    [BROKEN_DOCUMENT, DUPLICATE_KEY].into_iter().filter_map(NativeRule::info).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_native_rule_has_a_good_id_and_a_page() {
        let rules = super::rules();
        assert_eq!(rules.len(), 2);
        assert!(rules.iter().all(|rule| rule.page.starts_with(&format!("# {}\n", rule.id))));
    }
}
