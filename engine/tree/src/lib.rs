//! Where files come from: the implementations of [`engine_model::Tree`]. Nothing else in the engine opens a file.
//!
//! Today there are two: the working tree on disk, and a text that was given, over such a tree. What a file means is the readers' business, in `engine-formats`; which
//! paths a user named is the command line's. No process is started and no thread: a tree of some dozen files is listed
//! in well under a millisecond.
//!
//! The index and the ignore rules are read by code of this crate, not by a library: `gix-index` brings 58 crates for a
//! reader of three hundred lines, and a walk that must follow git to the letter is simplest where git's own rules are
//! written down. A test compares both with the real git over some hundred generated repositories.

mod disk;
mod given;
mod glob;
mod ignored;
mod index;
mod pattern;
mod repository;
mod split;
#[cfg(test)]
mod tests;
mod walk;
mod working_tree;

pub use given::Given;
pub use working_tree::WorkingTree;
