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

    fn matching(&self, pattern: &str) -> Vec<FilePath> {
        self.0.keys().filter(|path| is_match(pattern, path.as_str())).cloned().collect()
    }

    fn exists(&self, path: &FilePath) -> bool {
        self.0.contains_key(path)
    }

    fn script(&self, path: &FilePath) -> Option<Arc<Document>> {
        self.0.get(path).map(|document| gitlab::script_document(document.file()))
    }
}

/// GitLab's wildcards: `*` for anything in one part of a path, `**` for anything at all.
fn is_match(pattern: &str, path: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == path };
    let Some(rest) = path.strip_prefix(before) else { return false };
    let (after, reach) = match after.strip_prefix('*') {
        Some(after) => (after, rest.len()),
        None => (after, rest.find('/').unwrap_or(rest.len())),
    };
    (0..=reach).any(|end| rest.get(end..).is_some_and(|rest| is_match(after, rest)))
}
