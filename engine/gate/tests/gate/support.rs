//! Trees in memory, marks in files, and the gate that all tests share.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use engine_gate::{CheckOptions, Gate, Quiet};
use engine_host::{Host, Limits};
use engine_model::{Evaluation, FilePath, Listing, Tree, TreeEntry, TreeError};

/// The gate with the built-in policies.
pub(crate) fn gate() -> &'static Gate {
    static GATE: OnceLock<Gate> = OnceLock::new();
    GATE.get_or_init(|| Gate::new(&Host::new(Limits::default()).unwrap()).unwrap())
}

/// Files in memory.
#[derive(Default)]
pub(crate) struct Memory(pub(crate) BTreeMap<FilePath, Vec<u8>>);

impl Memory {
    /// The files of a text that has `//- path` before each, or `# path` in its first line for a single one.
    pub(crate) fn new(text: &str) -> Self {
        let mut files = BTreeMap::new();
        if let Some(path) = text.strip_prefix("# ").and_then(|rest| rest.lines().next()) {
            files.insert(FilePath::new(path.trim()).unwrap(), text.as_bytes().to_vec());
        }
        for part in text.split("//- ").skip(1) {
            let (path, text) = part.split_once('\n').unwrap();
            files.insert(FilePath::new(path.trim()).unwrap(), text.as_bytes().to_vec());
        }
        Self(files)
    }

    pub(crate) fn file(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.0.insert(FilePath::new(path).unwrap(), bytes.into());
        self
    }
}

impl Tree for Memory {
    fn list(&self) -> Result<Listing, TreeError> {
        let files = self.0.keys().map(|path| TreeEntry { path: path.clone(), executable: false }).collect();
        Ok(Listing { files, skipped: Vec::new() })
    }

    fn read(&self, path: &FilePath, limit: u64) -> Result<Vec<u8>, TreeError> {
        let bytes = self.0.get(path).ok_or_else(|| TreeError::NotFound { path: path.to_string() })?;
        if bytes.len() as u64 > limit {
            return Err(TreeError::TooLarge { path: path.to_string(), limit });
        }
        Ok(bytes.clone())
    }
}

pub(crate) fn checked(tree: &dyn Tree) -> Evaluation {
    gate().check(tree, &CheckOptions::default(), &Quiet).unwrap()
}

/// `path:line: rule` for each finding, sorted.
pub(crate) fn found(evaluation: &Evaluation) -> Vec<String> {
    let line = |finding: &engine_model::Finding| {
        format!("{}:{}: {}", finding.location.file.path(), finding.location.start().line, finding.rule)
    };
    let mut lines: Vec<String> = evaluation.findings.iter().map(line).collect();
    lines.sort();
    lines
}
