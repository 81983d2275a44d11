//! Who gets which policies.

use crate::support::{roles, vault};

fn check(text: &str, expect: &str) {
    assert_eq!(roles(&vault(text)), expect.trim_start(), "{text}");
}

#[test]
fn every_auth_method_gives_its_policies() {
    check(
        r#"resource "vault_approle_auth_backend_role" "a" {
  role_name      = "deploy"
  token_policies = ["Deploy", "shared"]
  policies       = ["old"]
}
resource "vault_aws_auth_backend_role" "a" {
  role                    = "web"
  token_policies          = ["web"]
  token_no_default_policy = true
}
resource "vault_azure_auth_backend_role" "a" { role = "az" }
resource "vault_cert_auth_backend_role" "a" { name = "c" }
resource "vault_gcp_auth_backend_role" "a" { role = "g" }
resource "vault_generic_endpoint" "u" {
  path      = "auth/userpass/users/ann"
  data_json = jsonencode({ policies = ["p1", "p2"] })
}
resource "vault_generic_endpoint" "v" {
  path      = "auth/userpass/users/bob"
  data_json = "{\"token_policies\": \"p1,p3\"}"
}
resource "vault_generic_endpoint" "w" {
  path      = "auth/userpass/users/eve"
  data_json = file("eve.json")
}
resource "vault_generic_endpoint" "x" {
  path      = "auth/userpass/users/eve/password"
  data_json = "{}"
}
resource "vault_github_auth_backend" "g" { organization = "acme" }
resource "vault_github_team" "t" {
  team     = "ops"
  policies = ["ops"]
}
resource "vault_github_user" "t" { user = "ann" }
resource "vault_jwt_auth_backend_role" "ci" {
  role_name      = "ci"
  role_type      = "jwt"
  token_policies = [vault_policy.p.name, "x-${vault_policy.p.name}"]
}
resource "vault_jwt_auth_backend_role" "people" { role_name = "people" }
resource "vault_kubernetes_auth_backend_role" "k" { role_name = "k" }
resource "vault_ldap_auth_backend_group" "g" {
  groupname = "ops"
  policies  = ["ops"]
}
resource "vault_ldap_auth_backend_user" "u" { username = "u" }
resource "vault_okta_auth_backend" "o" {
  organization = "acme"
  group {
    group_name = "ops"
    policies   = ["ops"]
  }
  user {
    username = "ann"
  }
}
resource "vault_okta_auth_backend_group" "g" {
  path       = "okta"
  group_name = "dev"
}
resource "vault_okta_auth_backend_user" "g" {
  path     = "okta"
  username = "bob"
}
resource "vault_policy" "p" {
  name   = "ci-policy"
  policy = "path \"a\" {}"
}
resource "vault_token" "t" { policies = ["root"] }
resource "vault_token" "u" { no_default_policy = true }
resource "vault_token_auth_backend_role" "r" {
  role_name        = "r"
  allowed_policies = ["a"]
}
resource "vault_token_auth_backend_role" "s" {
  role_name             = "s"
  allowed_policies      = ["a"]
  allowed_policies_glob = ["b*"]
}
resource "vault_userpass_auth_backend_user" "u" {
  mount    = "userpass"
  username = "zoe"
}
"#,
        r#"
approle AppRole role `deploy` (1:1): [deploy@3:21 shared@3:31 old@4:21]
aws AWS auth role `web` (6:1): [web@8:30], no default
azure Azure auth role `az` (11:1): []
cert certificate auth role `c` (12:1): []
gcp GCP auth role `g` (13:1): []
userpass userpass user `ann` (14:1): [p1@16:40 p2@16:46]
userpass userpass user `bob` (18:1): [p1@20:37 p3@20:37]
userpass userpass user `eve` (22:1): [] and unknown ones
github GitHub auth method `vault_github_auth_backend.g` (30:1): []
github GitHub team `ops` (31:1): [ops@33:15]
github GitHub user `ann` (35:1): []
jwt JWT role `ci` (36:1): [ci-policy@39:21 x-ci-policy@39:42]
oidc OIDC role `people` (41:1): []
kubernetes Kubernetes role `k` (42:1): []
ldap LDAP group `ops` (43:1): [ops@45:16]
ldap LDAP user `u` (47:1): []
okta Okta group `ops` (50:3): [ops@52:19]
okta Okta user `ann` (54:3): []
okta Okta auth method `vault_okta_auth_backend.o` (48:1): []
okta Okta group `dev` (58:1): []
okta Okta user `bob` (62:1): []
token token `vault_token.t` (70:1): [root@70:42]
token token `vault_token.u` (71:1): [] and unknown ones, no default
token token role `r` (72:1): [a@74:23]
token token role `s` (76:1): [a@78:28] and unknown ones
userpass userpass user `zoe` (81:1): []
"#,
    );
}

#[test]
fn a_list_that_is_not_known_is_not_empty() {
    check(
        r#"variable "v" {}
resource "vault_approle_auth_backend_role" "a" {
  role_name      = var.v
  token_policies = var.v
}
resource "vault_approle_auth_backend_role" "b" {
  role_name      = "b"
  token_policies = ["x", var.v]
}
resource "vault_approle_auth_backend_role" "c" {
  role_name      = "c"
  token_policies = concat(["x"], var.v)
}
//- override.tf
resource "vault_approle_auth_backend_role" "c" {
  token_policies = ["y"]
}
"#
        .replacen("variable", "//- main.tf\nvariable", 1)
        .as_str(),
        r#"
approle AppRole role `vault_approle_auth_backend_role.a` (2:1): [] and unknown ones
approle AppRole role `b` (6:1): [x@8:21 ?dynamic:var.v@8:26] and unknown ones
approle AppRole role `vault_approle_auth_backend_role.c` (10:1): [] and unknown ones
"#,
    );
}
