//! GitLab pipelines: every job as it will be, with the origin of each value.
//!
//! In order: the files of a pipeline are merged (`include`), jobs are merged onto their bases (`extends`), references
//! are followed, defaults are copied in; then each job is typed and its scripts are read. What is not here (a file of
//! another project, an input that nobody fills in) is a gap, never a guess. Which refs reach a job is not decided here.

mod command;
mod cursor;
mod elsewhere;
mod extends;
mod flow;
mod include;
mod invocation;
mod job;
mod node;
mod path;
mod pipeline;
mod problem;
mod reader;
mod script;
mod start;
mod trigger;
mod understood;
mod variable;
mod wildcard;
mod wire;

pub use command::{Command, Section};
pub use flow::{PlanSource, plan_sources};
pub use include::{Include, Library, is_pipeline};
pub use invocation::{Changes, Flag, Invocation};
pub use job::{Artifacts, Cache, Environment, Job, Need, Needs};
pub use path::Directory;
pub use pipeline::{Pipeline, derive, derive_child};
pub use problem::INVALID_PIPELINE;
pub use script::script_document;
pub use start::{Limit, Start};
pub use trigger::Child;
pub use understood::understood;
pub use wire::{job_item, pipeline_item};

/// The kind of a job on the wire.
pub const JOB: &str = "gitlab.job";

/// The kind of a pipeline on the wire.
pub const PIPELINE: &str = "gitlab.pipeline";
