# For the brokers.
path "pki_puppet_ca/sign/*" # error: policy-outside-tenant
{
  capabilities = ["create", "update", "delete"]
}
