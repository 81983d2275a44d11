//! `changes` and `exists`: which files a clause asks for, and whether they are there (B1.15).

use std::collections::{BTreeMap, BTreeSet};

use yaml_serde::Value;

use super::{Environment, Kind, document, glob, variables};

/// After so many comparisons GitLab takes the clause for true.
const COMPARISONS: usize = 50_000;

/// How many patterns one `changes` may have.
const PATTERNS: usize = 50;

/// A `changes` clause.
#[derive(Debug, Clone)]
pub(crate) struct Changes {
    globs: Vec<String>,
    /// With `compare_to` GitLab compares with that ref, so that a pipeline without a push knows its changes too.
    compared: bool,
}

impl Changes {
    /// Reads the short form, a list, or the long one, `paths` with `compare_to`.
    ///
    /// # Errors
    /// Where it is neither, or has more than 50 patterns.
    pub(crate) fn read(value: &Value, place: &str) -> Result<Self, String> {
        let (list, compared) = match value {
            Value::Mapping(parts) => {
                keys(parts, &["paths", "compare_to"], place)?;
                let paths = document::get(parts, "paths").ok_or(format!("`{place}` has no `paths`"))?;
                (paths, document::get(parts, "compare_to").is_some())
            }
            list => (list, false),
        };
        let globs = document::texts(list, place)?;
        if globs.len() > PATTERNS {
            return Err(format!("`{place}` has more than {PATTERNS} patterns"));
        }
        Ok(Self { globs, compared })
    }

    /// True where a file changed that a pattern matches, and where GitLab does not know what changed.
    pub(crate) fn holds(&self, environment: &Environment, values: &BTreeMap<String, String>) -> bool {
        let known = self.compared || knows_changes(environment);
        let Some(changed) = environment.changed.as_ref().filter(|_| known) else { return true };
        let globs: Vec<String> = self.globs.iter().map(|glob| variables::expand_text(glob, values)).collect();
        globs.len().saturating_mul(changed.len()) > COMPARISONS
            || changed.iter().any(|path| globs.iter().any(|glob| glob::matches(glob, path)))
    }
}

/// Only a push to a branch and a merge request have changes: no tag, no schedule, nothing started by hand.
fn knows_changes(environment: &Environment) -> bool {
    match environment.kind {
        Kind::MergeRequest => true,
        Kind::Branch => matches!(environment.source.as_str(), "push" | "external_pull_request_event"),
        Kind::Tag => false,
    }
}

/// Reads an `exists` clause: a list, or `paths` alone. Another project's files are unknown here.
///
/// # Errors
/// Where it is neither.
pub(crate) fn read_exists(value: &Value, place: &str) -> Result<Vec<String>, String> {
    match value {
        Value::Mapping(parts) => {
            keys(parts, &["paths"], place)?;
            document::texts(document::get(parts, "paths").ok_or(format!("`{place}` has no `paths`"))?, place)
        }
        list => document::texts(list, place),
    }
}

/// True where a file, or a directory written in full, is in the repository.
pub(crate) fn exists(globs: &[String], files: &[String], values: &BTreeMap<String, String>) -> bool {
    let globs: Vec<String> = globs.iter().map(|glob| variables::expand_text(glob, values)).collect();
    let (patterns, plain): (Vec<&String>, Vec<&String>) = globs.iter().partition(|glob| glob::is_pattern(glob));
    let directories: BTreeSet<&str> = files.iter().flat_map(|file| parents(file)).collect();
    let there = |path: &str| files.iter().any(|file| file == path) || directories.contains(path.trim_end_matches('/'));
    plain.iter().any(|path| there(path))
        || patterns.len().saturating_mul(files.len()) > COMPARISONS
        || files.iter().any(|file| patterns.iter().any(|glob| glob::matches(glob, file)))
}

/// Every directory above a file.
fn parents(file: &str) -> Vec<&str> {
    file.match_indices('/').filter_map(|(at, _)| file.get(..at)).collect()
}

/// Refuses a key that is not in the list.
///
/// # Errors
/// With the first such key.
pub(crate) fn keys(mapping: &yaml_serde::Mapping, known: &[&str], place: &str) -> Result<(), String> {
    match mapping.keys().find(|key| !key.as_str().is_some_and(|key| known.contains(&key))) {
        Some(key) => Err(format!("`{place}` has the unknown key {key:?}")),
        None => Ok(()),
    }
}
