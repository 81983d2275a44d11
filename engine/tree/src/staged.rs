//! What the next commit would hold: the files that git's index names, as they were when they were staged.

use std::io::Read;
use std::path::Path;

use engine_model::{FilePath, Listing, Tree, TreeError};

use crate::committed::{self, Committed};
use crate::disk::Failure;
use crate::index::{Index, Mode, Stage};
use crate::object::{ObjectId, Store};
use crate::revision;

/// The files of git's index below a directory, read from git's objects: what is in the working tree and not staged does
/// not count. Paths are relative to the directory.
///
/// A file that was only announced (`git add --intent-to-add`) is not in it, since the next commit would not have it.
/// What is passed over, and why, is as in [`crate::Revision`].
#[derive(Debug)]
pub struct Staged {
    store: Store,
    index: Index,
    committed: Committed,
    branch: Option<String>,
}

impl Staged {
    /// What is staged below the directory `root`: by the repository's index, or by the one at the path `index`, which
    /// git names in `GIT_INDEX_FILE` while a part of what is staged, or more than that, is being committed.
    ///
    /// # Errors
    /// Where `root` is no directory in a repository, the index is damaged, the one that is named is not there, or a
    /// merge has left a path open.
    pub fn open(root: &Path, index: Option<&Path>) -> Result<Self, TreeError> {
        let none = || Failure::Unreadable("it is in no git repository, and only git stages files".into());
        let repository = revision::around(root)?.ok_or_else(|| none().of(root.to_string_lossy()))?;
        let store = repository.store();
        let index = index.map_or_else(|| repository.index(), |path| repository.index_at(path))?;
        let mut committed = Committed::default();
        for entry in index.entries() {
            match (entry.stage, entry.mode) {
                (Stage::Unmerged, _) => {
                    let reason = "it is not merged: settle what it holds, then `git add` it";
                    return Err(Failure::Unreadable(reason.into()).of(String::from_utf8_lossy(&entry.path)));
                }
                (Stage::Intended, _) => {}
                (Stage::Merged, Mode::Directory) => committed.add_tree(&store, &entry.path, entry.id)?,
                (Stage::Merged, mode) => committed.add(&entry.path, mode, entry.id)?,
            }
        }
        Ok(Self { store, index, committed, branch: repository.production_branch() })
    }

    /// The branch that changes production, as [`crate::WorkingTree::production_branch`] tells it.
    #[must_use]
    pub fn production_branch(&self) -> Option<String> {
        self.branch.clone()
    }

    /// The object that the file `path` holds.
    fn file(&self, path: &FilePath) -> Result<ObjectId, TreeError> {
        if let Some(id) = self.committed.file(path) {
            return Ok(id);
        }
        let text = path.as_str();
        let above = text.match_indices('/').filter_map(|(at, _)| text.get(..at));
        let refused = above.chain([text]).find_map(|name| {
            let mode = self.index.get(name.as_bytes()).filter(|mode| *mode != Mode::Directory)?;
            let reason = committed::refusal(mode)?;
            let part = name.rsplit('/').next().unwrap_or(name);
            Some(if name == text { reason.to_owned() } else { reason.replacen("it", &format!("`{part}`"), 1) })
        });
        let directory = || committed::refusal(Mode::Directory).filter(|_| self.committed.holds_below(path));
        let reason = refused.or_else(|| directory().map(str::to_owned));
        Err(reason.map_or(Failure::NotFound, Failure::Unreadable).of(text))
    }
}

impl Tree for Staged {
    fn list(&self) -> Result<Listing, TreeError> {
        Ok(self.committed.listing())
    }

    fn read(&self, path: &FilePath, limit: u64) -> Result<Vec<u8>, TreeError> {
        committed::read(&self.store, self.file(path)?, path, limit)
    }

    fn open(&self, path: &FilePath) -> Result<Box<dyn Read + Send>, TreeError> {
        committed::open(&self.store, self.file(path)?, path)
    }
}
