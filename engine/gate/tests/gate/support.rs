//! The gate that all tests share, and trees in memory.

use std::sync::OnceLock;

use engine_config::{Config, Date};
use engine_gate::testing::Memory;
use engine_gate::{CheckOptions, FromDisk, Gate, Quiet, Trusted};
use engine_host::{Host, Limits, LoadError, Plugin};
use engine_model::{Evaluation, FilePath, Tree};

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
    Gate::new(host(), config, FromDisk::default()).unwrap()
}

/// What a tree's `engine.yaml` says, if it has one.
pub(crate) fn config(tree: &dyn Tree) -> Option<Config> {
    let path = FilePath::new(engine_config::FILE_NAME).unwrap();
    let bytes = tree.read(&path, 1 << 20).ok()?;
    let config = Config::read_bytes(&path, bytes, vec!["main".to_owned()]);
    Some(config.unwrap_or_else(|errors| panic!("{errors:#?}")))
}

/// The files of a text, see [`Memory::of`]; no file at all where it names none.
pub(crate) fn tree(text: &str) -> Memory {
    Memory::of(text).unwrap_or_default()
}

/// Plugins alone.
pub(crate) fn from_disk(plugins: Vec<Result<Plugin, LoadError>>) -> FromDisk {
    FromDisk { plugins, ..FromDisk::default() }
}

/// The tree under its own `engine.yaml`.
pub(crate) fn checked(tree: &dyn Tree) -> Evaluation {
    let check = |gate: &Gate| gate.check(tree, &CheckOptions::default(), &Quiet).unwrap();
    config(tree).map_or_else(|| check(gate()), |config| check(&gate_with(config)))
}

/// What a revision's `engine.yaml` says, or what holds without one.
pub(crate) fn config_of(trusted: &Trusted<'_>) -> Config {
    let path = FilePath::new(engine_config::FILE_NAME).unwrap();
    trusted.tree.read(&path, 1 << 20).map_or_else(
        |_| implied(),
        |bytes| Config::read_bytes(&trusted.path(&path), bytes, vec!["main".to_owned()]).unwrap(),
    )
}

/// The tree of a text judged by the revision in it, if there is one; else under its own `engine.yaml`.
pub(crate) fn judged(text: &str) -> Evaluation {
    let (tree, there) = Memory::pair(text).unwrap_or_default();
    let Some(there) = there else { return checked(&tree) };
    let trusted = Trusted { tree: &there, name: "origin/main", id: "1a2b3c4d5e6f" };
    let options = CheckOptions { today: Date::new(2027, 1, 1), ..CheckOptions::default() };
    gate_with(config_of(&trusted)).check_against(&tree, &trusted, &options, &Quiet).unwrap()
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
