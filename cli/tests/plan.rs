//! Plans, policies of Vault, and standard input.

use std::fs::File;
use std::io::Write as _;

use crate::support::{FLAWED, Project, QUIET, checked, engine, engine_fed};

/// A plan with these changes.
fn plan(changes: &str) -> String {
    format!(
        r#"{{"format_version":"1.2","terraform_version":"1.11.4","resource_changes":[{changes}],"complete":true,"errored":false}}"#
    )
}

const BUCKET: &str = r#"{"address":"aws_s3_bucket.a","mode":"managed","type":"aws_s3_bucket","name":"a","change":{"actions":["create"],"before":null,"after":{"bucket":"a"},"after_unknown":{"id":true}}}"#;

/// A role whose secret ids live as long as said.
fn role(ttl: &str) -> String {
    format!(
        r#"{{"address":"vault_approle_auth_backend_role.a","mode":"managed","type":"vault_approle_auth_backend_role","name":"a","change":{{"actions":["create"],"before":null,"after":{{"role_name":"a","token_policies":["app"],"secret_id_ttl":{ttl},"token_ttl":900,"token_max_ttl":3600}},"after_unknown":{{"id":true}}}}}}"#
    )
}

#[test]
fn a_plan_alone_is_open_or_closed() {
    let project = Project::with(&[
        ("quiet.json", &plan(BUCKET)),
        ("nothing.json", &plan("")),
        ("daily.json", &plan(&format!("{BUCKET},{}", role("86400")))),
        ("endless.json", &plan(&role("0"))),
        ("unknown.json", &plan(&role("null").replace(r#""id":true"#, r#""id":true,"secret_id_ttl":true"#))),
    ]);
    for (file, code) in
        [("quiet.json", 0), ("nothing.json", 0), ("daily.json", 0), ("endless.json", 1), ("unknown.json", 2)]
    {
        let ended = checked(project.path(), &[file]);
        assert_eq!(ended.code, code, "{file}\n{}", ended.text);
        assert!(ended.text.contains(&format!("`{file}`: Terraform 1.11.4 ")), "{}", ended.text);
    }
    let endless = checked(project.path(), &["endless.json"]);
    assert!(endless.says("endless-credential endless.json:1: secret ids"), "{:#?}", endless.said);
    let column = endless.report["findings"][0]["location"]["start"]["column"].as_u64().unwrap();
    let text = plan(&role("0"));
    assert_eq!(usize::try_from(column).unwrap(), text.find(r#""secret_id_ttl":0"#).unwrap() + 17, "{}", endless.text);
}

#[test]
fn plans_in_a_repository_are_found_by_how_they_begin() {
    let project = Project::with(&[
        (".gitlab-ci.yml", QUIET),
        ("out/tfplan.json", &plan(&role("0"))),
        ("package.json", r#"{"name":"x","version":"1"}"#),
    ]);
    let ended = checked(project.path(), &[]);
    assert!(ended.says("endless-credential out/tfplan.json:1"), "{:#?}", ended.said);
    assert_eq!(ended.report["counts"]["documents"], 2);
}

#[test]
fn a_plan_that_is_none_is_named_for_what_it_is() {
    let check = |text: &str, says: &str, code: i32| {
        let project = Project::with(&[("plan.json", text), ("beside/.gitlab-ci.yml", FLAWED)]);
        let alone = checked(project.path(), &["plan.json"]);
        assert!(alone.says(says), "nothing begins `{says}` in {:#?}", alone.said);
        assert_eq!(alone.code, code, "{}", alone.text);
        let both = checked(project.path(), &["plan.json", "beside"]);
        assert!(both.says(says) && both.says("unreviewed-plan beside/.gitlab-ci.yml:4"), "{:#?}", both.said);
        assert_eq!(both.code, 1);
    };
    let whole = plan(BUCKET);
    let (head, _) = whole.split_at(whole.len() - 40);
    check(head, "broken-document plan.json:1: the plan ends too early", 1);
    check(head, "undecided broken-document plan.json:1: `plan.json`: the plan ends too early", 1);
    check("", "broken-document plan.json:1: the file is empty", 1);
    check(
        r#"{"steps":[],"config":{}}"#,
        "undecided not-evaluated: `plan.json`: this is no Terraform plan: a preview of Pulumi",
        2,
    );
    check(
        r#"{"version":4,"serial":1,"lineage":"a"}"#,
        "undecided not-evaluated: `plan.json`: this is no Terraform plan: a state file",
        2,
    );
    check(
        &whole.replace("1.2", "99.0"),
        "undecided not-evaluated plan.json:1: `plan.json`: this plan has the format version `99.0`",
        2,
    );
    check(
        &whole.replace(r#""errored":false"#, r#""errored":true"#),
        "undecided not-evaluated plan.json:1: `plan.json` says `errored`",
        2,
    );
    check(
        &whole.replace(r#""complete":true"#, r#""complete":false"#),
        "undecided not-evaluated plan.json:1: `plan.json` says that it is not complete",
        2,
    );
    check(&plan("7"), "broken-document plan.json:1: a change cannot be read", 1);
}

#[test]
fn a_gigabyte_in_one_line_is_bounded() {
    let project = Project::with(&[]);
    let sparse = |name: &str, head: &str| {
        let mut file = File::create(project.path().join(name)).unwrap();
        file.write_all(head.as_bytes()).unwrap();
        // A hole: nothing is stored, and a gigabyte is read.
        file.set_len(1 << 30).unwrap();
    };
    sparse("skipped.json", r#"{"format_version":"1.2","prior_state":""#);
    sparse("change.json", r#"{"format_version":"1.2","resource_changes":[{"address":""#);
    sparse("main.tf", "locals { a = \"");
    let skipped = checked(project.path(), &["skipped.json"]);
    assert!(
        skipped.says("broken-document skipped.json:1: the plan ends too early: a string has no end"),
        "{:#?}",
        skipped.said
    );
    let change = checked(project.path(), &["change.json"]);
    assert!(
        change.says("undecided not-evaluated change.json:1: `change.json`: a change has more than"),
        "{:#?}",
        change.said
    );
    assert_eq!((skipped.code, change.code), (1, 2));
    let code = checked(project.path(), &["main.tf"]);
    assert!(code.says("undecided unread-file: `main.tf` has more than 8388608 bytes"), "{:#?}", code.said);
}

#[test]
fn what_a_plan_hides_is_shown_nowhere() {
    let secret = "hunter2-in-the-plan";
    let change = role("0")
        .replace(r#""role_name":"a""#, &format!(r#""role_name":"a","role_id":"{secret}","password":"{secret}""#));
    let change = change.replace(r#""after_unknown""#, r#""after_sensitive":{"role_id":true},"after_unknown""#);
    let project = Project::with(&[("plan.json", &plan(&change))]);
    let ended = checked(project.path(), &["plan.json"]);
    assert_eq!(ended.code, 1);
    assert!(!ended.text.contains(secret) && !ended.report.to_string().contains(secret), "{}", ended.text);
}

#[test]
fn standard_input_is_a_plan_or_a_pipeline() {
    let project = Project::with(&[("ci/base.yml", "apply:\n  script: [terraform apply -auto-approve]\n")]);
    let check = |input: &str, code: i32, says: &str| {
        let ended = engine_fed(project.path(), &["check", "-"], input.as_bytes());
        assert_eq!(ended.code, Some(code), "{}{}", ended.out, ended.err);
        assert!(ended.out.contains(says), "{}", ended.out);
    };
    check(&plan(BUCKET), 0, "`stdin.json`: Terraform 1.11.4 creates 1");
    check(&plan(&role("0")), 1, "--> stdin.json:1:");
    check(FLAWED, 1, "--> stdin.yml:4:");
    check("include: ci/base.yml\n", 1, "--> ci/base.yml:2:");
    check(QUIET, 0, "PASS");
    check("", 2, "UNDECIDED");
    check("PK\u{3}\u{4}", 2, "a binary plan; give it to `terraform show -json`");
    let both = engine(project.path(), &["check", "-", "ci"]);
    assert_eq!(both.code, Some(3));
    assert!(both.err.contains("`-` is standard input, and is checked alone"), "{}", both.err);
}

#[test]
fn a_policy_that_vault_refuses_is_said_at_its_place() {
    let check = |text: &str, says: &str| {
        let project = Project::with(&[("policies/app.hcl", text), (".gitlab-ci.yml", QUIET)]);
        let ended = checked(project.path(), &[]);
        assert!(ended.says(says), "nothing begins `{says}` in {:#?}", ended.said);
        assert_ne!(ended.code, 0, "{}", ended.text);
    };
    check(
        "path \"a/+*\" {\n  capabilities = [\"read\"]\n}\n",
        "invalid-vault-policy policies/app.hcl:1: `a/+*` holds `+*`",
    );
    check(
        "path \"a\" {\n  capabilities = [\"reed\"]\n}\n",
        "invalid-vault-policy policies/app.hcl:2: `reed` is no capability",
    );
    check(
        "path \"a\" {\n  capabilities = [\"read\"]\n  capabilities = [\"list\"]\n}\n",
        "invalid-vault-policy policies/app.hcl:3: `capabilities` is set twice",
    );
    check("path \"a\" {\n  capabilities = <<EOT\n  x\n}\n", "broken-document policies/app.hcl:2");
    check("path \"a\" {\n  capabilities = [\"read\"]\n", "broken-document policies/app.hcl:");
    let tf =
        "resource \"vault_token\" \"a\" {\n  policies = [\"x\"]\n  ttl = \"1 hour\"\n  explicit_max_ttl = \"1h\"\n}\n";
    let project = Project::with(&[("main.tf", tf)]);
    let ended = checked(project.path(), &[]);
    assert!(ended.says("invalid-duration main.tf:3: `1 hour` is no duration"), "{:#?}", ended.said);
    assert_ne!(ended.code, 0);
}
