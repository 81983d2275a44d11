variable "database" {
  type = string
}

resource "terraform_data" "this" {
  input = { database = var.database, "a \"quoted\" key" = "é\n" }
}

output "id" {
  value = terraform_data.this.id
}
