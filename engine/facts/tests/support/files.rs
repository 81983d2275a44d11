//! Files in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine_facts::gitlab::{self, Library, Pipeline, Project};
use engine_model::{Document, FilePath, SourceFile};
use sha2::{Digest as _, Sha256};

/// YAML files by path.
pub(crate) struct Files(pub(crate) BTreeMap<FilePath, Arc<Document>>);

impl Files {
    /// Files in one string, `//- path` before each; `sha256(path)` stands for the digest of one that stands above.
    pub(crate) fn new(text: &str) -> Self {
        let mut files: BTreeMap<FilePath, Arc<Document>> = BTreeMap::new();
        for part in text.split("//- ").skip(1) {
            let (path, text) = part.split_once('\n').unwrap();
            let path = FilePath::new(path.trim()).unwrap();
            let mut text = text.to_owned();
            for (path, document) in &files {
                let digest = Sha256::digest(document.file().text());
                let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
                text = text.replace(&format!("sha256({path})"), &digest);
            }
            let file = SourceFile::new(path.clone(), text);
            if !path.as_str().ends_with(".yml") && path.as_str() != gitlab::LOCK {
                files.insert(path, gitlab::script_document(&file));
                continue;
            }
            let parsed = gitlab::parse(&file);
            assert!(parsed.broken.is_none(), "{path}: {:?}", parsed.findings);
            files.insert(path, parsed.document.unwrap());
        }
        Self(files)
    }

    pub(crate) fn pipeline(&self) -> Pipeline {
        self.pipeline_of(&Project::default())
    }

    /// The pipeline in a project of which something is known.
    pub(crate) fn pipeline_of(&self, project: &Project) -> Pipeline {
        gitlab::derive(self, &FilePath::new(".gitlab-ci.yml").unwrap(), project).unwrap()
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

    fn digest(&self, path: &FilePath) -> Option<Vec<u8>> {
        self.0.get(path).map(|document| Sha256::digest(document.file().text()).to_vec())
    }

    fn script(&self, path: &FilePath) -> Option<Arc<Document>> {
        self.0.get(path).map(|document| gitlab::script_document(document.file()))
    }
}
