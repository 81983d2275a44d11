//! A tree that somebody sent: files by their paths, all of them held.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::sync::Arc;

use engine_model::{FilePath, Listing, Skipped, Tree, TreeEntry, TreeError};

/// Why files that were sent are no tree.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MemoryError {
    /// A path that is absolute, leads upwards, or is empty.
    #[error("`{path}` is no path below the top of a tree")]
    Path {
        /// The path.
        path: String,
    },
    /// Two files of one path: which of them counts would be a guess.
    #[error("there are two files `{path}`")]
    Twice {
        /// The path.
        path: String,
    },
    /// A file where another one has a folder.
    #[error("`{path}` is a file and a folder")]
    Folder {
        /// The path.
        path: String,
    },
    /// More than may be held.
    #[error("there is more than {limit} {what}, the limit")]
    TooMuch {
        /// The limit.
        limit: u64,
        /// Of what: `files`, `bytes`.
        what: &'static str,
    },
    /// What was sent cannot be read as an archive.
    #[error("the archive cannot be read: {reason}")]
    Archive {
        /// What is wrong, one sentence.
        reason: String,
    },
}

/// Files that are held. Copies share them.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    files: BTreeMap<FilePath, (Arc<[u8]>, bool)>,
    pub(crate) skipped: Vec<Skipped>,
}

impl Memory {
    /// The tree of these files.
    ///
    /// # Errors
    /// Where a path is none below the top, or two files are of one path.
    pub fn new<P: AsRef<str>>(files: impl IntoIterator<Item = (P, Vec<u8>)>) -> Result<Self, MemoryError> {
        let mut tree = Self::default();
        for (path, bytes) in files {
            tree.add(path.as_ref(), bytes, false)?;
        }
        tree.settle()
    }

    /// Adds one.
    pub(crate) fn add(&mut self, path: &str, bytes: Vec<u8>, executable: bool) -> Result<(), MemoryError> {
        self.add_shared(path, bytes.into(), executable)
    }

    /// Adds one whose bytes others hold too.
    pub(crate) fn add_shared(&mut self, path: &str, bytes: Arc<[u8]>, executable: bool) -> Result<(), MemoryError> {
        let below = !path.split('/').any(|part| matches!(part, "" | "." | "..")) && !path.contains('\0');
        let known = FilePath::new(path).filter(|_| below);
        let known = known.ok_or_else(|| MemoryError::Path { path: path.to_owned() })?;
        match self.files.insert(known, (bytes, executable)) {
            None => Ok(()),
            Some(_) => Err(MemoryError::Twice { path: path.to_owned() }),
        }
    }

    /// The tree when all are added.
    pub(crate) fn settle(mut self) -> Result<Self, MemoryError> {
        for path in self.files.keys() {
            let mut folder = path.directory();
            while !folder.is_empty() {
                if FilePath::new(folder).is_some_and(|folder| self.files.contains_key(&folder)) {
                    return Err(MemoryError::Folder { path: folder.to_owned() });
                }
                folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
            }
        }
        self.skipped.sort();
        Ok(self)
    }

    fn bytes(&self, path: &FilePath) -> Result<&Arc<[u8]>, TreeError> {
        let held = self.files.get(path).map(|(bytes, _)| bytes);
        held.ok_or_else(|| TreeError::NotFound { path: path.to_string() })
    }
}

impl Tree for Memory {
    fn list(&self) -> Result<Listing, TreeError> {
        let entry = |(path, (_, executable)): (&FilePath, &(Arc<[u8]>, bool))| TreeEntry {
            path: path.clone(),
            executable: *executable,
        };
        Ok(Listing { files: self.files.iter().map(entry).collect(), skipped: self.skipped.clone() })
    }

    fn read(&self, path: &FilePath, limit: u64) -> Result<Vec<u8>, TreeError> {
        let bytes = self.bytes(path)?;
        if bytes.len() as u64 > limit {
            return Err(TreeError::TooLarge { path: path.to_string(), limit });
        }
        Ok(bytes.to_vec())
    }

    fn open(&self, path: &FilePath) -> Result<Box<dyn Read + Send>, TreeError> {
        Ok(Box::new(Cursor::new(Arc::clone(self.bytes(path)?))))
    }
}
