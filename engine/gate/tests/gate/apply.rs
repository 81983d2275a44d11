//! The plugin `apply-via-ci`: what its rules make of single lines, beyond the cases on their pages.

use crate::support::{checked, tree};

/// What rules say of a job `a` with this line in its script: their ids, sorted, a `?` behind what they leave undecided.
#[cfg(test)]
fn said(line: &str) -> Vec<String> {
    job(&format!("script:\n    - |\n      {}\n", line.replace('\n', "\n      ")))
}

/// The same for a job with this body.
#[cfg(test)]
fn job(body: &str) -> Vec<String> {
    let text = format!("a:\n  {body}");
    let evaluation = checked(&tree("").file(".gitlab-ci.yml", text));
    let mut ids: Vec<String> = evaluation.findings.iter().map(|finding| finding.rule.to_string()).collect();
    ids.extend(evaluation.undecided.iter().flat_map(|one| &one.rules).map(|rule| format!("{rule}?")));
    ids.sort();
    ids.dedup();
    ids
}

#[cfg(test)]
fn has(said: &[String], rule: &str) -> bool {
    said.iter().any(|id| id == rule)
}

#[cfg(test)]
fn check(rule: &str, lines: &[(&str, bool)]) {
    for (line, expect) in lines {
        let said = said(line);
        assert_eq!(has(&said, rule), *expect, "{rule}: {line}\n{said:?}");
    }
}

#[test]
fn a_credential_on_a_command_line_is_told_from_one_that_is_not() {
    check(
        "secret-on-command-line",
        &[
            ("vault write auth/approle/login role_id=$R secret_id=$S", true),
            ("vault login -method=userpass username=ci password=$P", true),
            ("curl -H \"Authorization: Bearer $API_TOKEN\" https://example.com", true),
            ("curl -H \"PRIVATE-TOKEN: ${BOT}\" https://example.com", true),
            ("mysql -h db -p$DB_PASS < dump.sql", true),
            ("git clone https://oauth2:${GROUP_TOKEN}@git.example.com/a/b.git", true),
            ("sudo docker login -p $REGISTRY_PASSWORD registry.example.com", true),
            ("ssh host \"export TOKEN=$DEPLOY_TOKEN\"", true),
            ("vault write auth/jwt/login role=plan jwt=$VAULT_ID_TOKEN", false),
            ("git clone https://gitlab-ci-token:${CI_JOB_TOKEN}@git.example.com/a/b.git", false),
            ("curl -d @$TOKEN_DUMP https://example.com", false),
            ("gcloud auth activate-service-account --key-file=$GOOGLE_APPLICATION_CREDENTIALS", false),
            ("ssh -i $DEPLOY_PRIVATE_KEY host uptime", false),
            ("chmod 400 $SSH_PRIVATE_KEY", false),
            ("test -n \"$API_TOKEN\"", false),
            ("echo \"$API_TOKEN\" | docker login --password-stdin", false),
            ("aws secretsmanager describe-secret --secret-id $DB_SECRET_ID", false),
            ("curl \"$TOKEN_URL\"", false),
            ("API_TOKEN=abc\ncurl -H \"X: $API_TOKEN\" https://example.com", false),
            ("f() { true; }\nf \"$API_TOKEN\"", false),
            ("curl -H \"X: ${API_TOKEN:0:4}\" https://example.com", false),
        ],
    );
    let secrets = "secrets: {DB_PASSWORD: {vault: a/b@c}}\n  script: [psql-check $DB_PASSWORD]\n";
    assert!(!has(&job(secrets), "secret-on-command-line"));
    let own = "variables: {TF_PASSWORD: '${CI_JOB_TOKEN}'}\n  script: [x --password $TF_PASSWORD, echo $TF_PASSWORD]\n";
    assert_eq!(job(own), Vec::<String>::new());
}

#[test]
fn a_credential_in_the_log_is_told_from_one_that_is_not() {
    check(
        "credential-in-log",
        &[
            ("echo ${TF_PASSWORD}", true),
            ("printf '%s' \"$VAULT_TOKEN\"", true),
            ("vault login -method=jwt role=plan", true),
            ("vault read aws/sts/manage", true),
            ("aws sts assume-role --role-arn $R --role-session-name ci", true),
            ("kubectl get secret app -o yaml", true),
            ("kubectl get secrets/app --output=json", true),
            ("export A_TOKEN=$(cat x)\nenv", true),
            ("vault read aws/sts/manage | tee file", true),
            ("echo $TF_USERNAME", false),
            ("echo \"${#API_TOKEN}\"", false),
            ("vault login -no-print -method=jwt role=plan", false),
            ("vault read aws/sts/manage > file", false),
            ("vault read sys/health", false),
            ("X=$(vault read aws/sts/manage)", false),
            ("kubectl get secret app", false),
            ("kubectl get secret app -o yaml | kubectl apply -f -", false),
            ("aws sts get-caller-identity", false),
            ("env", false),
            ("f() { echo $API_TOKEN; }\nX=$(f)", false),
            ("(echo machine x; echo password $API_TOKEN) > ~/.netrc", false),
        ],
    );
}

#[test]
fn a_trace_counts_where_it_shows_a_credential() {
    check(
        "shell-trace",
        &[
            ("set -x\ncurl -H \"X: $API_TOKEN\" https://example.com", true),
            ("set -euxo pipefail\nexport A_TOKEN=$(cat x)", true),
            ("bash -xc 'export A_TOKEN=$(cat x)'", true),
            ("set -x\nterraform fmt -check", false),
            ("set -x\nset +x\nexport A_TOKEN=$(cat x)", false),
            ("bash -xc 'ls'\nexport A_TOKEN=$(cat x)", false),
            ("if [ -n \"$DEBUG\" ]; then set -x; fi\nexport A_TOKEN=$(cat x)", false),
        ],
    );
}

#[test]
fn what_runs_outside_of_the_job_is_found_or_left_open() {
    check(
        "apply-outside-job",
        &[
            ("ssh host terraform apply", true),
            ("echo 'terraform apply' | at now", true),
            ("terraform apply plan &", true),
            ("terraform apply plan", false),
            ("terraform apply plan &\nwait $!", false),
            ("docker run hashicorp/terraform:1.9 apply", false),
            ("ssh host uptime", false),
        ],
    );
    check("apply-outside-job?", &[("ssh host \"terraform $ACTION\"", true), ("ssh host terraform plan", false)]);
    let after = |line: &str| job(&format!("script: [x]\n  after_script: ['{line}']\n"));
    assert!(has(&after("terraform apply"), "apply-outside-script"));
    assert!(has(&after("terraform $ACTION"), "apply-outside-script?"));
    assert!(!has(&after("terraform output"), "apply-outside-script"));
    let hook = job("script: [x]\n  hooks: {pre_get_sources_script: [tofu destroy]}\n");
    assert!(has(&hook, "apply-outside-script"));
}

#[test]
fn a_failure_that_is_allowed_by_default_is_not_reported() {
    let hidden = |body: &str| has(&job(body), "apply-failure-hidden");
    let script = "script: [terraform apply plan]\n";
    assert!(!hidden(&format!("{script}  when: manual\n")));
    assert!(hidden(&format!("{script}  when: manual\n  allow_failure: true\n")));
    assert!(hidden(&format!("{script}  rules: [{{if: $A, allow_failure: true}}]\n")));
    assert!(!hidden(&format!("{script}  rules: [{{if: $A, when: manual, allow_failure: true}}]\n")));
    assert!(!hidden(&format!("{script}  allow_failure: false\n")));
    assert!(!hidden("script: [terraform plan || true]\n"));
}

#[test]
fn images_are_judged_where_terraform_runs() {
    let said = |image: &str, command: &str| job(&format!("image: '{image}'\n  script: ['{command}']\n"));
    let unpinned = |image: &str| has(&said(image, "terraform plan -out=p"), "unpinned-image");
    assert!(unpinned("hashicorp/terraform") && unpinned("registry:5000/a/terraform") && unpinned("a/b:latest"));
    assert!(!unpinned("a/b:1.9") && !unpinned("a/b@sha256:0f") && !unpinned("a/b:latest@sha256:0f"));
    assert!(!unpinned("a/b:$TAG") && !unpinned("$IMAGE"));
    assert!(!has(&said("node", "npm test"), "unpinned-image"));
    let old = |image: &str| has(&said(image, "terraform plan -out=p"), "old-terraform-image");
    assert!(old("hashicorp/terraform:0.11.13") && old("a/terraform:v0.15"));
    assert!(!old("hashicorp/terraform:1.0.0") && !old("a/terraform:0.3.1") && !old("a/tools:0.11.13"));
}
