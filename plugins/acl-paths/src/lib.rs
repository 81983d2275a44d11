//! Nobody reaches in Vault beyond their tenant.
//!
//! One folder a rule: `mod.rs` judges, `rule.md` is its page, and the cases on the page are run by the tests. What a
//! policy says is read by the engine; here its patterns are held against the tenants of `engine.yaml`, and where none
//! is declared, against what no policy should allow. A stanza that one rule calls too wide is not called so by a
//! second: `tenant::Config::said` knows what the mandatory rules say.

mod account;
mod any_account_credentials;
mod foreign_account;
mod mixed_tenant_role;
mod pattern;
mod pki_beyond_signing;
mod policy;
mod policy_outside_tenant;
mod policy_without_bound;
mod root_policy;
mod secret_outside_tenant;
mod self_granted_policy;
mod sudo_capability;
mod tenant;
mod whole_mount_policy;

engine_sdk::plugin! {
    id: "acl-paths",
    rules: [
        any_account_credentials::rule,
        foreign_account::rule,
        mixed_tenant_role::rule,
        pki_beyond_signing::rule,
        policy_outside_tenant::rule,
        policy_without_bound::rule,
        root_policy::rule,
        secret_outside_tenant::rule,
        self_granted_policy::rule,
        sudo_capability::rule,
        whole_mount_policy::rule,
    ],
}
