//! What is checked: a directory, files, or a text on standard input.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use engine_model::{FilePath, Tree};
use engine_tree::{Given, WorkingTree};

use crate::input;

/// What to read.
#[derive(Debug)]
pub(crate) struct Target {
    /// The root of what is read.
    pub(crate) root: PathBuf,
    /// Paths to read alone; empty for all of the root.
    paths: Vec<PathBuf>,
    /// Files that the user named.
    pub(crate) named: Vec<FilePath>,
    /// What stands before a path of the root where the user looks from.
    pub(crate) base: String,
    /// What came on standard input.
    given: Option<File>,
}

impl Target {
    /// A directory alone is the root of what is read. Otherwise the root is the current directory, or the directory
    /// that all paths share where one of them is outside of it.
    pub(crate) fn of(paths: &[PathBuf]) -> Result<Self> {
        let whole = |root: PathBuf, base| Self { root, paths: Vec::new(), named: Vec::new(), base, given: None };
        match paths {
            [only] if only.as_os_str() == "-" => {
                let (path, file) = input::spool()?;
                return Ok(Self { named: vec![path], given: Some(file), ..whole(PathBuf::from("."), String::new()) });
            }
            several if several.iter().any(|path| path.as_os_str() == "-") => {
                bail!("`-` is standard input, and is checked alone");
            }
            [] => return Ok(whole(PathBuf::from("."), String::new())),
            [only] if only.is_dir() => return Ok(whole(only.clone(), shown_before(only))),
            _ => {}
        }
        let mut absolute = Vec::new();
        for path in paths {
            let found = path.canonicalize().with_context(|| format!("cannot read `{}`", path.display()))?;
            absolute.push(found);
        }
        let here = Path::new(".").canonicalize().context("cannot read the current directory")?;
        let inside = absolute.iter().all(|path| path.starts_with(&here));
        let root = if inside { here } else { shared(&absolute)? };
        let base = if inside { String::new() } else { shown_before(&root) };
        let mut named = Vec::new();
        for path in absolute.iter().filter(|path| path.is_file()) {
            let below = path.strip_prefix(&root)?.to_str().and_then(FilePath::new);
            named.push(below.with_context(|| format!("the name of `{}` is not UTF-8", path.display()))?);
        }
        Ok(Self { root, paths: absolute, named, base, given: None })
    }

    /// All of the root, whatever of it was named.
    pub(crate) fn whole(&self) -> Result<Box<dyn Tree>> {
        Ok(Box::new(WorkingTree::open(&self.root)?))
    }

    /// The tree, and the branch that it knows for production.
    pub(crate) fn tree(&self) -> Result<(Box<dyn Tree>, Option<String>)> {
        let tree = match self.paths.as_slice() {
            [] => WorkingTree::open(&self.root)?,
            paths => WorkingTree::with_paths(&self.root, paths)?,
        };
        let branch = tree.production_branch();
        Ok(match (&self.given, self.named.first()) {
            (Some(file), Some(path)) => (Box::new(Given::new(path.clone(), file.try_clone()?, tree)), branch),
            _ => (Box::new(tree), branch),
        })
    }
}

/// A directory as it stands before the paths below it: with a `/` at its end, and nothing for the current one.
fn shown_before(directory: &Path) -> String {
    let text = directory.to_string_lossy();
    match text.trim_start_matches("./").trim_end_matches('/') {
        "" | "." if !directory.has_root() => String::new(),
        text => format!("{text}/"),
    }
}

/// The directory that every path is in.
fn shared(paths: &[PathBuf]) -> Result<PathBuf> {
    let Some(first) = paths.first() else { bail!("no path") };
    let parents = first.ancestors().skip(1);
    let all_below = |parent: &&Path| paths.iter().all(|path| path.starts_with(parent) && path != *parent);
    let found = parents.into_iter().find(all_below);
    found.map(Path::to_path_buf).context("the paths have no directory in common")
}
