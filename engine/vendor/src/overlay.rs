//! A tree with files over it that are nowhere yet.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use engine_model::{FilePath, Listing, Tree, TreeEntry, TreeError};

pub(crate) struct Overlay<'t> {
    base: &'t dyn Tree,
    /// `None` for a file that is hidden.
    files: BTreeMap<FilePath, Option<Vec<u8>>>,
}

impl<'t> Overlay<'t> {
    pub(crate) fn new(base: &'t dyn Tree) -> Self {
        Self { base, files: BTreeMap::new() }
    }

    pub(crate) fn hide(&mut self, path: Option<FilePath>) {
        self.files.extend(path.map(|path| (path, None)));
    }

    pub(crate) fn put(&mut self, path: FilePath, bytes: Vec<u8>) {
        self.files.insert(path, Some(bytes));
    }

    pub(crate) fn put_text(&mut self, path: &str, text: String) {
        self.files.extend(FilePath::new(path).map(|path| (path, Some(text.into_bytes()))));
    }
}

impl Tree for Overlay<'_> {
    fn list(&self) -> Result<Listing, TreeError> {
        let mut listing = self.base.list()?;
        listing.files.retain(|entry| !self.files.contains_key(&entry.path));
        let own = self.files.iter().filter(|(_, bytes)| bytes.is_some());
        listing.files.extend(own.map(|(path, _)| TreeEntry { path: path.clone(), executable: false }));
        listing.files.sort();
        Ok(listing)
    }

    fn read(&self, path: &FilePath, limit: u64) -> Result<Vec<u8>, TreeError> {
        match self.files.get(path) {
            None => self.base.read(path, limit),
            Some(None) => Err(TreeError::NotFound { path: path.to_string() }),
            Some(Some(bytes)) if bytes.len() as u64 > limit => {
                Err(TreeError::TooLarge { path: path.to_string(), limit })
            }
            Some(Some(bytes)) => Ok(bytes.clone()),
        }
    }

    fn open(&self, path: &FilePath) -> Result<Box<dyn Read + Send>, TreeError> {
        match self.files.get(path) {
            None => self.base.open(path),
            Some(None) => Err(TreeError::NotFound { path: path.to_string() }),
            Some(Some(bytes)) => Ok(Box::new(Cursor::new(bytes.clone()))),
        }
    }
}
