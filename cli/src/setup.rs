//! What a check stands on: the configuration of the repository, and the policies.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use engine_config::{Config, ConfigError, FILE_NAME, MAX_BYTES};
use engine_gate::{Data, DataError, FromDisk, Gate, Trusted};
use engine_host::{Cache, Cached, Host, Interpreter, Limits, LoadError, Plugin};
use engine_model::{FilePath, Tree, TreeError};
use engine_rego::{Collection, Conftest, Namespace};
use engine_tree::WorkingTree;

use crate::args::Policies;
use crate::{cache, terminal};

/// The configuration, or a policy, is wrong. Shown at the places where it is.
#[derive(Debug, thiserror::Error)]
#[error("the configuration is wrong")]
pub(crate) struct WrongConfig(pub(crate) Vec<ConfigError>);

/// What a gate stands on besides the policies.
#[derive(Debug)]
pub(crate) struct Ground {
    /// What one call of a policy may use.
    pub(crate) limits: Limits,
    /// Where something goes that is odd and stops nothing.
    pub(crate) remark: fn(&str),
}

impl Default for Ground {
    fn default() -> Self {
        Self { limits: Limits::default(), remark: terminal::remark }
    }
}

/// The gate over the tree at `root`: the configuration, the built-in policies, and those from disk. Configuration and
/// policies are those of `trusted`, where there is one, and then nothing of the tree's own is read.
pub(crate) fn gate(
    tree: &dyn Tree,
    trusted: Option<&Trusted<'_>>,
    root: &Path,
    branch: Option<String>,
    policies: &Policies,
    ground: Ground,
) -> Result<Gate> {
    let tree = trusted.map_or(tree, |trusted| trusted.tree);
    let config = config(tree, trusted, branch)?;
    let host = Host::new(ground.limits)?;
    let (components, mut collections) = named(&host, tree, &config, policies)?;
    let place = Placed { tree, trusted, root };
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
    let packages = engine_rego::packages(collections);
    let found = match packages.as_slice() {
        [] => "there is no other package".to_owned(),
        packages => format!("the packages there are: `{}`", packages.join("`, `")),
    };
    format!(
        "no folder of policies has a rule with METADATA, or one called `deny`, `violation` or `warn` in the package `{}`; {found}",
        namespaces.join("`, `")
    )
}

/// Where what the command line names is read: through the tree where it lies in it, and where a revision judges only
/// from there.
struct Placed<'a> {
    tree: &'a dyn Tree,
    trusted: Option<&'a Trusted<'a>>,
    root: &'a Path,
}

/// What a path of the command line is: its whole path, and what it is below the root, where it is.
struct Found {
    whole: PathBuf,
    inside: Option<String>,
}

impl Placed<'_> {
    fn find(&self, path: &Path) -> Result<Found> {
        let cannot = || format!("cannot read `{}`", path.display());
        // Links of a tree that others write lead nowhere, and a revision may have a folder that the tree does not.
        let (whole, top) = match self.trusted {
            Some(_) => (absolute(path).with_context(cannot)?, absolute(self.root).with_context(cannot)?),
            None => (path.canonicalize().with_context(cannot)?, self.root.canonicalize().with_context(cannot)?),
        };
        let inside = whole.strip_prefix(top).ok().and_then(|below| below.to_str().map(str::to_owned));
        Ok(Found { whole, inside })
    }

    /// Whether what is not in the tree may be read from the disk: it is elsewhere, or git ignores it.
    fn may_leave(&self, found: &Found) -> bool {
        found.inside.is_none() || self.trusted.is_none()
    }

    /// The words that say of which revision something is.
    fn of(&self, found: &Found) -> String {
        let of = self.trusted.filter(|_| found.inside.is_some());
        of.map(|trusted| format!(" of `{}`", trusted.name)).unwrap_or_default()
    }

    /// The folders of Rego that the command line names.
    fn collections(&self, policies: &Policies) -> Result<Vec<Collection>> {
        let mut collections = Vec::new();
        for path in &policies.rego {
            let found = self.find(path)?;
            let mut collection = match &found.inside {
                Some(folder) => Collection::read(self.tree, folder)?,
                None => Collection::default(),
            };
            if collection.is_empty() && self.may_leave(&found) {
                let (tree, below) = beyond(&found.whole)?;
                collection = Collection::read(&tree, &below)?;
            }
            if collection.is_empty() {
                bail!("there is no file of Rego in `{}`{}", path.display(), self.of(&found));
            }
            collections.push(collection);
        }
        Ok(collections)
    }

    /// The files of data that the command line names.
    fn data(&self, paths: &[PathBuf]) -> Result<Data> {
        let mut data = Data::default();
        for path in paths {
            let found = self.find(path)?;
            let mut count = match &found.inside {
                Some(below) => data.read(self.tree, below).map_err(wrong)?,
                None => 0,
            };
            if count == 0 && self.may_leave(&found) {
                let (tree, below) = beyond(&found.whole)?;
                count = data.read(&tree, &below).map_err(wrong)?;
            }
            if count == 0 {
                bail!("there is no file of data in `{}`{}: JSON and YAML are read", path.display(), self.of(&found));
            }
        }
        Ok(data)
    }
}

/// A tree around a path that is in no other, and what the path is in it.
pub(crate) fn beyond(path: &Path) -> Result<(WorkingTree, String)> {
    if path.is_dir() {
        return Ok((WorkingTree::open(path)?, String::new()));
    }
    let folder = path.parent().unwrap_or(path);
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    Ok((WorkingTree::with_paths(folder, &[path.to_path_buf()])?, name.to_owned()))
}

/// An error of a file of data, to be shown at its place.
pub(crate) fn wrong(error: DataError) -> anyhow::Error {
    match error.location.clone() {
        Some(location) => WrongConfig(vec![ConfigError { message: error.message, location, help: None }]).into(),
        None => error.into(),
    }
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
