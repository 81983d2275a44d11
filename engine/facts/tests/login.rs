//! As whom a job goes to Vault.

#[path = "support/files.rs"]
#[cfg(test)]
mod files;

use engine_facts::gitlab;
use engine_facts::wire::{Fields, json};
use files::Files;
use serde_json::Value;

/// The login that a line is: `METHOD at MOUNT as ROLE with SECRET`; `?` before what is not known.
#[cfg(test)]
fn login(line: &str) -> String {
    let line = line.replace('\'', "''");
    let pipeline = Files::new(&format!("//- .gitlab-ci.yml\njob:\n  script:\n    - '{line}'\n")).pipeline();
    let items: Vec<_> = pipeline.jobs.iter().map(|job| gitlab::job_item(&pipeline, job)).collect();
    let jobs: Value = serde_json::from_str(&json(&items, &Fields::new(["logins"]))).unwrap();
    let text = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        unknown => format!("?{}", unknown["on"].as_str().unwrap()),
    };
    let one = |login: &Value| {
        let [method, mount, role, secret] = ["method", "mount", "role", "secret"].map(|name| text(&login[name]));
        format!("{method} at {mount} as {role} with {secret}")
    };
    jobs[0]["logins"].as_array().unwrap().iter().map(one).collect::<Vec<_>>().join("; ")
}

#[test]
fn a_login_says_who_goes_where() {
    for (line, expect) in [
        ("vault write -field=token auth/jwt/login role=read jwt=$ID_TOKEN", "jwt at jwt as read with ID_TOKEN"),
        (
            "export VAULT_TOKEN=\"$(bao write -field=token auth/approle/login role_id=\"$ROLE_ID\" secret_id=\"${SECRET_ID}\")\"",
            "approle at approle as ?$ROLE_ID with SECRET_ID",
        ),
        ("vault write auth/$MOUNT/login role=\"$ROLE\" jwt=\"$T\"", "jwt at ?$MOUNT as ?$ROLE with T"),
        ("vault login -method=approle -path=auth/ci role_id=1 secret_id=$S", "approle at ci as 1 with S"),
        ("vault login -method=ldap username=me", "ldap at ldap as - with -"),
        (
            "curl --data \"{\\\"role_id\\\": \\\"$R\\\", \\\"secret_id\\\": \\\"$S\\\"}\" $VAULT_ADDR/v1/auth/approle/login",
            "approle at approle as ?$R with S",
        ),
        (
            "curl -d '{\"role\": \"read\", \"jwt\": \"'$T'\"}' https://vault.example.com/v1/auth/jwt/login",
            "jwt at jwt as read with T",
        ),
        ("vault read aws/sts/x", ""),
        ("vault write secret/login a=b", ""),
        ("curl https://example.com/login", ""),
        ("echo vault write auth/jwt/login role=x", ""),
    ] {
        assert_eq!(login(line), expect, "{line}");
    }
}
