//! A commit of the repository that holds a directory, as the files below that directory were then. What is on disk, and
//! what the index has, do not count.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use engine_model::{FilePath, Listing, Tree, TreeError};

use crate::committed::{self, Committed};
use crate::disk::{self, Failure};
use crate::index::Mode;
use crate::object::{Absence, Kind, ObjectError, ObjectId, Store, TreeItem, commit_tree, tag_target};
use crate::reference::References;
use crate::repository::Repository;

/// How many tags may stand on each other.
const MAX_TAGS: u32 = 16;

/// The files of one commit below a directory. Paths are relative to the directory; where the commit has none of its
/// name there are no files.
///
/// Every object is checked against its name as it is read. A full name of a commit therefore stands for what it stood for
/// when it was written down, whoever could write to the repository's own files since.
///
/// Symbolic links, submodules and names that are not UTF-8 are in [`Listing::skipped`], with the reasons that
/// [`crate::WorkingTree`] gives. A file that git keeps as a delta must fit into memory: one of more than 256 MiB is
/// refused by [`Tree::open`] too.
#[derive(Debug)]
pub struct Revision {
    store: Store,
    id: String,
    top: PathBuf,
    /// The tree of the directory.
    root: Option<ObjectId>,
    listed: OnceLock<Committed>,
}

/// Why a revision could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum RevisionError {
    /// No repository holds the directory.
    #[error("`{path}` is in no git repository, and a revision is read from one")]
    NoRepository {
        /// The directory.
        path: String,
    },
    /// The text cannot be the name of a revision.
    #[error("`{name}` is no name of a revision: give a branch, a tag or the sha of a commit")]
    NoName {
        /// The text.
        name: String,
    },
    /// Nothing has this name.
    #[error("there is no branch, tag or commit `{name}` here: {help}")]
    Unknown {
        /// The name.
        name: String,
        /// The nearest name, or how to fetch it.
        help: String,
    },
    /// Several different things have this name.
    #[error("`{name}` may be {meanings}: write the one that is meant in full")]
    Ambiguous {
        /// The name.
        name: String,
        /// What it may stand for, each in backticks.
        meanings: String,
    },
    /// The name stands for something else.
    #[error("`{name}` is a {kind}, and not a commit")]
    NoCommit {
        /// The name.
        name: String,
        /// git's word for what it is.
        kind: &'static str,
    },
    /// The repository knows of the commit and does not hold it, or knows nothing of it.
    #[error("{what} does not hold the commit `{id}`: fetch it with `git fetch --depth=1 origin {id}`{more}")]
    Missing {
        /// The commit.
        id: String,
        /// What kind of clone this is.
        what: &'static str,
        /// What would have kept it, or nothing.
        more: &'static str,
    },
    /// A file of the repository cannot be read, or is damaged.
    #[error(transparent)]
    Unreadable(#[from] TreeError),
}

impl RevisionError {
    pub(crate) fn unreadable(name: &str, reason: &str) -> Self {
        Self::Unreadable(TreeError::Unreadable { path: name.into(), reason: reason.into() })
    }

    fn of(store: &Store, name: &str, error: &ObjectError) -> Self {
        Self::unreadable(name, &store.explain(error))
    }
}

impl Revision {
    /// The files below the directory `root` as they are in the commit `reference`: a branch (`main`, `origin/main`), a
    /// tag, a full or short sha, `HEAD`, `FETCH_HEAD`, or any reference in full (`refs/merge-requests/1/head`).
    ///
    /// The commit and its tree are read; files are when they are asked for.
    ///
    /// # Errors
    /// Where `root` is no directory in a repository, the reference stands for nothing, for several things or for no
    /// commit, or the repository does not hold it whole.
    pub fn open(root: &Path, reference: &str) -> Result<Self, RevisionError> {
        let path = root.to_string_lossy();
        let repository = around(root)?.ok_or_else(|| RevisionError::NoRepository { path: path.into_owned() })?;
        let store = repository.store();
        let id = References::new(&repository, &store)?.resolve(reference)?;
        let (id, tree) = peeled(&store, reference, id)?;
        let root =
            below(&store, tree, &repository.prefix).map_err(|error| RevisionError::of(&store, reference, &error))?;
        Ok(Self { store, id: id.to_string(), top: repository.top_path, root, listed: OnceLock::new() })
    }

    /// All files of the same commit: those below the top directory of the repository.
    ///
    /// # Errors
    /// Where the repository is not what it was a moment ago.
    pub fn whole(&self) -> Result<Self, RevisionError> {
        Self::open(&self.top, &self.id)
    }

    /// The top directory of the repository's working tree, absolute and without links.
    #[must_use]
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// The full sha of the commit, for people to see.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    fn listed(&self) -> Result<&Committed, TreeError> {
        if let Some(listed) = self.listed.get() {
            return Ok(listed);
        }
        let mut listed = Committed::default();
        if let Some(root) = self.root {
            listed.add_tree(&self.store, b"", root)?;
        }
        Ok(self.listed.get_or_init(|| listed))
    }

    /// The object that the file `path` holds.
    fn file(&self, path: &FilePath) -> Result<ObjectId, TreeError> {
        if let Some(id) = self.listed.get().and_then(|listed| listed.file(path)) {
            return Ok(id);
        }
        let missing = || TreeError::NotFound { path: path.to_string() };
        let refused = |reason: String| TreeError::Unreadable { path: path.to_string(), reason };
        let mut tree = self.root.ok_or_else(missing)?;
        for part in path.directory().split_terminator('/') {
            let item = self.item(tree, part, path)?.ok_or_else(missing)?;
            tree = match item.mode {
                Mode::Directory => item.id,
                Mode::File | Mode::Executable => return Err(missing()),
                mode @ (Mode::Link | Mode::Submodule) => {
                    let reason = committed::refusal(mode).unwrap_or_default();
                    return Err(refused(reason.replacen("it", &format!("`{part}`"), 1)));
                }
            };
        }
        let item = self.item(tree, path.file_name(), path)?.ok_or_else(missing)?;
        committed::refusal(item.mode).map_or(Ok(item.id), |reason| Err(refused(reason.into())))
    }

    fn item(&self, tree: ObjectId, name: &str, path: &FilePath) -> Result<Option<TreeItem>, TreeError> {
        let found = named(&self.store, tree, name);
        found.map_err(|error| committed::told(&self.store, error, path.as_str()))
    }
}

impl Tree for Revision {
    fn list(&self) -> Result<Listing, TreeError> {
        self.listed().map(Committed::listing)
    }

    fn read(&self, path: &FilePath, limit: u64) -> Result<Vec<u8>, TreeError> {
        committed::read(&self.store, self.file(path)?, path, limit)
    }

    fn open(&self, path: &FilePath) -> Result<Box<dyn Read + Send>, TreeError> {
        committed::open(&self.store, self.file(path)?, path)
    }
}

/// The repository around the directory `root`, which may be reached through a link.
pub(crate) fn around(root: &Path) -> Result<Option<Repository>, TreeError> {
    let unreadable = |reason| Failure::Unreadable(reason).of(root.to_string_lossy());
    disk::open_directory(root).map_err(|failure| failure.of(root.to_string_lossy()))?;
    let whole = std::path::absolute(root).and_then(|path| path.canonicalize());
    Repository::around(&whole.map_err(|error| unreadable(error.kind().to_string()))?)
}

/// The commit that `id` is, or that a tag is put on, and its tree.
fn peeled(store: &Store, name: &str, mut id: ObjectId) -> Result<(ObjectId, ObjectId), RevisionError> {
    for _ in 0..=MAX_TAGS {
        let (kind, bytes) = match store.structure(id) {
            Ok(read) => read,
            Err(ObjectError::Missing(_)) => return Err(missing(store, id)),
            Err(error) => return Err(RevisionError::of(store, name, &error)),
        };
        let next = match kind {
            Kind::Commit => commit_tree(&bytes, store.format),
            Kind::Tag => tag_target(&bytes, store.format),
            Kind::Tree | Kind::Blob => {
                return Err(RevisionError::NoCommit { name: name.into(), kind: kind.word() });
            }
        };
        let next = next.ok_or_else(|| RevisionError::unreadable(name, "it does not say what it stands for"))?;
        if kind == Kind::Commit {
            return Ok((id, next));
        }
        id = next;
    }
    Err(RevisionError::unreadable(name, "too many tags stand on each other"))
}

fn missing(store: &Store, id: ObjectId) -> RevisionError {
    let (what, more) = match store.absence {
        Absence::Whole => ("this repository", ""),
        Absence::Shallow => ("this clone is shallow and", ", or raise `GIT_DEPTH`"),
        Absence::Partial => ("this clone is partial and", ""),
    };
    RevisionError::Missing { id: id.to_string(), what, more }
}

/// The tree of the directory `prefix` below `tree`, or `None` where there is none.
fn below(store: &Store, mut tree: ObjectId, prefix: &str) -> Result<Option<ObjectId>, ObjectError> {
    // Looked into even where the prefix is empty, so that what is missing is told now.
    committed::items(store, tree)?;
    for part in prefix.split_terminator('/') {
        match named(store, tree, part)? {
            Some(item) if item.mode == Mode::Directory => tree = item.id,
            _ => return Ok(None),
        }
    }
    Ok(Some(tree))
}

/// What is called `name` in the tree `id`.
fn named(store: &Store, id: ObjectId, name: &str) -> Result<Option<TreeItem>, ObjectError> {
    Ok(committed::items(store, id)?.into_iter().find(|item| item.name == name.as_bytes()))
}
