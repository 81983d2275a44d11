//! `engine check`.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use engine_gate::{CheckOptions, Trusted};
use engine_model::{FailOn, FilePath, Tree, Verdict};
use engine_report::TextOptions;
use engine_tree::{Given, Revision, Staged, WorkingTree};

use crate::args::{Check, Terminal};
use crate::progress::Bar;
use crate::{FAIL, PASS, UNDECIDED, USAGE, clock, input, report, setup, terminal};

/// Checks, prints, and says how the process shall end.
pub(crate) fn run(check: &Check, terminal: &Terminal) -> Result<u8> {
    report::look(&check.reports)?;
    let target = Target::of(&check.paths)?;
    let (tree, branch) = if check.staged { staged(&target.root)? } else { target.tree()? };
    let revision = match &check.trusted {
        Some(name) => Some((Revision::open(&target.root, name)?, name)),
        None => None,
    };
    let trusted = revision.as_ref().map(|(tree, name)| Trusted { tree, name, id: tree.id() });
    let gate =
        setup::gate(tree.as_ref(), trusted.as_ref(), &target.root, branch, &check.policies, setup::Ground::default())?;
    let options = CheckOptions {
        fail_on: FailOn(check.fail_on),
        allow_empty: check.allow_empty,
        today: clock::today(),
        named: target.named.clone(),
    };
    let bar = Bar::new(terminal::progress());
    let evaluation = match &trusted {
        Some(trusted) => gate.check_against(tree.as_ref(), trusted, &options, &bar)?,
        None => gate.check(tree.as_ref(), &options, &bar)?,
    };
    bar.finish();
    let options = TextOptions { base: target.base, ..terminal::text_options(terminal, check.all) };
    let version = env!("CARGO_PKG_VERSION");
    let unwritten = report::write(&check.reports, |kind| kind.render(&evaluation, version, &options.plain()));
    terminal::print(&check.format.render(&evaluation, version, &options))?;
    unwritten.iter().for_each(|error| terminal::complain(error, terminal));
    Ok(match evaluation.verdict {
        Verdict::Fail => FAIL,
        // Whoever waits for the report must not take its absence for a pass.
        _ if !unwritten.is_empty() => USAGE,
        Verdict::Pass => PASS,
        Verdict::Undecided => UNDECIDED,
    })
}

/// What is staged, and the branch that the repository knows for production.
fn staged(root: &Path) -> Result<(Box<dyn Tree>, Option<String>)> {
    // In a hook, git says which index it is about to commit.
    let index = terminal::variable("GIT_INDEX_FILE").filter(|path| !path.is_empty()).map(PathBuf::from);
    let staged = Staged::open(root, index.as_deref())?;
    let branch = staged.production_branch();
    Ok((Box::new(staged), branch))
}

/// What to read.
struct Target {
    root: PathBuf,
    /// Paths to read alone; empty for all of the root.
    paths: Vec<PathBuf>,
    named: Vec<FilePath>,
    /// What stands before a path of the root where the user looks from.
    base: String,
    /// What came on standard input.
    given: Option<File>,
}

impl Target {
    /// A directory alone is the root of what is read. Otherwise the root is the current directory, or the directory
    /// that all paths share where one of them is outside of it.
    fn of(paths: &[PathBuf]) -> Result<Self> {
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

    /// The tree, and the branch that it knows for production.
    fn tree(&self) -> Result<(Box<dyn Tree>, Option<String>)> {
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
