terraform { # error: local-state, missing-lock-file
  required_version = "~> 1.11"

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
