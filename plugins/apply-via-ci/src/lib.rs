//! Production changes only through a reviewed job of GitLab CI.
//!
//! One folder a rule: `mod.rs` judges, `rule.md` is its page, and the cases on the page are run by the tests. The
//! facts are derived by the engine: what a command is, and whether it changes production, is not decided here.

mod apply_before_plan;
mod apply_failure_hidden;
mod apply_outside_ci;
mod apply_outside_job;
mod apply_outside_script;
mod apply_unattended;
mod apply_without_environment;
mod apply_without_resource_group;
mod credential;
mod credential_file_left;
mod credential_in_artifact;
mod credential_in_log;
mod debug_trace;
mod gate;
mod interactive_terraform;
mod job;
mod old_terraform_image;
mod pipeline_by_request;
mod pipeline_without_gate;
mod plan_artifact_public;
mod plan_holds_apply_role;
mod plan_not_saved;
mod renamed_vault_field;
mod secret_on_command_line;
mod shell_trace;
mod unawaited_pipeline;
mod unpinned_image;
mod unreviewed_plan;
mod unverified_download;
mod update_before_apply;
mod vault_policy_without_gate;

engine_sdk::plugin! {
    id: "apply-via-ci",
    rules: [
        apply_before_plan::rule,
        apply_failure_hidden::rule,
        apply_outside_ci::rule,
        apply_outside_job::rule,
        apply_outside_script::rule,
        apply_unattended::rule,
        apply_without_environment::rule,
        apply_without_resource_group::rule,
        credential_file_left::rule,
        credential_in_artifact::rule,
        credential_in_log::rule,
        debug_trace::rule,
        interactive_terraform::rule,
        old_terraform_image::rule,
        pipeline_by_request::rule,
        pipeline_without_gate::rule,
        plan_artifact_public::rule,
        plan_holds_apply_role::rule,
        plan_not_saved::rule,
        renamed_vault_field::rule,
        secret_on_command_line::rule,
        shell_trace::rule,
        unawaited_pipeline::rule,
        unpinned_image::rule,
        unreviewed_plan::rule,
        unverified_download::rule,
        update_before_apply::rule,
        vault_policy_without_gate::rule,
    ],
}
