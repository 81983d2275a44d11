//! What is written to policies is what the schemas say, no less and no more, and `docs/facts.md` says the same.

use std::collections::BTreeSet;

use engine_facts::credential::{CREDENTIAL, credential_item};
use engine_facts::vault::{ACCESS, POLICY, ROLE, Vault, access_item, policy_item, role_item};
use engine_facts::wire::{Fields, Item, json};
use serde_json::Value;

use crate::plan::{PLAN, plan};
use crate::schema::Schema;
use crate::support::vault;
use crate::table::table;

const PAGE: &str = include_str!("../../../../docs/facts.md");

/// Each kind with its schema and with what comes from elsewhere.
const SCHEMAS: &[(&str, &str, &[&str])] = &[
    (POLICY, include_str!("../../schema/vault.policy.json"), &["/source/enum/pipeline", "/source/enum/engine.yaml"]),
    (
        ROLE,
        include_str!("../../schema/vault.role.json"),
        &["/source/enum/file", "/source/enum/pipeline", "/source/enum/engine.yaml"],
    ),
    (
        ACCESS,
        include_str!("../../schema/vault.access.json"),
        &["/source/enum/file", "/source/enum/pipeline", "/source/enum/engine.yaml"],
    ),
    (
        CREDENTIAL,
        include_str!("../../schema/credential.json"),
        &["/source/enum/file", "/source/enum/pipeline", "/source/enum/engine.yaml", "/kind/enum/plan-artifact", "/job"],
    ),
];

/// Files that between them use everything that a fact of Vault comes from.
const EVERYTHING: &str = r#"//- policies/app.hcl
path "secret/*" { capabilities = ["read"] }
path "a/+/{{identity.entity.id}}" { policy = "deny" }
path "a/+/b*" { policy = "read" }
path "exact" {}
//- main.tf
variable "v" {}
resource "vault_policy" "p" {
  name   = var.v
  policy = <<-EOT
    path "secret/${var.v}" { capabilities = ["${var.v}"] }
  EOT
}
resource "vault_policy" "q" {
  name   = "q"
  policy = var.v
}
resource "vault_approle_auth_backend_role" "r" {
  role_name               = var.v
  token_policies          = ["a", var.v]
  token_no_default_policy = var.v
  token_ttl               = 60
  token_max_ttl           = var.v
  token_period            = var.v
  token_num_uses          = 5
  secret_id_num_uses      = var.v
}
resource "vault_token" "t" {
  policies  = ["root"]
  no_parent = true
  period    = "1h"
}
resource "vault_token" "u" { no_parent = var.v }
resource "vault_jwt_auth_backend_role" "j" {
  role_name      = "j"
  role_type      = "jwt"
  token_policies = ["a"]
}
resource "vault_jwt_auth_backend_role" "o" { role_name = "o" }
resource "vault_aws_secret_backend_role" "s" {
  name            = "s"
  credential_type = "assumed_role"
}
resource "vault_aws_secret_backend_role" "u" { name = "u" }
resource "vault_pki_secret_backend_role" "p" { name = "p" }
resource "vault_database_secret_backend_role" "d" { name = "d" }
resource "gitlab_deploy_token" "d" { name = "d" }
provider "vault" { token = "s.hush" }
data "vault_kv_secret" "s" { path = "a" }
resource "vault_kv_secret" "s" { path = var.v }
"#;

fn items(vault: &Vault, kind: &str) -> Vec<Item> {
    match kind {
        POLICY => vault.policies.iter().map(policy_item).collect(),
        ROLE => vault.roles.iter().map(role_item).collect(),
        ACCESS => vault.accesses.iter().map(access_item).collect(),
        CREDENTIAL => vault.credentials.iter().map(credential_item).collect(),
        other => panic!("{other}"),
    }
}

#[test]
fn a_schema_says_what_is_written_and_no_more() {
    for (kind, text, elsewhere) in SCHEMAS {
        let mut schema = Schema::new(text);
        for vault in [vault(EVERYTHING), plan(PLAN)] {
            let items = items(&vault, kind);
            let written: Vec<Value> = serde_json::from_str(&json(&items, &Fields::new(["*"]))).unwrap();
            for item in written {
                assert_eq!(schema.errors(&item), Vec::<String>::new(), "{item:#}");
            }
        }
        let unused: BTreeSet<String> = schema.said().difference(&schema.seen).cloned().collect();
        let elsewhere = elsewhere.iter().map(|pointer| format!("/properties{pointer}")).collect();
        assert_eq!(unused, elsewhere, "{kind}");
    }
}

#[test]
fn a_schema_has_the_name_of_its_kind_and_describes_every_field() {
    for (kind, text, _) in SCHEMAS {
        let schema = Schema::new(text);
        assert_eq!(schema.root()["$id"], format!("urn:engine:fact:{kind}:1"));
        for pointer in schema.said().iter().filter(|pointer| pointer.rsplit('/').nth(1) == Some("properties")) {
            assert!(schema.root().pointer(pointer).unwrap()["description"].is_string(), "{kind}: {pointer}");
        }
    }
}

#[test]
fn the_page_for_authors_has_the_same_fields() {
    for (kind, text, _) in SCHEMAS.iter().filter(|(kind, ..)| *kind != CREDENTIAL) {
        let table = table(&Schema::new(text));
        assert!(PAGE.contains(&table), "`docs/facts.md` lacks the table of {kind}:\n{table}");
        assert!(PAGE.contains(&format!("| `engine/facts/schema/{kind}.json` |\n")), "{kind}");
    }
}
