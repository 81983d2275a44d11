//! Every rule's page: its bad case fires the rule, its good case does not.

use crate::support::{gate, judged};

/// The fenced blocks under a heading of a page.
fn blocks<'p>(page: &'p str, heading: &str) -> Vec<&'p str> {
    let section = page.split("\n## ").find(|section| section.starts_with(heading)).unwrap_or("");
    section.split("```").skip(1).step_by(2).filter_map(|block| block.split_once('\n')).map(|(_, text)| text).collect()
}

#[test]
fn a_bad_case_fires_its_rule_and_a_good_case_does_not() {
    let mut cases = 0;
    for rule in gate().rules() {
        for (heading, fires) in [("Bad", true), ("Good", false)] {
            let blocks = blocks(&rule.page, heading);
            assert!(!blocks.is_empty(), "{}: no case under `{heading}`", rule.id);
            for block in blocks {
                let evaluation = judged(block);
                let found = evaluation.findings.iter().any(|finding| finding.rule == rule.id);
                assert_eq!(found, fires, "{}, {heading}:\n{block}\n{:#?}", rule.id, evaluation.findings);
                cases += 1;
            }
        }
    }
    assert!(cases >= 2 * gate().rules().len());
}
