//! What a check stands on: the configuration of the repository, and the policies.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use engine_config::{Config, ConfigError, FILE_NAME};
use engine_gate::Gate;
use engine_host::{Cached, Host, Limits, LoadError, Plugin};
use engine_model::{FilePath, Tree, TreeError};

use crate::args::Policies;
use crate::{cache, terminal};

/// The most bytes that an `engine.yaml` may have.
const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// The configuration is wrong. Shown at the places where it is.
#[derive(Debug, thiserror::Error)]
#[error("`engine.yaml` is wrong")]
pub(crate) struct WrongConfig(pub(crate) Vec<ConfigError>);

/// The gate over the tree at `root`: its configuration, the built-in policies, and those from disk.
pub(crate) fn gate(tree: &dyn Tree, root: &Path, branch: Option<String>, policies: &Policies) -> Result<Gate> {
    let config = config(tree, branch)?;
    let host = Host::new(Limits::default())?;
    let components = components(&host, tree, &config, policies)?;
    let plugins = if components.is_empty() { Vec::new() } else { loaded(&host, root, components) };
    Gate::new(&host, config, plugins).map_err(|error| match error {
        engine_gate::Error::Config(errors) => WrongConfig(errors).into(),
        error => error.into(),
    })
}

/// What `engine.yaml` at the top of the tree says, or what holds without one. `branch` is the branch that the
/// repository itself knows for production.
fn config(tree: &dyn Tree, branch: Option<String>) -> Result<Config> {
    let branches = branch.map_or_else(|| vec!["main".to_owned(), "master".to_owned()], |branch| vec![branch]);
    let path = FilePath::new(FILE_NAME).context("the configuration has no name")?;
    let bytes = match tree.read(&path, MAX_CONFIG_BYTES) {
        Ok(bytes) => bytes,
        Err(TreeError::NotFound { .. }) => return Ok(Config::default_for(branches)),
        Err(error) => return Err(error.into()),
    };
    Ok(Config::read_bytes(&path, bytes, branches).map_err(WrongConfig)?)
}

/// Names and bytes of the policies from disk: those of the configuration, then those of the command line.
fn components(host: &Host, tree: &dyn Tree, config: &Config, policies: &Policies) -> Result<Vec<(String, Vec<u8>)>> {
    let limit = host.limits().plugin_bytes as u64;
    let mut components: Vec<(String, Vec<u8>)> = Vec::new();
    for written in &config.plugins {
        let path = &written.value;
        match tree.read(path, limit) {
            Ok(bytes) => components.push((path.to_string(), bytes)),
            Err(error) => {
                let help = Some("name a component by its path from the folder of `engine.yaml`".to_owned());
                let location = written.place.location();
                return Err(WrongConfig(vec![ConfigError { message: error.to_string(), location, help }]).into());
            }
        }
    }
    for path in &policies.plugins {
        let shown = path.display().to_string();
        components.push((shown, read(path, limit)?));
    }
    Ok(components)
}

/// The components compiled, or taken from the cache. What keeps the cache from its work is said once and stops nothing.
fn loaded(host: &Host, root: &Path, components: Vec<(String, Vec<u8>)>) -> Vec<Result<Plugin, LoadError>> {
    let mut remarks: Vec<String> = Vec::new();
    let cache = match cache::open(root) {
        Ok(cache) => Some(cache),
        Err(reason) => {
            remarks.push(format!("plugins are compiled anew each time: {reason}"));
            None
        }
    };
    let mut loaded = Vec::new();
    for (name, bytes) in components {
        let plugin = host.load_cached(&name, &bytes, cache.as_ref());
        let cached = plugin.as_ref().ok().and_then(|loaded| loaded.cache.as_ref());
        if let Some(cached @ (Cached::Repaired { .. } | Cached::Off { .. })) = cached {
            remarks.push(cached.to_string());
        }
        loaded.push(plugin.map(|loaded| loaded.plugin));
    }
    remarks.dedup();
    remarks.iter().for_each(|remark| terminal::remark(remark));
    loaded
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
