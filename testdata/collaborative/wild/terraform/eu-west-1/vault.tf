data "vault_generic_secret" "database" { # error: secret-in-local-state
  path = "secret/clients/${var.client}/database"
}
