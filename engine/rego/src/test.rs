//! Tests of rules: every rule of a `_test.rego` file whose name begins with `test_`, run in the sandbox.

use std::sync::Arc;

use engine_host::Interpreter;
use engine_model::{Location, SourceFile, Span};
use engine_rego_machine::{Error as MachineError, Program, Request};
use serde::{Deserialize, Serialize};

use crate::Collection;
use crate::collection::module;
use crate::error::PolicyError;
use crate::load::span;
use crate::metadata;

/// What one test came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tested {
    /// Its path: `terraform.local_state_test.test_no_backend`.
    pub name: String,
    /// Where it is written, as far as that can be told.
    pub location: Option<Location>,
    /// Whether it holds.
    pub outcome: Outcome,
    /// What it printed, a line each.
    pub prints: Vec<String>,
}

/// Whether a test holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is true.
    Passed,
    /// It is false, or undefined.
    Failed,
    /// It could not be evaluated, and why.
    Stopped(String),
}

/// What is asked of the interpreter.
#[derive(Debug, Serialize)]
struct Asked<'a> {
    entries: [&'a str; 1],
}

/// What it tells.
#[derive(Debug, Deserialize)]
struct Told {
    value: Option<String>,
    prints: Vec<String>,
    error: Option<MachineError>,
}

/// Runs every test of a collection, each in an instance of its own, in the order of their names. `data` is what they
/// see besides the modules, as a JSON object; empty for nothing.
///
/// # Errors
/// What is wrong with the files: nothing was run then.
pub fn test(collection: &Collection, data: &str, interpreter: &Interpreter) -> Result<Vec<Tested>, Vec<PolicyError>> {
    if !collection.errors.is_empty() {
        return Err(collection.errors.clone());
    }
    let rules = collection.rules.iter().map(|rule| &rule.file);
    // Where there is no rule of our own form the folder is conftest's, and asked as OPA is.
    let lenient = collection.rules.is_empty();
    let mut tested = Vec::new();
    let mut errors = Vec::new();
    for file in &collection.tests {
        // A test sees the rules and what they share, and no other test: one that is broken stops itself alone.
        let others = rules.clone().chain(&collection.shared);
        let modules = others.chain([file]).map(|file| module(file)).collect();
        match run(file, modules, data, lenient, interpreter) {
            Ok(some) => tested.extend(some),
            Err(error) => errors.push(*error),
        }
    }
    if errors.is_empty() { Ok(tested) } else { Err(errors) }
}

fn run(
    file: &Arc<SourceFile>,
    modules: Vec<engine_rego_machine::Module>,
    data: &str,
    lenient: bool,
    interpreter: &Interpreter,
) -> Result<Vec<Tested>, Box<PolicyError>> {
    let top = || Location { file: Arc::clone(file), span: Span::default() };
    let stopped = |message: String| Box::new(PolicyError::at(top(), message));
    let (names, data) = (vec!["test_".to_owned()], data.to_owned());
    let request = Request { modules, names, data, lenient, ..Request::default() };
    let request = serde_json::to_string(&request).map_err(|error| stopped(error.to_string()))?;
    let compiled = interpreter.compile(&request, None).map_err(|error| stopped(error.to_string()))?;
    let bytes = compiled.program.map_err(|said| match serde_json::from_str::<MachineError>(&said) {
        Ok(error) if error.module.as_deref() == Some(file.path().as_str()) => {
            let location = Location { file: Arc::clone(file), span: span(file, error.line, error.column) };
            Box::new(PolicyError::at(location, error.message))
        }
        Ok(error) => stopped(error.to_string()),
        Err(_) => stopped(said),
    })?;
    let program = Program::from_bytes(&bytes).map_err(|error| stopped(error.to_string()))?;
    let package = metadata::package(file).map(|(package, _)| format!("data.{package}.")).unwrap_or_default();
    let ours = program.entries.iter().filter(|entry| entry.starts_with(&package));
    Ok(ours.map(|entry| one(file, entry, &bytes, interpreter)).collect())
}

fn one(file: &Arc<SourceFile>, entry: &str, program: &[u8], interpreter: &Interpreter) -> Tested {
    let asked = serde_json::to_string(&Asked { entries: [entry] }).unwrap_or_default();
    let (outcome, prints) = match interpreter.evaluate(program, &asked) {
        Err(error) => (Outcome::Stopped(error.to_string()), Vec::new()),
        Ok(Err(said)) => (Outcome::Stopped(said), Vec::new()),
        Ok(Ok(told)) => match serde_json::from_str::<[Told; 1]>(&told) {
            Ok([Told { error: Some(error), prints, .. }]) => (Outcome::Stopped(error.to_string()), prints),
            Ok([Told { value, prints, .. }]) if value.as_deref() == Some("true") => (Outcome::Passed, prints),
            Ok([Told { prints, .. }]) => (Outcome::Failed, prints),
            Err(error) => (Outcome::Stopped(error.to_string()), Vec::new()),
        },
    };
    let name = entry.strip_prefix("data.").unwrap_or(entry).to_owned();
    let head = name.rsplit('.').next().unwrap_or(&name).to_owned();
    let starts = |line: &str| {
        line.strip_prefix(head.as_str())
            .is_some_and(|rest| !rest.starts_with(|c: char| c == '_' || c.is_alphanumeric()))
    };
    let line = file.text().lines().position(starts).and_then(|line| u32::try_from(line.saturating_add(1)).ok());
    let location = line.map(|line| Location { file: Arc::clone(file), span: span(file, line, 1) });
    Tested { name, location, outcome, prints }
}
