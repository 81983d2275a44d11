# Grew role by role. Who has which is written nowhere else.
provider "aws" {
  alias      = "legacy"
  region     = "eu-west-1"
  access_key = "AKIAIOSFODNN7EXAMPLE"                     # error: credential-in-open
  secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" # error: credential-in-open
}

resource "vault_policy" "deploy" {
  name   = "deploy"
  policy = <<-EOT
    path "secret/clients/acme/*" {
      capabilities = ["read", "sudo"]  # error: sudo-capability
    }

    path "aws/sts/*" {  # error: policy-outside-tenant
      capabilities = ["read"]
    }

    path "secret/clients/globex/*" {  # error: policy-outside-tenant
      policy = "read"
    }
  EOT
}

resource "vault_policy" "admin" {
  name = "admin"
  # error: policy-without-bound
  policy = jsonencode({ path = { "*" = { capabilities = ["create", "read", "update", "delete", "list"] } } })
}

resource "vault_approle_auth_backend_role" "deploy" {
  role_name      = "deploy"
  token_policies = ["deploy"]
  secret_id_ttl  = 0 # error: endless-credential
  token_ttl      = 3600
  token_max_ttl  = 2592000 # error: credential-over-ceiling
}

# error: endless-credential
resource "vault_approle_auth_backend_role" "legacy" {
  role_name      = "legacy"
  token_policies = ["root"] # error: root-policy
  token_max_ttl  = 3600
}

# error: iam-user-credential
resource "vault_aws_secret_backend_role" "manage" {
  backend         = "aws"
  name            = "manage-111122223333"
  credential_type = "iam_user"
}

resource "vault_token" "cron" {
  policies = ["deploy"]
  period   = "24h" # error: periodic-token
}

data "vault_generic_secret" "neighbour" {
  path = "secret/clients/globex/database" # error: secret-outside-tenant
}
