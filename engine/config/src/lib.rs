//! `engine.yaml`: what a team says of its production, its tenants and its gate, every value with its place.
//!
//! [`Config::read`] takes a file's text and gives all of it, or all that is wrong with it; [`Config::default_for`] is
//! what holds without a file. [`grammar`] is the table of keys; `schema/engine-v1.json` is the same for editors. Which
//! rules and policies there are is not known here: the gate holds the names against its own, with the help of
//! [`ConfigError`].

mod assumption;
mod ceiling;
mod config;
mod date;
mod difference;
mod error;
mod gitlab;
pub mod grammar;
mod item;
mod overlap;
mod pattern;
mod policy;
mod reader;
mod setting;
mod summary;
mod tenant;
mod waiver;

pub use assumption::Assumption;
pub use ceiling::Ceilings;
pub use config::{Config, Profile};
pub use date::Date;
pub use difference::{Difference, differences};
pub use error::ConfigError;
pub use item::CONFIG;
pub use policy::Override;
pub use setting::{Setting, Written};
pub use tenant::Tenant;
pub use waiver::Waiver;

/// The name of the file, at the top of a repository.
pub const FILE_NAME: &str = "engine.yaml";

/// The most bytes that it may have.
pub const MAX_BYTES: u64 = 1 << 20;

/// The JSON Schema of the file (draft 2020-12): what an editor needs to complete it. The reader knows more: it also
/// holds values against each other.
pub const SCHEMA: &str = include_str!("../schema/engine-v1.json");
