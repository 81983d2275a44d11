variable "database_password" {
  type      = string
  sensitive = true
  default   = "not-a-real-one"
}

resource "terraform_data" "network" {
  input = { cidr = "10.42.0.0/22", zones = ["a"] }
}

resource "terraform_data" "database" {
  input            = { name = "orders", password = var.database_password }
  triggers_replace = ["14"]
}

resource "terraform_data" "legacy" {
  input = "to be removed"
}

resource "terraform_data" "kept" {
  input = 1.5
}
