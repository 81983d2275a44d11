# What the client's jobs and machines may do in Vault, and for how long.
locals {
  tenant = "acme"
}

resource "vault_policy" "plan" {
  name   = "${local.tenant}-plan"
  policy = <<-EOT
    path "aws/sts/acme-plan" {
      capabilities = ["read"]
    }

    path "secret/data/clients/${local.tenant}/*" {
      capabilities = ["read", "list"]
    }
  EOT
}

resource "vault_policy" "apply" {
  name = "${local.tenant}-apply"
  policy = jsonencode({
    path = {
      "aws/sts/acme-manage"         = { capabilities = ["read"] }
      "secret/data/clients/acme/*"  = { capabilities = ["read", "list"] }
      "pki_acme/sign/services"      = { capabilities = ["create", "update"] }
      "secret/data/clients/acme/hr" = { capabilities = ["deny"] }
    }
  })
}

resource "vault_policy" "backup" {
  name   = "${local.tenant}-backup"
  policy = file("${path.module}/policies/backup.hcl")
}

# Jobs log in with the token that GitLab signs for them.
resource "vault_jwt_auth_backend_role" "apply" {
  backend         = "jwt"
  role_name       = "${local.tenant}-apply"
  role_type       = "jwt"
  user_claim      = "project_path"
  bound_audiences = ["https://vault.example.com"]
  bound_claims    = { project_path = "clients/acme/infrastructure", ref = "main", ref_protected = "true" }
  token_policies  = [vault_policy.apply.name]
  token_ttl       = 900
  token_max_ttl   = 3600
}

# The machine that makes backups.
resource "vault_approle_auth_backend_role" "backup" {
  backend            = "approle"
  role_name          = "${local.tenant}-backup"
  token_policies     = [vault_policy.backup.name]
  secret_id_ttl      = 86400
  secret_id_num_uses = 24
  token_ttl          = 900
  token_max_ttl      = 3600
}

resource "vault_aws_secret_backend_role" "manage" {
  backend         = "aws"
  name            = "${local.tenant}-manage"
  credential_type = "assumed_role"
  role_arns       = ["arn:aws:iam::111122223333:role/manage-acme"]
  default_sts_ttl = 3600
  max_sts_ttl     = 3600
}

resource "vault_pki_secret_backend_role" "services" {
  backend         = "pki_acme"
  name            = "services"
  allowed_domains = ["acme.example.com"]
  ttl             = 86400
  max_ttl         = 604800
}
