//! What a gate decides, and what it does when it cannot.

use engine_gate::{CheckOptions, Error, FromDisk, Gate, Quiet};
use engine_host::{Host, Limits};
use engine_model::{Evaluation, FailOn, GapCause, Severity, Tree, Verdict};

use crate::support::{checked, found, from_disk, gate, implied, tree};

/// A pipeline that does everything right.
const CAREFUL: &str = r#"
//- .gitlab-ci.yml
stages: [plan, apply]
plan:
  stage: plan
  script: [terraform plan -input=false -out=plan.tfplan]
  artifacts: {paths: [plan.tfplan], expire_in: 1h}
apply:
  stage: apply
  needs: [plan]
  script: [terraform apply -input=false plan.tfplan]
  environment: production
  resource_group: production
  rules:
    - if: $CI_COMMIT_BRANCH == "main"
      when: manual
"#;

fn outcome(tree: &dyn Tree, options: &CheckOptions) -> Evaluation {
    gate().check(tree, options, &Quiet).unwrap()
}

#[test]
fn nothing_to_check_is_no_pass() {
    for text in ["", "//- README.md\nhello\n", "//- values.yaml\na: 1\n"] {
        let tree = tree(text);
        let evaluation = checked(&tree);
        assert_eq!(
            (evaluation.verdict, evaluation.reason.as_str()),
            (Verdict::Undecided, "nothing to check"),
            "{text}"
        );
        let empty = CheckOptions { allow_empty: true, ..CheckOptions::default() };
        assert_eq!(outcome(&tree, &empty).verdict, Verdict::Pass, "{text}");
    }
}

#[test]
fn an_include_from_elsewhere_leaves_mandatory_rules_undecided() {
    let text = CAREFUL.replace("stages:", "include: {project: group/ci, file: a.yml}\nstages:");
    let evaluation = checked(&tree(&text));
    assert_eq!(evaluation.verdict, Verdict::Undecided, "{:#?}", evaluation.findings);
    let [one] = evaluation.undecided.as_slice() else { panic!("{:#?}", evaluation.undecided) };
    assert_eq!(one.cause, Some(GapCause::NotVendored));
    assert_eq!(one.location.as_ref().unwrap().to_string(), ".gitlab-ci.yml:1:36");
    assert!(one.way_out.is_some() && one.rules.iter().any(|rule| rule.as_str() == "unreviewed-plan"), "{one:#?}");
}

#[test]
fn a_finding_outranks_what_is_undecided() {
    let text = CAREFUL
        .replace("stages:", "include: {project: group/ci, file: a.yml}\nstages:")
        .replace("      when: manual\n", "");
    let evaluation = checked(&tree(&text));
    assert_eq!(evaluation.verdict, Verdict::Fail);
    assert_eq!(evaluation.reason, "1 mandatory finding");
    assert!(!evaluation.undecided.is_empty());
}

#[test]
fn a_broken_document_is_found_and_the_rest_is_checked() {
    let tree = tree(&CAREFUL.replace("      when: manual\n", "")).file("main.tf", "resource {{{\n");
    let tree = tree.file("junk/.gitlab-ci.yml", b"a: \xff\n".to_vec());
    let evaluation = checked(&tree);
    let found = found(&evaluation);
    for expected in
        [".gitlab-ci.yml:13: apply-unattended", "main.tf:1: broken-document", "junk/.gitlab-ci.yml:1: broken-document"]
    {
        assert!(found.iter().any(|line| line == expected), "{expected}: {found:#?}");
    }
}

#[test]
fn the_threshold_moves_default_rules_and_no_mandatory_one() {
    let verdict = |text: &str, severity| {
        outcome(&tree(text), &CheckOptions { fail_on: FailOn(severity), ..CheckOptions::default() }).verdict
    };
    let medium = CAREFUL.replace("  resource_group: production\n", "");
    assert_eq!(verdict(&medium, Severity::High), Verdict::Pass);
    assert_eq!(verdict(&medium, Severity::Medium), Verdict::Fail);
    let mandatory = CAREFUL.replace("      when: manual\n", "");
    assert_eq!(verdict(&mandatory, Severity::Critical), Verdict::Fail);
}

#[test]
fn a_shared_line_is_one_finding_with_all_its_users() {
    let evaluation = checked(&tree(
        "
//- .gitlab-ci.yml
.apply:
  script: [terraform apply -input=false -auto-approve]
  when: manual
one: {extends: .apply}
two: {extends: .apply}
",
    ));
    let findings: Vec<_> =
        evaluation.findings.iter().filter(|finding| finding.rule.as_str() == "unreviewed-plan").collect();
    let [finding] = findings.as_slice() else { panic!("{findings:#?}") };
    let users: Vec<String> = finding.used_by.iter().map(|one| format!("{} {}", one.user, one.location)).collect();
    assert_eq!(users, ["job `one` .gitlab-ci.yml:4:16", "job `two` .gitlab-ci.yml:5:16"]);
    assert_eq!(finding.location.text(), "terraform apply -input=false -auto-approve");
}

#[test]
fn a_policy_over_its_limit_is_undecided_and_touches_nothing_else() {
    let tight = Host::new(Limits { findings: 1, ..Limits::default() }).unwrap();
    let gate = Gate::new(&tight, implied(), FromDisk::default()).unwrap();
    let tree = tree(&CAREFUL.replace("      when: manual\n", "").replace("-out=plan.tfplan", ""))
        .file("main.tf", "resource {{{\n");
    let evaluation = gate.check(&tree, &CheckOptions::default(), &Quiet).unwrap();
    let stopped = evaluation.undecided.iter().find(|one| one.cause.is_none()).unwrap();
    assert!(stopped.message.starts_with("the policy `apply-via-ci` was stopped: "), "{}", stopped.message);
    assert!(stopped.message.contains("limit is 1"), "{}", stopped.message);
    assert_eq!(stopped.rules.len(), 22, "the item rules; the repository rules had a call of their own");
    assert_eq!(
        found(&evaluation),
        [
            ".gitlab-ci.yml:1: pipeline-without-gate",
            ".gitlab-ci.yml:6: job-on-any-runner",
            "main.tf:1: broken-document"
        ]
    );
}

#[test]
fn a_policy_that_cannot_be_loaded_closes_the_gate_and_touches_nothing_else() {
    let host = Host::new(Limits::default()).unwrap();
    let mut plugins = host.builtins();
    plugins.push(host.load("extra", b"junk"));
    let gate = Gate::with(from_disk(plugins), implied()).unwrap();
    let evaluation = gate.check(&tree(CAREFUL), &CheckOptions::default(), &Quiet).unwrap();
    assert_eq!(evaluation.verdict, Verdict::Undecided);
    assert!(evaluation.undecided.iter().any(|one| one.message.contains("`extra`")), "{:#?}", evaluation.undecided);
    let wild = tree(&CAREFUL.replace("      when: manual\n", ""));
    assert_eq!(gate.check(&wild, &CheckOptions::default(), &Quiet).unwrap().verdict, Verdict::Fail);
}

#[test]
fn a_rule_exists_once() {
    let host = Host::new(Limits::default()).unwrap();
    let twice = host.builtins().into_iter().chain(host.builtins()).collect();
    assert!(matches!(Gate::with(from_disk(twice), implied()), Err(Error::DuplicateRule { .. })));
}

#[test]
fn the_careful_pipeline_passes_and_says_the_same_twice() {
    let tree = tree(CAREFUL);
    let (first, second) = (checked(&tree), checked(&tree));
    assert_eq!(first.verdict, Verdict::Pass, "{:#?} {:#?}", first.findings, first.undecided);
    assert_eq!(format!("{first:?}"), format!("{second:?}"));
}

#[test]
fn no_file_hides_the_projects_own_pipeline() {
    let apply = "//- .gitlab-ci.yml\nx:\n  script: [terraform apply -auto-approve]\n";
    let hider = "//- .a.gitlab-ci.yml\ninclude: .gitlab-ci.yml\nx:\n  script: [echo]\n";
    assert_eq!(checked(&tree(&format!("{apply}{hider}"))).verdict, Verdict::Fail);
    let both = "
//- .gitlab-ci.yml
include: ci/x.yml
x: {script: [echo]}
y: {trigger: {include: ci/x.yml}}
//- ci/x.yml
x: {script: [terraform apply -auto-approve]}
";
    assert_eq!(checked(&tree(both)).verdict, Verdict::Fail, "a child is read although it is included too");
}

#[test]
fn a_child_is_all_the_files_that_make_it() {
    let child = |first: &str, second: &str| {
        let tree = tree(&format!(
            "//- .gitlab-ci.yml\ny: {{trigger: {{include: [ci/a.yml, ci/b.yml]}}}}\n//- ci/a.yml\n{first}\n//- ci/b.yml\n{second}\n"
        ));
        checked(&tree)
    };
    let split = child("default: {before_script: [terraform apply -auto-approve]}", "x: {script: [echo]}");
    assert_eq!(split.verdict, Verdict::Fail, "{:#?}", split.findings);
    let shared = child(".base: {script: [echo]}", "x: {extends: .base}");
    assert_eq!(shared.verdict, Verdict::Pass, "{:#?} {:#?}", shared.findings, shared.undecided);
}

#[test]
fn a_plan_that_another_job_may_replace_is_undecided() {
    let mixed = CAREFUL.replace("needs: [plan]", "needs: [plan, mix]")
        + "mix:\n  stage: plan\n  script: [cp evil plan.tfplan]\n  artifacts: {paths: [plan.tfplan]}\n";
    assert_eq!(checked(&tree(&mixed)).verdict, Verdict::Undecided);
    let excluded = CAREFUL.replace("expire_in: 1h", "exclude: [plan.tfplan]");
    assert_eq!(checked(&tree(&excluded)).verdict, Verdict::Fail);
    let overwritten = CAREFUL.replace("[terraform apply", "[cp evil.tfplan plan.tfplan, terraform apply");
    assert_eq!(checked(&tree(&overwritten)).verdict, Verdict::Fail);
}

#[test]
fn an_environment_whose_time_is_over_starts_the_job_that_stops_it() {
    let stops = CAREFUL.replace("environment: production", "environment: {name: production, action: stop}")
        + "up:\n  stage: apply\n  script: [echo]\n  environment: {name: production, on_stop: apply, auto_stop_in: 1 hour}\n";
    let evaluation = checked(&tree(&stops));
    assert!(found(&evaluation).iter().any(|line| line.ends_with("apply-unattended")), "{:#?}", found(&evaluation));
}
