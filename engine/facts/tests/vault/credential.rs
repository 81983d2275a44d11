//! What is handed out, and how long it lives.

use engine_facts::vault::understood;

use crate::support::{credentials, vault};

fn check(text: &str, expect: &str) {
    assert_eq!(credentials(&vault(text)), expect.trim_start(), "{text}");
}

#[test]
fn zero_and_nothing_mean_what_vault_makes_of_them() {
    let approle = |arguments: &str| {
        format!(
            "resource \"vault_approle_auth_backend_role\" \"r\" {{\n role_name = \"r\"\n bind_secret_id = false\n{arguments}}}\n"
        )
    };
    let check = |arguments: &str, expect: &str| {
        check(&approle(arguments), &format!("machine-token tokens of the AppRole role `r` (1:1): {expect}\n"));
    };
    check("", "mount by token_ttl, at most mount by token_max_ttl");
    check(" token_ttl = 60\n", "written 60 by token_ttl `60` at 4:14, at most mount by token_max_ttl");
    check(
        " token_ttl = 60\n token_max_ttl = 0\n",
        "written 60 by token_ttl `60` at 4:14, at most mount by token_max_ttl `0` at 5:18",
    );
    check(" token_max_ttl = 60\n", "written 60 by token_max_ttl `60` at 4:18");
    check(
        " ttl = 60\n max_ttl = \"70\"\n",
        "written 60 by ttl `60` at 4:8, at most written 70 by max_ttl `70` at 5:12",
    );
    check(" token_max_ttl = 60\n token_explicit_max_ttl = 50\n", "written 50 by token_explicit_max_ttl `50` at 5:27");
    check(
        " token_ttl = 9\n token_period = 60\n",
        "written 60 by token_period `60` at 5:17, at most never by token_period `60` at 5:17, periodic 5:17",
    );
    check(
        " token_period = 60\n token_explicit_max_ttl = 90\n",
        "written 60 by token_period `60` at 4:17, at most written 90 by token_explicit_max_ttl `90` at 5:27, periodic 4:17",
    );
    check(
        " token_period = 0\n token_ttl = 9\n token_max_ttl = 9\n",
        "written 9 by token_ttl `9` at 5:14, at most written 9 by token_max_ttl `9` at 6:18",
    );
    check(
        " token_ttl = 9\n token_type = \"batch\"\n token_num_uses = 3\n",
        "written 9 by token_ttl `9` at 4:14, 3 uses",
    );
    check(
        " token_max_ttl = var.x\n",
        "written ?not-evaluated:var.x, which is not declared by token_max_ttl `?not-evaluated:var.x, which is not declared` at 4:18",
    );
    check(
        " token_period = var.x\n token_ttl = 9\n",
        "written 9 by token_ttl `9` at 5:14, at most written ?not-evaluated:var.x, which is not declared by token_period `?not-evaluated:var.x, which is not declared` at 4:17, periodic? var.x, which is not declared",
    );
    check(
        " token_ttl = 9\n token_max_ttl = 9\n policies = [\"root\"]\n",
        "written 9 by token_ttl `9` at 4:14, at most written 9 by token_max_ttl `9` at 5:18, root 6:14",
    );
    check(
        " token_ttl = 9\n token_max_ttl = 9\n policies = concat([])\n",
        "written 9 by token_ttl `9` at 4:14, at most written 9 by token_max_ttl `9` at 5:18, root? its policies",
    );
}

#[test]
fn a_secret_id_lives_for_ever_unless_somebody_says_otherwise() {
    let check = |arguments: &str, expect: &str| {
        let text =
            format!("resource \"vault_approle_auth_backend_role\" \"r\" {{\n role_name = \"r\"\n{arguments}}}\n");
        let all = credentials(&vault(&text));
        let found: Vec<&str> = all.lines().filter(|line| line.starts_with("secret-id")).collect();
        assert_eq!(found, [format!("secret-id secret ids of the AppRole role `r` (1:1): {expect}")], "{arguments}");
    };
    check("", "never by secret_id_ttl");
    check(" secret_id_ttl = 0\n secret_id_num_uses = 1\n", "never by secret_id_ttl `0` at 3:18, 1 uses");
    check(" secret_id_ttl = 86400\n", "written 86400 by secret_id_ttl `86400` at 3:18");
    check(
        " secret_id_ttl = local.x\n",
        "written ?not-evaluated:local.x, which is not declared by secret_id_ttl `?not-evaluated:local.x, which is not declared` at 3:18",
    );
}

#[test]
fn a_token_made_outright_says_what_it_is() {
    let check = |arguments: &str, expect: &str| {
        check(
            &format!("resource \"vault_token\" \"t\" {{\n{arguments}}}\n"),
            &format!("machine-token token `vault_token.t` (1:1): {expect}\n"),
        );
    };
    check(" policies = [\"a\"]\n", "mount by ttl, at most mount by explicit_max_ttl");
    check(
        " policies = [\"a\"]\n ttl = \"30s\"\n explicit_max_ttl = \"1h30m\"\n",
        "written 30 by ttl `30s` at 3:8, at most written 5400 by explicit_max_ttl `1h30m` at 4:21",
    );
    check(
        " policies = [\"a\"]\n ttl = \"24h\"\n renewable = false\n num_uses = 5\n",
        "written 86400 by ttl `24h` at 3:8, 5 uses",
    );
    check(
        " policies = [\"a\"]\n period = \"24h\"\n no_parent = true\n",
        "written 86400 by period `24h` at 3:11, at most never by period `24h` at 3:11, periodic 3:11, orphan 4:14",
    );
    check(" policies = [\"root\"]\n", "never by ttl, at most never by explicit_max_ttl, root 2:14");
    check(
        " policies = [\"root\"]\n ttl = \"1h\"\n",
        "written 3600 by ttl `1h` at 3:8, at most mount by explicit_max_ttl, root 2:14",
    );
    check("", "mount by ttl, at most mount by explicit_max_ttl, root? its policies");
}

#[test]
fn a_mount_beside_the_role_bounds_it() {
    check(
        r#"resource "vault_auth_backend" "approle" {
  type = "approle"
  tune {
    default_lease_ttl = "1h"
    max_lease_ttl     = "8h"
  }
}
resource "vault_approle_auth_backend_role" "by_reference" {
  backend        = vault_auth_backend.approle.path
  role_name      = "a"
  bind_secret_id = false
}
resource "vault_approle_auth_backend_role" "by_default" {
  role_name      = "b"
  bind_secret_id = false
  token_ttl      = 60
  token_max_ttl  = 90000
}
resource "vault_approle_auth_backend_role" "elsewhere" {
  backend        = "machines"
  role_name      = "c"
  bind_secret_id = false
}
resource "vault_aws_secret_backend" "aws" {
  path                  = "cloud"
  max_lease_ttl_seconds = 7200
}
resource "vault_aws_secret_backend_role" "users" {
  backend         = "cloud"
  name            = "u"
  credential_type = "iam_user"
}
"#,
        r#"
machine-token tokens of the AppRole role `b` (13:1): written 60 by token_ttl `60` at 16:20, at most written 28800 by max_lease_ttl `8h` at 5:25
machine-token tokens of the AppRole role `a` (8:1): written 3600 by default_lease_ttl `1h` at 4:25, at most written 28800 by max_lease_ttl `8h` at 5:25
machine-token tokens of the AppRole role `c` (19:1): mount by token_ttl, at most mount by token_max_ttl
aws-iam-user users of the AWS role `u` (28:1): written 7200 by max_lease_ttl_seconds `7200` at 26:27
"#,
    );
}

#[test]
fn people_jobs_and_machines_are_told_apart() {
    check(
        r#"resource "vault_github_auth_backend" "g" { token_max_ttl = 60 }
resource "vault_jwt_auth_backend_role" "a" {
  role_name     = "ci"
  role_type     = "jwt"
  token_max_ttl = 60
}
resource "vault_jwt_auth_backend_role" "b" {
  role_name     = "people"
  token_max_ttl = 60
}
resource "vault_ldap_auth_backend_group" "g" { groupname = "x" }
resource "vault_generic_endpoint" "u" {
  path      = "auth/userpass/users/ann"
  data_json = jsonencode({ password = "hush", token_max_ttl = "12h" })
}
resource "vault_token_auth_backend_role" "r" {
  role_name     = "r"
  orphan        = true
  token_period  = 60
}
"#,
        r#"
human-token tokens of the userpass user `ann` (12:1): written 43200 by token_max_ttl `12h` at 14:63
static-key password of the userpass user `ann` (12:1): never by password, open at 14:39
human-token tokens of the GitHub auth method `vault_github_auth_backend.g` (1:1): written 60 by token_max_ttl `60` at 1:60
job-token tokens of the JWT role `ci` (2:1): written 60 by token_max_ttl `60` at 5:19
human-token tokens of the OIDC role `people` (7:1): written 60 by token_max_ttl `60` at 9:19
machine-token tokens of the token role `r` (16:1): written 60 by token_period `60` at 19:19, at most never by token_period `60` at 19:19, periodic 19:19, root? its policies, orphan 18:19
"#,
    );
}

#[test]
fn what_secrets_engines_make_has_a_lifetime() {
    check(
        r#"variable "type" {}
resource "vault_aws_secret_backend_role" "a" {
  name            = "a"
  credential_type = "assumed_role"
}
resource "vault_aws_secret_backend_role" "b" {
  name            = "b"
  credential_type = "federation_token"
  default_sts_ttl = 900
  max_sts_ttl     = 3600
}
resource "vault_aws_secret_backend_role" "c" { name = "c" }
resource "vault_aws_secret_backend_role" "d" {
  name            = "d"
  credential_type = var.type
  max_sts_ttl     = 3600
}
resource "vault_aws_secret_backend_static_role" "s" {
  name            = "s"
  rotation_period = 86400
}
resource "vault_database_secret_backend_role" "r" {
  name        = "ro"
  default_ttl = 60
  max_ttl     = 0
}
resource "vault_database_secret_backend_static_role" "s" {
  name              = "s"
  rotation_schedule = "0 0 * * SAT"
}
resource "vault_pki_secret_backend_role" "p" {
  name    = "web"
  ttl     = "72h"
  max_ttl = "2592000"
}
resource "vault_pki_secret_backend_role" "q" {
  name      = "old"
  not_after = "2030-01-01T00:00:00Z"
}
resource "vault_ssh_secret_backend_role" "ca" {
  name     = "ca"
  key_type = "ca"
  ttl      = "30m"
}
resource "vault_ssh_secret_backend_role" "otp" {
  name     = "otp"
  key_type = "otp"
}
"#,
        r#"
aws-sts AWS credentials of the role `a` (2:1): product 3600 by default_sts_ttl, at most mount by max_sts_ttl
aws-sts AWS credentials of the role `b` (6:1): written 900 by default_sts_ttl `900` at 9:21, at most written 3600 by max_sts_ttl `3600` at 10:21
aws-iam-user users of the AWS role `c` (12:1): mount by default_lease_ttl_seconds, at most mount by max_lease_ttl_seconds
aws-sts AWS credentials of the role `d` (13:1): written ?dynamic:var.type by credential_type `?dynamic:var.type` at 15:21
aws-iam-user keys of the AWS static role `s` (18:1): written 86400 by rotation_period `86400` at 20:21
database users of the database role `ro` (22:1): written 60 by default_ttl `60` at 24:17, at most mount by max_ttl `0` at 25:17
database password of the database static role `s` (27:1): written ?not-evaluated:a schedule by rotation_schedule `0 0 * * SAT` at 29:23
certificate certificates of the PKI role `web` (31:1): written 259200 by ttl `72h` at 33:13, at most written 2592000 by max_ttl `2592000` at 34:13
certificate certificates of the PKI role `old` (36:1): written ?dynamic:the day it is made by not_after `2030-01-01T00:00:00Z` at 38:15
certificate certificates of the SSH role `ca` (40:1): written 1800 by ttl `30m` at 43:14, at most mount by max_ttl
"#,
    );
}

const KEYS: &str = r#"variable "key" { default = "hushhush" }
variable "given" {}
provider "aws" {
  access_key = "AKIAHUSH"
  secret_key = var.key
  token      = var.given
}
provider "vault" {
  token = "s.hush"
}
provider "vault" {
  alias = "login"
  auth_login {
    path       = "auth/approle/login"
    parameters = { role_id = "r", secret_id = "hush" }
  }
}
resource "aws_iam_access_key" "k" { user = "deploy" }
resource "gitlab_deploy_token" "d" { name = "pull" }
resource "gitlab_group_access_token" "g" {
  name = "bot"
  rotation_configuration = {
    expiration_days    = 30
    rotate_before_days = 7
  }
}
resource "gitlab_group_variable" "v" {
  key   = "VAULT_TOKEN"
  value = var.given
}
resource "gitlab_project_access_token" "p" {
  name       = "ci"
  expires_at = "2030-01-01"
}
resource "gitlab_project_variable" "v" {
  key   = "AWS_SECRET_ACCESS_KEY"
  value = "hush"
}
resource "gitlab_project_variable" "w" {
  key   = "COLOUR"
  value = "red"
}
resource "vault_approle_auth_backend_role" "r" {
  role_name     = "r"
  secret_id_ttl = "soon"
  token_max_ttl = 60
}
resource "vault_approle_auth_backend_role_secret_id" "s" {
  role_name = vault_approle_auth_backend_role.r.role_name
  secret_id = "hush-hush"
}
resource "vault_aws_secret_backend" "b" {
  path       = "aws"
  access_key = "AKIAHUSH"
  secret_key = var.given
}
"#;

#[test]
fn keys_that_are_configured_are_told_and_never_shown() {
    check(
        KEYS,
        r#"
static-key access key `aws_iam_access_key.k` (18:1): never by expires_at
gitlab-token GitLab deploy token `pull` (19:1): never by expires_at
gitlab-token GitLab group access token `bot` (20:1): written 2592000 by expiration_days `30` at 23:26
static-key CI variable `VAULT_TOKEN` (27:1): never by expires_at
gitlab-token GitLab project access token `ci` (31:1): written ?dynamic:the day it is made by expires_at `2030-01-01` at 33:16
static-key CI variable `AWS_SECRET_ACCESS_KEY` (35:1): never by expires_at, open at 37:11
machine-token tokens of the AppRole role `r` (43:1): written 60 by token_max_ttl `60` at 46:19
secret-id secret ids of the AppRole role `r` (43:1): written ?not-evaluated:soon by secret_id_ttl `soon` at 45:19
secret-id secret id of the AppRole role `r` (48:1): written ?not-evaluated:soon by secret_id_ttl `soon` at 45:19, open at 50:15
static-key `access_key` of the AWS secrets engine `aws` (52:1): never by expires_at, open at 54:16
static-key `access_key` of the provider `aws` (3:1): never by expires_at, open at 4:16
static-key `secret_key` of the provider `aws` (3:1): never by expires_at, open at 1:28
static-key `token` of the provider `vault` (8:1): never by expires_at, open at 9:11
static-key `secret_id` of the provider `vault` (11:1): never by expires_at, open at 15:47
invalid-duration at 45:19: `soon` is no number of seconds, in `secret_id_ttl`
"#,
    );
    let items: Vec<_> = vault(KEYS).credentials.iter().map(engine_facts::credential::credential_item).collect();
    assert!(!engine_facts::wire::json(&items, &engine_facts::wire::Fields::new(["*"])).contains("ush"));
}

#[test]
fn one_line_says_what_was_understood() {
    let check = |text: &str, expect: Option<&str>| assert_eq!(understood(&vault(text)).as_deref(), expect);
    check("locals {}\n", None);
    check(
        "resource \"vault_policy\" \"p\" {\n name = \"p\"\n policy = \"path \\\"a\\\" {}\"\n}\n",
        Some("Vault: 1 policy (1 path)"),
    );
    let token = |ttl: &str| {
        format!(
            "data \"vault_kv_secret\" \"s\" {{ path = \"a\" }}\nresource \"vault_token\" \"t\" {{\n ttl = \"{ttl}\"\n renewable = false\n}}\n"
        )
    };
    let longest =
        |longest: &str| format!("Vault: 1 role, 1 path read or written, 1 kind of credentials, the longest {longest}");
    check(&token("24h"), Some(&longest("24 h")));
    check(&token("768h"), Some(&longest("32 days")));
    check(&token("90m"), Some(&longest("90 min")));
    check(&token("61"), Some(&longest("61 s")));
    check(&token("later"), Some(&longest("for a time that cannot be told")));
    check(&token(""), Some(&longest("as long as its mount lets it")));
    check(KEYS, Some("Vault: 1 role, 1 path read or written, 14 kinds of credentials, the longest without end"));
}
