//! The rules about what Terraform and the pipeline read.

use engine_sdk::testing::check;

const CONFIG: &str = r#"[{"tenants": [
    {"name": "acme", "vault": ["secret/data/clients/acme"], "accounts": ["111122223333"]},
    {"name": "globex", "vault": ["kv/data/globex-*"], "accounts": []}
], "shared": ["secret/data/common"]}]"#;

/// Accounts and no paths.
const ACCOUNTS: &str = r#"[{"tenants": [{"name": "acme", "vault": [], "accounts": ["111122223333"]}], "shared": []}]"#;

fn access(config: &str, path: &str, expect: &str) {
    let access = format!(r#"[{{"path": {path}, "operation": "read", "title": "`data.vault_generic_secret.x`"}}]"#);
    check(acl_paths::plugin(), [("vault.access", access.as_str()), ("engine.config", config)], expect);
}

fn command(config: &str, program: &str, words: &str, expect: &str) {
    let job = format!(r#"[{{"name": "plan", "commands": [{{"program": "{program}", "words": [{words}]}}]}}]"#);
    check(acl_paths::plugin(), [("gitlab.job", job.as_str()), ("engine.config", config)], expect);
}

#[test]
fn what_terraform_reads_is_a_tenants_or_shared() {
    for path in [
        "secret/data/clients/acme/ssh",
        "secret/clients/acme/ssh",
        "secret/clients/acme",
        "kv/globex-prod/x",
        "secret/common/registry",
        "aws/sts/deploy-111122223333",
        "cubbyhole/x",
    ] {
        access(CONFIG, &format!("\"{path}\""), "");
    }
    for path in
        ["secret/clients/initech/ssh", "secret/clients/acme-evil", "secret/clients", "kv/globex", "aws/sts/deploy"]
    {
        let expect = format!(
            "secret-outside-tenant @ vault.access[0].path: `data.vault_generic_secret.x` reads `{path}`, which is no tenant's and not shared"
        );
        access(CONFIG, &format!("\"{path}\""), &expect);
        access(ACCOUNTS, &format!("\"{path}\""), "");
        access("[]", &format!("\"{path}\""), "");
    }
}

#[test]
fn a_path_that_is_written_is_no_better() {
    let write = r#"[{"path": "secret/x", "operation": "write", "title": "`vault_generic_secret.x`"}]"#;
    check(
        acl_paths::plugin(),
        [("vault.access", write), ("engine.config", CONFIG)],
        "secret-outside-tenant @ vault.access[0].path: `vault_generic_secret.x` writes `secret/x`, which is no tenant's and not shared",
    );
}

#[test]
fn a_path_that_is_not_known_is_undecided() {
    let unknown = r#"{"$unknown": "dynamic", "on": "var.client"}"#;
    access(
        CONFIG,
        unknown,
        "secret-outside-tenant ? vault.access[0].path: whose secret `data.vault_generic_secret.x` names depends on `var.client` (dynamic)",
    );
    access(ACCOUNTS, unknown, "");
}

#[test]
fn an_account_is_one_of_a_tenants() {
    access(
        CONFIG,
        "\"aws/creds/deploy-999988887777\"",
        "foreign-account @ vault.access[0].path: `data.vault_generic_secret.x` gets credentials for the AWS account `999988887777`, which is no tenant's",
    );
    let foreign = "`plan` gets credentials for the AWS account `999988887777`, which is no tenant's";
    command(
        CONFIG,
        "vault",
        r#""vault", "read", "-format=json", "aws/sts/manage-999988887777", "ttl=1h""#,
        &format!("foreign-account @ gitlab.job[0].commands[0].words[3]: {foreign}"),
    );
    command(
        ACCOUNTS,
        "curl",
        r#""curl", "-H", "X-Vault-Token: t", "https://vault.example.com/v1/aws/sts/manage-999988887777""#,
        &format!("foreign-account @ gitlab.job[0].commands[0].words[3]: {foreign}"),
    );
    let foreign = r#""vault", "read", "aws/sts/manage-999988887777""#;
    command("[]", "vault", foreign, "");
    command(CONFIG, "echo", foreign, "");
    command(CONFIG, "vault", r#""vault", "list", "aws/sts/manage-999988887777""#, "");
    command(CONFIG, "vault", r#""vault", "read", "aws/sts/manage-111122223333""#, "");
    command(CONFIG, "vault", r#""vault", "write", "auth/aws/login", "role=aws/sts/x-999988887777""#, "");
}

#[test]
fn an_account_that_only_the_run_tells_is_undecided() {
    let words = r#""vault", "read", {"$unknown": "dynamic", "on": "aws/sts/manage-${ACCOUNT_ID}"}"#;
    command(
        CONFIG,
        "vault",
        words,
        "foreign-account ? gitlab.job[0].commands[0].words[2]: whose AWS account `plan` gets credentials for depends on `aws/sts/manage-${ACCOUNT_ID}` (dynamic)",
    );
    command("[]", "vault", words, "");
    command(CONFIG, "vault", r#""vault", "read", {"$unknown": "dynamic", "on": "secret/${CLIENT}"}"#, "");
}
