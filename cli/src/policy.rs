//! `engine policy`: work on policies of one's own.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use engine_config::{Config, ConfigError, FILE_NAME, MAX_BYTES};
use engine_gate::testing::{self, Case};
use engine_gate::{Data, FromDisk, Gate, Trusted};
use engine_host::{Host, Limits};
use engine_model::{FilePath, RuleId, RuleInfo, Tree};
use engine_rego::{Collection, Outcome, PolicyError, Tested};
use engine_tree::WorkingTree;

use crate::args::{Conftest, Policy, PolicyCommand, PolicyTest};
use crate::terminal::harmless;
use crate::{FAIL, PASS, UNDECIDED, placed, setup, terminal};

/// Runs the command.
pub(crate) fn run(policy: &Policy) -> Result<u8> {
    match &policy.command {
        PolicyCommand::Test(test) => self::test(test),
    }
}

/// Runs every test of a folder, prints what failed, and how many passed.
fn test(args: &PolicyTest) -> Result<u8> {
    let folder = args.folder.as_path();
    let tree = WorkingTree::open(folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
    let host = Host::new(Limits::default())?;
    let interpreter = host.interpreter()?;
    let collection = Collection::read(&tree, "")?;
    let mut policies = FromDisk::default();
    for entry in tree.list()?.files.iter().filter(|entry| entry.path.as_str().ends_with(".wasm")) {
        let bytes = tree.read(&entry.path, host.limits().plugin_bytes as u64)?;
        policies.plugins.push(Ok(host.load(entry.path.as_str(), &bytes)?));
    }
    let mut data = Data::default();
    for path in &args.data {
        let (tree, below) = placed::beyond(path)?;
        if data.read(&tree, &below).map_err(placed::wrong)? == 0 {
            bail!("there is no file of data in `{}`: JSON and YAML are read", path.display());
        }
    }
    let asked = setup::conftest(&Conftest::default(), data);
    let loaded = engine_rego::load(&collection, &interpreter, None);
    let collection = [collection];
    let conftest = engine_rego::conftest(&collection, &asked, &interpreter, None);
    let [collection] = &collection;
    let errors: Vec<PolicyError> = loaded.errors.into_iter().chain(conftest.errors).collect();
    if !errors.is_empty() {
        refuse(&errors)?;
    }
    policies.plugins.extend(loaded.policies.into_iter().chain(conftest.policies).map(Ok));
    let rules: Vec<RuleInfo> = policies
        .plugins
        .iter()
        .flatten()
        .flat_map(|plugin| &plugin.manifest().rules)
        .map(|rule| rule.info.clone())
        .collect();
    let ids: Vec<RuleId> = rules.iter().map(|rule| rule.id.clone()).collect();

    let tests = match engine_rego::test(collection, &asked.data, &interpreter) {
        Ok(tests) => tests,
        Err(errors) => refuse(&errors)?,
    };
    let gate = |tree: &dyn Tree, trusted: Option<&Trusted<'_>>| {
        Gate::with(policies.clone(), config(trusted.map_or(tree, |trusted| trusted.tree))?)
    };
    let mut cases = testing::pages(rules.iter().filter(|rule| rule.page.contains("\n## Bad")), &gate)?;
    cases.extend(testing::fixtures(&tree, "", &ids, &gate)?);
    tell(folder, &tests, &cases)
}

/// What a tree's own `engine.yaml` says, or what holds without one.
fn config(tree: &dyn Tree) -> Result<Config, engine_gate::Error> {
    let branches = || vec!["main".to_owned(), "master".to_owned()];
    let path = FilePath::new(FILE_NAME).filter(|path| tree.read(path, MAX_BYTES).is_ok());
    let Some(path) = path else { return Ok(Config::default_for(branches())) };
    let bytes = tree.read(&path, MAX_BYTES)?;
    Config::read_bytes(&path, bytes, branches()).map_err(engine_gate::Error::Config)
}

/// What is wrong with policies, to be shown at its places. What has none is an error of its own.
fn refuse<T>(errors: &[PolicyError]) -> Result<T> {
    let placed = errors.iter().filter_map(|error| {
        let location = error.location.clone()?;
        Some(ConfigError { message: error.message.clone(), location, help: error.help.clone() })
    });
    let placed: Vec<ConfigError> = placed.collect();
    match errors.iter().find(|error| error.location.is_none()) {
        Some(error) => bail!("the policy `{}` cannot be loaded: {}", error.policy, error.message),
        None => Err(setup::WrongConfig(placed).into()),
    }
}

fn tell(folder: &Path, tests: &[Tested], cases: &[Case]) -> Result<u8> {
    let mut text = String::new();
    let mut failed = 0_usize;
    for test in tests.iter().filter(|test| test.outcome != Outcome::Passed) {
        failed += 1;
        let place = test.location.as_ref().map(|location| {
            format!("{}:{}: ", folder.join(location.file.path().as_str()).display(), location.start().line)
        });
        let place = place.unwrap_or_default();
        match &test.outcome {
            Outcome::Stopped(reason) => {
                writeln!(text, "failed: {place}{}: {}", harmless(&test.name), harmless(reason))?;
            }
            _ => writeln!(text, "failed: {place}{}: it is not true", harmless(&test.name))?,
        }
        for line in test.prints.iter().take(20) {
            writeln!(text, "  printed: {}", harmless(line))?;
        }
    }
    for case in cases.iter().filter(|case| !case.wrong.is_empty()) {
        failed += 1;
        writeln!(text, "failed: {}", harmless(&case.name))?;
        for line in &case.wrong {
            writeln!(text, "  {}", harmless(line))?;
        }
    }
    let all = tests.len().saturating_add(cases.len());
    if all == 0 {
        terminal::print(&format!("there is no policy with a test in `{}`\n", folder.display()))?;
        return Ok(UNDECIDED);
    }
    writeln!(text, "{} passed, {failed} failed", all.saturating_sub(failed))?;
    terminal::print(&text)?;
    Ok(if failed > 0 { FAIL } else { PASS })
}
