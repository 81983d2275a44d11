//! Input that is made to cost time or memory.

use crate::support::vault;

#[test]
fn many_roles_and_mounts_cost_no_more_than_their_number() {
    let mut text = String::new();
    for n in 0..8000 {
        text.push_str(&format!(
            "resource \"vault_auth_backend\" \"m{n}\" {{\n type = \"approle\"\n path = \"m{n}\"\n}}\n\
             resource \"vault_approle_auth_backend_role\" \"r{n}\" {{\n role_name = \"r{n}\"\n backend = \"m{n}\"\n}}\n\
             resource \"vault_approle_auth_backend_role_secret_id\" \"s{n}\" {{\n role_name = \"r{n}\"\n secret_id = \"x\"\n}}\n"
        ));
    }
    let vault = vault(&text);
    assert_eq!((vault.roles.len(), vault.credentials.len()), (8000, 24_000));
}

#[test]
fn references_that_multiply_come_to_an_end() {
    let mut text = String::new();
    for n in 0..8 {
        let next = format!("${{vault_policy.p{}.name}}", n + 1).repeat(100);
        text.push_str(&format!(
            "resource \"vault_policy\" \"p{n}\" {{\n name = \"{next}\"\n policy = \"path \\\"a\\\" {{}}\"\n}}\n"
        ));
    }
    text.push_str("resource \"vault_policy\" \"p8\" {\n name = \"x\"\n policy = \"\"\n}\n");
    let vault = vault(&text);
    assert_eq!(vault.policies.len(), 9);
}

#[test]
fn a_large_policy_is_read_and_its_findings_are_bounded() {
    let stanzas = "path \"a\" { capabilities = [\"reed\"] }\n".repeat(20_000);
    let vault = vault(&format!("//- p.hcl\n{stanzas}"));
    assert_eq!((vault.policies[0].paths.len(), vault.findings.len()), (20_000, 100));
}

#[test]
fn a_large_object_is_read() {
    let paths: String = (0..2000).map(|n| format!("\"p{n}\" = {{ capabilities = [\"read\"] }}\n")).collect();
    let vault = vault(&format!(
        "resource \"vault_policy\" \"p\" {{\n name = \"p\"\n policy = jsonencode({{ path = {{\n{paths}}} }})\n}}\n"
    ));
    assert_eq!(vault.policies[0].paths.len(), 2000);
}

#[test]
fn nothing_that_stands_in_a_value_is_a_panic() {
    let values = [
        "null",
        "true",
        "-1",
        "1.5",
        "\"\"",
        "\"x\"",
        "[]",
        "[[]]",
        "{}",
        "{ a = {} }",
        "[null]",
        "var.v",
        "[var.v]",
        "jsonencode(null)",
        "jsonencode([1])",
        "jsonencode({ path = 1, name = [] })",
        "jsonencode({ path = [{ a = [1] }] })",
        "\"{\"",
        "\"${var.v}\"",
        "\"path ${var.v} {\"",
        "9999999999999999999999",
    ];
    let kinds = [
        "vault_policy",
        "vault_token",
        "vault_approle_auth_backend_role",
        "vault_jwt_auth_backend_role",
        "vault_aws_secret_backend_role",
        "vault_generic_endpoint",
        "vault_okta_auth_backend",
        "vault_pki_secret_backend_role",
        "vault_database_secret_backend_static_role",
        "vault_aws_secret_backend",
        "gitlab_project_access_token",
        "gitlab_project_variable",
        "vault_kv_secret_v2",
        "vault_auth_backend",
    ];
    let names = [
        "name",
        "policy",
        "policies",
        "token_policies",
        "token_ttl",
        "ttl",
        "token_period",
        "path",
        "data_json",
        "mount",
        "group",
        "tune",
        "backend",
        "rotation_period",
        "credential_type",
        "key",
        "value",
        "access_key",
        "expires_at",
        "rotation_configuration",
        "secret_id_ttl",
        "role_name",
        "default_sts_ttl",
    ];
    for value in values {
        let mut text = String::from("variable \"v\" {}\n");
        for kind in kinds {
            let arguments: String = names.iter().map(|name| format!("  {name} = {value}\n")).collect();
            text.push_str(&format!("resource \"{kind}\" \"r\" {{\n{arguments}}}\n"));
            let path = "  path = \"auth/userpass/users/x\"\n";
            text.push_str(&format!(
                "resource \"vault_generic_endpoint\" \"{kind}\" {{\n{path}  data_json = {value}\n}}\n"
            ));
        }
        text.push_str(&format!("data \"vault_policy_document\" \"d\" {{\n  rule {{\n    path = {value}\n    capabilities = {value}\n  }}\n}}\n"));
        text.push_str(&format!(
            "provider \"vault\" {{\n  token = {value}\n  auth_login {{ parameters = {value} }}\n}}\n"
        ));
        let vault = vault(&text);
        assert!(vault.roles.len() >= 4, "{value}");
    }
}
