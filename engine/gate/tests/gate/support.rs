//! Trees in memory, marks in files, and the gate that all tests share.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::sync::OnceLock;

use engine_config::{Config, Date};
use engine_gate::{CheckOptions, Gate, Quiet, Trusted};
use engine_host::{Host, Limits};
use engine_model::{Evaluation, FilePath, Listing, Tree, TreeEntry, TreeError};

fn host() -> &'static Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(|| Host::new(Limits::default()).unwrap())
}

/// What holds without an `engine.yaml`, in a repository whose branch is not known.
pub(crate) fn implied() -> Config {
    Config::default_for(vec!["main".to_owned(), "master".to_owned()])
}

/// The gate with the built-in policies, as it is without an `engine.yaml`.
pub(crate) fn gate() -> &'static Gate {
    static GATE: OnceLock<Gate> = OnceLock::new();
    GATE.get_or_init(|| gate_with(implied()))
}

/// The gate with the built-in policies under a configuration.
pub(crate) fn gate_with(config: Config) -> Gate {
    Gate::new(host(), config, Vec::new()).unwrap()
}

/// What a tree's `engine.yaml` says, if it has one.
pub(crate) fn config(tree: &dyn Tree) -> Option<Config> {
    let path = FilePath::new(engine_config::FILE_NAME).unwrap();
    let bytes = tree.read(&path, 1 << 20).ok()?;
    let config = Config::read_bytes(&path, bytes, vec!["main".to_owned()]);
    Some(config.unwrap_or_else(|errors| panic!("{errors:#?}")))
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

    /// The files of a text, and those whose path ends in ` at origin/main`, if there are any: the revision that judges.
    pub(crate) fn pair(text: &str) -> (Self, Option<Self>) {
        const REVISION: &str = " at origin/main";
        let (files, there): (Vec<_>, Vec<_>) =
            Self::new(text).0.into_iter().partition(|(path, _)| !path.as_str().ends_with(REVISION));
        let named = |path: &FilePath| FilePath::new(path.as_str().strip_suffix(REVISION).unwrap()).unwrap();
        let there: BTreeMap<_, _> = there.into_iter().map(|(path, bytes)| (named(&path), bytes)).collect();
        (Self(files.into_iter().collect()), (!there.is_empty()).then_some(Self(there)))
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

    fn open(&self, path: &FilePath) -> Result<Box<dyn Read + Send>, TreeError> {
        Ok(Box::new(Cursor::new(self.read(path, u64::MAX)?)))
    }
}

/// The tree under its own `engine.yaml`.
pub(crate) fn checked(tree: &dyn Tree) -> Evaluation {
    let check = |gate: &Gate| gate.check(tree, &CheckOptions::default(), &Quiet).unwrap();
    config(tree).map_or_else(|| check(gate()), |config| check(&gate_with(config)))
}

/// The tree of a text judged by the revision in it, if there is one; else under its own `engine.yaml`.
pub(crate) fn judged(text: &str) -> Evaluation {
    let (tree, there) = Memory::pair(text);
    let Some(there) = there else { return checked(&tree) };
    let trusted = Trusted { tree: &there, name: "origin/main", id: "1a2b3c4d5e6f" };
    let path = FilePath::new(engine_config::FILE_NAME).unwrap();
    let config = there.read(&path, 1 << 20).map_or_else(
        |_| implied(),
        |bytes| Config::read_bytes(&trusted.path(&path), bytes, vec!["main".to_owned()]).unwrap(),
    );
    let options = CheckOptions { today: Date::new(2027, 1, 1), ..CheckOptions::default() };
    gate_with(config).check_against(&tree, &trusted, &options, &Quiet).unwrap()
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
