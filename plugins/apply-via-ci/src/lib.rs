//! Production changes only through a reviewed job of GitLab CI.
//!
//! One folder a rule: `mod.rs` judges, `rule.md` is its page, and the cases on the page are run by the tests. The
//! facts are derived by the engine: what a command is, and whether it changes production, is not decided here.

mod apply_before_plan;
mod apply_unattended;
mod apply_without_environment;
mod apply_without_resource_group;
mod credential;
mod credential_file_left;
mod credential_in_artifact;
mod interactive_terraform;
mod job;
mod plan_artifact_public;
mod plan_not_saved;
mod unreviewed_plan;
mod unverified_download;
mod update_before_apply;

engine_sdk::plugin! {
    id: "apply-via-ci",
    rules: [
        apply_before_plan::rule,
        apply_unattended::rule,
        apply_without_environment::rule,
        apply_without_resource_group::rule,
        credential_file_left::rule,
        credential_in_artifact::rule,
        interactive_terraform::rule,
        plan_artifact_public::rule,
        plan_not_saved::rule,
        unreviewed_plan::rule,
        unverified_download::rule,
        update_before_apply::rule,
    ],
}
