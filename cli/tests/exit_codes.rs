//! What scripts read of a run: its exit code, and on which stream it spoke.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::support::{FLAWED, MEMORY, Project, QUIET, bounded, checked, engine, finished};

/// A flaw of a default rule, high.
const HIGH: &str =
    "fetch:\n  script:\n    - curl -fsSO https://tools.example.com/tool\n    - chmod +x tool\n    - ./tool\n";

/// A flaw of a default rule, medium.
const MEDIUM: &str = "test:\n  script: [make lint]\n  script: [make test]\n";

/// A flaw of a default rule, low.
const LOW: &str = "check:\n  script:\n    - terraform init\n";

/// A flaw of a mandatory rule, and no other.
const MANDATORY: &str = "\
plan:
  stage: build
  script:
    - terraform plan -input=false -out=plan.tfplan
  artifacts:
    access: developer
    paths: [plan.tfplan]
apply:
  stage: deploy
  environment: production
  resource_group: production
  needs: [plan]
  script:
    - terraform apply -input=false plan.tfplan
";

/// A pipeline that nobody can read whole here.
const FOREIGN: &str = "include:\n  - project: group/pipelines\n    file: /deploy.yml\ntest:\n  script: [make test]\n";

/// Checks a project of one pipeline at each threshold, and expects the five exit codes.
fn check_thresholds(pipeline: &str, codes: [i32; 5]) {
    let project = Project::with(&[(".gitlab-ci.yml", pipeline)]);
    for (severity, code) in ["info", "low", "medium", "high", "critical"].into_iter().zip(codes) {
        let ended = checked(project.path(), &["--fail-on", severity]);
        assert_eq!(ended.code, code, "--fail-on {severity}\n{}", ended.text);
        assert_eq!(ended.report["fail_on"], severity);
    }
    let default = checked(project.path(), &[]);
    assert_eq!(default.code, codes[3], "without --fail-on it is high\n{}", default.text);
}

#[test]
fn the_threshold_is_for_default_rules_alone() {
    check_thresholds(LOW, [1, 1, 0, 0, 0]);
    check_thresholds(MEDIUM, [1, 1, 1, 0, 0]);
    check_thresholds(HIGH, [1, 1, 1, 1, 0]);
    check_thresholds(MANDATORY, [1, 1, 1, 1, 1]);
    check_thresholds(QUIET, [0, 0, 0, 0, 0]);
}

#[test]
fn what_must_be_decided_and_cannot_be_is_no_pass_at_any_threshold() {
    check_thresholds(FOREIGN, [2, 2, 2, 2, 2]);
    check_thresholds("{% if a %}\na: {script: [b]}\n{% endif %}\n", [2, 2, 2, 2, 2]);
    // The finding outranks the undecided rules, until it does not count.
    check_thresholds("a: [", [1, 1, 1, 1, 2]);
    check_thresholds(&format!("{FOREIGN}{HIGH}"), [1, 1, 1, 1, 2]);
    check_thresholds(&format!("{FOREIGN}{MANDATORY}"), [1, 1, 1, 1, 1]);
}

#[test]
fn nothing_to_check_is_no_pass_unless_it_may_be() {
    let projects: [&[(&str, &str)]; 4] = [
        &[],
        &[("README.md", "# A project\n"), ("ci/jobs.yml", QUIET)],
        &[(".gitlab-ci.yml", "")],
        &[(".gitlab-ci.yml/README.md", "A directory by this name is no pipeline.\n")],
    ];
    for files in projects {
        let project = Project::with(files);
        let ended = checked(project.path(), &[]);
        assert_eq!(ended.code, 2, "{files:?}\n{}", ended.text);
        assert_eq!(ended.report["reason"], "nothing to check", "{files:?}");
        let allowed = checked(project.path(), &["--allow-empty"]);
        assert_eq!(allowed.code, 0, "{files:?}\n{}", allowed.text);
    }
}

#[test]
fn allow_empty_opens_nothing_else() {
    for (pipeline, code) in [(FLAWED, 1), (HIGH, 1), (FOREIGN, 2), ("a: [", 1), (QUIET, 0)] {
        let project = Project::with(&[(".gitlab-ci.yml", pipeline)]);
        let ended = checked(project.path(), &["--allow-empty"]);
        assert_eq!(ended.code, code, "{pipeline}\n{}", ended.text);
    }
}

#[test]
fn wrong_usage_is_told_from_a_closed_gate() {
    let project = Project::with(&[(".gitlab-ci.yml", FLAWED)]);
    for (args, says) in [
        (&[][..], "Usage: engine"),
        (&["chek"], "check"),
        (&["check", "--fail-no", "high"], "--fail-on"),
        (&["check", "--fail-on", "highest"], "critical"),
        (&["check", "--fail-on"], "--fail-on"),
        (&["check", "--format", "xml"], "json"),
        (&["check", "--color", "sometimes"], "always"),
        (&["check", "no/such/place"], "`no/such/place`"),
        (&["check", ".gitlab-ci.yml", "nope.yml"], "`nope.yml`"),
        (&["check", ""], "PATH"),
        (&["check", "\u{1b}[31m\u{9b}\u{202e}\n"], "[31m"),
        (&["explain"], "RULE"),
        (&["explain", "aply-unattended"], "did you mean `apply-unattended`?"),
        (&["explain", "APPLY-unattended"], "there is no rule `APPLY-unattended`"),
        (&["explain", "nothing-of-the-kind"], "`engine rules` lists them"),
        (&["explain", ""], "there is no rule ``"),
        (&["rules", "apply-unattended"], "apply-unattended"),
    ] {
        let ended = engine(project.path(), args);
        assert_eq!((ended.code, ended.out.as_str()), (Some(3), ""), "{args:?}\n{}", ended.err);
        assert!(ended.err.contains(says), "{args:?}: no `{says}` in\n{}", ended.err);
    }
}

#[test]
fn help_is_no_error_and_tells_the_codes() {
    let nowhere = Project::with(&[]);
    for (args, says) in [
        (&["--help"][..], "Exit codes:"),
        (&["-h"], "explain"),
        (&["help", "check"], "--fail-on"),
        (&["check", "--help"], "Exit codes:"),
        (&["rules", "--help"], "--format"),
        (&["explain", "--help"], "<RULE>"),
        (&["--version"], concat!("engine ", env!("CARGO_PKG_VERSION"))),
    ] {
        let ended = engine(nowhere.path(), args);
        assert_eq!(ended.code, Some(0), "{args:?}");
        assert!(ended.out.contains(says), "{args:?}: no `{says}` in\n{}", ended.out);
    }
}

#[test]
fn a_reader_that_goes_away_changes_nothing() {
    let project = Project::with(&[]);
    for number in 0..100 {
        project.write(format!("{number}.gitlab-ci.yml"), FLAWED);
    }
    for args in [&["check", "--all"][..], &["check", "--format", "json"], &["check", "--color", "always", "--all"]] {
        let whole = engine_length(&project, args);
        assert!(whole > 1 << 17, "{args:?}: {whole} bytes would fit into a pipe");
        let mut command = bounded(MEMORY, args);
        command.current_dir(project.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        // The reader is gone now, with most of the text unwritten.
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}: {output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
        assert!(!first.is_empty());
    }
}

fn engine_length(project: &Project, args: &[&str]) -> usize {
    finished(bounded(MEMORY, args).current_dir(project.path())).out.len()
}

#[test]
fn output_that_cannot_be_written_is_said() {
    let project = Project::with(&[(".gitlab-ci.yml", QUIET)]);
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        println!("skipped: there is no /dev/full");
        return;
    };
    let mut command = bounded(MEMORY, &["check"]);
    let output = command.current_dir(project.path()).stdout(full).stderr(Stdio::piped()).output().unwrap();
    // A pass that nobody could read is none.
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: "), "{output:?}");
}
