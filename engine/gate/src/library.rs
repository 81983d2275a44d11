//! Every file that a check reads, parsed once.

use std::collections::{BTreeMap, HashSet};
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use engine_facts::kubernetes;
use engine_facts::parsed::{self, Named};
use engine_facts::terraform::plan::{self, Plan, Unread};
use engine_formats::{MAX_FILE_BYTES, Parsed, Source, hcl, hcl1, json, toml, yaml};
use engine_model::{Document, FilePath, Finding, Gap, GapCause, Listing, Tree, TreeError};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use sha2::{Digest as _, Sha256};

use crate::progress::{Progress, Step};
use crate::recognise::{Kind, recognise};

/// Below this many files, threads cost more than they save.
const PARALLEL_FROM: usize = 8;

/// A file that was read.
#[derive(Clone, Debug)]
struct Entry {
    /// What it turned out to be.
    kind: Kind,
    document: Option<Arc<Document>>,
    findings: Vec<Finding>,
    gap: Option<(GapCause, String, Option<engine_model::Location>)>,
}

impl Entry {
    /// A file of which nothing is said.
    fn silent(kind: Kind) -> Self {
        Self { kind, document: None, findings: Vec::new(), gap: None }
    }
}

/// How much of a file tells whether it is a plan.
const HEAD_BYTES: u64 = 256;

/// The plans of a tree.
#[derive(Debug, Default)]
pub(crate) struct Plans {
    /// Those that were read to their end, sorted by path.
    pub(crate) read: Vec<Plan>,
    /// What is to be said of the others.
    pub(crate) unread: Vec<Unread>,
}

/// Every file that a check reads, parsed once and kept. Plans are read as streams, and not kept.
pub(crate) struct Library<'t> {
    tree: &'t dyn Tree,
    listing: Listing,
    named: HashSet<FilePath>,
    entries: Mutex<BTreeMap<FilePath, Arc<Entry>>>,
    scripts: Mutex<BTreeMap<FilePath, Option<Arc<Document>>>>,
    /// Files that are plans, or that the user named as if they were.
    plans: Vec<FilePath>,
    /// Whether policies see files as they stand, so that one which is nothing else is read all the same.
    shows: bool,
}

impl<'t> Library<'t> {
    /// Lists the tree, then reads and parses every file that is recognised. `shows` says that policies see files as they
    /// stand besides.
    pub(crate) fn read(
        tree: &'t dyn Tree,
        named: &[FilePath],
        shows: bool,
        progress: &dyn Progress,
    ) -> Result<Self, TreeError> {
        let listing = tree.list()?;
        let named = named.iter().cloned().collect();
        let (entries, scripts) = (Mutex::default(), Mutex::default());
        let mut library = Self { tree, listing, named, entries, scripts, plans: Vec::new(), shows };
        let mut wanted = library.recognised();
        library.plans = wanted.extract_if(.., |(_, kind)| *kind == Kind::Plan).map(|(path, _)| path).collect();
        library.plans = library.plans.iter().filter(|path| library.is_plan(path)).cloned().collect();
        progress.begin(Step::Read, wanted.len());
        let load = |(path, kind): (FilePath, Kind)| {
            let entry = library.load(&path, kind);
            progress.advance();
            entry.map(|entry| (path, Arc::new(entry)))
        };
        let loaded: Vec<_> = if wanted.len() < PARALLEL_FROM {
            wanted.into_iter().filter_map(load).collect()
        } else {
            wanted.into_par_iter().filter_map(load).collect()
        };
        library.lock().extend(loaded);
        Ok(library)
    }

    /// Lists the tree, and reads a file only when it is asked for.
    pub(crate) fn listed(tree: &'t dyn Tree) -> Result<Self, TreeError> {
        let listing = tree.list()?;
        let (entries, scripts) = (Mutex::default(), Mutex::default());
        Ok(Self { tree, listing, named: HashSet::new(), entries, scripts, plans: Vec::new(), shows: false })
    }

    /// The tree that is read.
    pub(crate) fn tree(&self) -> &'t dyn Tree {
        self.tree
    }

    /// Whether a pipeline's file is there and could not be read to its end.
    pub(crate) fn is_broken(&self, path: &FilePath) -> bool {
        self.entry(path, Kind::Pipeline).gap.is_some()
    }

    /// Files that are recognised, sorted by path.
    pub(crate) fn recognised(&self) -> Vec<(FilePath, Kind)> {
        let kind = |path: &FilePath| recognise(path, self.named.contains(path)).map(|kind| (path.clone(), kind));
        self.listing.files.iter().filter_map(|entry| kind(&entry.path)).collect()
    }

    /// Whether a file is to be read as a plan: it begins like one, or the user named it.
    fn is_plan(&self, path: &FilePath) -> bool {
        let mut head = Vec::new();
        let begins = |head: &mut Vec<u8>| {
            let read = self.open(path).map(|source| source.take(HEAD_BYTES).read_to_end(head));
            matches!(read, Ok(Ok(_))) && engine_formats::plan::looks_like(head)
        };
        (self.named.contains(path) && !self.shows) || begins(&mut head)
    }

    /// A file to be read piece by piece.
    pub(crate) fn open(&self, path: &FilePath) -> Result<Box<dyn Read + Send>, TreeError> {
        self.tree.open(path)
    }

    /// The plans of the tree. `keep` says by a resource's type whether its values are wanted.
    pub(crate) fn plans(&self, keep: &dyn Fn(&str) -> bool) -> Plans {
        let mut plans = Plans::default();
        for path in &self.plans {
            match self.open(path).map(|source| plan::read(path, source, keep)) {
                Ok(Ok(plan)) => plans.read.push(plan),
                Ok(Err(unread)) => plans.unread.push(*unread),
                Err(error) => {
                    let kind = Kind::Plan.fact();
                    let (cause, message) = (GapCause::UnreadFile, error.to_string());
                    let gap = Gap { kind, fields: &[], cause, message, location: None, way_out: way_out(cause) };
                    plans.unread.push(Unread { findings: Vec::new(), gaps: vec![gap] });
                }
            }
        }
        plans
    }

    /// How many files there are: those the tree lists, and those that were read beyond them.
    pub(crate) fn file_count(&self) -> usize {
        let beyond = self.lock().iter().filter(|(path, entry)| entry.document.is_some() && !self.lists(path)).count();
        self.listing.files.len().saturating_add(beyond)
    }

    /// Whether the tree lists a file.
    fn lists(&self, path: &FilePath) -> bool {
        self.listing.files.binary_search_by(|entry| entry.path.cmp(path)).is_ok()
    }

    /// Documents of one kind that were parsed, sorted by path.
    pub(crate) fn documents(&self, kind: Kind) -> Vec<Arc<Document>> {
        let entries = self.lock();
        entries.values().filter(|entry| entry.kind == kind).filter_map(|entry| entry.document.clone()).collect()
    }

    /// Documents of one kind, sorted by path, also those that nobody has asked for before.
    pub(crate) fn all(&self, kind: Kind) -> Vec<Arc<Document>> {
        let wanted = self.recognised().into_iter().filter(|(_, is)| *is == kind);
        wanted.filter_map(|(path, _)| self.entry(&path, kind).document.clone()).collect()
    }

    /// Whether a file turned out to be of a kind.
    fn holds(&self, path: &FilePath, kind: Kind) -> bool {
        self.lock().get(path).is_some_and(|entry| entry.kind == kind)
    }

    /// Whether the user named a file.
    pub(crate) fn is_named(&self, path: &FilePath) -> bool {
        self.named.contains(path)
    }

    /// The files that the tree lists, sorted.
    pub(crate) fn file_paths(&self) -> impl Iterator<Item = &FilePath> {
        self.listing.files.iter().map(|entry| &entry.path)
    }

    /// Recognised files that were not read to their end, sorted by path.
    pub(crate) fn unread(&self, kind: Kind) -> Vec<FilePath> {
        let wanted = self.recognised().into_iter().filter(|(_, is)| *is == kind).map(|(path, _)| path);
        let entries = self.lock();
        wanted
            .filter(|path| entries.get(path).is_none_or(|entry| entry.gap.is_some() || entry.document.is_none()))
            .collect()
    }

    /// Whether a pipeline's file is a pipeline by its name, and no piece that others include or trigger.
    pub(crate) fn is_whole(&self, path: &FilePath) -> bool {
        recognise(path, false) == Some(Kind::Pipeline)
    }

    /// Whether the engine reads a file as anything.
    fn is_read(&self, path: &FilePath) -> bool {
        if self.shows && parsed::named(path) != Named::Nothing {
            return true;
        }
        match recognise(path, true) {
            Some(Kind::Terraform | Kind::TerraformLock | Kind::Settings) => true,
            Some(Kind::Runner) => self.holds(path, Kind::Runner),
            // A named file that is no plan says so itself.
            Some(Kind::Plan) => true,
            Some(Kind::VaultPolicy) => {
                self.lock().get(path).is_some_and(|entry| entry.document.is_some() || entry.gap.is_some())
            }
            Some(Kind::Pipeline | Kind::Component | Kind::Kubernetes) => {
                self.is_pipeline(path) || self.holds(path, Kind::Kubernetes)
            }
            None => false,
        }
    }

    /// Whether a file is a pipeline. One that is only named, and not called as pipelines are, must read like one.
    pub(crate) fn is_pipeline(&self, path: &FilePath) -> bool {
        match recognise(path, false) {
            Some(Kind::Pipeline) => return true,
            // A component that is none was read as nothing, or as something else.
            Some(Kind::Component) if !self.named.contains(path) => return self.holds(path, Kind::Component),
            Some(Kind::Component) => return !self.holds(path, Kind::Kubernetes),
            _ => {}
        }
        let entry = self.entry(path, Kind::Pipeline);
        if entry.kind != Kind::Pipeline {
            return false;
        }
        entry.gap.is_some() || entry.document.as_deref().is_some_and(engine_facts::gitlab::is_pipeline)
    }

    /// How many documents there are.
    pub(crate) fn document_count(&self) -> usize {
        self.lock().values().filter(|entry| entry.document.is_some()).count().saturating_add(self.plans.len())
    }

    /// What is wrong with the texts of the files that were read, and what could not be read.
    pub(crate) fn remarks(&self) -> (Vec<Finding>, Vec<Gap>) {
        let mut findings = Vec::new();
        let mut gaps = Vec::new();
        let mut unknown: Vec<&FilePath> = self.named.iter().filter(|path| !self.is_read(path)).collect();
        unknown.sort();
        let mut has_objects = false;
        for entry in self.lock().values() {
            findings.extend(entry.findings.iter().cloned());
            has_objects |= entry.kind == Kind::Kubernetes && entry.document.is_some();
            let (kind, fields) = (entry.kind.fact(), entry.kind.fields());
            if let Some((cause, message, location)) = entry.gap.clone() {
                gaps.push(Gap { kind, fields, cause, message, location, way_out: way_out(cause) });
            }
        }
        // The templates of one chart say the same, one beside the other.
        gaps.dedup();
        for path in unknown {
            gaps.push(Gap {
                kind: "",
                fields: &[],
                cause: GapCause::NotEvaluated,
                message: format!("`{path}` is named, and is nothing that the engine reads"),
                location: None,
                way_out: None,
            });
        }
        for skipped in &self.listing.skipped {
            let kind = FilePath::new(&skipped.name).and_then(|path| recognise(&path, false));
            // Any YAML file may hold an object; that one does is likely only where others do.
            if let Some(kind) = kind.filter(|kind| *kind != Kind::Kubernetes || has_objects) {
                let message = format!("`{}` is not read: {}", skipped.name, skipped.reason);
                let (kind, cause) = (kind.fact(), GapCause::UnreadFile);
                gaps.push(Gap { kind, fields: &[], cause, message, location: None, way_out: way_out(cause) });
            }
        }
        (findings, gaps)
    }

    fn entry(&self, path: &FilePath, kind: Kind) -> Arc<Entry> {
        if let Some(entry) = self.lock().get(path) {
            return Arc::clone(entry);
        }
        match self.load(path, kind) {
            Some(entry) => Arc::clone(self.lock().entry(path.clone()).or_insert(Arc::new(entry))),
            None => Arc::new(Entry::silent(kind)),
        }
    }

    /// Reads and parses a file; `None` where it is not there, or nothing of its kind.
    fn load(&self, path: &FilePath, kind: Kind) -> Option<Entry> {
        let bytes = match self.tree.read(path, MAX_FILE_BYTES) {
            Ok(bytes) => bytes,
            Err(TreeError::NotFound { .. }) => return None,
            // Nobody knows of a YAML file of any name that it would have been an object.
            Err(_) if kind == Kind::Kubernetes => return None,
            Err(error) => {
                let gap = Some((GapCause::UnreadFile, error.to_string(), None));
                return Some(Entry { gap, ..Entry::silent(kind) });
            }
        };
        let kind = self.settled(path, kind, &bytes)?;
        let file = match engine_formats::source(path, bytes) {
            Source::Text(file) => file,
            Source::Broken(finding) => {
                let gap = finding.as_ref().map(|finding| {
                    (GapCause::BrokenDocument, format!("`{path}` is not text"), Some(finding.location.clone()))
                });
                let findings = finding.into_iter().map(|finding| *finding).collect();
                return Some(Entry { findings, gap, ..Entry::silent(kind) });
            }
        };
        if kind == Kind::Kubernetes
            && file.text().contains("{{")
            && let Some(chart) = self.chart(path)
        {
            let message = format!("the Helm chart `{chart}` has templates that are not rendered");
            return Some(Entry { gap: Some((GapCause::NotRendered, message, None)), ..Entry::silent(kind) });
        }
        let Parsed { document, findings, broken } = match kind {
            Kind::Terraform if path.file_name().ends_with(".json") => hcl::parse_json(&file),
            Kind::Terraform | Kind::TerraformLock => hcl::parse(&file),
            Kind::VaultPolicy => hcl1::parse(&file),
            Kind::Plan => return None,
            Kind::Settings => json::parse(&file),
            Kind::Runner => toml::parse(&file),
            Kind::Pipeline | Kind::Component => engine_facts::gitlab::parse(&file),
            Kind::Kubernetes => yaml::parse(&file),
        };
        let location = findings.first().map(|finding| finding.location.clone());
        let gap = broken.map(|cause| (cause, message(cause, path), location));
        Some(Entry { kind, document, findings, gap })
    }

    /// What a file is by its text as well as by its name; `None` where that is nothing the engine reads.
    fn settled(&self, path: &FilePath, kind: Kind, bytes: &[u8]) -> Option<Kind> {
        let text = String::from_utf8_lossy(bytes);
        let objects = || kubernetes::looks_like(&text).then_some(Kind::Kubernetes);
        match kind {
            // Helm charts keep their templates in a folder of the same name.
            Kind::Component if !text.lines().any(|line| line.starts_with("spec:")) => objects(),
            // A file that is only named, or included, may be either.
            Kind::Pipeline if recognise(path, false) != Some(Kind::Pipeline) => objects().or(Some(kind)),
            Kind::Kubernetes => objects(),
            // Nomad, Packer and Terragrunt have files of this ending too.
            Kind::VaultPolicy if !has_stanzas(&text) => None,
            // Many programs call theirs so.
            Kind::Runner if !text.contains("runners]]") => None,
            kind => Some(kind),
        }
    }

    /// The directory of the Helm chart that a file is a template of.
    fn chart(&self, path: &FilePath) -> Option<String> {
        let directory = path.directory();
        let mut folders = directory.match_indices("templates").filter(|(at, name)| {
            let whole = |rest: &str| rest.is_empty() || rest.starts_with('/');
            let before = directory.get(..*at).unwrap_or("");
            (before.is_empty() || before.ends_with('/'))
                && whole(directory.get(at.saturating_add(name.len())..).unwrap_or(""))
        });
        folders.find_map(|(at, _)| {
            let chart = directory.get(..at)?.trim_end_matches('/');
            let file = FilePath::new(&format!("{chart}/Chart.yaml"))?;
            self.lists(&file).then(|| if chart.is_empty() { ".".to_owned() } else { chart.to_owned() })
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<FilePath, Arc<Entry>>> {
        // Nothing that holds the lock can panic half-way through a change.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a text may have a stanza of a Vault policy: the word `path` and then a label, or an object under it.
fn has_stanzas(text: &str) -> bool {
    text.match_indices("path").any(|(at, word)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let rest = text.get(at.saturating_add(word.len())..).unwrap_or("");
        let quoted = before == Some('"') && rest.starts_with('"');
        if !quoted && before.is_some_and(|c| c.is_alphanumeric() || "_-.\"'/$".contains(c)) {
            return false;
        }
        let rest = if quoted { rest.get(1..).unwrap_or("") } else { rest }.trim_start();
        match rest.strip_prefix(['=', ':']) {
            // An attribute `path` of some other product is no object.
            Some(value) => value.trim_start().starts_with(['{', '[']),
            None => rest.starts_with(['"', '\'', '{', '<']),
        }
    })
}

fn message(cause: GapCause, path: &FilePath) -> String {
    match cause {
        GapCause::NotRendered => format!("`{path}` is a template and not YAML before it is rendered"),
        _ => format!("`{path}` cannot be read to its end"),
    }
}

/// What settles a gap of this cause, where anybody knows.
pub(crate) fn way_out(cause: GapCause) -> Option<String> {
    let text = match cause {
        GapCause::BrokenDocument => "mend the file where the finding points",
        GapCause::UnreadFile => "make the file a readable text of at most 8 MiB, or remove it",
        GapCause::NotRendered => "render the template and check what comes out",
        _ => return None,
    };
    Some(text.to_owned())
}

impl engine_facts::gitlab::Library for Library<'_> {
    fn yaml(&self, path: &FilePath) -> Option<Arc<Document>> {
        self.entry(path, Kind::Pipeline).document.clone()
    }

    fn paths(&self) -> Vec<FilePath> {
        self.listing.files.iter().map(|entry| entry.path.clone()).collect()
    }

    fn exists(&self, path: &FilePath) -> bool {
        self.lists(path) || !matches!(self.tree.read(path, MAX_FILE_BYTES), Err(TreeError::NotFound { .. }))
    }

    fn digest(&self, path: &FilePath) -> Option<Vec<u8>> {
        let bytes = self.tree.read(path, MAX_FILE_BYTES).ok()?;
        Some(Sha256::digest(bytes).to_vec())
    }

    fn script(&self, path: &FilePath) -> Option<Arc<Document>> {
        let mut scripts = self.scripts.lock().unwrap_or_else(PoisonError::into_inner);
        let read = || {
            let bytes = self.tree.read(path, MAX_FILE_BYTES).ok()?;
            match engine_formats::source(path, bytes) {
                Source::Text(file) => Some(engine_facts::gitlab::script_document(&file)),
                Source::Broken(_) => None,
            }
        };
        scripts.entry(path.clone()).or_insert_with(read).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::has_stanzas;

    #[test]
    fn a_policy_is_told_from_other_files_of_its_ending() {
        for policy in [
            "path \"secret/*\" {\n}",
            "# comment\n\u{feff}path \"a\"\n{",
            "path '*' {}",
            "{\"path\":{\"*\":{}}}",
            "{ \"path\" : [{}] }",
            "path = { \"a\" = {} }",
            "path <<EOF\n*\nEOF\n{}",
            "\"path\" \"a\" {}",
        ] {
            assert!(has_stanzas(policy), "{policy}");
        }
        for other in [
            "include {\n  path = find_in_parent_folders()\n}",
            "xpath \"a\" {}",
            "path = \"/health\"",
            "job \"a\" {}",
            "",
        ] {
            assert!(!has_stanzas(other), "{other}");
        }
    }
}
