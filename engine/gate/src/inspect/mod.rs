//! What the engine makes of a tree before any policy looks: pipelines as GitLab would print them, and the facts that
//! policies read.

mod graph;
mod json;
mod reach;
mod yaml;

use std::collections::HashSet;

use engine_config::Config;
use engine_facts::gitlab::{self, Given, INVALID_PIPELINE, Lock, Project, Resolved, Wanted};
use engine_facts::wire::{self, Fields, Item};
use engine_model::{FilePath, Finding, Gap, Location, Tree};

use crate::derive;
use crate::gate::Error;
use crate::library::Library;
use crate::progress::Quiet;

pub use reach::{Reached, reach};
pub use yaml::Comments;

/// A pipeline of a tree and the children that it triggers, resolved.
#[derive(Debug)]
pub struct Pipelines {
    resolved: Vec<Resolved>,
    /// What is wrong with the texts of the files, or GitLab refuses, in order.
    pub findings: Vec<Finding>,
    /// What could not be seen.
    pub gaps: Vec<Gap>,
}

impl Pipelines {
    /// Resolves the pipeline whose own file is `path`; `None` where there is no such file.
    ///
    /// # Errors
    /// Where the tree cannot be listed.
    pub fn resolve(tree: &dyn Tree, path: &FilePath, given: &Given) -> Result<Option<Self>, Error> {
        let library = Library::listed(tree)?;
        if !gitlab::Library::exists(&library, path) {
            return Ok(None);
        }
        let mut resolved: Vec<Resolved> = gitlab::resolve(&library, path, given).into_iter().collect();
        let child = |child: &gitlab::Child, _| gitlab::resolve_child(&library, child, given);
        derive::with_children(&mut resolved, |resolved| &resolved.pipeline, child);
        let (mut findings, mut gaps) = library.remarks();
        for resolved in &resolved {
            findings.extend(resolved.pipeline.findings.iter().cloned());
            gaps.extend(resolved.pipeline.gaps.iter().cloned());
        }
        Ok(Some(Self { resolved, findings, gaps }))
    }

    /// Whether GitLab would take all of it, as far as it was seen.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        !self.findings.iter().any(refuses) && !self.resolved.is_empty()
    }

    /// Whether all of it was seen.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }
}

/// What the pipelines of a tree include from elsewhere.
#[derive(Debug)]
pub struct Elsewhere {
    /// Where copies of it are said to be.
    pub lock: Lock,
    /// What is asked for, in order.
    pub wanted: Vec<Asked>,
    /// The files that the pipelines were read from.
    pub files: HashSet<FilePath>,
}

/// An include from elsewhere.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What is asked for.
    pub what: Wanted,
    /// Where.
    pub location: Location,
    /// Whether its copy is here.
    pub resolved: bool,
}

impl Elsewhere {
    /// Looks at all pipelines of a tree.
    ///
    /// # Errors
    /// Where the tree cannot be listed.
    pub fn of(tree: &dyn Tree) -> Result<Self, Error> {
        let library = Library::listed(tree)?;
        let mut wanted = Vec::new();
        let mut files = HashSet::new();
        for pipeline in derive::pipelines(&library, &Project::default()) {
            for include in &pipeline.includes {
                if let Some(what) = &include.wanted {
                    let location = include.place.location();
                    wanted.push(Asked { what: what.clone(), location, resolved: include.resolved });
                }
            }
            files.extend(pipeline.files);
        }
        Ok(Self { lock: Lock::read(&library), wanted, files })
    }
}

/// Whether GitLab would not take a pipeline for what a finding says.
fn refuses(finding: &Finding) -> bool {
    [INVALID_PIPELINE.id, engine_formats::BROKEN_DOCUMENT.id].contains(&finding.rule.as_str())
}

/// What is known of the project whose tree this is, by an export of its settings and by its configuration.
///
/// # Errors
/// Where the tree cannot be listed.
pub fn project(tree: &dyn Tree, config: &Config) -> Result<Project, Error> {
    let library = Library::listed(tree)?;
    Ok(derive::project(&library, config))
}

/// The facts of one kind that policies see of a tree under a configuration, each as a JSON object, in the order in which
/// policies see them.
///
/// `None` where there is no such kind. Changes of plans are a stream, and files by themselves are shown as they stand:
/// neither is listed here. `named` are files that the user named.
///
/// # Errors
/// Where the tree cannot be listed.
pub fn facts(tree: &dyn Tree, config: &Config, kind: &str, named: &[FilePath]) -> Result<Option<Vec<String>>, Error> {
    if !engine_facts::SCHEMAS.iter().any(|(known, _)| *known == kind) {
        return Ok(None);
    }
    let library = Library::read(tree, named, false, &Quiet)?;
    let facts = derive::derive(&library, &library, config);
    let everything = Fields::new(["*"]);
    let written = |item: &Item| {
        let mut text = String::new();
        wire::append(item, &everything, &mut text);
        text
    };
    Ok(Some(facts.items.get(kind).into_iter().flatten().map(written).collect()))
}
