terraform {
  required_version = "~> 1.11"

  backend "s3" {
    bucket       = "acme-terraform-state"
    key          = "eu-west-1/terraform.tfstate"
    region       = "eu-west-1"
    encrypt      = true
    use_lockfile = true
  }

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.94.1"
    }
    vault = {
      source  = "hashicorp/vault"
      version = "4.7.0"
    }
  }
}
