//! GitLab's Code Quality report: a list of places, each with a fingerprint. Source: GitLab documentation, Code Quality,
//! "Code Quality report format".
//!
//! What is waived is left out. What is undecided is in it, at its place or at the top of the pipeline's file: the
//! report knows no other way to say that something is not settled.

use std::collections::HashMap;

use engine_model::{Class, Evaluation, Location, Severity, Undecided};
use serde::Serialize;

use crate::clean;
use crate::fingerprint::{self, Fingerprints};

/// Where something is shown that has no place.
const NOWHERE: &str = ".gitlab-ci.yml";

#[derive(Debug, Serialize)]
struct Entry<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Place<'a>,
}

#[derive(Debug, Serialize)]
struct Place<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Debug, Serialize)]
struct Lines {
    begin: u32,
}

pub(crate) fn render(evaluation: &Evaluation) -> String {
    let prints = Fingerprints::of(evaluation);
    let mut entries: Vec<Entry<'_>> = prints
        .findings(evaluation)
        .map(|(finding, print)| {
            let help = finding.help.as_deref().map(|help| format!(": {help}"));
            Entry {
                description: clean::line(&format!("{}{}", finding.message, help.unwrap_or_default())),
                check_name: finding.rule.as_str(),
                fingerprint: print.to_owned(),
                severity: severity(finding.class, finding.severity),
                location: place(Some(&finding.location)),
            }
        })
        .collect();
    let mut seen = HashMap::new();
    entries.extend(evaluation.undecided.iter().map(|one| undecided(one, evaluation, &mut seen)));
    crate::json::written(&entries)
}

fn undecided<'a>(one: &'a Undecided, evaluation: &Evaluation, seen: &mut HashMap<String, u32>) -> Entry<'a> {
    let way_out = one.way_out.as_deref().map(|way_out| format!(": {way_out}")).unwrap_or_default();
    let mandatory = one.rules.iter().any(|rule| evaluation.class_of(rule) == Class::Mandatory);
    Entry {
        description: clean::line(&format!("undecided: {}{way_out}", one.message)),
        check_name: one.rules.first().map_or("undecided", |rule| rule.as_str()),
        fingerprint: fingerprint::undecided(one, seen),
        severity: if mandatory { "blocker" } else { "major" },
        location: place(one.location.as_ref()),
    }
}

fn place(location: Option<&Location>) -> Place<'_> {
    match location {
        Some(location) => {
            Place { path: location.file.path().as_str(), lines: Lines { begin: location.start().line.max(1) } }
        }
        None => Place { path: NOWHERE, lines: Lines { begin: 1 } },
    }
}

fn severity(class: Class, severity: Severity) -> &'static str {
    match (class, severity) {
        (Class::Mandatory, _) | (_, Severity::Critical) => "blocker",
        (_, Severity::High) => "critical",
        (_, Severity::Medium) => "major",
        (_, Severity::Low) => "minor",
        (_, Severity::Info) => "info",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::render;
    use crate::sample::{clean, full};

    /// The rules of GitLab's documentation for a report that it shows.
    fn check(report: &str) -> Vec<Value> {
        assert!(!report.starts_with('\u{feff}'));
        let entries: Vec<Value> = serde_json::from_str(report).unwrap();
        let mut prints = BTreeSet::new();
        for entry in &entries {
            let text = |key: &str| entry[key].as_str().filter(|text| !text.is_empty()).unwrap().to_owned();
            assert!(["info", "minor", "major", "critical", "blocker"].contains(&text("severity").as_str()), "{entry}");
            assert!(!text("description").contains('\n') && !text("check_name").is_empty());
            assert!(prints.insert(text("fingerprint")), "{entry}");
            let path = entry["location"]["path"].as_str().unwrap();
            assert!(!path.starts_with("./") && !path.starts_with('/'), "{path}");
            assert!(entry["location"]["lines"]["begin"].as_u64().unwrap() >= 1);
        }
        entries
    }

    #[test]
    fn every_finding_and_what_is_undecided_is_an_entry() {
        let entries = check(&render(&full()));
        assert_eq!(entries.len(), full().findings.len() + full().undecided.len());
        assert_eq!(entries[0]["severity"], "blocker");
        assert_eq!(entries[0]["location"]["lines"]["begin"], 9);
        let last = entries.last().unwrap();
        assert!(last["description"].as_str().unwrap().starts_with("undecided: "), "{last}");
        assert!(check(&render(&clean())).is_empty());
    }
}
