# Which build of each provider is used. `terraform providers lock` writes the checksums for the platforms of a team; a
# sample has none.

provider "registry.terraform.io/gitlabhq/gitlab" {
  version     = "17.10.0"
  constraints = "17.10.0"
}

provider "registry.terraform.io/hashicorp/vault" {
  version     = "4.7.0"
  constraints = "4.7.0"
}
