//! The only way to files.

use std::io::Read;

use crate::FilePath;

/// A place files come from: a working tree, a git revision, an archive, a forge at one commit.
///
/// Implementations live in `engine-tree`; nothing else in the engine opens a file. Listing is done once and is
/// bounded; reading is by path, also of files that the listing left out (one named on the command line, say).
pub trait Tree: Send + Sync {
    /// Every file that counts, sorted by path, and what was passed over.
    ///
    /// # Errors
    /// Where the tree as a whole cannot be listed.
    fn list(&self) -> Result<Listing, TreeError>;

    /// The bytes of one file, at most `limit` of them.
    ///
    /// # Errors
    /// Where there is no such file, it cannot be read, is no regular file, or holds more than `limit` bytes.
    fn read(&self, path: &FilePath, limit: u64) -> Result<Vec<u8>, TreeError>;

    /// One file to be read piece by piece: for what is too large to be held, a Terraform plan say. Each call starts
    /// at its beginning. Nothing bounds its size; who reads bounds what is kept.
    ///
    /// # Errors
    /// Where there is no such file, it cannot be read, or is no regular file.
    fn open(&self, path: &FilePath) -> Result<Box<dyn Read + Send>, TreeError>;
}

/// What a tree holds.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// Files, sorted by path.
    pub files: Vec<TreeEntry>,
    /// What was passed over, and why; sorted by name.
    pub skipped: Vec<Skipped>,
}

/// One file of a tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TreeEntry {
    /// Its path.
    pub path: FilePath,
    /// Whether it can be executed.
    pub executable: bool,
}

/// Something in a tree that is not a file to read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Its name, with bytes that are not UTF-8 replaced.
    pub name: String,
    /// Why, one sentence without a full stop.
    pub reason: String,
}

/// Why a tree or a file of it could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// There is no such file.
    #[error("no such file `{path}`")]
    NotFound {
        /// The file.
        path: String,
    },
    /// The file is larger than what may be read.
    #[error("`{path}` has more than {limit} bytes, the limit for one file")]
    TooLarge {
        /// The file.
        path: String,
        /// The limit, in bytes.
        limit: u64,
    },
    /// It is there and cannot be read.
    #[error("cannot read `{path}`: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
}
