//! Policies as users of conftest write them: `deny`, `violation` and `warn` of a package, `main` unless somebody says
//! otherwise, asked about one file at a time or about all of them together.
//!
//! What a file looks like to them is not here, and what the rules come to is the machine's.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine_host::{Cache, Interpreter, Manifest, Reads, Rule, Scope};
use engine_model::{Class, FilePath, Location, RuleId, RuleInfo, Severity, SourceFile, Span};
use engine_rego_machine::{Asks, Error as MachineError, Module, Namespaces, PlannedRule, Program, Request};
use globset::{GlobBuilder, GlobMatcher};

use crate::error::PolicyError;
use crate::load::span;
use crate::rule::Rule as OwnRule;
use crate::{Collection, Loaded, metadata};

/// The id of the policy that holds such rules.
const POLICY: &str = "conftest";

/// A package, or a pattern of packages: `*` and `?` stand for any characters and for one, `[…]` for one of some.
#[derive(Clone, Debug)]
pub struct Namespace {
    text: String,
    /// Nothing where it is a name.
    pattern: Option<GlobMatcher>,
}

impl Namespace {
    /// The package `main`.
    #[must_use]
    pub fn main() -> Self {
        Self { text: "main".to_owned(), pattern: None }
    }

    /// Every package.
    #[must_use]
    pub fn all() -> Self {
        Self { text: "*".to_owned(), pattern: None }
    }

    /// Reads one: `main`, `main.*`.
    ///
    /// # Errors
    /// Where it is no pattern, one sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let pattern = if text.contains(['*', '?', '[']) {
            let glob = GlobBuilder::new(text).literal_separator(true).build();
            Some(glob.map_err(|error| format!("it is no pattern: {}", error.kind()))?.compile_matcher())
        } else {
            None
        };
        Ok(Self { text: text.to_owned(), pattern })
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn holds(&self, package: &str) -> bool {
        match &self.pattern {
            Some(pattern) => pattern.is_match(package),
            None => self.text == package || self.text == "*",
        }
    }
}

/// What is asked, and how.
#[derive(Clone, Debug)]
pub struct Conftest {
    /// The packages whose rules are asked.
    pub namespaces: Vec<Namespace>,
    /// The kind of fact that the rules see: a file by itself, or all files together.
    pub kind: &'static str,
    /// What `data` holds besides the modules, as a JSON object; empty for nothing.
    pub data: String,
}

/// The packages of some collections, sorted, without those of rules of our own form and of tests.
#[must_use]
pub fn packages(collections: &[Collection]) -> Vec<String> {
    let files = collections.iter().flat_map(|collection| &collection.shared);
    let mut packages: Vec<String> = files.filter_map(|file| Some(metadata::package(file)?.0)).collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

/// Those namespaces that are asked by name and of which there is no package.
#[must_use]
pub fn missing<'a>(collections: &[Collection], asked: &'a Conftest) -> Vec<&'a str> {
    let mut packages = packages(collections);
    packages.extend(collections.iter().flat_map(|one| &one.rules).map(|rule| rule.package_name().to_owned()));
    let named = asked.namespaces.iter().filter(|namespace| namespace.text != "*");
    named.filter(|namespace| !packages.iter().any(|package| namespace.holds(package))).map(Namespace::as_str).collect()
}

/// Compiles the packages that are asked, of all collections together; nothing where there is none, or none with rules.
#[must_use]
pub fn conftest(
    collections: &[Collection],
    asked: &Conftest,
    interpreter: &Interpreter,
    cache: Option<&Cache>,
) -> Loaded {
    let mut loaded = Loaded::default();
    let is_asked = |package: &str| asked.namespaces.iter().any(|namespace| namespace.holds(package));
    let tests = collections.iter().flat_map(|collection| &collection.tests);
    loaded.errors.extend(tests.filter_map(|file| never_asked(file, &is_asked)));
    // A file with a rule of our own form may have such rules besides.
    let rules = collections.iter().flat_map(|collection| &collection.rules);
    let both: Vec<&OwnRule> = rules.filter(|rule| is_asked(rule.package_name())).collect();
    let mut packages = packages(collections);
    packages.extend(both.iter().map(|rule| rule.package_name().to_owned()));
    packages.sort_unstable();
    packages.dedup();
    packages.retain(|package| is_asked(package));
    if packages.is_empty() {
        return loaded;
    }
    let shared = collections.iter().flat_map(|collection| &collection.shared);
    let sources = Sources::of(shared.chain(both.iter().map(|rule| &rule.file)));
    let request = Request {
        modules: sources.modules(),
        conftest: Some(Namespaces { packages, kind: asked.kind.to_owned() }),
        data: asked.data.clone(),
        exclusive: true,
        lenient: true,
        ..Request::default()
    };
    match compiled(&request, interpreter, cache, &mut loaded) {
        Ok((_, rules)) if rules.is_empty() => {}
        Ok((program, rules)) => match manifest(&rules) {
            Ok(manifest) => loaded.policies.push(interpreter.policy(program, manifest)),
            Err(error) => loaded.errors.push(error),
        },
        Err(said) => loaded.errors.push(sources.told(&said)),
    }
    loaded
}

/// That a file of tests has a rule which is asked anywhere else, where it has.
fn never_asked(file: &Arc<SourceFile>, is_asked: &dyn Fn(&str) -> bool) -> Option<PolicyError> {
    metadata::package(file).filter(|(package, _)| is_asked(package))?;
    let mut at = 0_usize;
    for line in file.text().split_inclusive('\n') {
        let name = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or("");
        if matches!(name.split('_').next(), Some("deny" | "violation" | "warn")) {
            let span = Span::from_range(at..at.saturating_add(name.len()));
            let message = format!("`{name}` is in a file of tests, and would never be asked");
            let error = PolicyError::at(Location { file: Arc::clone(file), span }, message);
            return Some(error.with_help("give it a file whose name does not end in `_test.rego`"));
        }
        at = at.saturating_add(line.len());
    }
    None
}

/// The program, and its rules; or what the interpreter says.
fn compiled(
    request: &Request,
    interpreter: &Interpreter,
    cache: Option<&Cache>,
    loaded: &mut Loaded,
) -> Result<(Vec<u8>, Vec<PlannedRule>), String> {
    let request = serde_json::to_string(request).map_err(|error| error.to_string())?;
    let compiled = interpreter.compile(&request, cache).map_err(|error| format!("it cannot be compiled: {error}"))?;
    loaded.cached.extend(compiled.cache);
    let program = compiled.program?;
    let rules = Program::from_bytes(&program).map_err(|error| error.to_string())?.rules;
    Ok((program, rules))
}

/// The files of the collections, each under a name of its own.
struct Sources(BTreeMap<String, Arc<SourceFile>>);

impl Sources {
    fn of<'a>(all: impl Iterator<Item = &'a Arc<SourceFile>>) -> Self {
        let mut files = BTreeMap::new();
        for file in all {
            let path = file.path().as_str();
            let names = std::iter::once(path.to_owned()).chain((2..).map(|count: u32| format!("{path} ({count})")));
            if let Some(name) = names.into_iter().find(|name| !files.contains_key(name)) {
                files.insert(name, Arc::clone(file));
            }
        }
        Self(files)
    }

    fn modules(&self) -> Vec<Module> {
        let module =
            |(name, file): (&String, &Arc<SourceFile>)| Module { name: name.clone(), text: file.text().to_owned() };
        self.0.iter().map(module).collect()
    }

    /// What the interpreter said, with the place in the file that it means; that of the first file where it means none.
    fn told(&self, said: &str) -> PolicyError {
        let error = serde_json::from_str::<MachineError>(said).ok();
        let placed = error.as_ref().and_then(|error| {
            let file = self.0.get(error.module.as_deref()?)?;
            Some(Location { file: Arc::clone(file), span: span(file, error.line, error.column) })
        });
        let message = error.map_or_else(|| said.to_owned(), |error| error.message);
        let first = || {
            let file = self.0.values().next().cloned();
            let nothing = || FilePath::new(POLICY).map(|path| SourceFile::new(path, String::new()));
            Some(Location { file: file.or_else(nothing)?, span: Span::default() })
        };
        PolicyError { policy: POLICY.to_owned(), message, location: placed.or_else(first), help: None }
    }
}

fn manifest(rules: &[PlannedRule]) -> Result<Manifest, PolicyError> {
    let id: Arc<str> = POLICY.into();
    let rules = rules.iter().map(|rule| declared(rule, &id)).collect::<Result<_, _>>()?;
    Ok(Manifest { id, version: env!("CARGO_PKG_VERSION").to_owned(), rules })
}

/// A rule as the gate knows it: what conftest makes the exit code of counts, and what it only shows does not.
fn declared(rule: &PlannedRule, policy: &Arc<str>) -> Result<Rule, PolicyError> {
    let (title, checks, class, severity) = match &rule.asks {
        Asks::Messages { package, path, is_warning, .. } => {
            let name = path.rsplit('.').next().unwrap_or(path);
            let title = format!("A file is against `{name}` of the package `{package}`");
            let checks = format!("Whatever `{name}` of the package `{package}` says of a file, in its own words.");
            (title, checks, Class::Default, if *is_warning { Severity::Low } else { Severity::High })
        }
        Asks::Exceptions { package, .. } => {
            let title = format!("A file is excepted from rules of the package `{package}`");
            let checks = format!("Which rules `exception` of the package `{package}` keeps out. It decides nothing.");
            (title, checks, Class::Advice, Severity::Info)
        }
        Asks::Findings { .. } => (rule.id.clone(), rule.id.clone(), Class::Default, Severity::High),
    };
    let id = RuleId::new(&rule.id).ok_or_else(|| {
        let message = format!("the rule `{}` cannot be named", rule.id);
        let help = Some("begin the names of packages with a letter".to_owned());
        PolicyError { policy: POLICY.to_owned(), message, location: None, help }
    })?;
    let page = format!("# {id}\n\n## What it checks\n{checks}\n");
    let (policy, practices) = (Arc::clone(policy), Vec::new());
    let whole = |kind: &String| Reads { kind: kind.clone(), fields: vec!["*".to_owned()] };
    Ok(Rule {
        info: RuleInfo { id, policy, title, class, severity, practices, page },
        scope: Scope::Item,
        reads: rule.kinds.iter().map(whole).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::Namespace;

    #[test]
    fn a_namespace_is_a_name_or_a_pattern() {
        let check = |text: &str, package: &str, expect: bool| {
            assert_eq!(Namespace::parse(text).unwrap().holds(package), expect, "{text} {package}");
        };
        check("main", "main", true);
        check("main", "main.gke", false);
        check("main.*", "main.gke", true);
        check("main.*", "main", false);
        check("*", "main.gke", true);
        check("m?in", "main", true);
        check("[a-m]ain", "main", true);
        check("[^m]*", "main", false);
        assert!(Namespace::parse("[a").is_err());
    }
}
