//! `engine.yaml`: what it changes, and what is wrong with one.

use crate::support::{Project, checked, engine};

/// A pipeline that applies by itself, with a plan that was reviewed, from the branch `main` alone.
const UNATTENDED: &str = "\
workflow: {rules: [{if: $CI_COMMIT_BRANCH == \"main\"}]}
plan:
  stage: build
  script: [terraform plan -input=false -out=plan.tfplan]
  artifacts: {access: developer, paths: [plan.tfplan], expire_in: 1h}
apply:
  stage: deploy
  environment: production
  resource_group: production
  needs: [plan]
  script: [terraform apply -input=false plan.tfplan]
";

/// The exit code of a check under this configuration, and what was said.
fn under(config: &str, pipeline: &str) -> crate::support::Checked {
    let project = Project::with(&[("engine.yaml", config), (".gitlab-ci.yml", pipeline)]);
    checked(project.path(), &[])
}

#[test]
fn the_first_screen_says_what_holds() {
    let project = Project::with(&[(".gitlab-ci.yml", UNATTENDED)]);
    let ended = checked(project.path(), &[]);
    assert!(
        ended.text.contains("no engine.yaml: profile standard, production branches `main` and `master`"),
        "{}",
        ended.text
    );
    let written = under("version: 1\nproduction: {branches: [main]}\n", UNATTENDED);
    assert!(written.text.contains("engine.yaml: profile standard, production branch `main`"), "{}", written.text);
}

#[test]
fn a_profile_decides_who_starts_a_change() {
    let standard = under("version: 1\nproduction: {branches: [main]}\n", UNATTENDED);
    assert!(standard.says("apply-unattended .gitlab-ci.yml"), "{:#?}", standard.said);
    let continuous = under("version: 1\nprofile: continuous\nproduction: {branches: [main]}\n", UNATTENDED);
    assert_eq!(continuous.code, 0, "{}", continuous.text);
    assert!(
        continuous.text.contains("the profile `continuous` leaves out the rule `apply-unattended`"),
        "{}",
        continuous.text
    );
}

#[test]
fn a_strict_gate_is_closed_by_what_a_default_rule_leaves_open() {
    let pipeline = "a:\n  script: [make test]\n";
    let tf = "variable \"ttl\" {}\nresource \"vault_pki_secret_backend_role\" \"a\" {\n  backend = \"pki\"\n  name = \"a\"\n  ttl = 60\n  max_ttl = var.ttl\n}\n";
    for (profile, code) in [("standard", 0), ("strict", 2)] {
        let config = format!("version: 1\nprofile: {profile}\n");
        let project = Project::with(&[("engine.yaml", config.as_str()), (".gitlab-ci.yml", pipeline), ("main.tf", tf)]);
        let ended = checked(project.path(), &[]);
        assert!(ended.says("undecided dynamic main.tf:6"), "{:#?}", ended.said);
        assert_eq!(ended.code, code, "{profile}\n{}", ended.text);
    }
}

#[test]
fn weights_move_default_rules_and_no_mandatory_one() {
    let flawed =
        "fetch:\n  script:\n    - curl -fsSO https://tools.example.com/tool\n    - chmod +x tool\n    - ./tool\n";
    assert_eq!(under("version: 1\n", flawed).code, 1);
    assert_eq!(under("version: 1\nrules: {unverified-download: {severity: low}}\n", flawed).code, 0);
    assert_eq!(under("version: 1\nrules: {unverified-download: {class: advice}}\n", flawed).code, 0);
    let raised = under("version: 1\nrules: {unverified-download: {severity: low, class: mandatory}}\n", flawed);
    assert_eq!(raised.report["reason"], "1 mandatory finding");
}

#[test]
fn policies_that_are_left_out_are_said() {
    let ended = under("version: 1\nproduction: {branches: [main]}\npolicies: [allowed-branches]\n", UNATTENDED);
    assert_eq!(ended.code, 0, "{}", ended.text);
    for policy in ["acl-paths", "apply-via-ci", "secret-ttl"] {
        assert!(ended.text.contains(&format!("`engine.yaml` leaves out the policy `{policy}`")), "{}", ended.text);
    }
}

#[test]
fn an_assumption_settles_what_nobody_can_see_until_its_day() {
    let pipeline = "include: {project: group/ci, file: deploy.yml}\ntest:\n  script: [make test]\n";
    let rules = |report: &serde_json::Value| {
        let lists = report["undecided"].as_array().unwrap().iter().flat_map(|one| one["rules"].as_array().unwrap());
        lists.map(|rule| rule.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let open = under("version: 1\n", pipeline);
    assert_eq!(open.code, 2);
    let all = rules(&open.report).join(", ");
    let assume = |day: &str| {
        format!(
            "version: 1\nassume:\n  - rules: [{all}]\n    path: .gitlab-ci.yml\n    owner: jane@example.com\n    reason: it only lints\n    expires: {day}\n"
        )
    };
    let settled = under(&assume("2999-12-31"), pipeline);
    assert_eq!(settled.code, 0, "{}", settled.text);
    assert!(settled.text.contains("settled by jane@example.com until 2999-12-31"), "{}", settled.text);
    assert_eq!(settled.report["assumed"][0]["reason"], "it only lints");
    let expired = under(&assume("2020-01-01"), pipeline);
    assert_eq!(expired.code, 2);
    assert!(
        expired.says("gap not-evaluated engine.yaml:3: an assumption expired after 2020-01-01"),
        "{:#?}",
        expired.said
    );
    let elsewhere = under(&assume("2999-12-31").replace("path: .gitlab-ci.yml", "path: other.yml"), pipeline);
    assert_eq!(elsewhere.code, 2);
    assert!(elsewhere.says("gap not-evaluated engine.yaml:3: an assumption settles nothing"), "{:#?}", elsewhere.said);
}

#[test]
fn a_waiver_accepts_a_finding_until_its_day() {
    let flawed =
        "fetch:\n  script:\n    - curl -fsSO https://tools.example.com/tool\n    - chmod +x tool\n    - ./tool\n";
    let waive = |day: &str, more: &str| {
        format!(
            "version: 1\nwaive:\n  - rules: [unverified-download]\n    path: .gitlab-ci.yml\n    owner: jane@example.com\n    reason: no checksum is published\n    expires: {day}\n{more}"
        )
    };
    let long = under(&waive("2999-12-31", ""), flawed);
    assert_eq!(long.code, 0, "{}", long.text);
    assert!(!long.says("unverified-download"), "{:#?}", long.said);
    assert!(long.says("gap not-evaluated engine.yaml:3: a waiver holds for "), "{:#?}", long.said);
    assert!(long.text.contains("1 waiver"), "{}", long.text);
    let expired = under(&waive("2020-01-01", ""), flawed);
    assert_eq!(expired.code, 1, "{}", expired.text);
    assert!(
        expired.says("gap not-evaluated engine.yaml:3: a waiver expired after 2020-01-01, and covers nothing"),
        "{:#?}",
        expired.said
    );
    assert!(expired.text.contains("the waiver for this expired after 2020-01-01"), "{}", expired.text);
    let elsewhere = under(&waive("2999-12-31", "    route: build\n"), flawed);
    assert_eq!(elsewhere.code, 1);
    assert!(elsewhere.says("gap not-evaluated engine.yaml:3: a waiver covers nothing"), "{:#?}", elsewhere.said);
}

#[test]
fn a_configuration_that_is_wrong_starts_nothing() {
    let check = |config: &str, place: &str, message: &str, help: &str| {
        let project = Project::with(&[("engine.yaml", config), (".gitlab-ci.yml", UNATTENDED)]);
        let ended = engine(project.path(), &["check"]);
        assert_eq!((ended.code, ended.out.as_str()), (Some(3), ""), "{}", ended.err);
        for part in [place, message, help] {
            assert!(ended.err.contains(part), "no `{part}` in\n{}", ended.err);
        }
    };
    check("version: 1\nproducton: {}\n", "engine.yaml:2:1", "`producton`", "`production`");
    check("version: 1\nceilings: {secret-id: 1 hour}\n", "engine.yaml:2:23", "`1 hour`", "1h");
    check("version: 1\ntenants:\n  - {name: acme, vault: [\"\"]}\n", "engine.yaml:3:", "", "help");
    check(
        "version: 1\ntenants:\n  - {name: acme, vault: [secret/a]}\n  - {name: globex, vault: [secret/a/b]}\n",
        "engine.yaml:4:",
        "`secret/a/b`",
        "help",
    );
    check(
        "version: 1\nrules: {unreviewed-plan: {severity: low}}\n",
        "engine.yaml:2:",
        "`unreviewed-plan` is mandatory",
        "remove",
    );
    check(
        "version: 1\nrules: {unreviewd-plan: {severity: low}}\n",
        "engine.yaml:2:",
        "`unreviewd-plan`",
        "`unreviewed-plan`",
    );
    check("version: 1\npolicies: [secret-tll]\n", "engine.yaml:2:", "`secret-tll`", "`secret-ttl`");
    check("version: 1\nplugins: [gone.wasm]\n", "engine.yaml:2:11", "no such file `gone.wasm`", "help");
    check(
        "version: 1\nwaive: [{rules: [unreviewed-plan], path: a.yml, owner: o, reason: r, expires: 2027-01-31}]\n",
        "engine.yaml:2:18",
        "`unreviewed-plan` is mandatory, and nothing waives it",
        "mend",
    );
    check(
        "version: 1\nwaive: [{rules: [unverified-download], path: a.yml, owner: o, reason: r, expires: soon}]\n",
        "engine.yaml:2:",
        "`soon` is no date",
        "2027-01-31",
    );
    check("version: [\n", "engine.yaml:", "", "");
}
