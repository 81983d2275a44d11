//! The credentials of a pipeline: plans that are kept, and keys in the open.

#[cfg(test)]
#[path = "support/files.rs"]
mod files;

use engine_facts::credential::{Credential, Lifetime, credential_item};
use engine_facts::gitlab;
use engine_facts::wire::{Fields, json};
use engine_model::{Place, Value};
use files::Files;

/// A line for each credential: kind, title, job, lifetime, and the literal's place where it is open.
#[cfg(test)]
fn check(text: &str, expect: &[&str]) {
    let files = Files::new(text);
    let found = gitlab::credentials(&files.pipeline());
    let lines: Vec<String> = found.iter().map(line).collect();
    assert_eq!(lines, expect, "{text}");
    for credential in &found {
        assert_eq!(lifetime(&credential.initial), lifetime(&credential.maximum));
        let whole = ["*"];
        let wire = json(&[credential_item(credential)], &Fields::new(whole));
        for secret in ["hvs.hush", "wJalrHush"] {
            assert!(!wire.contains(secret), "{wire}");
        }
    }
}

/// One pipeline file.
#[cfg(test)]
fn file(text: &str, expect: &[&str]) {
    check(&format!("//- .gitlab-ci.yml\n{text}"), expect);
}

fn line(credential: &Credential) -> String {
    let job = credential.job.as_ref().map_or("-", |(name, _)| name);
    let open = credential.open.as_ref().map_or(String::new(), |place| format!(", open at {}", written(place)));
    let Credential { kind, title, .. } = credential;
    format!("{} {title}, job {job}, {}{open}", kind.as_str(), lifetime(&credential.initial))
}

fn lifetime(lifetime: &Lifetime) -> String {
    let seconds = match &lifetime.seconds.value {
        Value::Known(seconds) => format!(" {seconds}"),
        Value::Unknown(unknown) => format!(" ?{}", unknown.on),
        Value::Absent => String::new(),
    };
    let from = lifetime.text.origin.as_ref().map_or(String::new(), |origin| format!(" ({})", written(&origin.place)));
    format!("{} {}{seconds}{from}", lifetime.field, lifetime.end.as_str())
}

/// Where a place is, and what stands there.
fn written(place: &Place) -> String {
    let location = place.location();
    let text = location.file.text().get(location.span.range()).unwrap_or("outside of the file");
    format!("{}:{} `{text}`", location.file.path(), location.start().line)
}

#[test]
fn a_kept_plan_lives_as_long_as_its_artifact() {
    let plan = |artifacts: &str, expect: &[&str]| {
        file(&format!("plan:\n  script: [terraform plan -out=plan.bin]\n  artifacts: {artifacts}\n"), expect);
    };
    let kept = "plan-artifact the plan that job `plan` keeps, job plan, expire_in";
    plan("{paths: [plan.bin]}", &[&format!("{kept} product 2592000")]);
    plan("{untracked: true}", &[&format!("{kept} product 2592000")]);
    let written = |expire_in: &str, expect: &str| {
        let expect = format!("{kept} {expect} (.gitlab-ci.yml:3 `{expire_in}`)");
        plan(&format!("{{paths: ['*.bin'], expire_in: {expire_in}}}"), &[&expect]);
    };
    written("1h", "written 3600");
    written("2 hrs 20 min", "written 8400");
    written("'3600'", "written 3600");
    written("Never", "never");
    written("3600", "written ?`3600`: GitLab wants it in quotes, a number is no duration");
    written("one hour", "written ?`one hour`: what `one` comes to depends on the product's version");
    written("soon", "written ?`soon`: `soon` is not read as part of a duration");
    written("$TIME", "written ?$TIME");
    written("'$[[ inputs.time ]]'", "written ?the input `$[[ inputs.time ]]`");
    written("[1h]", "written ?a value that is not a scalar");
    plan("{paths: [other]}", &[]);
    plan("{paths: [plan.bin], exclude: ['*.bin']}", &[]);
    // Which files it keeps is not known, so it may be the plan.
    plan("{paths: [$WHERE]}", &[&format!("{kept} product 2592000")]);
}

#[test]
fn a_plan_is_kept_where_a_job_makes_it() {
    let job = |job: &str, expect: bool| {
        let text = format!("//- .gitlab-ci.yml\nvariables: {{PLAN: p.bin}}\nkeep:\n  {job}\n");
        let found = gitlab::credentials(&Files::new(&text).pipeline());
        assert_eq!(found.len(), usize::from(expect), "{text}");
    };
    job("{script: [terraform plan -out=$PLAN], artifacts: {paths: [$PLAN]}}", true);
    job("{script: [cd infra, tofu plan -out plan], artifacts: {paths: [infra/]}}", true);
    job("{script: [terraform plan -out=plan], cache: {paths: [plan]}}", false);
    job("{script: [terraform plan], artifacts: {paths: [plan]}}", false);
    job("{script: [terraform apply plan], artifacts: {paths: [plan]}}", false);
    job("{script: [terraform plan -out=/tmp/plan], artifacts: {untracked: true}}", false);
    job("{script: [terraform show -json p > plan.json], artifacts: {paths: [plan.json]}}", true);
    job("{script: [terraform show -json p | tee plan.json], artifacts: {reports: {terraform: plan.json}}}", true);
    // What is left of it says how many changes there are.
    job("{script: [\"terraform show -json p | jq .x > plan.json\"], artifacts: {paths: [plan.json]}}", false);
    job("{script: [terraform show -json p | jq .x | tee plan.json], artifacts: {paths: [plan.json]}}", false);
    job("{script: [terraform show p > plan.txt], artifacts: {paths: [plan.txt]}}", false);
    job("{rules: [{when: never}], script: [terraform plan -out=p], artifacts: {paths: [p]}}", false);
}

#[test]
fn an_inherited_lifetime_leads_to_where_it_is_written() {
    let found =
        "plan-artifact the plan that job `plan` keeps, job plan, expire_in written 86400 (ci/base.yml:3 `1 day`)";
    check(
        r"
//- .gitlab-ci.yml
include: {local: /ci/base.yml}
plan: {extends: .plan, script: [terraform plan -out=p]}
//- ci/base.yml
.plan:
  artifacts:
    expire_in: 1 day
    paths: [p]
",
        &[found],
    );
}

#[test]
fn a_key_in_the_open_lives_for_ever() {
    let check = |text: &str, expect: &[(&str, &str, &str)]| {
        let lines: Vec<String> = expect
            .iter()
            .map(|(title, job, at)| {
                format!("static-key {title}, job {job}, value never (.gitlab-ci.yml:{at}), open at .gitlab-ci.yml:{at}")
            })
            .collect();
        file(text, &lines.iter().map(String::as_str).collect::<Vec<_>>());
    };
    let both = "variables:\n  VAULT_TOKEN: hvs.hush1\na: {script: [b]}\nc: {script: [d]}\n";
    check(both, &[("variable `VAULT_TOKEN`", "-", "2 `hvs.hush1`")]);
    let described = "variables:\n  TFE_TOKEN: {value: 'hvs.hush2', description: x}\na: {script: [b]}\n";
    check(described, &[("variable `TFE_TOKEN`", "-", "2 `'hvs.hush2'`")]);
    let own =
        "a:\n  variables: {AWS_ACCESS_KEY_ID: AKIA2E0A, AWS_SECRET_ACCESS_KEY: \"wJalrHush/K7\"}\n  script: [b]\n";
    check(
        own,
        &[
            ("variable `AWS_ACCESS_KEY_ID`", "a", "2 `AKIA2E0A`"),
            ("variable `AWS_SECRET_ACCESS_KEY`", "a", "2 `\"wJalrHush/K7\"`"),
        ],
    );
    let overridden = "variables: {VAULT_TOKEN: hvs.hush1}\na:\n  variables: {VAULT_TOKEN: $OTHER}\n  script: [b]\n";
    check(overridden, &[("variable `VAULT_TOKEN`", "-", "1 `hvs.hush1`")]);
    let based =
        ".b:\n  variables: {VAULT_TOKEN: hvs.hush1}\na: {extends: .b, script: [b]}\nc: {extends: .b, script: [b]}\n";
    check(based, &[("variable `VAULT_TOKEN`", "-", "2 `hvs.hush1`")]);
    for script in
        ["export VAULT_TOKEN=hvs.hush1", "VAULT_TOKEN=hvs.hush1 vault read a", "declare -x VAULT_TOKEN=hvs.hush1"]
    {
        let text = format!("a:\n  script:\n    - {script}\n");
        check(&text, &[("`VAULT_TOKEN` in a script", "a", "3 `hvs.hush1`")]);
    }
    let quoted = "a:\n  script: |\n    echo\n    export VAULT_TOKEN='hvs.hush$1' B=$C\n";
    check(quoted, &[("`VAULT_TOKEN` in a script", "a", "4 `'hvs.hush$1'`")]);
    let shared = ".s: &s export VAULT_TOKEN=hvs.hush1\na: {script: [*s]}\nb: {script: [*s]}\n";
    check(shared, &[("`VAULT_TOKEN` in a script", "-", "1 `hvs.hush1`")]);
}

#[test]
fn what_is_no_key_is_none() {
    for value in ["$SECRET", "'${SECRET}'", "''", "changeme", "<token>", "'****'", "'$[[ inputs.token ]]'", "[a]", "~"]
    {
        file(&format!("a:\n  variables: {{VAULT_TOKEN: {value}}}\n  script: [b]\n"), &[]);
    }
    file("a:\n  variables: {REGION: eu-west-1, PASSWORD: hunter2}\n  script: [b]\n", &[]);
    for script in [
        "export VAULT_TOKEN=$TOKEN",
        "export VAULT_TOKEN=\"${TOKEN}\"",
        "export VAULT_TOKEN=$(vault login)",
        "export VAULT_TOKEN=`vault login`",
        "export VAULT_TOKEN=",
        "export VAULT_TOKEN",
        "echo VAULT_TOKEN=hvs.hush1",
        "T=hvs.hush1; export VAULT_TOKEN=$T",
    ] {
        file(&format!("a:\n  script:\n    - {script}\n"), &[]);
    }
}
