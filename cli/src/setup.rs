//! What a check stands on: the configuration of the repository, and the policies.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use engine_config::{Config, ConfigError, FILE_NAME, MAX_BYTES};
use engine_gate::{Data, FromDisk, Gate, Trusted};
use engine_host::{Cache, Cached, Host, Interpreter, Limits, LoadError, Plugin};
use engine_model::{FilePath, Tree, TreeError};
use engine_rego::{Collection, Conftest, Namespace};

use crate::args::Policies;
use crate::placed::{Committed, Placed};
use crate::{cache, terminal};

/// The configuration, or a policy, is wrong. Shown at the places where it is.
#[derive(Debug, thiserror::Error)]
#[error("the configuration is wrong")]
pub(crate) struct WrongConfig(pub(crate) Vec<ConfigError>);

/// What a gate stands on besides the policies.
#[derive(Debug)]
pub(crate) struct Ground<'a> {
    /// What one call of a policy may use.
    pub(crate) limits: Limits,
    /// How many calls there are at a time, where memory for them shall be kept ready: for a process that serves.
    pub(crate) calls: Option<u32>,
    /// Where something goes that is odd and stops nothing.
    pub(crate) remark: fn(&str),
    /// The commit that judges, where it is one of a repository on disk: nothing that the command line names is read
    /// from that repository's working tree.
    pub(crate) committed: Option<Committed<'a>>,
}

impl Default for Ground<'_> {
    fn default() -> Self {
        Self { limits: Limits::default(), calls: None, remark: terminal::remark, committed: None }
    }
}

/// The gate for what is at `root`: the configuration of `tree`, the built-in policies, and those from disk. Configuration
/// and policies are those of `trusted`, where there is one, and then nothing of the tree's own is read. `tree` lists all
/// that is at `root`, whatever of it is checked.
pub(crate) fn gate(
    tree: &dyn Tree,
    trusted: Option<&Trusted<'_>>,
    root: &Path,
    branch: Option<String>,
    policies: &Policies,
    ground: Ground<'_>,
) -> Result<Gate> {
    let tree = trusted.map_or(tree, |trusted| trusted.tree);
    let config = config(tree, trusted, branch)?;
    // Where addresses are short, calls cost a little more.
    let ready = ground.calls.and_then(|calls| Host::pooled(ground.limits.clone(), calls).ok());
    let host = ready.map_or_else(|| Host::new(ground.limits), Ok)?;
    let place = Placed { committed: ground.committed, root };
    let (components, mut collections) = named(&host, tree, &config, policies, &place)?;
    collections.extend(place.collections(policies)?);
    let data = place.data(&policies.conftest.data)?;
    let mut more = FromDisk::default();
    if !components.is_empty() || !collections.is_empty() {
        let mut cache = Compiled::open(root);
        more.plugins = components.iter().map(|(name, bytes)| cache.plugin(&host, name, bytes)).collect();
        if !collections.is_empty() {
            let interpreter = host.interpreter()?;
            collections.iter().for_each(|collection| cache.rego(&interpreter, collection, &mut more));
            let asked = conftest(&policies.conftest, data);
            let has_rules = cache.conftest(&interpreter, &collections, &asked, &mut more);
            let idle = collections.iter().any(|collection| !collection.has_rules());
            if !has_rules && (policies.conftest.is_asked() || idle) {
                bail!(no_rule(&collections, &asked));
            }
            if let Some(namespace) = engine_rego::missing(&collections, &asked).first()
                && !policies.conftest.namespaces.is_empty()
            {
                bail!("no package is called `{namespace}`; {}", found(&collections));
            }
        }
        cache.say(ground.remark);
    }
    Gate::new(&host, config, more).map_err(|error| match error {
        engine_gate::Error::Config(errors) => WrongConfig(errors).into(),
        error => error.into(),
    })
}

/// What `engine.yaml` at the top of the tree says, or what holds without one. `branch` is the branch that the
/// repository itself knows for production.
pub(crate) fn config(tree: &dyn Tree, trusted: Option<&Trusted<'_>>, branch: Option<String>) -> Result<Config> {
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
fn named(
    host: &Host,
    tree: &dyn Tree,
    config: &Config,
    policies: &Policies,
    place: &Placed<'_>,
) -> Result<(Vec<Named>, Vec<Collection>)> {
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
        components.push((shown, place.plugin(path, limit)?));
    }
    Ok((components, collections))
}

/// How policies that are written for conftest are asked.
pub(crate) fn conftest(args: &crate::args::Conftest, data: Data) -> Conftest {
    let namespaces = match args.namespaces.as_slice() {
        [] if args.all_namespaces => vec![Namespace::all()],
        [] => vec![Namespace::main()],
        given => given.to_vec(),
    };
    Conftest { namespaces, kind: engine_gate::file_kind(args.combine), data: data.to_json() }
}

/// That there is nothing to ask, and what there would be.
fn no_rule(collections: &[Collection], asked: &Conftest) -> String {
    let namespaces: Vec<&str> = asked.namespaces.iter().map(Namespace::as_str).collect();
    format!(
        "no folder of policies has a rule with METADATA, or one called `deny`, `violation` or `warn` in the package `{}`; {}",
        namespaces.join("`, `"),
        found(collections)
    )
}

/// Which packages there are.
fn found(collections: &[Collection]) -> String {
    match engine_rego::packages(collections).as_slice() {
        [] => "there is no other package".to_owned(),
        packages => format!("the packages there are: `{}`", packages.join("`, `")),
    }
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

    /// Policies that are written for conftest; whether there is any, or one that is wrong.
    fn conftest(
        &mut self,
        interpreter: &Interpreter,
        collections: &[Collection],
        asked: &Conftest,
        more: &mut FromDisk,
    ) -> bool {
        let loaded = engine_rego::conftest(collections, asked, interpreter, self.cache.as_ref());
        loaded.cached.iter().for_each(|cached| self.note(Some(cached)));
        let any = !loaded.policies.is_empty() || !loaded.errors.is_empty();
        more.plugins.extend(loaded.policies.into_iter().map(Ok));
        more.errors.extend(loaded.errors);
        any
    }

    fn note(&mut self, cached: Option<&Cached>) {
        if let Some(cached @ (Cached::Repaired { .. } | Cached::Off { .. })) = cached {
            self.remarks.push(cached.to_string());
        }
    }

    fn say(mut self, remark: fn(&str)) {
        self.remarks.dedup();
        self.remarks.iter().for_each(|text| remark(text));
    }
}
