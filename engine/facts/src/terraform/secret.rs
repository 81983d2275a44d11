//! Resources and data sources whose secrets Terraform writes into its state, by the schemas of their providers. A
//! provider that is not here is not known to have any.

use super::{Module, Resource};

/// Data sources that read a secret.
const READ: &[&str] = &[
    "aws_secretsmanager_random_password",
    "aws_secretsmanager_secret_version",
    "azurerm_key_vault_secret",
    "google_secret_manager_secret_version",
    "google_service_account_access_token",
    "google_service_account_id_token",
    "onepassword_item",
    "sops_file",
    "vault_aws_access_credentials",
    "vault_aws_static_access_credentials",
    "vault_azure_access_credentials",
    "vault_generic_secret",
    "vault_kubernetes_service_account_token",
    "vault_kv_secret",
    "vault_kv_secret_v2",
    "vault_ldap_dynamic_credentials",
    "vault_ldap_static_credentials",
    "vault_nomad_access_token",
];

/// Resources that make or hold a secret.
const MADE: &[&str] = &[
    "aws_iam_access_key",
    "aws_secretsmanager_secret_version",
    "azuread_application_password",
    "azuread_service_principal_password",
    "azurerm_key_vault_secret",
    "gitlab_deploy_token",
    "gitlab_group_access_token",
    "gitlab_personal_access_token",
    "gitlab_project_access_token",
    "google_secret_manager_secret_version",
    "google_service_account_key",
    "random_password",
    "tls_private_key",
    "vault_approle_auth_backend_role_secret_id",
    "vault_generic_secret",
    "vault_kv_secret",
    "vault_kv_secret_v2",
    "vault_pki_secret_backend_cert",
    "vault_token",
];

/// Arguments by which the provider keeps the secret out of the state, or encrypts it there.
const KEPT_OUT: &[&str] =
    &["data_json_wo", "pgp_key", "secret_data_wo", "secret_string_wo", "value_wo", "wrapping_ttl"];

/// The resources and data sources of a module whose secrets land in the state, resources first.
pub(super) fn stored(module: &Module) -> impl Iterator<Item = &Resource> {
    let kept = |resource: &&Resource| !KEPT_OUT.iter().any(|name| resource.attributes.attribute(name).is_some());
    let made = module.resources.iter().filter(|resource| MADE.contains(&resource.kind.as_str()));
    let read = module.data.iter().filter(|resource| READ.contains(&resource.kind.as_str()));
    made.chain(read).filter(kept)
}
