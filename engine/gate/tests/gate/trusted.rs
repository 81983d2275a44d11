//! A tree and the revision that judges it: whose settings hold, and what is said of those that the tree would change.

use engine_model::{Evaluation, Verdict};

use crate::support::judged;

/// Findings about the trusted side, a line each, in the order of their places.
fn said(evaluation: &Evaluation) -> Vec<String> {
    let findings = evaluation.findings.iter().filter(|finding| finding.rule.as_str().contains("gate"));
    let mut findings: Vec<_> = findings.collect();
    findings.sort_by(|a, b| (&a.location, &a.message).cmp(&(&b.location, &b.message)));
    findings.iter().map(|finding| format!("{} {}: {}", finding.location, finding.rule, finding.message)).collect()
}

fn check(text: &str, expect: &[&str]) {
    let evaluation = judged(text);
    assert_eq!(said(&evaluation), expect, "{text}");
}

/// `engine.yaml` of the revision and of the tree, behind the line that each begins with.
fn settings(there: &str, here: &str) -> String {
    format!("//- engine.yaml at origin/main\nversion: 1\n{there}\n//- engine.yaml\nversion: 1\n{here}\n")
}

#[test]
fn the_revision_judges_and_not_the_tree() {
    let flawed = "//- .gitlab-ci.yml\nfetch:\n  script: [curl -fsSO https://a.example.com/b, chmod +x b, ./b]\n";
    let waive =
        "waive: [{rules: [unverified-download], path: .gitlab-ci.yml, owner: o, reason: r, expires: 2027-01-31}]";
    let own = judged(&(settings("", waive) + flawed));
    assert_eq!((own.verdict, own.waived.len()), (Verdict::Fail, 0), "{}", own.reason);
    let there = judged(&(settings(waive, "") + flawed));
    assert_eq!((there.verdict, there.waived.len()), (Verdict::Pass, 1), "{}", there.reason);
    assert_eq!(there.waived[0].by.to_string(), "engine.yaml@1a2b3c4:2:9");
    let lines: Vec<&str> = there.understood.iter().map(String::as_str).collect();
    assert!(lines.contains(&"judged by `engine.yaml` of `origin/main` (1a2b3c4)"), "{lines:#?}");
    // Without one there, what the tree says does not count either.
    let none = judged(&format!("//- x at origin/main\n//- engine.yaml\nversion: 1\n{waive}\n{flawed}"));
    assert_eq!((none.verdict, none.waived.len()), (Verdict::Fail, 0));
    let line = "judged by what holds without an `engine.yaml`: `origin/main` (1a2b3c4) has none";
    assert!(none.understood.iter().any(|known| known == line), "{:#?}", none.understood);
}

#[test]
fn every_setting_that_changes_is_said_where_it_stands() {
    check(&settings("profile: strict", "profile: strict # as agreed"), &[]);
    check(
        &settings("profile: strict", "profile: standard"),
        &["engine.yaml:2:10 gate-settings-changed: `profile` is `standard`, and `strict` in `origin/main`"],
    );
    check(
        &settings("profile: strict", "ceilings: {certificate: 7d}"),
        &[
            "engine.yaml:1:1 gate-settings-changed: `profile` is set in `origin/main`, and no longer here",
            "engine.yaml:2:11 gate-settings-changed: `ceilings` is set here, and not in `origin/main`",
        ],
    );
    check(
        &settings("policies: [secret-ttl, acl-paths]", "policies: [acl-paths]"),
        &[
            "engine.yaml:2:11 gate-settings-changed: `policies` of `origin/main` holds `secret-ttl`, and this one does not",
        ],
    );
    check(
        &settings(
            "",
            "waive:\n  - rules: [unverified-download]\n    path: a.yml\n    owner: o\n    reason: r\n    expires: 2027-01-31",
        ),
        &["engine.yaml:3:5 gate-settings-changed: `waive[0]` is not in `origin/main`: `rules: [unverified-download]`"],
    );
    let one = "waive:\n  - {rules: [unverified-download], path: a.yml, owner: o, reason: r, expires: 2027-01-31}";
    let two =
        format!("{one}\n  - {{rules: [unverified-download], path: b.yml, owner: o, reason: r, expires: 2027-01-31}}");
    check(
        &settings(one, &two),
        &["engine.yaml:4:5 gate-settings-changed: `waive[1]` is not in `origin/main`: \
           `{rules: [unverified-download], path: b.yml, owner: o, reason: r, expires: 2027-0…`"],
    );
    check(
        "//- engine.yaml at origin/main\nversion: 1\n//- a.txt\n",
        &["engine.yaml@1a2b3c4:1:1 gate-settings-changed: `engine.yaml` of `origin/main` is gone"],
    );
    check(
        "//- a.txt at origin/main\n//- engine.yaml\nversion: 1\n",
        &["engine.yaml:1:1 gate-settings-changed: `engine.yaml` is new: `origin/main` has none"],
    );
}

#[test]
fn settings_that_cannot_be_used_are_found_before_they_are_merged() {
    check(
        &settings("", "profile: stric"),
        &["engine.yaml:2:10 broken-gate-settings: once this is merged, the gate does not start: \
           `profile` must be `standard`, `continuous` or `strict`, and this is `stric`"],
    );
    check(
        &settings("", "rules: {unreviewed-plan: {class: advice}}"),
        &[
            "engine.yaml:2:8 gate-settings-changed: `rules` is set here, and not in `origin/main`",
            "engine.yaml:2:9 broken-gate-settings: once this is merged, the gate does not start: \
             the rule `unreviewed-plan` is mandatory, and nothing changes it",
        ],
    );
    let broken = judged(&settings("", "profile: stric"));
    assert_eq!(broken.verdict, Verdict::Fail);
}

const GATE: &str = "\
gate:
  script: [engine check --trusted origin/main]
  rules: [{if: $CI_MERGE_REQUEST_IID}, {if: $CI_COMMIT_BRANCH == \"main\"}]
";

/// The pipeline with the gate, and what the tree makes of it.
fn pipelines(there: &str, here: &str) -> String {
    format!("//- .gitlab-ci.yml at origin/main\n{there}//- .gitlab-ci.yml\n{here}")
}

#[test]
fn what_is_taken_from_the_gates_job_is_found() {
    let weaker = |from: &str, to: &str, expect: &str| {
        let here = GATE.replace(from, to);
        assert_ne!(here, GATE, "{from}");
        let evaluation = judged(&pipelines(GATE, &here));
        let lines: Vec<String> = said(&evaluation);
        assert!(lines.len() == 1 && lines[0].contains("gate-job-weakened: job `gate` "), "{here}{lines:#?}");
        assert!(lines[0].ends_with(expect), "{here}{lines:#?}");
        assert_eq!(evaluation.verdict, Verdict::Fail, "{here}");
    };
    let there = "`origin/main`";
    weaker(" --trusted origin/main", "", "no longer runs the gate with `--trusted origin/main`");
    weaker(
        "--trusted origin/main",
        "--trusted HEAD",
        &format!("runs the gate with `--trusted HEAD`, and with `--trusted origin/main` in {there}"),
    );
    weaker("check", "check --allow-empty", &format!("runs the gate with `--allow-empty`, and not so in {there}"));
    weaker(
        "check",
        "check --fail-on=critical",
        &format!("lets findings below critical pass, and only those below high in {there}"),
    );
    weaker("check", "check --fail-on $LEVEL", "lets findings pass below a severity that cannot be told");
    weaker("main]", "main docs]", &format!("checks only `docs`, and everything in {there}"));
    weaker("origin/main]", "origin/main || true]", "runs the gate, and hides its failure");
    weaker("[engine", "[cd docs, engine", &format!("runs the gate in another directory than in {there}"));
    weaker("{if: $CI_MERGE_REQUEST_IID}, ", "", &format!("runs in no merge request pipelines, and does in {there}"));
    weaker(
        ", {if: $CI_COMMIT_BRANCH == \"main\"}",
        "",
        &format!("runs in no pipelines of production's branch, and does in {there}"),
    );
    weaker(
        "{if: $CI_MERGE_REQUEST_IID}",
        "{if: $CI_MERGE_REQUEST_IID, when: manual}",
        &format!("waits for somebody to start it in merge request pipelines, and does not in {there}"),
    );
    weaker(
        "{if: $CI_MERGE_REQUEST_IID}",
        "{if: $CI_MERGE_REQUEST_IID, allow_failure: true}",
        &format!("may fail in merge request pipelines without stopping them, and may not in {there}"),
    );
}

#[test]
fn what_the_gate_is_run_with_is_followed_to_where_it_is_set() {
    let fed = GATE.replace("[engine check --trusted origin/main]", "[base=$TARGET, engine check --trusted \"$base\"]");
    check(&pipelines(&fed, &fed), &[]);
    check(
        &pipelines(&fed, &fed.replace("base=$TARGET", "base=$CI_COMMIT_SHA")),
        &[".gitlab-ci.yml:2:33 gate-job-weakened: job `gate` sets what it runs the gate with otherwise than in \
           `origin/main`"],
    );
}

#[test]
fn a_gate_that_is_as_strict_is_no_finding() {
    let kept = |here: &str| check(&pipelines(GATE, here), &[]);
    kept(GATE);
    kept(&GATE.replace("gate:", "policy:"));
    kept(&GATE.replace("check", "--color never check --format json --fail-on low ."));
    kept(&format!("{GATE}other:\n  script: [engine check --allow-empty docs]\n"));
    kept(&format!("include: ci/gate.yml\n//- ci/gate.yml\n{GATE}"));
    check(
        &pipelines(GATE, &GATE.replace("[engine", "[make tools, engine")),
        &[".gitlab-ci.yml:1:1 gate-settings-changed: job `gate` runs the gate among other commands or in another \
           image than in `origin/main`"],
    );
}

#[test]
fn a_gate_that_is_gone_is_found_and_one_that_nobody_sees_is_said() {
    let gone = |there: &str, here: &str, expect: &str| {
        check(&pipelines(there, here), &[&format!(".gitlab-ci.yml:1:1 gate-job-weakened: {expect} is gone")]);
    };
    gone(GATE, "test:\n  script: [make]\n", "the job `gate`, which runs the gate in `origin/main`,");
    let text = format!("//- .gitlab-ci.yml at origin/main\n{GATE}//- README.md\n");
    check(
        &text,
        &[".gitlab-ci.yml:1:1 gate-job-weakened: the job `gate`, which runs the gate in `origin/main`, is gone"],
    );
    let component = "include: [{component: gitlab.example.com/tools/engine-check@1.0, inputs: {stage: test}}]\n";
    let test = "test:\n  script: [make]\n";
    let with = |include: &str| format!("{include}{test}");
    gone(
        &with(component),
        test,
        "the component `gitlab.example.com/tools/engine-check@1.0`, which runs the gate in `origin/main`,",
    );
    check(&pipelines(&with(component), &with(component)), &[]);
    check(&pipelines(&with(component), &with(GATE)), &[]);
    let of = |here: &str| said(&judged(&pipelines(&with(component), &with(here)))).join("\n");
    assert!(of(&component.replace("1.0", "1.1")).contains("gate-settings-changed"), "another version");
    assert!(of(&component.replace("stage: test", "fail_on: critical")).contains("gate-job-weakened"), "other inputs");
    assert!(of(&component.replace("tools", "mine")).contains("is gone"), "another component");
    // Nobody can tell what an include from elsewhere brings.
    let elsewhere = with("include: {project: group/ci, file: all.yml}\n");
    let evaluation = judged(&pipelines(&elsewhere, test));
    assert_eq!(said(&evaluation), Vec::<String>::new());
    let unseen = "no job of `origin/main` is seen to run `engine check`, and not all of its pipeline can be read";
    let gap = evaluation.gaps.iter().find(|gap| gap.message == unseen).unwrap();
    assert_eq!(gap.location.as_ref().unwrap().to_string(), ".gitlab-ci.yml@1a2b3c4:1:36");
    let broken = judged(&pipelines("gate: [\n", test));
    assert!(broken.gaps.iter().any(|gap| gap.message == unseen), "{:#?}", broken.gaps);
    // A pipeline that is read whole and runs no gate says nothing: the check was started by hand.
    assert!(judged(&pipelines(test, test)).gaps.iter().all(|gap| gap.message != unseen));
}
