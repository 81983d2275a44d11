//! A tree in memory.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use engine_model::{FilePath, Listing, Tree, TreeEntry, TreeError};

/// Files in memory.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    files: BTreeMap<FilePath, Vec<u8>>,
}

impl Memory {
    /// The same with a file more.
    #[must_use]
    pub fn file(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.add(path, bytes);
        self
    }

    /// Adds a file; what is no path of a file is not added.
    pub fn add(&mut self, path: &str, bytes: impl Into<Vec<u8>>) {
        if let Some(path) = FilePath::new(path) {
            self.files.insert(path, bytes.into());
        }
    }

    /// The files, by path.
    pub(super) fn into_files(self) -> impl Iterator<Item = (FilePath, Vec<u8>)> {
        self.files.into_iter()
    }

    /// Whether there is no file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

impl Tree for Memory {
    fn list(&self) -> Result<Listing, TreeError> {
        let files = self.files.keys().map(|path| TreeEntry { path: path.clone(), executable: false }).collect();
        Ok(Listing { files, skipped: Vec::new() })
    }

    fn read(&self, path: &FilePath, limit: u64) -> Result<Vec<u8>, TreeError> {
        let bytes = self.files.get(path).ok_or_else(|| TreeError::NotFound { path: path.to_string() })?;
        if bytes.len() as u64 > limit {
            return Err(TreeError::TooLarge { path: path.to_string(), limit });
        }
        Ok(bytes.clone())
    }

    fn open(&self, path: &FilePath) -> Result<Box<dyn Read + Send>, TreeError> {
        Ok(Box::new(Cursor::new(self.read(path, u64::MAX)?)))
    }
}
