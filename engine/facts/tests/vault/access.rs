//! Paths that Terraform reads and writes.

use crate::support::{accesses, vault};

fn check(text: &str, expect: &str) {
    assert_eq!(accesses(&vault(text)), expect.trim_start(), "{text}");
}

#[test]
fn a_path_is_put_together_as_the_provider_does() {
    check(
        r#"variable "client" {}
data "vault_generic_secret" "a" { path = "/secret/clients/${var.client}/ssh" }
data "vault_generic_secret" "b" { path = "secret/shared" }
data "vault_kv_secret" "a" { path = "kv/x" }
data "vault_kv_secret_v2" "a" {
  mount = vault_mount.kv.path
  name  = "app/db"
}
data "vault_kv_secrets_list" "a" { path = "kv/" }
data "vault_kv_secrets_list_v2" "a" { mount = "kv2/" }
data "vault_kv_subkeys_v2" "a" {
  mount = "kv2"
  name  = "x"
}
data "vault_aws_access_credentials" "a" {
  backend = "aws"
  type    = "sts"
  role    = "manage-${vault_aws_secret_backend_role.r.name}"
}
data "vault_aws_access_credentials" "b" {
  backend = "aws"
  role    = "admin"
}
data "vault_aws_static_access_credentials" "a" {
  backend = "aws"
  name    = "legacy"
}
data "vault_azure_access_credentials" "a" {
  backend = "azure"
  role    = "r"
}
data "vault_approle_auth_backend_role_id" "a" { role_name = "r" }
ephemeral "vault_database_secret" "a" {
  mount = "db"
  name  = "ro"
}
ephemeral "vault_generic_endpoint" "a" { path = "auth/token/create" }
ephemeral "vault_kv_secret_v2" "a" {
  mount = var.client
  name  = "x"
}
resource "vault_mount" "kv" {
  path = "kv2"
  type = "kv-v2"
}
resource "vault_aws_secret_backend_role" "r" {
  backend         = "aws"
  name            = "acme"
  credential_type = "assumed_role"
}
resource "vault_generic_secret" "w" { path = "secret/w" }
resource "vault_kv_secret_v2" "w" {
  mount = "kv2"
  name  = "w"
}
resource "vault_pki_secret_backend_cert" "w" {
  backend = "pki"
  name    = "web"
}
resource "vault_pki_secret_backend_root_sign_intermediate" "w" { backend = "pki" }
resource "vault_approle_auth_backend_role_secret_id" "w" {
  backend   = "machines"
  role_name = "r"
}
"#,
        r#"
resource `vault_approle_auth_backend_role_secret_id.w` (61:1) writes 63:15 auth/machines/role/r/secret-id
resource `vault_generic_secret.w` (51:1) writes 51:46 secret/w
resource `vault_kv_secret_v2.w` (52:1) writes 54:11 kv2/data/w
resource `vault_pki_secret_backend_cert.w` (56:1) writes 58:13 pki/issue/web
resource `vault_pki_secret_backend_root_sign_intermediate.w` (60:1) writes 60:76 pki/root/sign-intermediate
data source `data.vault_approle_auth_backend_role_id.a` (32:1) reads 32:61 auth/approle/role/r/role-id
data source `data.vault_aws_access_credentials.a` (15:1) reads 18:13 aws/sts/manage-acme
data source `data.vault_aws_access_credentials.b` (20:1) reads 22:13 aws/creds/admin
data source `data.vault_aws_static_access_credentials.a` (24:1) reads 26:13 aws/static-creds/legacy
data source `data.vault_azure_access_credentials.a` (28:1) reads 30:13 azure/creds/r
data source `data.vault_generic_secret.a` (2:1) reads 2:42 ?dynamic:var.client
data source `data.vault_generic_secret.b` (3:1) reads 3:42 secret/shared
data source `data.vault_kv_secret.a` (4:1) reads 4:37 kv/x
data source `data.vault_kv_secret_v2.a` (5:1) reads 7:11 kv2/data/app/db
data source `data.vault_kv_secrets_list.a` (9:1) reads 9:43 kv
data source `data.vault_kv_secrets_list_v2.a` (10:1) reads 10:47 kv2/metadata
data source `data.vault_kv_subkeys_v2.a` (11:1) reads 13:11 kv2/subkeys/x
ephemeral resource `ephemeral.vault_database_secret.a` (33:1) reads 35:11 db/creds/ro
ephemeral resource `ephemeral.vault_generic_endpoint.a` (37:1) writes 37:49 auth/token/create
ephemeral resource `ephemeral.vault_kv_secret_v2.a` (38:1) reads 39:11 ?dynamic:var.client
"#,
    );
}
