//! What the readers of all jobs of a pipeline share: the files, and how much of the scripts is read.

use std::cell::{Cell, OnceCell};
use std::collections::HashSet;

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

/// What the readers of all jobs of a pipeline share.
pub(super) struct Shared<'l> {
    pub(super) library: &'l dyn Library,
    pub(super) budget: Budget,
    /// Programs of the team's own that change production.
    pub(super) deployers: &'l [String],
    /// The names of the tree's files without their folders, made when they are first asked for.
    file_names: OnceCell<HashSet<String>>,
}

impl<'l> Shared<'l> {
    pub(super) fn new(library: &'l dyn Library, deployers: &'l [String]) -> Self {
        Self { library, budget: Budget::default(), deployers, file_names: OnceCell::new() }
    }

    pub(super) fn has_file_named(&self, name: &str) -> bool {
        let names = || self.library.paths().iter().map(|path| path.file_name().to_owned()).collect();
        self.file_names.get_or_init(names).contains(name)
    }
}
