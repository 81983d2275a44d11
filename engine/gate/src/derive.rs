//! Documents to facts: every item that policies may read, and what could not be seen.

use std::collections::{BTreeMap, HashSet};

use engine_facts::gitlab::{self, Pipeline};
use engine_facts::terraform;
use engine_facts::wire::Item;
use engine_model::{FilePath, Finding, Gap, GapCause};

use crate::library::Library;
use crate::recognise::Kind;

/// Every fact of a tree.
#[derive(Debug, Default)]
pub(crate) struct FactSet {
    /// Items by kind; a kind without any item is not here.
    pub(crate) items: BTreeMap<&'static str, Vec<Item>>,
    /// What could not be seen.
    pub(crate) gaps: Vec<Gap>,
    /// What is wrong before any policy looks.
    pub(crate) findings: Vec<Finding>,
    /// Sentences for the first screen.
    pub(crate) understood: Vec<String>,
}

impl FactSet {
    pub(crate) fn count(&self) -> usize {
        self.items.values().map(Vec::len).sum()
    }
}

/// Derives every fact of what was read.
pub(crate) fn derive(library: &Library<'_>) -> FactSet {
    let pipelines = pipelines(library);
    let modules = terraform::derive(&library.documents(Kind::Terraform), &library.unread(Kind::Terraform));
    // Includes are read on the way, so that what is wrong with them is known only now.
    let (findings, gaps) = library.remarks();
    let mut set = FactSet { findings, gaps, ..FactSet::default() };
    set.understood = gitlab::understood(&pipelines);
    set.understood.extend(terraform::understood(&modules));
    for pipeline in &pipelines {
        set.findings.extend(pipeline.findings.iter().cloned());
        set.gaps.extend(pipeline.gaps.iter().cloned());
        let jobs = pipeline.jobs.iter().map(|job| gitlab::job_item(pipeline, job));
        set.items.entry(gitlab::JOB).or_default().extend(jobs);
        set.items.entry(gitlab::PIPELINE).or_default().push(gitlab::pipeline_item(pipeline));
    }
    // That a file was not read is among the library's remarks already.
    set.gaps.extend(modules.gaps.into_iter().filter(|gap| gap.cause != GapCause::BrokenDocument));
    set.items.retain(|_, items| !items.is_empty());
    set
}

/// Every pipeline of the tree: files that are pipelines by name, and the children that their jobs trigger.
///
/// The project's own pipeline comes first and is always there. A file that it includes is a piece of it and not read
/// on its own; that any other file includes one says nothing. A child is always read as one.
fn pipelines(library: &Library<'_>) -> Vec<Pipeline> {
    const OWN: &str = ".gitlab-ci.yml";
    let mut paths: Vec<FilePath> = Vec::new();
    for (path, kind) in library.recognised() {
        match kind {
            Kind::Pipeline | Kind::Component if library.is_pipeline(&path) => paths.push(path),
            Kind::Pipeline | Kind::Component => {}
            Kind::Terraform => {}
        }
    }
    let depth = |path: &FilePath| path.as_str().matches('/').count();
    paths.sort_by_key(|path| (path.as_str() != OWN, depth(path), path.clone()));
    let has_own = paths.first().is_some_and(|path| path.as_str() == OWN);
    let mut pieces: HashSet<FilePath> = HashSet::new();
    let mut out: Vec<Pipeline> = Vec::new();
    for path in paths {
        if pieces.contains(&path) {
            continue;
        }
        if let Some(mut pipeline) = gitlab::derive(library, &path) {
            pipeline.fragment = !library.is_whole(&path);
            if path.as_str() == OWN || !has_own {
                pieces.extend(pipeline.files.iter().cloned());
            }
            out.push(pipeline);
        }
    }
    let mut known: HashSet<String> = HashSet::new();
    let mut at = 0_usize;
    while let Some(children) = out.get(at).map(|pipeline| pipeline.children.clone()) {
        at = at.saturating_add(1);
        for child in children.iter().filter(|child| known.insert(child.key())).collect::<Vec<_>>() {
            if let Some(mut pipeline) = gitlab::derive_child(library, child) {
                pipeline.fragment = true;
                out.push(pipeline);
            }
        }
    }
    out
}
