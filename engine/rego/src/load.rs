//! A collection to policies that the sandbox runs: rules of one category are compiled together, and alone where one of
//! them is wrong, so that it takes no other with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine_host::{Cache, Cached, CallError, Interpreter, Manifest, Plugin};
use engine_model::{Location, SourceFile, Span};
use engine_rego_machine::{Asks, Error as MachineError, Program, Request};

use crate::Collection;
use crate::collection::module;
use crate::error::PolicyError;
use crate::metadata;
use crate::rule::Rule;

/// How many rules are compiled together: the machine has room for 256 files.
const TOGETHER: usize = 128;

/// What loading came to.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Policies that are ready.
    pub policies: Vec<Plugin>,
    /// What is wrong: the rules of these are undecided.
    pub errors: Vec<PolicyError>,
    /// What the cache did, once for each policy that was compiled.
    pub cached: Vec<Cached>,
}

/// Compiles the rules of a collection, or takes what was compiled before from the cache.
#[must_use]
pub fn load(collection: &Collection, interpreter: &Interpreter, cache: Option<&Cache>) -> Loaded {
    let mut loader = Loader { collection, interpreter, cache, loaded: Loaded::default() };
    loader.loaded.errors.clone_from(&collection.errors);
    let mut by_category: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for rule in &collection.rules {
        by_category.entry(&rule.category).or_default().push(rule);
    }
    for (category, rules) in by_category {
        for some in rules.chunks(TOGETHER) {
            loader.together(category, some);
        }
    }
    let mut loaded = loader.loaded;
    // What several files share is wrong once.
    let mut seen: Vec<PolicyError> = Vec::new();
    loaded.errors.retain(|error| {
        let new = !seen.iter().any(|one| one.location == error.location && one.message == error.message);
        if new {
            seen.push(error.clone());
        }
        new
    });
    loaded
}

struct Loader<'a> {
    collection: &'a Collection,
    interpreter: &'a Interpreter,
    cache: Option<&'a Cache>,
    loaded: Loaded,
}

impl Loader<'_> {
    /// Compiles rules together; one by one where that fails.
    fn together(&mut self, category: &str, rules: &[&Rule]) {
        match self.compiled(rules) {
            Ok(program) => self.ready(category, rules, program),
            Err(failed) => match rules {
                [] => {}
                [only] => {
                    let error = failed.error(only, self.collection);
                    self.loaded.errors.push(error);
                }
                several => several.iter().for_each(|rule| self.together(category, &[*rule])),
            },
        }
    }

    fn compiled(&mut self, rules: &[&Rule]) -> Result<Vec<u8>, Failed> {
        let shared = self.collection.shared.iter().map(|file| module(file));
        let request = Request {
            modules: shared.chain(rules.iter().map(|rule| module(&rule.file))).collect(),
            rules: rules.iter().map(|rule| rule.request()).collect(),
            names: vec!["findings".to_owned()],
            ..Request::default()
        };
        let request = serde_json::to_string(&request).map_err(|error| Failed::Said(error.to_string()))?;
        let compiled = self.interpreter.compile(&request, self.cache).map_err(Failed::Call)?;
        self.loaded.cached.extend(compiled.cache);
        compiled.program.map_err(Failed::Said)
    }

    fn ready(&mut self, category: &str, rules: &[&Rule], program: Vec<u8>) {
        if let Ok(program) = Program::from_bytes(&program) {
            self.undeclared(&program);
        }
        let id: Arc<str> = category.into();
        let rules = rules.iter().map(|rule| rule.manifest(&id)).collect();
        let manifest = Manifest { id, version: env!("CARGO_PKG_VERSION").to_owned(), rules };
        self.loaded.policies.push(self.interpreter.policy(program, manifest));
    }

    /// A package that makes findings and does not say what it reads would never be asked.
    fn undeclared(&mut self, program: &Program) {
        let is = |asks: &Asks, path: &str| matches!(asks, Asks::Findings { findings, .. } if findings == path);
        let planned = |path: &&String| !program.rules.iter().any(|rule| is(&rule.asks, path));
        for path in program.entries.iter().filter(planned) {
            let Some(name) = path.strip_prefix("data.").and_then(|path| path.strip_suffix(".findings")) else {
                continue;
            };
            for file in &self.collection.shared {
                let Some((package, location)) = metadata::package(file).filter(|(package, _)| package == name) else {
                    continue;
                };
                let message = format!("the package `{package}` makes findings, and does not say what it reads");
                let help = "write a METADATA block in front of it, with `custom.reads`";
                self.loaded.errors.push(PolicyError::at(location, message).with_help(help));
            }
        }
    }
}

/// Why rules could not be compiled.
enum Failed {
    /// What the interpreter says is wrong with them, as JSON.
    Said(String),
    /// It was stopped.
    Call(CallError),
}

impl Failed {
    fn error(&self, rule: &Rule, collection: &Collection) -> PolicyError {
        match self {
            Self::Said(said) => told(rule, said, collection),
            Self::Call(error) => {
                let message = format!("it cannot be compiled: {error}");
                PolicyError { policy: rule.id.to_string(), ..PolicyError::at(rule.package.clone(), message) }
            }
        }
    }
}

/// What the interpreter said, with the place in the file that it means; that of the package where it means none.
fn told(rule: &Rule, said: &str, collection: &Collection) -> PolicyError {
    let Ok(error) = serde_json::from_str::<MachineError>(said) else {
        return PolicyError { policy: rule.id.to_string(), ..PolicyError::at(rule.package.clone(), said) };
    };
    let file = error.module.as_ref().and_then(|name| collection.file(name));
    let location = file.map(|file| Location { file: Arc::clone(file), span: span(file, error.line, error.column) });
    let location = location.unwrap_or_else(|| rule.package.clone());
    PolicyError { policy: rule.id.to_string(), ..PolicyError::at(location, error.message) }
}

/// From a line and a column in characters, both from one, to the end of the word that starts there.
pub(crate) fn span(file: &SourceFile, line: u32, column: u32) -> Span {
    let whole = file.line_span(line);
    let text = file.slice(whole);
    let skipped = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
    let start = text.char_indices().nth(skipped).map_or(text.len(), |(at, _)| at);
    let rest = text.get(start..).unwrap_or("");
    let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
    let length = if word == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { word };
    let start = whole.start.saturating_add(u32::try_from(start).unwrap_or(u32::MAX));
    Span::new(start, start.saturating_add(u32::try_from(length).unwrap_or(0)))
}
