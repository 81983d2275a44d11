//! `engine.yaml` of a tree, held against that of the revision that judges it, and the policies that it names.

use engine_config::{Config, ConfigError, FILE_NAME, Written};
use engine_model::{FilePath, Location, Route, Span, Tree, TreeError};

use super::rule::{BROKEN_GATE_SETTINGS, GATE_SETTINGS_CHANGED};
use super::{Compared, Trusted, nameless};
use crate::rulebook::Rulebook;

/// The most errors of a tree's own `engine.yaml` that are told.
const MAX_ERRORS: usize = 20;

/// The most bytes that a policy may have to be compared.
const MAX_POLICY_BYTES: u64 = 64 << 20;

pub(super) fn compare(
    tree: &dyn Tree,
    trusted: &Trusted<'_>,
    config: &Config,
    rulebook: &Rulebook,
    compared: &mut Compared,
) {
    let Some(path) = FilePath::new(FILE_NAME) else { return };
    let whence = trusted.shown();
    let bytes = match tree.read(&path, engine_config::MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(TreeError::NotFound { .. }) => {
            if let Some(file) = &config.file {
                let location = Location { file: file.clone(), span: file.line_span(1) };
                let message = format!("`{FILE_NAME}` of {whence} is gone");
                compared.find_at(GATE_SETTINGS_CHANGED, location, Route::default(), message);
            }
            return;
        }
        Err(error) => {
            let location = Location { file: nameless(path), span: Span::default() };
            let message = format!("once this is merged, the gate does not start: {error}");
            compared.find_at(BROKEN_GATE_SETTINGS, location, Route::default(), message);
            return;
        }
    };
    // What holds without being written is not compared.
    let own = match Config::read_bytes(&path, bytes, Vec::new()) {
        Ok(own) => own,
        Err(errors) => return broken(errors, compared),
    };
    broken(refused(&own, config, rulebook), compared);
    match (&config.file, &own.file) {
        (None, Some(file)) => {
            let location = Location { file: file.clone(), span: file.line_span(1) };
            let message = format!("`{FILE_NAME}` is new: {whence} has none");
            compared.find_at(GATE_SETTINGS_CHANGED, location, Route::default(), message);
        }
        (Some(old), Some(new)) if old.text() != new.text() => {
            for difference in engine_config::differences(config, &own, &whence) {
                compared.find(GATE_SETTINGS_CHANGED, &difference.place, difference.message);
            }
        }
        _ => {}
    }
    policies(tree, trusted, &own, &whence, compared);
}

/// What the gate would refuse about the tree's own `engine.yaml`. Rules of policies that only the tree has are not
/// known here, so that nothing is said where it chooses others.
fn refused(own: &Config, config: &Config, rulebook: &Rulebook) -> Vec<ConfigError> {
    let names = |config: &Config| {
        let chosen = config.policies.as_ref().map(|all| all.iter().map(|one| one.value.clone()).collect::<Vec<_>>());
        (chosen, config.plugins.iter().map(|plugin| plugin.value.clone()).collect::<Vec<_>>())
    };
    if names(own) == names(config) { rulebook.refused(own) } else { Vec::new() }
}

fn broken(errors: Vec<ConfigError>, compared: &mut Compared) {
    for error in errors.into_iter().take(MAX_ERRORS) {
        let message = format!("once this is merged, the gate does not start: {}", error.message);
        if let Some(finding) = compared.find_at(BROKEN_GATE_SETTINGS, error.location, Route::default(), message) {
            finding.help = error.help;
        }
    }
}

/// The bytes of a policy: of its file, or of every file of Rego in the folder of that name.
fn contents(tree: &dyn Tree, path: &FilePath) -> Result<Vec<u8>, TreeError> {
    let missing = match tree.read(path, MAX_POLICY_BYTES) {
        Err(error @ TreeError::NotFound { .. }) | Err(error @ TreeError::Unreadable { .. }) => error,
        read => return read,
    };
    let folder = format!("{path}/");
    let mut bytes = Vec::new();
    let files = tree.list()?.files;
    for entry in files.iter().map(|entry| &entry.path).filter(|file| file.as_str().starts_with(&folder)) {
        if entry.as_str().ends_with(".rego") {
            bytes.extend_from_slice(entry.as_str().as_bytes());
            bytes.push(0);
            bytes.extend(tree.read(entry, MAX_POLICY_BYTES)?);
            bytes.push(0);
        }
    }
    if bytes.is_empty() { Err(missing) } else { Ok(bytes) }
}

/// Policies that both sides name and that are not the same.
fn policies(tree: &dyn Tree, trusted: &Trusted<'_>, own: &Config, whence: &str, compared: &mut Compared) {
    for Written { value: path, place } in &own.plugins {
        let read = |tree: &dyn Tree| contents(tree, path);
        let (rule, message) = match (read(tree), read(trusted.tree)) {
            (Ok(new), Ok(old)) if new == old => continue,
            (Ok(_), Ok(_)) => (GATE_SETTINGS_CHANGED, format!("the policy `{path}` is another one than in {whence}")),
            (Ok(_), Err(_)) => (GATE_SETTINGS_CHANGED, format!("the policy `{path}` is not in {whence}")),
            (Err(error), _) => (BROKEN_GATE_SETTINGS, format!("once this is merged, the gate does not start: {error}")),
        };
        compared.find(rule, place, message);
    }
}
