//! The face of the engine: load policies once, then check any number of trees.
//!
//! ```text
//! Tree ─ recognise ─► documents ─ derive ─► facts ─ run ─► findings ─ decide ─► Evaluation
//! ```
//! The command line, and whatever serves the same verdict later, call [`Gate::check`] and nothing below it. No file is
//! opened here but through the tree, no clock and no environment is read.

mod decide;
mod derive;
mod gate;
mod library;
mod locate;
mod progress;
mod recognise;
mod run;

pub use gate::{CheckOptions, Error, Gate};
pub use progress::{Progress, Quiet, Step};
