//! `POST /admission`, with bodies as the API server sends them.

use serde_json::{Value, json};

use super::server::Server;
use crate::support::Project;

fn review(operation: &str, object: &Value) -> String {
    let kind = json!({"group": "rbac.authorization.k8s.io", "version": "v1", "kind": object["kind"]});
    json!({
        "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": "0df28fbd-5f5f-11e8-bc74-36e6bb280816", "kind": kind, "requestKind": kind,
            "resource": {"group": "rbac.authorization.k8s.io", "version": "v1", "resource": "roles"},
            "name": "signer", "namespace": "choria", "operation": operation,
            "userInfo": {"username": "system:serviceaccount:ci:deployer", "groups": ["system:authenticated"]},
            "object": object, "oldObject": null, "dryRun": false,
            "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"},
        },
    })
    .to_string()
}

fn issuer(server: &str) -> Value {
    json!({
        "apiVersion": "cert-manager.io/v1", "kind": "Issuer",
        "metadata": {"name": "vault", "namespace": "choria", "uid": "u", "annotations": {"a": "yes\u{1f600}\n"}},
        "spec": {"vault": {"server": server, "path": "pki/sign/puppet"}},
    })
}

fn role(verbs: &[&str]) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "signer"},
        "rules": [{"apiGroups": ["cert-manager.io"], "resources": ["certificaterequests"], "verbs": verbs}],
    })
}

/// Checks what a review comes to: whether it is allowed, a part of the denial, a part of each warning.
#[track_caller]
fn check(server: &Server, operation: &str, object: &Value, denied: Option<&str>, warnings: &[&str]) {
    let answer = server.post("/admission?timeout=5s", "application/json", review(operation, object).as_bytes());
    assert_eq!(answer.status, 200, "{answer:?}");
    let answer = answer.json();
    assert_eq!((&answer["kind"], &answer["apiVersion"]), (&json!("AdmissionReview"), &json!("admission.k8s.io/v1")));
    let response = &answer["response"];
    assert_eq!(response["uid"], "0df28fbd-5f5f-11e8-bc74-36e6bb280816");
    assert_eq!(response["allowed"], denied.is_none(), "{response:#}");
    match denied {
        None => assert_eq!(response["status"], Value::Null),
        Some(part) => {
            let message = response["status"]["message"].as_str().unwrap();
            assert!(message.contains(part), "{message} and not {part}");
            assert_eq!(response["status"]["code"], 403);
        }
    }
    let said: Vec<&str> = response["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    assert_eq!(said.len(), warnings.len(), "{said:#?}");
    for (said, part) in said.iter().zip(warnings) {
        assert!(said.contains(part) && said.chars().count() <= 120, "{said} and not {part}");
    }
}

#[test]
fn an_object_is_admitted_or_denied_with_the_sentences_of_what_is_wrong() {
    let project = Project::with(&[]);
    let server = Server::start(project.path(), &[]);
    check(&server, "CREATE", &issuer("https://vault.example.com"), None, &[]);
    let plain = "plain-http-address: Vault is asked over plain HTTP";
    check(&server, "CREATE", &issuer("http://vault.example.com"), Some(plain), &[]);
    check(&server, "UPDATE", &issuer("http://vault.example.com"), Some(plain), &[]);
    check(&server, "DELETE", &Value::Null, None, &[]);
    check(&server, "CREATE", &role(&["get", "create"]), None, &[]);
    check(&server, "CREATE", &role(&["*"]), None, &["wildcard-role: Role `signer` grants every one"]);
    let many: Vec<&str> = vec!["post"; 14];
    let mut expect = vec!["misnamed-grant: there is no verb `post`"; 9];
    expect.push("5 warnings more");
    check(&server, "CREATE", &role(&many), None, &expect);
    // What is already being deleted can be changed, or nothing would ever go.
    let mut going = issuer("http://vault.example.com");
    going["metadata"]["deletionTimestamp"] = "2026-11-26T00:00:00Z".into();
    check(&server, "UPDATE", &going, None, &[]);
    // The threshold is the server's own.
    let strict = Server::start(project.path(), &["--fail-on", "medium"]);
    check(&strict, "CREATE", &role(&["*"]), Some("wildcard-role: Role `signer`"), &[]);
}

#[test]
fn a_policy_that_does_not_come_to_an_end_denies() {
    let endless = "package main\nn := numbers.range(1, 3000)\ndeny contains \"a\" if {\n\tsome a in n\n\tsome b in n\n\t\
                   some c in n\n\ta + b + c < 0\n}\n";
    let project = Project::with(&[("policy/a.rego", endless)]);
    let server = Server::start(project.path(), &["--policy", "policy"]);
    check(&server, "CREATE", &role(&["get"]), Some("undecided: the policy `conftest` was stopped"), &[]);
}

#[test]
fn what_is_no_review_is_refused() {
    let project = Project::with(&[]);
    let server = Server::start(project.path(), &[]);
    let old = review("CREATE", &role(&["get"])).replace("admission.k8s.io/v1", "admission.k8s.io/v1beta1");
    let cases: [(&str, &str, u16, &str); 4] = [
        ("application/json", &old, 400, "`admission.k8s.io/v1beta1` is not read"),
        ("application/json", "{", 400, "the body is no AdmissionReview"),
        ("text/plain", &old, 415, "`text/plain` is not read"),
        ("application/json", &review("CREATE", &Value::Null), 400, "has no `object`"),
    ];
    for (content_type, body, status, detail) in cases {
        let answer = server.post("/admission", content_type, body.as_bytes());
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(detail), "{answer:?}");
    }
}
