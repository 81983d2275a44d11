//! Production is reached from its own branches alone, and those are guarded.
//!
//! One folder a rule: `mod.rs` judges, `rule.md` is its page, and the cases on the page are run by the tests. Which
//! refs reach a job is worked out by the engine; which of them are production's branches is the configuration's word.

mod apply_from_any_branch;
mod apply_from_tag;
mod approval_override_allowed;
mod branch;
mod code_owners_not_asked;
mod committer_approval_allowed;
mod credentials_for_forks;
mod direct_push_allowed;
mod guard;
mod guard_removed;
mod history_rewrite_allowed;
mod job;
mod merge_request_pipeline_hides_jobs;
mod merge_without_approval;
mod production_branch_unprotected;
mod self_approval_allowed;
mod stale_approval_kept;

engine_sdk::plugin! {
    id: "allowed-branches",
    rules: [
        apply_from_any_branch::rule,
        apply_from_tag::rule,
        approval_override_allowed::rule,
        code_owners_not_asked::rule,
        committer_approval_allowed::rule,
        credentials_for_forks::rule,
        direct_push_allowed::rule,
        guard_removed::rule,
        history_rewrite_allowed::rule,
        merge_request_pipeline_hides_jobs::rule,
        merge_without_approval::rule,
        production_branch_unprotected::rule,
        self_approval_allowed::rule,
        stale_approval_kept::rule,
    ],
}
