//! Why a cache cannot be used, each with what to do about it.

use std::path::PathBuf;

/// A directory that cannot hold the cache. Nothing depends on it: plugins are compiled each time instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cache `{}` cannot be used: {kind}", directory.display())]
pub struct CacheError {
    /// The directory as it was named.
    pub directory: PathBuf,
    /// Why not.
    pub kind: CacheErrorKind,
}

/// Why a directory cannot hold the cache.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CacheErrorKind {
    /// The path leads to something else.
    #[error("it is not a directory: remove it, or name another one")]
    NotADirectory,
    /// The path is a symbolic link, which somebody else may have put there.
    #[error("it is a symbolic link, and links are not followed: name the directory itself")]
    Link,
    /// It is another user's, who could put machine code into it.
    #[error("it belongs to user {owner}, and this is user {user}: name a directory of your own")]
    Owner {
        /// Whose it is.
        owner: u32,
        /// Who we are.
        user: u32,
    },
    /// Group or others could put machine code into it.
    #[error("others can write it (mode {mode:o}): run `chmod go-w` on it, or remove it")]
    Writable {
        /// Its permissions.
        mode: u32,
    },
    /// Somebody else could put another directory in its place.
    #[error("`{}` above it {}, who could put another one in its place: name a directory below your home", parent.display(), match owner { Some(owner) => format!("belongs to user {owner}"), None => "can be written by everybody".to_owned() })]
    Parent {
        /// The directory above.
        parent: PathBuf,
        /// Whose it is; `None` where the trouble is that everybody can write it.
        owner: Option<u32>,
    },
    /// The system refuses.
    #[error("{0}")]
    System(String),
}
