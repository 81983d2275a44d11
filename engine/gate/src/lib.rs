//! The face of the engine: load policies once, then check any number of trees.
//!
//! ```text
//! Tree ─ recognise ─► documents ─ derive ─► facts ─ run ─► findings ─ decide ─► Evaluation
//! ```
//! The command line, and whatever serves the same verdict later, call [`Gate::check`] and nothing below it. No file is
//! opened here but through the tree, no clock and no environment is read.

mod assume;
mod data;
mod decide;
mod derive;
mod gate;
mod hide;
mod inspect;
mod library;
mod locate;
mod policy;
mod progress;
mod recognise;
mod rulebook;
mod run;
mod shown;
mod stream;
pub mod testing;
mod trusted;
mod value;
mod waive;

pub use data::{Data, DataError};
pub use engine_facts::gitlab::{Given, LOCK, PIPELINE_SOURCES, Project, RefKind, Started};
pub use gate::{CheckOptions, Error, FromDisk, Gate};
pub use inspect::{Asked, Comments, Elsewhere, Pipelines, Reached, facts, project, reach};
pub use progress::{Progress, Quiet, Step};
pub use trusted::Trusted;

/// The kind of fact that policies written for conftest see: a file by itself, or all files together.
#[must_use]
pub fn file_kind(combined: bool) -> &'static str {
    if combined { engine_facts::parsed::FILES } else { engine_facts::parsed::FILE }
}

/// The JSON Schema of every kind of fact that policies read, by kind.
pub fn fact_schemas() -> impl Iterator<Item = (&'static str, &'static str)> {
    engine_facts::SCHEMAS.iter().copied()
}
