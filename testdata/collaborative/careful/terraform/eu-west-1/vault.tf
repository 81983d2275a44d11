data "vault_generic_secret" "database" {
  path = "secret/clients/${var.client}/database"
}
