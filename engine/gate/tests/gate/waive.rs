//! Waivers: what they take out of the verdict, what they cannot, and what is said of them.

use engine_config::{Config, Date};
use engine_gate::{CheckOptions, Error, FromDisk, Gate, Quiet};
use engine_host::{Host, Limits};
use engine_model::{Evaluation, FilePath, SourceFile, Verdict};

use crate::support::{found, gate_with};

/// Two findings of one default rule, in one file, and nothing else that closes the gate.
const TREE: &str = r#"
//- .gitlab-ci.yml
fetch:
  script: [curl -fsSO https://tools.example.com/tool, chmod +x tool, ./tool]
build:
  script: [curl -fsSO https://tools.example.com/make, chmod +x make, ./make]
"#;

fn config(waive: &str) -> Config {
    let file = SourceFile::new(FilePath::new("engine.yaml").unwrap(), format!("version: 1\n{waive}"));
    Config::read(&file, vec!["main".to_owned()]).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

fn evaluated(tree: &str, waive: &str, today: Option<(u16, u8, u8)>) -> Evaluation {
    let today = today.map(|(year, month, day)| Date::new(year, month, day).unwrap());
    let options = CheckOptions { today, ..CheckOptions::default() };
    gate_with(config(waive)).check(&crate::support::tree(tree), &options, &Quiet).unwrap()
}

/// A waiver of one rule in `.gitlab-ci.yml` until 2027-01-31.
fn waive(rule: &str, more: &str) -> String {
    format!(
        "waive:\n  - {{rules: [{rule}], path: .gitlab-ci.yml, owner: jane, reason: no checksum, expires: 2027-01-31{more}}}\n"
    )
}

/// Findings, waived findings and remarks, a line each.
fn said(evaluation: &Evaluation) -> Vec<String> {
    let mut lines = found(evaluation);
    for one in &evaluation.waived {
        let line = one.finding.location.start().line;
        lines.push(format!("waived {}:{line} by {} at {}", one.finding.rule, one.owner, one.by));
    }
    lines.extend(evaluation.gaps.iter().map(|gap| format!("{}: {}", gap.location.as_ref().unwrap(), gap.message)));
    lines
}

const TODAY: Option<(u16, u8, u8)> = Some((2027, 1, 1));

#[test]
fn a_waiver_takes_findings_out_of_the_verdict() {
    let check = |more: &str, verdict: Verdict, expect: &[&str]| {
        let evaluation = evaluated(TREE, &waive("unverified-download", more), TODAY);
        assert_eq!(said(&evaluation), expect, "{more}");
        assert_eq!(evaluation.verdict, verdict, "{more}");
    };
    let by = "by jane at engine.yaml:3:5";
    check(
        "",
        Verdict::Pass,
        &[&format!("waived unverified-download:2 {by}"), &format!("waived unverified-download:4 {by}")],
    );
    check(
        ", route: fetch",
        Verdict::Fail,
        &[".gitlab-ci.yml:4: unverified-download", &format!("waived unverified-download:2 {by}")],
    );
    check(
        ", message: other.example.com",
        Verdict::Fail,
        &[
            ".gitlab-ci.yml:2: unverified-download",
            ".gitlab-ci.yml:4: unverified-download",
            "engine.yaml:3:5: a waiver covers nothing",
        ],
    );
}

#[test]
fn a_waiver_holds_until_its_day_and_says_what_it_is_worth() {
    let last = |today| {
        let evaluation = evaluated(TREE, &waive("unverified-download", ""), today);
        (evaluation.verdict, evaluation.gaps.first().map(|gap| gap.message.clone()))
    };
    assert_eq!(last(Some((2027, 1, 31))), (Verdict::Pass, None));
    assert_eq!(last(Some((2026, 11, 2))), (Verdict::Pass, None));
    let long = "a waiver holds for 91 days more, until 2027-01-31".to_owned();
    assert_eq!(last(Some((2026, 11, 1))), (Verdict::Pass, Some(long)));
    let expired = "a waiver expired after 2027-01-31, and covers nothing".to_owned();
    assert_eq!(last(Some((2027, 2, 1))), (Verdict::Fail, Some(expired)));
    let unknown = "a waiver covers nothing: the day of the check is not known".to_owned();
    assert_eq!(last(None), (Verdict::Fail, Some(unknown)));
}

#[test]
fn a_finding_says_that_its_waiver_has_expired() {
    let evaluation = evaluated(TREE, &waive("unverified-download", ", route: fetch"), Some((2027, 2, 1)));
    let related = |line: u32| {
        let finding = evaluation.findings.iter().find(|finding| finding.location.start().line == line).unwrap();
        let said = finding.related.iter().filter(|related| related.message.contains("waiver"));
        said.map(|related| format!("{}: {}", related.location, related.message)).collect::<Vec<_>>()
    };
    assert_eq!(related(2), ["engine.yaml:3:5: the waiver for this expired after 2027-01-31"]);
    assert!(related(4).is_empty());
}

#[test]
fn a_waived_broken_document_keeps_rules_undecided() {
    let tree = "//- .gitlab-ci.yml\nfetch: [\n";
    let evaluation = evaluated(tree, &waive("broken-document", ""), TODAY);
    assert_eq!(evaluation.waived.len(), 1, "{:#?}", evaluation.findings);
    assert!(evaluation.findings.is_empty(), "{:#?}", evaluation.findings);
    assert_eq!(evaluation.verdict, Verdict::Undecided, "{}", evaluation.reason);
    assert!(!evaluation.undecided.is_empty());
}

#[test]
fn of_two_waivers_the_first_answers_and_both_are_used() {
    let second = waive("unverified-download", ", route: fetch").replace("jane", "kim").replace("waive:\n", "");
    let evaluation = evaluated(TREE, &(waive("unverified-download", "") + &second), TODAY);
    let owners: Vec<&str> = evaluation.waived.iter().map(|one| one.owner.as_str()).collect();
    assert_eq!((owners, evaluation.gaps.len()), (vec!["jane", "jane"], 0), "{:#?}", evaluation.gaps);
    // One that has expired is not said where another one holds.
    let expired = waive("unverified-download", "").replace("2027-01-31", "2026-12-31");
    let later = waive("unverified-download", "").replace("waive:\n", "");
    let evaluation = evaluated(TREE, &(expired + &later), TODAY);
    assert_eq!(evaluation.verdict, Verdict::Pass);
    let remarks: Vec<&str> = evaluation.gaps.iter().map(|gap| gap.message.as_str()).collect();
    assert_eq!(remarks, ["a waiver expired after 2026-12-31, and covers nothing"]);
}

#[test]
fn what_cannot_be_waived_is_an_error_with_a_place() {
    let host = Host::new(Limits::default()).unwrap();
    let check = |waive: &str, expect: &str| {
        let Err(Error::Config(errors)) = Gate::new(&host, config(waive), FromDisk::default()) else {
            panic!("{waive}")
        };
        let lines: Vec<String> =
            errors.iter().map(|error| format!("{error}; {}", error.help.as_deref().unwrap_or("-"))).collect();
        assert_eq!(lines, [expect], "{waive}");
    };
    let mend = "mend what it finds, and take it out of the waiver";
    check(
        &waive("unreviewed-plan", ""),
        &format!("engine.yaml:3:14: the rule `unreviewed-plan` is mandatory, and nothing waives it; {mend}"),
    );
    check(
        &(waive("unverified-download", "") + "rules: {unverified-download: {class: mandatory}}\n"),
        &format!("engine.yaml:3:14: the rule `unverified-download` is mandatory, and nothing waives it; {mend}"),
    );
    check(
        &waive("unverified-downlod", ""),
        "engine.yaml:3:14: there is no rule `unverified-downlod`; did you mean `unverified-download`?",
    );
}
