//! The files of a folder of policies, read through a tree and told apart: rules, tests, what they share.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine_formats::Source;
use engine_model::{FilePath, Location, Skipped, SourceFile, Span, Tree, TreeError};
use engine_rego_machine::Module;

use crate::error::PolicyError;
use crate::metadata;
use crate::rule::Rule;

/// The most bytes that a file of a policy may have.
pub const MAX_POLICY_BYTES: u64 = 1 << 20;

/// The most files that a folder of policies may have.
const MAX_FILES: usize = 10_000;

/// The files of a folder of policies.
#[derive(Debug, Default)]
pub struct Collection {
    /// Files by path.
    files: BTreeMap<String, Arc<SourceFile>>,
    /// Rules, sorted by path.
    pub(crate) rules: Vec<Rule>,
    /// Files of packages that are neither a rule nor a test, sorted by path.
    pub(crate) shared: Vec<Arc<SourceFile>>,
    /// Files of tests, sorted by path.
    pub(crate) tests: Vec<Arc<SourceFile>>,
    /// What is wrong with files.
    pub(crate) errors: Vec<PolicyError>,
}

impl Collection {
    /// Reads every `.rego` file below `folder` (the empty string for all of the tree), and the page beside each rule.
    /// A file that is wrong does not stop the others.
    ///
    /// # Errors
    /// Where the tree cannot be listed.
    pub fn read(tree: &dyn Tree, folder: &str) -> Result<Self, TreeError> {
        let folder = folder.trim_matches('/');
        let below = |path: &str| {
            folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let listing = tree.list()?;
        let found = listing.files.iter().map(|entry| &entry.path);
        let paths: Vec<&FilePath> = found.filter(|path| is_rego(path.as_str()) && below(path.as_str())).collect();
        let mut collection = Self::default();
        for skipped in listing.skipped.iter().filter(|skipped| below(&skipped.name) && may_hold_rules(&skipped.name)) {
            collection.errors.push(unread(skipped));
        }
        for path in paths.iter().take(MAX_FILES) {
            collection.add(tree, path);
        }
        if let Some(path) = paths.get(MAX_FILES) {
            let message = format!("`{folder}` has {} files of Rego, the limit is {MAX_FILES}", paths.len());
            let file = SourceFile::new((*path).clone(), String::new());
            collection.errors.push(PolicyError::at(Location { file, span: Span::default() }, message));
        }
        collection.hold_apart();
        Ok(collection)
    }

    /// Whether there is nothing at all, not even something wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.errors.is_empty()
    }

    /// Whether it declares rules with findings of our own form.
    #[must_use]
    pub fn has_rules(&self) -> bool {
        !self.rules.is_empty() || !self.errors.is_empty()
    }

    /// The file of this path.
    pub(crate) fn file(&self, path: &str) -> Option<&Arc<SourceFile>> {
        self.files.get(path)
    }

    fn add(&mut self, tree: &dyn Tree, path: &FilePath) {
        let nothing = || Location { file: SourceFile::new(path.clone(), String::new()), span: Span::default() };
        let bytes = match tree.read(path, MAX_POLICY_BYTES) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.errors.push(PolicyError::at(nothing(), error.to_string()));
                return;
            }
        };
        let file = match engine_formats::source(path, bytes) {
            Source::Text(file) => file,
            Source::Broken(finding) => {
                let message = finding.map_or_else(|| "this is no text".to_owned(), |finding| finding.message.clone());
                self.errors.push(PolicyError::at(nothing(), message));
                return;
            }
        };
        self.files.insert(path.to_string(), Arc::clone(&file));
        let is_test = path.as_str().to_ascii_lowercase().ends_with("_test.rego");
        match metadata::read(&file) {
            Ok(Some(declared)) if is_test => {
                let message = "a file of tests declares a rule, which would never be asked";
                let error = PolicyError::at(declared.location, message);
                self.errors.push(error.with_help("give the rule a file whose name does not end in `_test.rego`"));
            }
            _ if is_test => self.tests.push(file),
            Ok(Some(declared)) => {
                let page = path.sibling("rule.md").and_then(|page| tree.read(&page, MAX_POLICY_BYTES).ok());
                let page = page.and_then(|bytes| String::from_utf8(bytes).ok());
                self.rules.push(Rule::new(file, declared, page));
            }
            Ok(None) => self.shared.push(file),
            Err(errors) => self.errors.extend(errors),
        }
    }

    /// Of two rules with one id none runs: nobody could say which one a finding is of.
    fn hold_apart(&mut self) {
        let mut by_id: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, rule) in self.rules.iter().enumerate() {
            by_id.entry(rule.id.to_string()).or_default().push(index);
        }
        let mut twice = Vec::new();
        for (id, indices) in by_id.into_iter().filter(|(_, indices)| indices.len() > 1) {
            let first = indices.first().and_then(|index| self.rules.get(*index));
            let first = first.map_or_else(String::new, |rule| rule.file.path().to_string());
            for rule in indices.iter().skip(1).filter_map(|index| self.rules.get(*index)) {
                let message = format!("the rule `{id}` exists already, in `{first}`: a rule's id exists once");
                let error = PolicyError::at(rule.package.clone(), message);
                self.errors
                    .push(PolicyError { policy: id.clone(), ..error }.with_help("give one of them another name"));
            }
            twice.extend(indices);
        }
        twice.sort_unstable();
        for index in twice.into_iter().rev() {
            self.rules.remove(index);
        }
    }
}

/// Whether a file is one of Rego by its name.
fn is_rego(path: &str) -> bool {
    path.to_ascii_lowercase().ends_with(".rego")
}

/// Whether what a tree does not read may be a rule, or a folder of them: its name says so, or says nothing.
fn may_hold_rules(name: &str) -> bool {
    let last = name.trim_end_matches('/').rsplit('/').next().unwrap_or(name);
    is_rego(name) || name.ends_with('/') || !last.trim_start_matches('.').contains('.')
}

/// A rule that is left out is one that finds nothing.
fn unread(skipped: &Skipped) -> PolicyError {
    let message = format!("`{}` is not read: {}", skipped.name, skipped.reason);
    let file = FilePath::new(skipped.name.trim_end_matches('/')).map(|path| SourceFile::new(path, String::new()));
    let location = file.map(|file| Location { file, span: Span::default() });
    let help = Some("a folder of policies holds its files itself".to_owned());
    PolicyError { policy: skipped.name.clone(), message, location, help }
}

/// A file as the machine takes it.
pub(crate) fn module(file: &SourceFile) -> Module {
    Module { name: file.path().to_string(), text: file.text().to_owned() }
}
