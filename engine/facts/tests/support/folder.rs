//! The YAML files of a folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use engine_model::{FilePath, SourceFile};

use crate::files::Files;

/// Every YAML file below `folder`, by its path from there; what cannot be read is not in it.
#[expect(clippy::disallowed_methods, reason = "a fixture is no tree that a user checks")]
pub(crate) fn read(folder: &Path) -> Files {
    let mut files = BTreeMap::new();
    let mut open: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        if let Ok(entries) = std::fs::read_dir(&path) {
            open.extend(entries.flatten().map(|entry| entry.path()));
        } else if path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml") {
            let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            let name = FilePath::new(&name).unwrap();
            let text = std::fs::read_to_string(&path).unwrap();
            if let Some(document) = engine_formats::yaml::parse(&SourceFile::new(name.clone(), text)).document {
                files.insert(name, document);
            }
        }
    }
    Files(files)
}
