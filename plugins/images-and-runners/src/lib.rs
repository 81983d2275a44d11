//! Jobs run in known images, on runners that reach no further than they must, and with variables that reach no further
//! than these.
//!
//! One folder a rule: `mod.rs` judges, `rule.md` is its page, and the cases on the page are run by the tests.

mod facts;
mod foreign_image;
mod job_on_any_runner;
mod latest_artifacts_kept;
mod loose_secret_variable;
mod open_token_audience;
mod privileged_runner;
mod role_id_in_file;
mod shared_runner;
mod unowned_pipeline_file;

engine_sdk::plugin! {
    id: "images-and-runners",
    rules: [
        foreign_image::rule,
        job_on_any_runner::rule,
        latest_artifacts_kept::rule,
        loose_secret_variable::rule,
        open_token_audience::rule,
        privileged_runner::rule,
        role_id_in_file::rule,
        shared_runner::rule,
        unowned_pipeline_file::rule,
    ],
}
