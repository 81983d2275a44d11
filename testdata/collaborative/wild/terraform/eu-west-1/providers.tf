provider "vault" {
  address = "https://vault.example.com"
}

provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id]

  assume_role {
    role_arn     = "arn:aws:iam::${var.account_id}:role/manage-${var.client}"
    session_name = "gitlab-${var.client}"
    duration     = "1h"
  }
}
