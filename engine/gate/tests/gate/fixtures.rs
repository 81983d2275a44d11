//! The sample repository: every flaw that is marked must fire at its line, and nothing else may.
//!
//! A mark is a comment `# error: rule-id, rule-id`. At the end of a line it means that line; alone on a line it means
//! the next one.

use std::path::{Path, PathBuf};

use crate::support::{checked, found};
use engine_model::{Tree as _, Verdict};
use engine_tree::WorkingTree;
use similar::TextDiff;

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/collaborative").join(name)
}

/// `path:line: rule` for each mark of a tree, sorted.
fn marks(tree: &WorkingTree) -> Vec<String> {
    let mut marks = Vec::new();
    for entry in tree.list().unwrap().files {
        let text = String::from_utf8(tree.read(&entry.path, 1 << 20).unwrap()).unwrap();
        for (index, line) in text.lines().enumerate() {
            let Some((before, rules)) = line.split_once("# error: ") else { continue };
            let line = if before.trim().is_empty() { index + 2 } else { index + 1 };
            marks.extend(rules.split(',').map(|rule| format!("{}:{line}: {}", entry.path, rule.trim())));
        }
    }
    marks.sort();
    marks
}

fn check(name: &str, verdict: Verdict) {
    let tree = WorkingTree::open(&sample(name)).unwrap();
    let evaluation = checked(&tree);
    let (expected, found) = (marks(&tree).join("\n") + "\n", found(&evaluation).join("\n") + "\n");
    let diff = TextDiff::from_lines(&expected, &found).unified_diff().header("marked", "found").to_string();
    assert!(diff.is_empty(), "`{name}`: marks and findings differ\n{diff}");
    assert_eq!(evaluation.verdict, verdict, "{}: {:#?}", evaluation.reason, evaluation.undecided);
}

#[test]
fn the_careful_team_passes() {
    check("careful", Verdict::Pass);
}

#[test]
fn every_flaw_of_the_wild_repository_fires_at_its_mark() {
    check("wild", Verdict::Fail);
}

#[test]
fn a_finding_in_a_shared_line_says_who_uses_it() {
    let evaluation = checked(&WorkingTree::open(&sample("wild")).unwrap());
    let download = evaluation.findings.iter().find(|finding| finding.rule.as_str() == "unverified-download").unwrap();
    let users: Vec<String> =
        download.used_by.iter().map(|one| format!("{} at {}", one.user, one.location.start().line)).collect();
    assert_eq!(users, ["job `Terraform Plan` at 48"]);
}
