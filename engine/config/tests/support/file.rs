//! A file as the reader gets it.

use std::sync::Arc;

use engine_config::{Config, ConfigError, FILE_NAME};
use engine_model::{FilePath, SourceFile};

pub(crate) fn file(text: &str) -> Arc<SourceFile> {
    SourceFile::new(FilePath::new(FILE_NAME).unwrap(), text.to_owned())
}

/// The file as it is read where git says nothing of branches.
pub(crate) fn read(text: &str) -> Result<Config, Vec<ConfigError>> {
    Config::read(&file(text), vec!["main".to_owned(), "master".to_owned()])
}
