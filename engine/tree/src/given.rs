//! One text that was given and is in no directory, standard input say, over the tree that it belongs to.

use std::fs::File;
use std::io::Read;
use std::sync::Arc;

use engine_model::{FilePath, Listing, Tree, TreeEntry, TreeError};

use crate::WorkingTree;
use crate::positioned::Positioned;

/// A tree that lists one file, which was given, and reads every other one from `base`: what the given one includes.
#[derive(Debug)]
pub struct Given {
    path: FilePath,
    file: Arc<File>,
    base: WorkingTree,
}

impl Given {
    /// The text that `file` holds under the name `path`. Nobody else should be able to write to the file.
    #[must_use]
    pub fn new(path: FilePath, file: File, base: WorkingTree) -> Self {
        Self { path, file: Arc::new(file), base }
    }

    /// The tree that it belongs to.
    #[must_use]
    pub fn base(&self) -> &WorkingTree {
        &self.base
    }

    fn reader(&self) -> Positioned {
        Positioned { file: Arc::clone(&self.file), at: 0 }
    }
}

impl Tree for Given {
    fn list(&self) -> Result<Listing, TreeError> {
        let entry = TreeEntry { path: self.path.clone(), executable: false };
        Ok(Listing { files: vec![entry], skipped: Vec::new() })
    }

    fn read(&self, path: &FilePath, limit: u64) -> Result<Vec<u8>, TreeError> {
        if *path != self.path {
            return self.base.read(path, limit);
        }
        let mut bytes = Vec::new();
        let read = self.reader().take(limit.saturating_add(1)).read_to_end(&mut bytes);
        let path = path.to_string();
        read.map_err(|error| TreeError::Unreadable { path: path.clone(), reason: error.to_string() })?;
        if bytes.len() as u64 > limit { Err(TreeError::TooLarge { path, limit }) } else { Ok(bytes) }
    }

    fn open(&self, path: &FilePath) -> Result<Box<dyn Read + Send>, TreeError> {
        if *path == self.path { Ok(Box::new(self.reader())) } else { self.base.open(path) }
    }
}
