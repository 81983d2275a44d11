//! git's object database: from an object's name to what it holds, checked against that name. Which object a branch
//! means is said in [`crate::reference`].
//!
//! Sizes in these files are claims: what an object says of itself is compared with a limit before it is inflated, and
//! nothing is set aside that was not read. Replacements (`refs/replace`) and grafts do not count: a name stands for what
//! hashes to it.
//!
//! Source: gitformat-pack(5), gitrepository-layout(5), and the behaviour of git 2.47 where the pages are silent.

mod content;
mod delta;
mod id;
mod loose;
mod pack;
mod parse;
mod store;

pub(crate) use content::Kind;
pub(crate) use id::{Format, ObjectId};
pub(crate) use parse::{TreeItem, commit_tree, tag_target, tree_items};
pub(crate) use store::{Absence, Store};

use crate::disk::Failure;

/// Why an object could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ObjectError {
    /// No file of the database holds it.
    #[error("there is no object `{0}`")]
    Missing(ObjectId),
    /// It says that it holds more bytes than asked for.
    #[error("it has more than {0} bytes")]
    TooLarge(u64),
    /// It is there and cannot be read.
    #[error("{0}")]
    Unreadable(String),
}

impl ObjectError {
    /// The file `name` of the database is damaged, and how.
    pub(crate) fn damaged(name: &str, how: &str) -> Self {
        Self::Unreadable(format!("git's `{name}` is damaged: {how}; `git fsck` says what else is"))
    }

    /// The file `name` of the database could not be opened.
    pub(crate) fn unread(name: &str, failure: Failure) -> Self {
        Self::Unreadable(failure.of(name).to_string())
    }
}
