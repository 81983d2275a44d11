//! Policies: where they are found, what their patterns and capabilities are, what Vault refuses.

use crate::support::{policies, vault};

fn check(text: &str, expect: &str) {
    assert_eq!(policies(&vault(text)), expect.trim_start(), "{text}");
}

#[test]
fn a_policy_file_is_read_as_vault_reads_it() {
    check(
        r#"//- policies/app.hcl
path "/secret/data/app/*" {
  capabilities = ["read", "list"]
}
path "aws/+/admin" { policy = "write" }
path "secret/{{identity.entity.id}}/+/x*" { capabilities = ["deny", "read"] }
path "a*b" { capabilities = [] }
path "a" { policy = "read" }
path "b" { policy = "sudo" }
path "c" { policy = "deny" }
path "d/+" { capabilities = ["subscribe", "recover", "scan", "patch"] }
"#,
        r#"
policy file `policies/app.hcl` (policies/app.hcl:1:1) named nothing
  policies/app.hcl:1:6 secret/data/app/* Prefix from `secret/data/app/` [read@policies/app.hcl:2:19 list@policies/app.hcl:2:27] = list read
  policies/app.hcl:4:6 aws/+/admin Segment from `aws/` [create@policies/app.hcl:4:31 read@policies/app.hcl:4:31 update@policies/app.hcl:4:31 delete@policies/app.hcl:4:31 list@policies/app.hcl:4:31] legacy = create delete list read update
  policies/app.hcl:5:6 secret/{{identity.entity.id}}/+/x* Both from `secret/` [deny@policies/app.hcl:5:61 read@policies/app.hcl:5:69] templated denies = nothing
  policies/app.hcl:6:6 a*b [] = nothing
  policies/app.hcl:7:6 a [read@policies/app.hcl:7:21 list@policies/app.hcl:7:21] legacy = list read
  policies/app.hcl:8:6 b [create@policies/app.hcl:8:21 read@policies/app.hcl:8:21 update@policies/app.hcl:8:21 delete@policies/app.hcl:8:21 list@policies/app.hcl:8:21 sudo@policies/app.hcl:8:21] legacy = create delete list read sudo update
  policies/app.hcl:9:6 c [deny@policies/app.hcl:9:21] legacy denies = nothing
  policies/app.hcl:10:6 d/+ Segment from `d/` [subscribe@policies/app.hcl:10:30 recover@policies/app.hcl:10:43 scan@policies/app.hcl:10:54 patch@policies/app.hcl:10:62] = patch recover scan subscribe
"#,
    );
}

#[test]
fn what_vault_refuses_is_a_finding_at_its_place() {
    let check = |body: &str, expect: &str| {
        let vault = vault(&format!("//- p.hcl\n{body}\n"));
        let found: Vec<String> =
            vault.findings.iter().map(|finding| format!("{}: {}", finding.location.text(), finding.message)).collect();
        assert_eq!(found, [expect], "{body}");
        assert!(vault.policies.iter().all(|policy| !policy.complete), "{body}");
        assert_eq!(vault.findings[0].rule.as_str(), "invalid-vault-policy");
    };
    check(r#"path "a" { capabilities = ["reed"] }"#, r#""reed": `reed` is no capability"#);
    check(r#"path "a" { capabilities = ["READ"] }"#, r#""READ": `READ` is no capability"#);
    check(r#"path "a" { capabilities = [1] }"#, "1: `1` is no capability");
    check(r#"path "a" { capabilities = "read" }"#, r#""read": `capabilities` is not a list"#);
    check(r#"path "a" { capabilities = [["read"]] }"#, r#"["read"]: a capability is not a string"#);
    check(r#"path "a" { policy = "reed" }"#, r#""reed": `reed` is no legacy `policy`"#);
    check(r#"path "a" { policy = ["read"] }"#, r#"["read"]: `policy` is not a string"#);
    check(r#"path "a/+*" { policy = "read" }"#, r#""a/+*": `a/+*` holds `+*`, which Vault refuses"#);
    check(r#"path "a/b+*" { policy = "read" }"#, r#""a/b+*": `a/b+*` holds `+*`, which Vault refuses"#);
    check(
        r#"path "{{a/*" { policy = "read" }"#,
        r#""{{a/*": `{{a/*` holds a template that is not closed, or not opened"#,
    );
    check(r#"path "a" { caps = ["read"] }"#, "caps: `caps` is no argument of a `path` block");
    check(r#"path "a" { allowed_parameters = [] }"#, "[]: `allowed_parameters` is not an object");
    check(
        r#"path "a" { min_wrapping_ttl = "soon" }"#,
        r#""soon": `soon` is no duration: a number is missing before `soon`, in `min_wrapping_ttl`"#,
    );
    check(
        "path \"a\" {\n min_wrapping_ttl = 90\n max_wrapping_ttl = 60\n}",
        "60: `max_wrapping_ttl` is less than `min_wrapping_ttl`",
    );
    check("name = [\"x\"]", "[\"x\"]: `name` is not a string");
    check(r#"path "a" { mfa_methods = "x" }"#, r#""x": `mfa_methods` is not a list"#);
    check(r#"role "a" { capabilities = ["read"] }"#, "role: `role` is nothing that a policy holds");
    check(r#"path = "a""#, r#""a": `path` is not a block"#);
}

#[test]
fn a_heredoc_keeps_its_places() {
    check(
        r#"resource "vault_policy" "app" {
  name   = "App"
  policy = <<-EOT
    # comment
    path "secret/data/app/*" {
      capabilities = ["read"]
    }
    path "x" { capabilities = ["reed"] }
  EOT
}
resource "vault_policy" "quoted" {
  name   = "quoted"
  policy = "path \"a/b\" { policy = \"read\" }"
}
"#,
        r#"
policy `app` (1:1) named app, not complete
  5:10 secret/data/app/* Prefix from `secret/data/app/` [read@6:23] = read
  8:10 x [reed@8:32] = nothing
policy `quoted` (11:1) named quoted
  13:18 a/b [read@13:37 list@13:37] legacy = list read
invalid-vault-policy at 8:32: `reed` is no capability
"#,
    );
}

#[test]
fn what_is_unknown_in_a_text_stays_where_it_is() {
    check(
        r#"variable "tenant" {}
locals {
  env    = "prod"
  policy = <<-EOT
    path "kv/${local.env}/${var.tenant}" { capabilities = ["list"] }
  EOT
}
resource "vault_policy" "app" {
  name   = "app-${local.env}"
  policy = <<-EOT
    path "secret/data/${var.tenant}/*" {
      capabilities = ["read"]
    }
    path "secret/${local.env}/x" {
      capabilities = ["${vault_policy.app.id}", "list"]
    }
    ${local.policy}
  EOT
}
resource "vault_policy" "ref" {
  name   = "ref"
  policy = local.policy
}
"#,
        r#"
policy `app-prod` (8:1) named app-prod
  11:10 ?dynamic:var.tenant begins `secret/data/` [read@12:23] = read
  14:10 secret/prod/x [?until-apply:vault_policy.app.id@15:23 list@15:49] open = list
  17:5 ?dynamic:var.tenant begins `kv/prod/` [list@17:5] = list
policy `ref` (20:1) named ref
  5:10 ?dynamic:var.tenant begins `kv/prod/` [list@5:60] = list
"#,
    );
}

#[test]
fn what_jsonencode_is_given_is_read() {
    check(
        r#"variable "caps" {}
locals {
  body = { capabilities = ["list"] }
}
resource "vault_policy" "json" {
  name = "json"
  policy = jsonencode({
    path = {
      "secret/*" = { capabilities = ["read", var.caps] }
      "a" = local.body
      "b" = { capabilities = ["reed"], comment = null }
      "c" = var.caps
    }
  })
}
resource "vault_policy" "text" {
  name   = "text"
  policy = "{\"path\": {\"a/b\": {\"capabilities\": [\"read\"]}}}"
}
"#,
        r#"
policy `json` (5:1) named json, not complete
  10:7 a [list@3:28] = list
  11:7 b [reed@11:31] = nothing
  9:7 secret/* Prefix from `secret/` [read@9:38 ?dynamic:var.caps@9:46] open = read
policy `text` (16:1) named text
  18:25 a/b [read@18:54] = read
invalid-vault-policy at 11:31: `reed` is no capability
"#,
    );
}

#[test]
fn a_policy_document_is_a_policy() {
    check(
        r#"variable "p" {}
data "vault_policy_document" "used" {
  rule {
    path         = "secret/*"
    capabilities = ["read", "list"]
    description  = "all"
  }
  rule {
    path         = var.p
    capabilities = var.p
  }
}
data "vault_policy_document" "alone" {
  rule {
    path         = "a+*"
    capabilities = ["read"]
  }
  dynamic "rule" {
    for_each = var.p
    content {}
  }
}
resource "vault_policy" "x" {
  name   = "x"
  policy = data.vault_policy_document.used.hcl
}
"#,
        r#"
policy `x` (23:1) named x
  4:20 secret/* Prefix from `secret/` [read@5:21 list@5:29] = list read
  9:20 ?dynamic:var.p [?dynamic:var.p@10:20] open = nothing
policy document `data.vault_policy_document.alone` (13:1) named nothing, not complete
  15:20 a+* Prefix from `a+` [read@16:21] = read
invalid-vault-policy at 15:20: `a+*` holds `+*`, which Vault refuses
"#,
    );
}

#[test]
fn a_text_that_is_not_known_is_not_complete() {
    check(
        r#"variable "v" {}
resource "vault_policy" "file" {
  name   = var.v
  policy = file("app.hcl")
}
resource "vault_policy" "variable" {
  name   = "v"
  policy = var.v
}
resource "vault_policy" "broken" {
  name   = "b"
  policy = "path \"a\" { capabilities = ${var.v} }"
}
resource "vault_policy" "empty" {
  name   = "e"
  policy = ""
}
"#,
        r#"
policy `b` (10:1) named b, not complete
policy `e` (14:1) named e, not complete
policy `vault_policy.file` (2:1) named ?dynamic:var.v, not complete
policy `v` (6:1) named v, not complete
invalid-vault-policy at 16:12: the policy is empty
"#,
    );
}

#[test]
fn a_file_that_was_not_read_is_a_gap_in_everything_that_it_may_hold() {
    let path = engine_model::FilePath::new("broken.tf").unwrap();
    let vault = engine_facts::vault::derive(&engine_facts::terraform::derive(&[], &[path]), &[]);
    let kinds: Vec<&str> = vault.gaps.iter().map(|gap| gap.kind).collect();
    assert_eq!(kinds, ["vault.policy", "vault.role", "vault.access", "credential"]);
}
