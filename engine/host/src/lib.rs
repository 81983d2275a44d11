//! The sandbox: policies as WebAssembly components under limits.
//!
//! In go a component and facts as JSON text, out comes a [`Report`] or the reason why there is none. A guest can do
//! nothing but compute: it imports a log and nothing else, every call has an instance, a memory, a clock and a budget
//! of its own ([`Limits`]), and a guest that traps or overruns fails its own call alone. This is the only crate that
//! names the WebAssembly engine, and no type of that leaves it.
//!
//! What facts mean, where a place is in a file and what a finding does to a verdict is decided elsewhere.

mod baked;
mod bindings;
mod builtin;
mod cache;
mod code;
mod config;
mod error;
mod guest;
mod host;
mod interface;
mod interpreter;
mod limits;
mod load;
mod manifest;
mod names;
mod plugin;
mod report;
mod store;
mod ticker;

pub use cache::{Cache, CacheError, CacheErrorKind};
pub use error::{CallError, Error, LoadError, LoadErrorKind, ManifestError};
pub use host::Host;
pub use interpreter::{Compiled, Interpreter};
pub use limits::{Bytes, Limits};
pub use load::{Cached, Loaded};
pub use manifest::{Manifest, Reads, Rule, Scope};
pub use plugin::Plugin;
pub use report::{Edit, Facts, Finding, Fix, Level, LogLine, Place, Related, Report, Undecided};
