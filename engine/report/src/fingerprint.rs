//! What a finding is known by from one report to the next: it survives lines that move.
//!
//! The rule, the file, the names on the way to the place, and the text there make it; positions in lists do not, and
//! neither do lines. Findings that are equal in all of that are told apart by their order.

use std::collections::HashMap;
use std::fmt::Write as _;

use engine_model::{Evaluation, Location, Route, Step};
use sha2::{Digest as _, Sha256};

/// Bytes of the digest that are shown: twice as many hexadecimal digits.
const BYTES: usize = 16;

/// The fingerprints of an evaluation's findings, in their order, then of those that are waived. No two are equal.
#[derive(Debug)]
pub(crate) struct Fingerprints {
    findings: Vec<String>,
    waived: Vec<String>,
}

impl Fingerprints {
    pub(crate) fn of(evaluation: &Evaluation) -> Self {
        let mut seen = HashMap::new();
        let mut one = |finding: &engine_model::Finding| {
            fingerprint(finding.rule.as_str(), Some(&finding.location), &finding.route, &mut seen)
        };
        let findings = evaluation.findings.iter().map(&mut one).collect();
        let waived = evaluation.waived.iter().map(|waived| one(&waived.finding)).collect();
        Self { findings, waived }
    }

    /// Findings with their fingerprints: those that count.
    pub(crate) fn findings<'a>(
        &'a self,
        evaluation: &'a Evaluation,
    ) -> impl Iterator<Item = (&'a engine_model::Finding, &'a str)> {
        evaluation.findings.iter().zip(self.findings.iter().map(String::as_str))
    }

    /// Those that somebody has accepted.
    pub(crate) fn waived<'a>(
        &'a self,
        evaluation: &'a Evaluation,
    ) -> impl Iterator<Item = (&'a engine_model::Waived, &'a str)> {
        evaluation.waived.iter().zip(self.waived.iter().map(String::as_str))
    }
}

/// The fingerprint of something undecided: its message in the place of a route.
pub(crate) fn undecided(one: &engine_model::Undecided, seen: &mut HashMap<String, u32>) -> String {
    let route: Route = [one.message.as_str()].into_iter().collect();
    fingerprint("undecided", one.location.as_ref(), &route, seen)
}

fn fingerprint(rule: &str, location: Option<&Location>, route: &Route, seen: &mut HashMap<String, u32>) -> String {
    let mut about = format!("{rule}\0{}\0", location.map_or("", |location| location.file.path().as_str()));
    for step in &route.0 {
        match step {
            Step::Key(key) => about.push_str(key),
            Step::Index(_) => about.push('*'),
        }
        about.push('\0');
    }
    let text = location.map_or("", Location::text);
    // An indentation that changes is no other text.
    text.split_whitespace().for_each(|word| about.extend([word, " "]));
    let count = seen.entry(about.clone()).or_insert(0);
    let digest = Sha256::new().chain_update(&about).chain_update(count.to_le_bytes()).finalize();
    *count = count.saturating_add(1);
    digest.iter().take(BYTES).fold(String::new(), |mut text, byte| {
        // A string takes whatever is written.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use engine_model::{Class, Route, Severity, Step};

    use super::Fingerprints;
    use crate::sample::{at, clean, file, finding, full};

    /// The fingerprints of findings of one rule at every place where a text stands.
    fn prints(text: &str, index: u32) -> Vec<String> {
        let file = file("ci.yml", text);
        let mut one = finding("a-rule", Class::Default, Severity::High, "bad", at(&file, "terraform apply"));
        one.route = Route(vec!["apply".into(), "script".into(), Step::Index(index)]);
        let evaluation = engine_model::Evaluation { findings: vec![one.clone(), one], ..clean() };
        Fingerprints::of(&evaluation).findings
    }

    #[test]
    fn lines_that_move_change_nothing() {
        let before = prints("apply:\n  script:\n    - terraform apply\n", 0);
        for (after, index) in [
            ("# new\n\napply:\n  script:\n    - terraform apply\n", 0),
            ("apply:\n  script:\n    - make\n    - terraform apply\n", 1),
            ("apply:\n      script:\n          - terraform  apply\n", 0),
        ] {
            let after = after.replace("terraform  apply", "terraform apply");
            assert_eq!(prints(&after, index), before, "{after}");
        }
    }

    #[test]
    fn no_two_are_equal() {
        let mut evaluation = full();
        evaluation.findings.extend(evaluation.findings.clone());
        let prints = Fingerprints::of(&evaluation).findings;
        assert_eq!(prints.iter().collect::<BTreeSet<_>>().len(), prints.len());
        assert_eq!(prints[..5], Fingerprints::of(&full()).findings[..]);
    }
}
