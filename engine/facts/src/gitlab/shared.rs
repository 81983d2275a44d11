//! What the readers of all jobs of a pipeline share: the files, and how much of the scripts is read.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashSet};

use engine_model::FilePath;

use super::include::Library;

/// How much of a pipeline's scripts is read, all jobs together. Jobs share bases and scripts, so that a small text can
/// stand for a very large one.
#[derive(Debug)]
pub(super) struct Budget {
    bytes: Cell<usize>,
    commands: Cell<usize>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: Cell::new(32 << 20), commands: Cell::new(50_000) }
    }
}

impl Budget {
    /// Takes a script's bytes; `false` where they are more than what is left.
    pub(super) fn take(&self, bytes: usize) -> bool {
        let left = self.bytes.get().checked_sub(bytes);
        self.bytes.set(left.unwrap_or(0));
        left.is_some() && self.commands.get() > 0
    }

    pub(super) fn count(&self) {
        self.commands.set(self.commands.get().saturating_sub(1));
    }
}

/// What of the repository the jobs of a pipeline run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// Scripts, playbooks, and files of their tasks.
    pub files: BTreeSet<FilePath>,
    /// The targets of Makefiles; `None` for a file of which any target may be.
    pub targets: BTreeMap<FilePath, Option<BTreeSet<String>>>,
    /// What may be run besides.
    pub perhaps: Vec<Perhaps>,
}

/// Something that only the run tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Perhaps {
    /// The paths that it may be, as a pattern with `*` for any text; `None` for any.
    pub pattern: Option<String>,
    /// What it hangs on, for people.
    pub on: String,
}

impl Perhaps {
    /// Whether it may be this file.
    pub(super) fn is(&self, path: &FilePath) -> bool {
        let Some(pattern) = &self.pattern else { return true };
        let mut pieces = pattern.split('*');
        let first = pieces.next().unwrap_or("");
        let Some(mut rest) = path.as_str().strip_prefix(first) else { return false };
        let mut last = None;
        for piece in pieces {
            if let Some(middle) = last.replace(piece) {
                let Some((_, after)) = rest.split_once(middle) else { return false };
                rest = after;
            }
        }
        last.map_or(rest.is_empty(), |last: &str| rest.ends_with(last))
    }
}

impl Reached {
    /// Adds what another pipeline runs.
    pub(super) fn add(&mut self, other: &Self) {
        self.files.extend(other.files.iter().cloned());
        for (path, targets) in &other.targets {
            self.makefile(path.clone(), targets.clone());
        }
        self.perhaps.extend(other.perhaps.iter().cloned());
    }

    fn makefile(&mut self, path: FilePath, targets: Option<BTreeSet<String>>) {
        let known = self.targets.entry(path).or_insert_with(|| Some(BTreeSet::new()));
        *known = known.take().zip(targets).map(|(mut known, targets)| {
            known.extend(targets);
            known
        });
    }
}

/// Collects it while scripts are read.
#[derive(Debug, Default)]
pub(super) struct Reaching(RefCell<Reached>);

impl Reaching {
    pub(super) fn files(&self, paths: impl IntoIterator<Item = FilePath>) {
        self.0.borrow_mut().files.extend(paths);
    }

    /// The targets of a Makefile that run; `None` where that cannot be told.
    pub(super) fn makefile(&self, path: FilePath, targets: Option<BTreeSet<String>>) {
        self.0.borrow_mut().makefile(path, targets);
    }

    /// Something may be run that is not known.
    pub(super) fn perhaps(&self, pattern: Option<String>, on: &str) {
        let perhaps = Perhaps { pattern, on: on.to_owned() };
        let known = &mut self.0.borrow_mut().perhaps;
        if !known.contains(&perhaps) {
            known.push(perhaps);
        }
    }

    pub(super) fn take(&self) -> Reached {
        self.0.take()
    }
}

/// What the readers of all jobs of a pipeline share.
pub(super) struct Shared<'l> {
    pub(super) library: &'l dyn Library,
    pub(super) budget: Budget,
    /// Programs of the team's own that change production.
    pub(super) deployers: &'l [String],
    /// What they run of the repository.
    pub(super) reached: Reaching,
    /// The names of the tree's files without their folders, made when they are first asked for.
    file_names: OnceCell<HashSet<String>>,
}

impl<'l> Shared<'l> {
    pub(super) fn new(library: &'l dyn Library, deployers: &'l [String]) -> Self {
        Self {
            library,
            budget: Budget::default(),
            deployers,
            reached: Reaching::default(),
            file_names: OnceCell::new(),
        }
    }

    pub(super) fn has_file_named(&self, name: &str) -> bool {
        let names = || self.library.paths().iter().map(|path| path.file_name().to_owned()).collect();
        self.file_names.get_or_init(names).contains(name)
    }
}

#[cfg(test)]
mod tests {
    use engine_model::FilePath;

    use super::Perhaps;

    #[test]
    fn a_pattern_is_any_text_at_its_stars() {
        let check = |pattern: &str, path: &str, expect: bool| {
            let perhaps = Perhaps { pattern: Some(pattern.to_owned()), on: String::new() };
            assert_eq!(perhaps.is(&FilePath::new(path).unwrap()), expect, "{pattern} {path}");
        };
        check("ci/*.sh", "ci/a.sh", true);
        check("ci/*.sh", "ci/a/b.sh", true);
        check("ci/*.sh", "a.sh", false);
        check("ci/*.sh", "ci/a.yml", false);
        check("*/x-*-*.sh", "ci/x-1-2.sh", true);
        check("*/x-*-*.sh", "ci/x-1.sh", false);
        check("run.sh", "run.sh", true);
        check("run.sh", "run.sh2", false);
    }
}
