//! The rules about who gets which policies.

use engine_sdk::testing::check;

const TENANTS: &str = r#"[{"tenants": [
    {"name": "acme", "vault": ["secret/data/acme"], "accounts": []},
    {"name": "globex", "vault": ["secret/data/globex"], "accounts": []}
], "shared": ["secret/data/common"]}]"#;

fn policy(name: &str, path: &str) -> String {
    format!(
        r#"{{"name": "{name}", "title": "policy `{name}`", "complete": true, "paths": [
            {{"path": "{path}", "capabilities": ["read"], "grants": ["read"], "denies": false, "open": false}}]}}"#
    )
}

fn judge(config: &str, policies: &str, known: bool, expect: &str) {
    let role =
        format!(r#"[{{"title": "AppRole role `deploy`", "policies": [{policies}], "policies_known": {known}}}]"#);
    let written = [
        policy("acme", "secret/data/acme/*"),
        policy("acme-list", "secret/data/acme"),
        policy("globex", "secret/data/globex/*"),
        policy("common", "secret/data/common/*"),
    ];
    let facts = [
        ("vault.role", role),
        ("vault.policy", format!("[{}]", written.join(","))),
        ("engine.config", config.to_owned()),
    ];
    check(acl_paths::plugin(), facts, expect);
}

#[test]
fn a_role_with_root_is_found() {
    judge(
        "[]",
        r#""deploy", "root""#,
        true,
        "root-policy @ vault.role[0].policies[1]: AppRole role `deploy` gets the policy `root`, which nothing holds back",
    );
    judge("[]", r#""deploy", "root-ca""#, true, "");
    judge("[]", "", true, "");
}

#[test]
fn policies_that_are_not_known_may_be_root() {
    judge(
        "[]",
        r#"{"$unknown": "dynamic", "on": "var.policy"}"#,
        false,
        "root-policy ? vault.role[0].policies[0]: whether AppRole role `deploy` gets the policy `root` depends on `var.policy` (dynamic)",
    );
    judge(
        "[]",
        "",
        false,
        "root-policy ? vault.role[0].policies_known: AppRole role `deploy` may get policies that are not known, and so `root`",
    );
    judge("[]", r#"{"$unknown": "not-evaluated", "on": "vault_policy.deploy.name"}"#, true, "");
}

#[test]
fn a_role_of_two_tenants_is_found() {
    judge(
        TENANTS,
        r#""acme", "common", "acme-list", "globex", "elsewhere""#,
        true,
        "
        mixed-tenant-role @ vault.role[0].policies[3]: AppRole role `deploy` gets the policy `globex` of `globex` beside `acme` of `acme`
          = related vault.policy[2].name: `globex` reaches what is `globex`'s
          = related vault.policy[0].name: `acme` reaches what is `acme`'s
          = help: give each tenant a role of its own
        ",
    );
    judge(TENANTS, r#""acme", "acme-list", "common""#, true, "");
    judge("[]", r#""acme", "globex""#, true, "");
}
