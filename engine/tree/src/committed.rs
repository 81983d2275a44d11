//! What git keeps under names, as files of a tree: which are listed, which are passed over and why, and their bytes. Which
//! names there are, a revision or the index says.

use std::collections::BTreeMap;
use std::io::Read;

use engine_model::{FilePath, Listing, Skipped, TreeEntry, TreeError};
use rustix::fs::FileType;

use crate::disk;
use crate::index::Mode;
use crate::object::{Kind, ObjectError, ObjectId, Store, TreeItem, tree_items};
use crate::walk::MAX_ENTRIES;

/// How deep directories may be nested.
const MAX_DEPTH: u32 = 256;

/// Why nothing that is called like git's own directory is a file of a tree.
const GITS: &str = "it is git's own";

/// Why what belongs to another repository is not read.
const SUBMODULE: &str = "it is a submodule, a repository of its own";

/// Files that git keeps.
#[derive(Debug, Default)]
pub(crate) struct Committed {
    files: BTreeMap<FilePath, (ObjectId, bool)>,
    skipped: Vec<Skipped>,
    /// How many names were looked at.
    seen: usize,
}

impl Committed {
    /// What there is, in order.
    pub(crate) fn listing(&self) -> Listing {
        let entry = |(path, (_, executable)): (&FilePath, &(ObjectId, bool))| TreeEntry {
            path: path.clone(),
            executable: *executable,
        };
        let mut skipped = self.skipped.clone();
        skipped.sort_unstable();
        skipped.dedup();
        Listing { files: self.files.iter().map(entry).collect(), skipped }
    }

    /// What the file `path` holds.
    pub(crate) fn file(&self, path: &FilePath) -> Option<ObjectId> {
        self.files.get(path).map(|(id, _)| *id)
    }

    /// Whether there are files below the directory `path`. Looks through all of them.
    pub(crate) fn holds_below(&self, path: &FilePath) -> bool {
        let below =
            |file: &FilePath| file.as_str().strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'));
        self.files.keys().any(below)
    }

    /// Adds the name `path`, of which a directory is not looked into.
    pub(crate) fn add(&mut self, path: &[u8], mode: Mode, id: ObjectId) -> Result<(), TreeError> {
        self.count()?;
        let shown = || String::from_utf8_lossy(path).into_owned();
        match (named(path), refusal(mode)) {
            (Err(reason), _) | (Ok(_), Some(reason)) => {
                self.skipped.push(Skipped { name: shown(), reason: reason.into() });
            }
            (Ok(path), None) => drop(self.files.insert(path, (id, mode == Mode::Executable))),
        }
        Ok(())
    }

    /// Adds everything below the directory `base`, which is empty or ends with `/`, and whose tree is `id`.
    pub(crate) fn add_tree(&mut self, store: &Store, base: &[u8], id: ObjectId) -> Result<(), TreeError> {
        let mut pending = vec![(base.to_vec(), id, 0_u32)];
        while let Some((base, id, depth)) = pending.pop() {
            for item in items(store, id).map_err(|error| told(store, error, &String::from_utf8_lossy(&base)))? {
                let mut path = base.clone();
                path.extend(&item.name);
                if item.mode != Mode::Directory {
                    self.add(&path, item.mode, item.id)?;
                    continue;
                }
                self.count()?;
                let reason = named(&path).err().or((depth >= MAX_DEPTH).then_some("it is nested too deep"));
                path.push(b'/');
                match reason {
                    Some(reason) => {
                        let name = String::from_utf8_lossy(&path).into_owned();
                        self.skipped.push(Skipped { name, reason: reason.into() });
                    }
                    None => pending.push((path, item.id, depth.saturating_add(1))),
                }
            }
        }
        Ok(())
    }

    fn count(&mut self) -> Result<(), TreeError> {
        self.seen = self.seen.saturating_add(1);
        if self.seen <= MAX_ENTRIES {
            return Ok(());
        }
        let reason = format!("more than {MAX_ENTRIES} names are in it, the limit for one tree");
        Err(TreeError::Unreadable { path: ".".into(), reason })
    }
}

/// The path that git's name stands for, or why it stands for none.
fn named(name: &[u8]) -> Result<FilePath, &'static str> {
    let text = str::from_utf8(name).map_err(|_| "its name is not UTF-8")?;
    if text.split('/').any(|part| part.eq_ignore_ascii_case(".git")) {
        return Err(GITS);
    }
    FilePath::new(text).filter(|path| path.as_str() == text).ok_or("its name cannot be a path")
}

/// Why something of this mode is not read as a file.
pub(crate) fn refusal(mode: Mode) -> Option<&'static str> {
    match mode {
        Mode::File | Mode::Executable => None,
        Mode::Link => disk::refusal(FileType::Symlink),
        Mode::Directory => disk::refusal(FileType::Directory),
        Mode::Submodule => Some(SUBMODULE),
    }
}

/// What is in the tree `id`.
pub(crate) fn items(store: &Store, id: ObjectId) -> Result<Vec<TreeItem>, ObjectError> {
    let items = match store.structure(id)? {
        (Kind::Tree, bytes) => tree_items(&bytes, store.format),
        _ => None,
    };
    items.ok_or_else(|| ObjectError::damaged(&id.to_string(), "it is not a tree"))
}

/// All bytes of the file `path`, at most `limit`, which the object `id` holds.
pub(crate) fn read(store: &Store, id: ObjectId, path: &FilePath, limit: u64) -> Result<Vec<u8>, TreeError> {
    let read = store.read(id, limit).and_then(|(kind, bytes)| blob(id, kind).map(|()| bytes));
    read.map_err(|error| told(store, error, path.as_str()))
}

/// The file `path`, which the object `id` holds, to be read piece by piece.
pub(crate) fn open(store: &Store, id: ObjectId, path: &FilePath) -> Result<Box<dyn Read + Send>, TreeError> {
    let opened = store.open(id, u64::MAX).and_then(|object| blob(id, object.kind).map(|()| object.reader()));
    opened.map_err(|error| told(store, error, path.as_str()))
}

fn blob(id: ObjectId, kind: Kind) -> Result<(), ObjectError> {
    let wrong = || ObjectError::damaged(&id.to_string(), &format!("it is a {}, and not a file", kind.word()));
    if kind == Kind::Blob { Ok(()) } else { Err(wrong()) }
}

/// The same error, told of what is called `path`.
pub(crate) fn told(store: &Store, error: ObjectError, path: &str) -> TreeError {
    let path = if path.is_empty() { String::from(".") } else { path.to_owned() };
    match error {
        ObjectError::TooLarge(limit) => TreeError::TooLarge { path, limit },
        error => TreeError::Unreadable { path, reason: store.explain(&error) },
    }
}
