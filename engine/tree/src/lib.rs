//! Where files come from: the implementations of [`engine_model::Tree`]. Nothing else in the engine opens a file.
//!
//! Today there are five: the working tree on disk, a commit, what is staged, a text that was given, over a working tree,
//! and files that somebody sent: as they are, in an archive, or as a forge lists and sends them. What a file means is the
//! readers' business, in `engine-formats`; which paths a user named is the command line's. No process is started and no thread: a tree of some dozen files is listed in well under a millisecond.
//!
//! What git keeps is read by code of this crate, not by a library; ARCHITECTURE.md has the measurements. Tests compare
//! all of it with the real git over generated repositories.

mod archive;
mod committed;
mod disk;
mod given;
mod glob;
mod ignored;
mod index;
mod listed;
mod memory;
mod object;
mod pattern;
mod positioned;
mod reference;
mod repository;
mod revision;
mod split;
mod staged;
#[cfg(test)]
mod tests;
mod walk;
mod working_tree;

pub use archive::{ArchiveLimits, archive};
pub use given::Given;
pub use listed::{Blobs, ListedEntry};
pub use memory::{Memory, MemoryError};
pub use revision::{Revision, RevisionError};
pub use staged::Staged;
pub use working_tree::WorkingTree;
