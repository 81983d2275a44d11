variable "database_password" {
  type      = string
  sensitive = true
  default   = "not-a-real-one"
}

resource "terraform_data" "network" {
  input = { cidr = "10.42.0.0/22", zones = ["a", "b"] }
}

resource "terraform_data" "database" {
  input            = { name = "orders", password = var.database_password }
  triggers_replace = ["16"]
}

resource "terraform_data" "kept" {
  input = 1.5
}

module "service" {
  source   = "./service"
  for_each = toset(["web", "worker"])
  database = terraform_data.database.id
}

output "services" {
  value = { for name, service in module.service : name => service.id }
}
