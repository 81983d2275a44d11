//! What a check stands on: the configuration of the repository, and the policies.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use engine_config::{Config, ConfigError, FILE_NAME, MAX_BYTES};
use engine_gate::{FromDisk, Gate, Trusted};
use engine_host::{Cache, Cached, Host, Interpreter, Limits, LoadError, Plugin};
use engine_model::{FilePath, Tree, TreeError};
use engine_rego::Collection;
use engine_tree::WorkingTree;

use crate::args::Policies;
use crate::{cache, terminal};

/// The configuration, or a policy, is wrong. Shown at the places where it is.
#[derive(Debug, thiserror::Error)]
#[error("the configuration is wrong")]
pub(crate) struct WrongConfig(pub(crate) Vec<ConfigError>);

/// The gate over the tree at `root`: the configuration, the built-in policies, and those from disk. Configuration and
/// policies are those of `trusted`, where there is one, and then nothing of the tree's own is read.
pub(crate) fn gate(
    tree: &dyn Tree,
    trusted: Option<&Trusted<'_>>,
    root: &Path,
    branch: Option<String>,
    policies: &Policies,
) -> Result<Gate> {
    let tree = trusted.map_or(tree, |trusted| trusted.tree);
    let config = config(tree, trusted, branch)?;
    let host = Host::new(Limits::default())?;
    let (components, mut collections) = named(&host, tree, &config, policies)?;
    collections.extend(self::collections(tree, trusted, root, policies)?);
    let mut more = FromDisk::default();
    if !components.is_empty() || !collections.is_empty() {
        let mut cache = Compiled::open(root);
        more.plugins = components.iter().map(|(name, bytes)| cache.plugin(&host, name, bytes)).collect();
        if !collections.is_empty() {
            let interpreter = host.interpreter()?;
            collections.iter().for_each(|collection| cache.rego(&interpreter, collection, &mut more));
        }
        cache.say();
    }
    Gate::new(&host, config, more).map_err(|error| match error {
        engine_gate::Error::Config(errors) => WrongConfig(errors).into(),
        error => error.into(),
    })
}

/// What `engine.yaml` at the top of the tree says, or what holds without one. `branch` is the branch that the
/// repository itself knows for production.
fn config(tree: &dyn Tree, trusted: Option<&Trusted<'_>>, branch: Option<String>) -> Result<Config> {
    let branches = branch.map_or_else(|| vec!["main".to_owned(), "master".to_owned()], |branch| vec![branch]);
    let path = FilePath::new(FILE_NAME).context("the configuration has no name")?;
    let bytes = match tree.read(&path, MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(TreeError::NotFound { .. }) => return Ok(Config::default_for(branches)),
        Err(error) => return Err(error.into()),
    };
    let shown = trusted.map_or_else(|| path.clone(), |trusted| trusted.path(&path));
    Ok(Config::read_bytes(&shown, bytes, branches).map_err(WrongConfig)?)
}

/// What a component is called in messages, and its bytes.
type Named = (String, Vec<u8>);

/// Names and bytes of plugins from disk: those of the configuration, then those of the command line; and the folders of
/// Rego that the configuration names.
fn named(host: &Host, tree: &dyn Tree, config: &Config, policies: &Policies) -> Result<(Vec<Named>, Vec<Collection>)> {
    let limit = host.limits().plugin_bytes as u64;
    let mut components: Vec<Named> = Vec::new();
    let mut collections = Vec::new();
    for written in &config.plugins {
        let path = &written.value;
        match tree.read(path, limit) {
            Ok(bytes) => components.push((path.to_string(), bytes)),
            Err(error) => {
                let collection = Collection::read(tree, path.as_str())?;
                if !collection.is_empty() {
                    collections.push(collection);
                    continue;
                }
                let help =
                    "name a component, or a folder with files of Rego, by its path from the folder of `engine.yaml`";
                let help = Some(help.to_owned());
                let location = written.place.location();
                return Err(WrongConfig(vec![ConfigError { message: error.to_string(), location, help }]).into());
            }
        }
    }
    for path in &policies.plugins {
        let shown = path.display().to_string();
        components.push((shown, read(path, limit)?));
    }
    Ok((components, collections))
}

/// The folders of Rego that the command line names. One that lies in the tree is read through it, and where a revision
/// judges only from there.
fn collections(
    tree: &dyn Tree,
    trusted: Option<&Trusted<'_>>,
    root: &Path,
    policies: &Policies,
) -> Result<Vec<Collection>> {
    let mut collections = Vec::new();
    for path in &policies.rego {
        let shown = path.display();
        let cannot = || format!("cannot read `{shown}`");
        // Links of a tree that others write lead nowhere, and a revision may have a folder that the tree does not.
        let (whole, top) = match trusted {
            Some(_) => (absolute(path).with_context(cannot)?, absolute(root).with_context(cannot)?),
            None => (path.canonicalize().with_context(cannot)?, root.canonicalize().with_context(cannot)?),
        };
        let inside = whole.strip_prefix(top).ok().and_then(|below| below.to_str().map(str::to_owned));
        let mut collection = match &inside {
            Some(folder) => Collection::read(tree, folder)?,
            None => Collection::default(),
        };
        if collection.is_empty() && (inside.is_none() || trusted.is_none()) {
            // It is elsewhere, or git ignores it.
            collection = Collection::read(&WorkingTree::open(&whole)?, "")?;
        }
        if collection.is_empty() {
            let of = trusted.filter(|_| inside.is_some()).map(|trusted| format!(" of `{}`", trusted.name));
            bail!("there is no file of Rego in `{shown}`{}", of.unwrap_or_default());
        }
        collections.push(collection);
    }
    Ok(collections)
}

/// A path from the top, its `..` taken away by name and no link followed.
fn absolute(path: &Path) -> std::io::Result<PathBuf> {
    let mut whole = PathBuf::new();
    for part in std::path::absolute(path)?.components() {
        if part == Component::ParentDir {
            whole.pop();
        } else {
            whole.push(part);
        }
    }
    Ok(whole)
}

/// What was compiled before, if it can be kept at all. What keeps the cache from its work is said once and stops
/// nothing.
struct Compiled {
    cache: Option<Cache>,
    remarks: Vec<String>,
}

impl Compiled {
    fn open(root: &Path) -> Self {
        match cache::open(root) {
            Ok(cache) => Self { cache: Some(cache), remarks: Vec::new() },
            Err(reason) => {
                Self { cache: None, remarks: vec![format!("policies are compiled anew each time: {reason}")] }
            }
        }
    }

    fn plugin(&mut self, host: &Host, name: &str, bytes: &[u8]) -> std::result::Result<Plugin, LoadError> {
        let loaded = host.load_cached(name, bytes, self.cache.as_ref())?;
        self.note(loaded.cache.as_ref());
        Ok(loaded.plugin)
    }

    fn rego(&mut self, interpreter: &Interpreter, collection: &Collection, more: &mut FromDisk) {
        let loaded = engine_rego::load(collection, interpreter, self.cache.as_ref());
        loaded.cached.iter().for_each(|cached| self.note(Some(cached)));
        more.plugins.extend(loaded.policies.into_iter().map(Ok));
        more.errors.extend(loaded.errors);
    }

    fn note(&mut self, cached: Option<&Cached>) {
        if let Some(cached @ (Cached::Repaired { .. } | Cached::Off { .. })) = cached {
            self.remarks.push(cached.to_string());
        }
    }

    fn say(mut self) {
        self.remarks.dedup();
        self.remarks.iter().for_each(|remark| terminal::remark(remark));
    }
}

/// A file that the command line names.
fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    use std::io::Read as _;
    #[expect(clippy::disallowed_methods, reason = "a path that the user names, outside of any tree")]
    let file = std::fs::File::open(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    if bytes.len() as u64 > limit {
        bail!("`{}` has more than {limit} bytes, the limit for a plugin", path.display());
    }
    Ok(bytes)
}
