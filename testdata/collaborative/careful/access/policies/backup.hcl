# What the machine that makes backups may read.
path "secret/data/clients/acme/backup/*" {
  capabilities = ["read"]
}

path "auth/token/renew-self" {
  capabilities = ["update"]
}
