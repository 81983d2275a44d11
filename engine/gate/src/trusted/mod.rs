//! The trusted side: a revision that judges a tree, and what the tree does to it.
//!
//! The gate itself is made of what that revision says; here is what a tree would change about that once it is merged:
//! `settings` compares `engine.yaml` and the policies that it names, `runs` finds the jobs that run the gate, and
//! `weakness` holds those of the tree against those of the revision, and `copies` does so with what is vendored. Nothing here decides whether a change is good.

mod arguments;
mod copies;
mod rule;
mod runs;
mod settings;
mod weakness;

use std::sync::Arc;

use engine_config::Config;
use engine_model::{FilePath, Finding, Gap, Location, NativeRule, Place, Related, SourceFile, Tree};

use crate::library::Library;
use crate::rulebook::Rulebook;

pub(crate) use rule::rules;
pub(crate) use runs::gates;

/// The revision that a tree is judged by: the target branch of a merge request, say.
#[derive(Clone, Copy)]
pub struct Trusted<'t> {
    /// Its files.
    pub tree: &'t dyn Tree,
    /// What the caller calls it: `origin/main`.
    pub name: &'t str,
    /// Its commit, in full.
    pub id: &'t str,
}

impl Trusted<'_> {
    /// How a path of the revision is shown, which is no path of the tree that is checked: `engine.yaml@1a2b3c4`.
    #[must_use]
    pub fn path(&self, path: &FilePath) -> FilePath {
        FilePath::new(&format!("{path}@{}", self.short())).unwrap_or_else(|| path.clone())
    }

    /// The beginning of the commit's name that people use.
    fn short(&self) -> &str {
        self.id.get(..SHORT).unwrap_or(self.id)
    }

    /// The name as sentences hold it, on one line.
    fn shown(&self) -> String {
        let name: String = self.name.chars().take(MAX_NAME).map(|c| if c.is_control() { ' ' } else { c }).collect();
        format!("`{name}`")
    }

    /// A place of the revision, under the path that says so.
    fn located(&self, location: &Location) -> Location {
        let file = &location.file;
        let copy = SourceFile::part(self.path(file.path()), file.text().to_owned(), file.start());
        Location { file: copy, span: location.span }
    }
}

impl std::fmt::Debug for Trusted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trusted").field("name", &self.name).field("id", &self.id).finish_non_exhaustive()
    }
}

/// How much of a commit's name people use.
const SHORT: usize = 7;

/// How many characters of a revision's name are shown.
const MAX_NAME: usize = 80;

/// What a tree does to the revision that judges it.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    pub(crate) findings: Vec<Finding>,
    pub(crate) gaps: Vec<Gap>,
}

impl Compared {
    fn find(&mut self, rule: NativeRule, place: &Place, message: String) -> Option<&mut Finding> {
        self.find_at(rule, place.location(), place.route(), message)
    }

    fn find_at(
        &mut self,
        rule: NativeRule,
        location: Location,
        route: engine_model::Route,
        message: String,
    ) -> Option<&mut Finding> {
        self.findings.push(rule.finding(location, route, message)?);
        self.findings.last_mut()
    }
}

/// Compares a tree with the revision that judges it, which `there` lists. `config` is the revision's own.
pub(crate) fn compare(
    library: &Library<'_>,
    there: &Library<'_>,
    trusted: &Trusted<'_>,
    config: &Config,
    rulebook: &Rulebook,
) -> Compared {
    let mut compared = Compared::default();
    settings::compare(library.tree(), trusted, config, rulebook, &mut compared);
    weakness::compare(library, there, trusted, config, &mut compared);
    copies::compare(library, there, trusted, &mut compared);
    compared
}

/// The line of the first screen that says who judges.
pub(crate) fn understood(trusted: &Trusted<'_>, config: &Config) -> String {
    let (name, short) = (trusted.shown(), trusted.short());
    if config.is_written() {
        format!("judged by `engine.yaml` of {name} ({short})")
    } else {
        format!("judged by what holds without an `engine.yaml`: {name} ({short}) has none")
    }
}

fn related(message: String, location: Location) -> Related {
    Related { message, location }
}

/// A file of which only the name is known.
fn nameless(path: FilePath) -> Arc<SourceFile> {
    SourceFile::new(path, String::new())
}
