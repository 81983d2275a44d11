terraform {
  required_version = "~> 1.11"

  backend "s3" {
    bucket       = "acme-terraform-state"
    key          = "access/terraform.tfstate"
    region       = "eu-west-1"
    encrypt      = true
    use_lockfile = true
  }

  required_providers {
    gitlab = {
      source  = "gitlabhq/gitlab"
      version = "17.10.0"
    }
    vault = {
      source  = "hashicorp/vault"
      version = "4.7.0"
    }
  }
}
