//! The rule about what jobs leave behind.

use engine_sdk::testing::check;

const FOUND: &str = "token-not-revoked @ gitlab.job[0].commands[0]: `plan` logs in to Vault and never revokes its token, which works on after the job";

/// A job of commands: words in JSON, the first of which is the program.
fn judge(commands: &[&str], expect: &str) {
    let command = |words: &&str| {
        let program = words.split('"').nth(1).unwrap_or("");
        format!(r#"{{"program": "{program}", "words": [{words}]}}"#)
    };
    let commands: Vec<String> = commands.iter().map(command).collect();
    let job = format!(r#"[{{"name": "plan", "commands": [{}]}}]"#, commands.join(","));
    check(secret_ttl::plugin(), [("gitlab.job", job)], expect);
}

const LOGIN: &str = r#""vault", "write", "-field=token", "auth/jwt/login", "role=deploy""#;

#[test]
fn a_job_that_logs_in_and_leaves_is_found() {
    for login in [
        LOGIN,
        r#""bao", "write", "/auth/approle/login", "role_id=x""#,
        r#""vault", "login", "-method=jwt", "role=deploy""#,
        r#""vault", "login", "-method", "ldap""#,
        r#""vault", "write", "auth/ldap/login/ci", "password=x""#,
        r#""vault", "write", {"$unknown": "dynamic", "on": "auth/$MOUNT/login"}"#,
        r#""curl", "--data", "@login.json", {"$unknown": "dynamic", "on": "$VAULT_ADDR/v1/auth/jwt/login"}"#,
    ] {
        judge(&[login, r#""vault", "read", "aws/sts/deploy""#], FOUND);
    }
}

#[test]
fn a_job_that_revokes_is_quiet() {
    for revoke in [
        r#""vault", "token", "revoke", "-self""#,
        r#""bao", "token", "revoke", "-self""#,
        r#""vault", "write", "-f", "auth/token/revoke-self""#,
        r#""curl", "-X", "POST", "https://vault.example.com/v1/auth/token/revoke-self""#,
    ] {
        judge(&[LOGIN, revoke], "");
    }
    judge(&[LOGIN, r#""vault", "token", "lookup""#], FOUND);
}

#[test]
fn what_is_no_login_is_quiet() {
    for other in [
        r#""vault", "read", "aws/sts/deploy""#,
        r#""vault", "login", "hvs.token""#,
        r#""vault", "write", "secret/login", "a=b""#,
        r#""curl", "https://example.com/login""#,
        r#""echo", "write", "auth/jwt/login""#,
    ] {
        judge(&[other], "");
    }
}
