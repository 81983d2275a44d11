//! GitLab pipelines: every job as it will be, with the origin of each value.
//!
//! In order: the files of a pipeline are merged (`include`), jobs are merged onto their bases (`extends`), references
//! are followed, defaults are copied in; then each job is typed and its scripts are read. What is not here (a file of
//! another project, an input that nobody fills in) is a gap, never a guess. Last, the
//! rules of each job are tried on the pipelines that they tell apart: which refs reach it, as far as the text says.

mod around;
mod carrier;
mod command;
mod condition;
mod credential;
mod cursor;
mod elsewhere;
mod expression;
mod extends;
mod fate;
mod flow;
mod guard;
mod image;
mod include;
mod input;
mod invocation;
mod job;
mod key;
mod keyword;
mod language;
mod login;
mod merged;
mod needed;
mod node;
mod outside;
mod parallel;
mod parts;
mod path;
mod pipeline;
mod playbook;
mod problem;
mod protection;
mod reach;
mod reader;
mod reference;
mod resource;
mod script;
mod shared;
mod start;
mod step;
mod trigger;
mod understood;
mod variable;
mod wildcard;
mod wire;

pub use around::{
    Export, Owners, RUNNER, Runner, SETTINGS, Settings, VARIABLE, Variable, around, export, runner_item, runners,
    settings_item, variable_item,
};
pub use carrier::Runs;
pub use command::{Command, Expansion, Section};
pub use credential::credentials;
pub use flow::{PlanSource, plan_sources};
pub use guard::guards;
pub use image::Image;
pub use include::{Given, Include, LOCK, Library, Lock, Locked, VENDORED, Wanted, is_copy, is_pipeline};
pub use input::parse;
pub use invocation::{Changes, Flag, Invocation};
pub use job::{Artifacts, Cache, Environment, IdToken, Job, Need, Needs};
pub use login::Login;
pub use merged::{Field, Merged, Shape};
pub use outside::{Form, Outside, SCRIPT, Script, outside};
pub use path::Directory;
pub use pipeline::{Pipeline, Resolved, derive, derive_child, resolve, resolve_child};
pub use problem::INVALID_PIPELINE;
pub use protection::{
    APPROVAL, Approval, Grant, PROTECTED_BRANCH, ProtectedBranch, approval_item, protected_branch_item,
};
pub use reach::{Above, Held, PIPELINE_SOURCES, Presence, Project, Ref, RefKind, RefName, Started, Witness};
pub use script::script_document;
pub use shared::Reached;
pub use start::{Limit, Start};
pub use trigger::{Child, Trigger};
pub use understood::understood;
pub use wildcard::is_included;
pub use wire::{Gate, job_item, pipeline_item, script_item};

/// The kind of a job on the wire.
pub const JOB: &str = "gitlab.job";

/// The kind of a pipeline on the wire.
pub const PIPELINE: &str = "gitlab.pipeline";
