//! What documents mean together: every fact with the place of each of its values.
//!
//! Facts are plain structs; only [`wire`] turns them into JSON, for policies. What could not be seen is a gap or an
//! unknown value, never an absent one. What a fact means for the gate is the policies' business.

pub mod address;
pub mod credential;
pub mod duration;
pub mod gitlab;
pub mod kubernetes;
pub mod parsed;
pub mod sourced;
pub mod terraform;
pub mod vault;
pub mod wire;

use engine_model::{NativeRule, RuleInfo};

/// Every native rule of the facts.
#[must_use]
pub fn rules() -> Vec<RuleInfo> {
    [gitlab::INVALID_PIPELINE, vault::INVALID_DURATION, vault::INVALID_VAULT_POLICY]
        .into_iter()
        .filter_map(NativeRule::info)
        .collect()
}

/// The JSON Schema of every kind of fact, by kind.
pub const SCHEMAS: &[(&str, &str)] = &[
    (credential::CREDENTIAL, include_str!("../schema/credential.json")),
    (gitlab::APPROVAL, include_str!("../schema/gitlab.approval.json")),
    (gitlab::JOB, include_str!("../schema/gitlab.job.json")),
    (gitlab::PIPELINE, include_str!("../schema/gitlab.pipeline.json")),
    (gitlab::PROTECTED_BRANCH, include_str!("../schema/gitlab.protected_branch.json")),
    (gitlab::RUNNER, include_str!("../schema/gitlab.runner.json")),
    (gitlab::SCRIPT, include_str!("../schema/script.json")),
    (gitlab::SETTINGS, include_str!("../schema/gitlab.settings.json")),
    (gitlab::VARIABLE, include_str!("../schema/gitlab.variable.json")),
    (kubernetes::OBJECT, include_str!("../schema/kubernetes.object.json")),
    (terraform::MODULE, include_str!("../schema/terraform.module.json")),
    (terraform::STATE, include_str!("../schema/terraform.state.json")),
    (terraform::plan::CHANGE, include_str!("../schema/terraform.change.json")),
    (terraform::plan::PLAN, include_str!("../schema/terraform.plan.json")),
    (vault::ACCESS, include_str!("../schema/vault.access.json")),
    (vault::POLICY, include_str!("../schema/vault.policy.json")),
    (vault::ROLE, include_str!("../schema/vault.role.json")),
    ("engine.config", include_str!("../schema/engine.config.json")),
];

/// Whether facts are made of a resource of this type, so that its values are wanted of a plan.
#[must_use]
pub fn reads_resource(kind: &str) -> bool {
    kind.starts_with("vault_") || kind.starts_with("gitlab_") || kind == "aws_iam_access_key"
}

/// What a gap about Vault's own things leaves out.
pub const VAULT: &str = "vault";
/// What a gap about GitLab's own guards leaves out.
pub const GITLAB_GUARDS: &str = "gitlab.guards";
/// Both.
pub const VAULT_AND_GITLAB: &str = "vault and gitlab.guards";

/// The kinds of facts that are made of what a gap names, besides the kind itself. A gap names what could not be read,
/// and what would have been made of it is what nobody can judge.
#[must_use]
pub fn behind(kind: &str) -> &'static [&'static str] {
    const OF_VAULT: &[&str] = &[credential::CREDENTIAL, vault::POLICY, vault::ROLE, vault::ACCESS];
    const OF_GITLAB: &[&str] =
        &[gitlab::PROTECTED_BRANCH, gitlab::APPROVAL, gitlab::RUNNER, gitlab::SETTINGS, gitlab::VARIABLE];
    const OF_TERRAFORM: &[&str] = &[
        credential::CREDENTIAL,
        vault::POLICY,
        vault::ROLE,
        vault::ACCESS,
        gitlab::PROTECTED_BRANCH,
        gitlab::APPROVAL,
        gitlab::RUNNER,
        gitlab::SETTINGS,
        gitlab::VARIABLE,
        terraform::plan::PLAN,
    ];
    const OF_FILES: &[&str] = &[
        credential::CREDENTIAL,
        vault::POLICY,
        vault::ROLE,
        vault::ACCESS,
        gitlab::PROTECTED_BRANCH,
        gitlab::APPROVAL,
        gitlab::RUNNER,
        gitlab::SETTINGS,
        gitlab::VARIABLE,
        terraform::MODULE,
    ];
    match kind {
        gitlab::JOB => &[credential::CREDENTIAL],
        VAULT => OF_VAULT,
        terraform::RESOURCE => OF_FILES,
        GITLAB_GUARDS => OF_GITLAB,
        VAULT_AND_GITLAB | terraform::plan::CHANGE => OF_TERRAFORM,
        _ => &[],
    }
}
