//! The rules about what policies grant.

use engine_sdk::testing::check;

const TENANTS: &str = r#"[{"tenants": [
    {"name": "acme", "vault": ["secret/data/acme", "secret/metadata/acme"], "accounts": ["111122223333"]},
    {"name": "globex", "vault": ["secret/data/globex", "kv/globex-*"], "accounts": ["444455556666"]}
], "shared": ["secret/data/common", "secret/data/{{identity.entity.name}}"]}]"#;

const NOBODY: &str = r#"[{"tenants": [], "shared": []}]"#;

/// A stanza whose capabilities are known.
fn stanza(path: &str, capabilities: &[&str]) -> String {
    let list = |names: &[&str]| names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(",");
    let denies = capabilities.contains(&"deny");
    let grants = if denies { String::new() } else { list(capabilities) };
    format!(
        r#"{{"path": "{path}", "capabilities": [{}], "grants": [{grants}], "denies": {denies}, "open": false}}"#,
        list(capabilities)
    )
}

/// A policy that is known as a whole.
fn policy(stanzas: &[(&str, &[&str])]) -> String {
    let paths: Vec<String> = stanzas.iter().map(|(path, capabilities)| stanza(path, capabilities)).collect();
    raw(&paths.join(","))
}

fn raw(paths: &str) -> String {
    format!(r#"{{"name": "deploy", "title": "policy `deploy`", "paths": [{paths}], "complete": true}}"#)
}

fn judge(config: &str, policies: &[String], expect: &str) {
    let facts = [("vault.policy", format!("[{}]", policies.join(","))), ("engine.config", config.to_owned())];
    check(acl_paths::plugin(), facts, expect);
}

/// One policy, with tenants.
fn with(stanzas: &[(&str, &[&str])], expect: &str) {
    judge(TENANTS, &[policy(stanzas)], expect);
}

/// One policy, without.
fn without(stanzas: &[(&str, &[&str])], expect: &str) {
    judge(NOBODY, &[policy(stanzas)], expect);
}

#[test]
fn what_lies_within_one_tenant_and_what_is_shared_passes() {
    with(
        &[
            ("secret/data/acme", &["read"]),
            ("secret/data/acme/*", &["create", "read", "update", "delete", "list"]),
            ("secret/metadata/acme/+/x", &["list"]),
            ("secret/data/common/registry", &["read"]),
            ("secret/data/{{identity.entity.name}}/*", &["read"]),
            ("aws/sts/deploy-111122223333", &["read"]),
            ("auth/token/lookup-self", &["read"]),
            ("cubbyhole/*", &["read"]),
            ("secret/data/globex/*", &["deny"]),
            ("*", &["deny"]),
        ],
        "",
    );
    with(&[("kv/globex-prod/*", &["read"]), ("secret/data/globex/+", &["read"])], "");
}

#[test]
fn a_path_that_no_tenant_holds_is_beyond() {
    let one = |path: &str, message: &str| {
        let expect = format!("policy-outside-tenant @ vault.policy[0].paths[0].path: `{path}` {message}");
        with(&[(path, &["read"])], &expect);
    };
    one("secret/data/acme*", "reaches beyond one tenant, into what is `acme`'s");
    one("secret/data/+/app", "reaches beyond one tenant, into what is `acme` and `globex`'s");
    one("secret/data/*", "reaches beyond one tenant, into what is `acme` and `globex`'s");
    one("+/data/acme/x", "reaches beyond one tenant, into what is `acme`'s");
    one("secret/*", "reaches beyond one tenant, into what is `acme` and `globex`'s");
    one("secret/data/acme-evil/*", "belongs to no tenant, and is not shared");
    one("secret/data/initech", "belongs to no tenant, and is not shared");
    one("team/{{identity.group}}", "belongs to no tenant, and is not shared");
    one("kv/globex*", "reaches beyond one tenant, into what is `globex`'s");
    one("aws/sts/deploy-999988887777", "belongs to no tenant, and is not shared");
    one("aws/sts/*", "belongs to no tenant, and is not shared");
    one("auth/token/create-orphan", "belongs to no tenant, and is not shared");
    one("auth/token/create/admin", "belongs to no tenant, and is not shared");
    one("sys/policies/acl/*", "belongs to no tenant, and is not shared");
    one("pki/sign/*", "belongs to no tenant, and is not shared");
}

#[test]
fn a_policy_is_of_one_tenant() {
    with(
        &[("secret/data/acme/*", &["read"]), ("secret/data/common", &["read"]), ("secret/data/globex/x", &["read"])],
        "
        policy-outside-tenant @ vault.policy[0].paths[2].path: policy `deploy` reaches two tenants: `secret/data/globex/x` is `globex`'s, another path `acme`'s
          = related vault.policy[0].paths[0].path: this is `acme`'s
          = help: give each tenant a policy of its own
        ",
    );
    // Two policies may be of two tenants.
    let policies = [policy(&[("secret/data/acme/*", &["read"])]), policy(&[("secret/data/globex/*", &["read"])])];
    judge(TENANTS, &policies, "");
}

#[test]
fn who_logs_in_decides_what_a_template_reaches() {
    with(
        &[("secret/data/{{identity.groups.names}}/*", &["read"]), ("secret/data/acme/{{x}}/*", &["read"])],
        "policy-outside-tenant ? vault.policy[0].paths[0].path: whose path `secret/data/{{identity.groups.names}}/*` is depends on who logs in: name it, as it stands, in `engine.yaml`",
    );
}

#[test]
fn a_path_that_is_not_known_is_undecided() {
    let unknown = r#"{"path": {"$unknown": "dynamic", "on": "var.path"}, "capabilities": ["read"], "grants": ["read"], "denies": false, "open": false}"#;
    judge(
        TENANTS,
        &[raw(unknown)],
        "
        policy-outside-tenant ? vault.policy[0].paths[0].path: whose path it is depends on `var.path` (dynamic)
        policy-without-bound ? vault.policy[0].paths[0].path: whether it reaches everything depends on `var.path` (dynamic)
        ",
    );
    let begins = |prefix: &str| raw(&unknown.replacen('{', &format!(r#"{{"prefix": "{prefix}", "#), 1));
    judge(TENANTS, &[begins("secret/data/acme/")], "");
    judge(TENANTS, &[begins("secret/data/common/")], "");
    judge(
        TENANTS,
        &[begins("secret/data/")],
        "policy-outside-tenant ? vault.policy[0].paths[0].path: whose path it is depends on `var.path` (dynamic)",
    );
    judge(NOBODY, &[begins("secret/data/")], "");
}

#[test]
fn a_text_that_is_not_known_as_a_whole_is_undecided() {
    let part = policy(&[]).replace("\"complete\": true", "\"complete\": false");
    let mandatory = "
        policy-without-bound ? vault.policy[0].complete: policy `deploy` is not known as a whole, and may hold a path that reaches everything
        sudo-capability ? vault.policy[0].complete: policy `deploy` is not known as a whole, and may hold a path that grants `sudo`
        ";
    judge(NOBODY, std::slice::from_ref(&part), mandatory);
    let beyond = "policy-outside-tenant ? vault.policy[0].complete: policy `deploy` is not known as a whole, and may hold a path that reaches beyond the tenant";
    judge(TENANTS, &[part], &format!("{mandatory}\n{beyond}"));
}

#[test]
fn nothing_but_wildcards_is_without_bound_with_and_without_tenants() {
    let expect =
        "policy-without-bound @ vault.policy[0].paths[0].path: `*` reaches every path of Vault, with `read`, `list`";
    without(&[("*", &["read", "list"])], expect);
    with(&[("*", &["read", "list"])], expect);
    without(
        &[("+/*", &["read"]), ("sys/*", &["deny"])],
        "policy-without-bound @ vault.policy[0].paths[0].path: `+/*` reaches every path of Vault, with `read`",
    );
    without(&[("*", &["deny"]), ("+", &["read"]), ("+/data/app", &["read"])], "");
    // The same pattern twice: what denies wins.
    without(&[("*", &["read"]), ("*", &["deny"])], "");
}

#[test]
fn all_of_a_shared_mount_is_too_much() {
    let one = |path: &str, mount: &str| {
        let expect = format!(
            "whole-mount-policy @ vault.policy[0].paths[0].path: `{path}` reaches all secrets of the mount `{mount}`, whoever's they are"
        );
        without(&[(path, &["read"])], &expect);
    };
    one("secret/*", "secret");
    one("kv-v2/data/*", "kv-v2");
    one("kv/data/+/*", "kv");
    without(&[("secret/*", &["list"]), ("secret/metadata/*", &["read"]), ("projects-api/*", &["read"])], "");
    without(&[("secret/data/app*", &["read"]), ("secret/+/app", &["read"]), ("secret*", &["read"])], "");
}

#[test]
fn sudo_is_found_where_it_is_granted() {
    without(
        &[("sys/auth/team*", &["create", "sudo"]), ("sys/audit", &["sudo", "deny"])],
        "sudo-capability @ vault.policy[0].paths[0].capabilities[1]: `sudo` is granted on `sys/auth/team*`",
    );
    let open = |capabilities: &str| {
        raw(&format!(
            r#"{{"path": "kv/x", "capabilities": [{capabilities}], "grants": [], "denies": false, "open": true}}"#
        ))
    };
    judge(
        NOBODY,
        &[open(r#""read", {"$unknown": "dynamic", "on": "var.more"}"#)],
        "sudo-capability ? vault.policy[0].paths[0].capabilities[1]: whether `sudo` is granted depends on `var.more` (dynamic)",
    );
    judge(
        NOBODY,
        &[open("")],
        "sudo-capability ? vault.policy[0].paths[0].capabilities: whether `sudo` is granted is not known",
    );
}

#[test]
fn who_writes_policies_of_any_name_can_grant_themselves_everything() {
    let one = |path: &str, folder: &str| {
        let expect = format!(
            "self-granted-policy @ vault.policy[0].paths[0].path: who may write `{folder}/…` can grant themselves everything"
        );
        without(&[(path, &["update"])], &expect);
    };
    one("sys/policies/acl/*", "sys/policies/acl");
    one("sys/policy/+", "sys/policy");
    one("sys/*", "sys/policies/acl");
    one("sys/policies/*", "sys/policies/acl");
    without(&[("sys/policies/acl/*", &["read", "list"]), ("sys/policies/acl/app-*", &["update"])], "");
    without(&[("sys/policies/acl/app", &["update"]), ("sys/policies/rgp/*", &["update"])], "");
    // Shared with everybody, it is within all tenants' bounds and no better.
    let shared = TENANTS.replace("\"secret/data/common\"", "\"sys/policies\"");
    judge(
        &shared,
        &[policy(&[("sys/policies/acl/*", &["create"])])],
        "self-granted-policy @ vault.policy[0].paths[0].path: who may write `sys/policies/acl/…` can grant themselves everything",
    );
}

#[test]
fn an_authority_is_there_to_sign_by_one_role() {
    let at = "pki-beyond-signing @ vault.policy[0].paths[0]";
    let write: &[&str] = &["create", "update"];
    without(&[("pki/sign/*", write)], &format!("{at}.path: every role of `pki` may be used to sign certificates"));
    without(
        &[("pki_int/issue/+", write)],
        &format!("{at}.path: every role of `pki_int` may be used to issue certificates"),
    );
    without(
        &[("pki/sign/web", &["create", "update", "delete"])],
        &format!("{at}.capabilities[2]: `delete` is more than it takes to sign a certificate"),
    );
    let reaches = |path: &str, reached: &str| {
        let expect = format!("{at}.path: `{path}` reaches `{reached}`, which signs what no role limits");
        without(&[(path, write)], &expect);
    };
    reaches("pki/*", "root/sign-intermediate");
    reaches("pki/root/*", "root/sign-intermediate");
    reaches("pki/root/generate/internal", "root/generate/internal");
    reaches("pki/sign*", "sign-verbatim");
    reaches("pki/sign-verbatim/web", "sign-verbatim");
    reaches("team-ca/root/replace", "root/replace");
    reaches("choria/root/sign-intermediate", "root/sign-intermediate");
    reaches("choria/sign-verbatim", "sign-verbatim");
}

#[test]
fn other_engines_and_single_roles_are_left_alone() {
    let write: &[&str] = &["create", "update"];
    without(
        &[
            ("pki/sign/web", &["list", "read", "create", "update"]),
            ("pki/sign/web-*", write),
            ("pki/*", &["read", "list"]),
            ("pki/cert/ca", &["read"]),
            ("pki/roles/*", &["list"]),
            ("transit/sign/*", write),
            ("ssh/sign/*", write),
            ("secret/data/app/sign-verbatim", write),
            ("kv/root/replace", write),
            ("auth/cert/root/replace", write),
        ],
        "",
    );
}

#[test]
fn every_role_of_aws_is_every_account() {
    let one = |path: &str, mount: &str| {
        let expect = format!(
            "any-account-credentials @ vault.policy[0].paths[0].path: `{path}` gives the credentials of every role of `{mount}`, in every account"
        );
        without(&[(path, &["read"])], &expect);
    };
    one("aws/*", "aws");
    one("aws-prod/+/*", "aws-prod");
    one("aws/creds/*", "aws");
    one("aws/sts/+", "aws");
    one("team/cloud/sts/*", "team/cloud");
    without(
        &[
            ("aws/sts/deploy", &["read"]),
            ("aws/sts/acme-*", &["read"]),
            ("aws/+/deploy", &["read"]),
            ("aws/*", &["list"]),
            ("aws/roles/*", &["read"]),
            ("database/creds/*", &["read"]),
            ("auth/aws/*", &["read"]),
            ("laws/*", &["read"]),
        ],
        "",
    );
}
