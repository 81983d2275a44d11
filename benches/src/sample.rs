//! What is measured on: the sample repository of `testdata/`, and real files where a corpus lies beside the checkout.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use engine_facts::gitlab::{Library, script_document};
use engine_formats::{MAX_FILE_BYTES, Source, hcl, yaml};
use engine_model::{Document, FilePath, NodeId, SourceFile, Tree as _};
use engine_tree::WorkingTree;
use sha2::{Digest as _, Sha256};

/// Keywords of a job whose items are shell.
const SCRIPTS: [&str; 3] = ["before_script", "script", "after_script"];

/// Texts of one folder, by path.
#[derive(Debug)]
pub struct Files {
    files: BTreeMap<FilePath, Arc<SourceFile>>,
    documents: BTreeMap<FilePath, Arc<Document>>,
}

/// The repository with one pipeline and six Terraform files, as `engine check` is pointed at it.
#[must_use]
pub fn sample_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/collaborative/wild")
}

/// The sample's files.
///
/// # Errors
///
/// Where they cannot be read.
pub fn sample() -> Result<Files> {
    Files::read(&sample_root())
}

/// The path of the sample's pipeline.
///
/// # Errors
///
/// Never for this path: it is a relative one.
pub fn pipeline_path() -> Result<FilePath> {
    FilePath::new(".gitlab-ci.yml").context("not a path")
}

/// Real pipelines and HCL files from `../shared/corpus` beside the repository; `None` where that is missing.
///
/// # Errors
///
/// Where the corpus is there and cannot be read.
pub fn corpus() -> Result<Option<Files>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    if root.is_dir() { Files::read(&root).map(Some) } else { Ok(None) }
}

impl Files {
    fn read(root: &Path) -> Result<Self> {
        let tree = WorkingTree::open(root)?;
        let (mut files, mut documents) = (BTreeMap::new(), BTreeMap::new());
        for entry in tree.list()?.files {
            let path = entry.path;
            let format = extension(&path);
            if !matches!(format, "yml" | "yaml" | "tf" | "hcl" | "nomad") {
                continue;
            }
            let Source::Text(file) = engine_formats::source(&path, tree.read(&path, MAX_FILE_BYTES)?) else { continue };
            let parsed = if matches!(format, "yml" | "yaml") { yaml::parse(&file) } else { hcl::parse(&file) };
            // What is broken takes another way through a reader, and would be counted as speed.
            let (Some(document), None) = (parsed.document, parsed.broken) else { continue };
            documents.insert(path.clone(), document);
            files.insert(path, file);
        }
        Ok(Self { files, documents })
    }

    /// The texts that are YAML.
    #[must_use]
    pub fn yaml(&self) -> Vec<Arc<SourceFile>> {
        self.of(&["yml", "yaml"])
    }

    /// The texts that are HCL.
    #[must_use]
    pub fn hcl(&self) -> Vec<Arc<SourceFile>> {
        self.of(&["tf", "hcl", "nomad"])
    }

    /// The shell of the jobs: the items of each list under `script` and its likes, joined as GitLab joins them.
    #[must_use]
    pub fn scripts(&self) -> Vec<String> {
        let mut scripts: Vec<String> = self.documents.values().flat_map(|document| scripts(document)).collect();
        scripts.sort_unstable();
        scripts.dedup();
        scripts
    }

    fn of(&self, extensions: &[&str]) -> Vec<Arc<SourceFile>> {
        let wanted = |path: &FilePath| extensions.contains(&extension(path));
        self.files.iter().filter(|(path, _)| wanted(path)).map(|(_, file)| Arc::clone(file)).collect()
    }
}

impl Library for Files {
    fn yaml(&self, path: &FilePath) -> Option<Arc<Document>> {
        self.documents.get(path).cloned()
    }

    fn paths(&self) -> Vec<FilePath> {
        self.files.keys().cloned().collect()
    }

    fn exists(&self, path: &FilePath) -> bool {
        self.files.contains_key(path)
    }

    fn digest(&self, path: &FilePath) -> Option<Vec<u8>> {
        self.files.get(path).map(|file| Sha256::digest(file.text()).to_vec())
    }

    fn script(&self, path: &FilePath) -> Option<Arc<Document>> {
        self.files.get(path).map(script_document)
    }
}

fn extension(path: &FilePath) -> &str {
    path.file_name().rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn scripts(document: &Document) -> Vec<String> {
    let jobs = document.roots().iter().flat_map(|root| document.entries(*root));
    let keyword = |job: NodeId, name: &&str| document.get(job, name);
    let lists = jobs.flat_map(|job| SCRIPTS.iter().filter_map(move |name| keyword(job.value, name)));
    let text = |item: &NodeId| document.scalar(*item).map(|scalar| scalar.text.to_owned());
    let joined = lists.filter_map(|list| match document.scalar(list) {
        Some(scalar) => Some(scalar.text.to_owned()),
        None => document.items(list).iter().map(text).collect::<Option<Vec<_>>>().map(|lines| lines.join("\n")),
    });
    joined.filter(|text| !text.is_empty()).collect()
}
