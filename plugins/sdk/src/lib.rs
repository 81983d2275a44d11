//! The author's library: a policy plugin in about twenty lines.
//!
//! A plugin is a set of rules. A rule is a page of Markdown that says what it is about, and a function that looks at
//! facts and reports findings. The engine derives the facts (`docs/facts.md` lists them), a rule only judges them:
//!
//! ```
//! use engine_sdk::prelude::*;
//! use serde::Deserialize;
//!
//! /// What the rule reads of a `gitlab.job`. The fields named here are the fields that it is handed.
//! #[derive(Deserialize, Facts)]
//! #[facts(kind = "gitlab.job")]
//! struct Job {
//!     name: String,
//!     allow_failure: Known<bool>,
//! }
//!
//! fn rule() -> Rule {
//!     Rule::item(PAGE, check) // PAGE is include_str!("rule.md") in a real plugin
//! }
//!
//! fn check(job: &Item<Job>, report: &mut Report) {
//!     let at = job.at("allow_failure");
//!     match job.allow_failure.settled() {
//!         Ok(Some(true)) => {
//!             report.finding(at, format!("job `{}` may fail unseen", job.name)).help("remove `allow_failure`");
//!         }
//!         Ok(_) => {}
//!         Err(unknown) => report.undecided(at, format!("whether it may fail unseen depends on {unknown}")),
//!     }
//! }
//!
//! engine_sdk::plugin! { id: "quiet-jobs", rules: [rule] }
//!
//! // A test needs no engine: facts in, findings out.
//! engine_sdk::testing::check(
//!     plugin(),
//!     [("gitlab.job", r#"[{"name": "scan", "allow_failure": true}, {"name": "apply"}]"#)],
//!     "silent-failure @ gitlab.job[0].allow_failure: job `scan` may fail unseen",
//! );
//! # const PAGE: &str = r#"---
//! # title: A job that may fail without anybody noticing
//! # class: default
//! # severity: low
//! # practices: []
//! # ---
//! # # silent-failure
//! #
//! # ## What it checks
//! # That no job has `allow_failure`.
//! #
//! # ## Why
//! # A check that may fail is no check.
//! #
//! # ## Bad
//! # ```yaml
//! # scan: {allow_failure: true}
//! # ```
//! #
//! # ## Good
//! # ```yaml
//! # scan: {}
//! # ```
//! #
//! # ## How to fix
//! # Remove it.
//! #
//! # ## References
//! # - GitLab's reference of `.gitlab-ci.yml`
//! # "#;
//! ```
//!
//! - [`Rule`] and [`page`]: what a rule is, and how its page is written.
//! - [`macro@Facts`] and [`Known`]: how a struct says what it reads, and the three values.
//! - [`Item`], [`Items`], [`Place`]: facts, and where in them something is.
//! - [`Report`]: findings, and what could not be decided.
//! - [`plugin!`] makes the component; [`testing`] runs it without one; [`log`] speaks to the author.
//!
//! What is not here: the engine. A plugin is a pure function; it cannot read a file, a clock or the environment, and
//! it keeps nothing from one call to the next. A panic makes the plugin's rules undecided, with its message as cause.

mod facts;
mod input;
mod item;
mod known;
pub mod log;
pub mod page;
mod place;
mod plugin;
mod report;
mod rule;

#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod guest;
#[cfg(not(target_family = "wasm"))]
pub mod testing;

pub use engine_sdk_derive::Facts;
pub use facts::{Facts, Fields, Shape};
pub use item::{Item, Items};
pub use known::{Known, Unknown};
pub use place::{Place, Step};
pub use plugin::Plugin;
pub use report::{Finding, Fix, Report};
pub use rule::{Kinds, Reads, Rule, Scope};

/// What a file with a rule needs.
pub mod prelude {
    pub use crate::{Facts, Fix, Item, Items, Known, Place, Report, Rule, log};
}
