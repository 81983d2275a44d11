//! What the command line names besides what is checked: folders of policies, files of data, plugins. Where a revision
//! judges, whatever lies in its repository is read from that revision, by whichever way it is named.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use engine_gate::{Data, DataError};
use engine_model::{FilePath, Tree};
use engine_rego::Collection;
use engine_tree::WorkingTree;

use crate::args::Policies;
use crate::setup::WrongConfig;

/// The commit that judges.
#[derive(Clone, Copy)]
pub(crate) struct Committed<'a> {
    /// All of its files.
    pub(crate) tree: &'a dyn Tree,
    /// The top directory of its repository's working tree, absolute and without links.
    pub(crate) top: &'a Path,
    /// What the user calls it.
    pub(crate) name: &'a str,
}

impl std::fmt::Debug for Committed<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Committed").field("top", &self.top).field("name", &self.name).finish_non_exhaustive()
    }
}

/// Where paths of the command line lead.
#[derive(Debug)]
pub(crate) struct Placed<'a> {
    /// The commit that judges, where one does.
    pub(crate) committed: Option<Committed<'a>>,
    /// The directory that is checked: what lies below it is named from there.
    pub(crate) root: &'a Path,
}

/// Where one path leads.
enum Found<'a> {
    /// Into the commit that judges, by its path from the top.
    Committed(Committed<'a>, String),
    /// Somewhere on disk: a tree that holds all of it, and its path there.
    Disk(WorkingTree, String),
}

impl Found<'_> {
    fn tree(&self) -> (&dyn Tree, &str) {
        match self {
            Self::Committed(committed, below) => (committed.tree, below),
            Self::Disk(tree, below) => (tree, below),
        }
    }

    /// The words that say of which revision something is.
    fn of(&self) -> String {
        match self {
            Self::Committed(committed, _) => format!(" of `{}`", committed.name),
            Self::Disk(..) => String::new(),
        }
    }
}

impl<'a> Placed<'a> {
    fn find(&self, path: &Path) -> Result<Found<'a>> {
        let cannot = || format!("cannot read `{}`", path.display());
        if let Some((committed, below)) = self.inside(path).with_context(cannot)? {
            return Ok(Found::Committed(committed, below));
        }
        let whole = path.canonicalize().with_context(cannot)?;
        let top = self.root.canonicalize().with_context(cannot)?;
        match whole.strip_prefix(&top).ok().and_then(|below| below.to_str()) {
            Some(below) => {
                Ok(Found::Disk(WorkingTree::everything(&top, std::slice::from_ref(&whole))?, below.to_owned()))
            }
            None => beyond(&whole).map(|(tree, below)| Found::Disk(tree, below)),
        }
    }

    /// The path from the top of the commit that judges, where it lies in that commit's repository.
    fn inside(&self, path: &Path) -> Result<Option<(Committed<'a>, String)>> {
        let Some(committed) = self.committed else { return Ok(None) };
        let Some(below) = below(committed.top, path)? else { return Ok(None) };
        let below = below.to_str().context("its name is not UTF-8")?;
        Ok(Some((committed, below.to_owned())))
    }

    /// The folders of Rego that the command line names.
    pub(crate) fn collections(&self, policies: &Policies) -> Result<Vec<Collection>> {
        let mut collections = Vec::new();
        for path in &policies.rego {
            let found = self.find(path)?;
            let (tree, below) = found.tree();
            let collection = Collection::read(tree, below)?;
            if collection.is_empty() {
                bail!("there is no file of Rego in `{}`{}", path.display(), found.of());
            }
            collections.push(collection);
        }
        Ok(collections)
    }

    /// The files of data that the command line names.
    pub(crate) fn data(&self, paths: &[PathBuf]) -> Result<Data> {
        let mut data = Data::default();
        for path in paths {
            let found = self.find(path)?;
            let (tree, below) = found.tree();
            if data.read(tree, below).map_err(wrong)? == 0 {
                bail!("there is no file of data in `{}`{}: JSON and YAML are read", path.display(), found.of());
            }
        }
        Ok(data)
    }

    /// The bytes of a plugin that the command line names, at most `limit`.
    pub(crate) fn plugin(&self, path: &Path, limit: u64) -> Result<Vec<u8>> {
        let cannot = || format!("cannot read `{}`", path.display());
        let Some((committed, below)) = self.inside(path).with_context(cannot)? else { return read(path, limit) };
        let of = || format!("cannot read `{}` of `{}`", path.display(), committed.name);
        let below = FilePath::new(&below).with_context(of)?;
        committed.tree.read(&below, limit).with_context(of)
    }
}

/// What a path is below the directory `top`; `None` where it lies elsewhere. Links count on the way there and no
/// further: what is behind it may be of those who are judged.
fn below(top: &Path, path: &Path) -> std::io::Result<Option<PathBuf>> {
    let mut at = PathBuf::new();
    for part in std::path::absolute(path)?.components() {
        match part {
            Component::ParentDir => drop(at.pop()),
            part => at.push(part),
        }
        if !at.starts_with(top)
            && let Ok(real) = at.canonicalize()
        {
            at = real;
        }
    }
    Ok(at.strip_prefix(top).ok().map(Path::to_path_buf))
}

/// A tree around a path that is in no other, and what the path is in it.
pub(crate) fn beyond(path: &Path) -> Result<(WorkingTree, String)> {
    if path.is_dir() {
        return Ok((WorkingTree::everything(path, &[])?, String::new()));
    }
    let folder = path.parent().unwrap_or(path);
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    Ok((WorkingTree::everything(folder, &[path.to_path_buf()])?, name.to_owned()))
}

/// An error of a file of data, to be shown at its place.
pub(crate) fn wrong(error: DataError) -> anyhow::Error {
    match error.location.clone() {
        Some(location) => {
            let help = None;
            WrongConfig(vec![engine_config::ConfigError { message: error.message, location, help }]).into()
        }
        None => error.into(),
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::path::{Path, PathBuf};

    use super::below;

    #[test]
    fn a_path_is_found_below_the_top_by_whichever_way_it_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().canonicalize().unwrap();
        let top = base.join("real");
        std::fs::create_dir_all(top.join("infra")).unwrap();
        std::fs::create_dir_all(base.join("other")).unwrap();
        symlink(&top, base.join("link")).unwrap();
        symlink(base.join("other"), top.join("out")).unwrap();
        let check = |path: &str, expect: Option<&str>| {
            assert_eq!(below(&top, &base.join(path)).unwrap(), expect.map(PathBuf::from), "{path}");
        };
        check("real/policy", Some("policy"));
        check("real", Some(""));
        check("link/policy/a", Some("policy/a"));
        check("other/../link/infra/../policy", Some("policy"));
        check("real/infra/../../link/policy", Some("policy"));
        // A link behind the top is of those who are judged, and is no way out.
        check("real/out", Some("out"));
        check("link/out/a", Some("out/a"));
        check("other", None);
        check("nowhere/a", None);
        check("real/../other", None);
        let own = format!("/proc/self/cwd{}", Path::new("/").display());
        assert_eq!(below(&std::env::current_dir().unwrap(), Path::new(&own)).unwrap(), Some(PathBuf::new()));
    }
}
