//! Files in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine_facts::gitlab::{self, Library, Pipeline};
use engine_model::{Document, FilePath, SourceFile};

/// YAML files by path.
pub(crate) struct Files(pub(crate) BTreeMap<FilePath, Arc<Document>>);

impl Files {
    /// Files in one string, `//- path` before each.
    pub(crate) fn new(text: &str) -> Self {
        let mut files = BTreeMap::new();
        for part in text.split("//- ").skip(1) {
            let (path, text) = part.split_once('\n').unwrap();
            let path = FilePath::new(path.trim()).unwrap();
            let file = SourceFile::new(path.clone(), text.to_owned());
            if !path.as_str().ends_with(".yml") {
                files.insert(path, gitlab::script_document(&file));
                continue;
            }
            let parsed = engine_formats::yaml::parse(&file);
            assert!(parsed.broken.is_none(), "{path}: {:?}", parsed.findings);
            files.insert(path, parsed.document.unwrap());
        }
        Self(files)
    }

    pub(crate) fn pipeline(&self) -> Pipeline {
        gitlab::derive(self, &FilePath::new(".gitlab-ci.yml").unwrap()).unwrap()
    }
}

impl Library for Files {
    fn yaml(&self, path: &FilePath) -> Option<Arc<Document>> {
        self.0.get(path).cloned()
    }

    fn paths(&self) -> Vec<FilePath> {
        self.0.keys().cloned().collect()
    }

    fn exists(&self, path: &FilePath) -> bool {
        self.0.contains_key(path)
    }

    fn script(&self, path: &FilePath) -> Option<Arc<Document>> {
        self.0.get(path).map(|document| gitlab::script_document(document.file()))
    }
}
