//! `rules` of a job and of `workflow`: an ordered list where the first match wins (B1.10, B1.16).

use std::collections::BTreeMap;

use yaml_serde::{Mapping, Value};

use super::expression::Expression;
use super::files::{self, Changes};
use super::variables::{self, Variables};
use super::{Environment, document};

/// Keys that a rule may have.
const KEYS: [&str; 10] = [
    "if",
    "changes",
    "exists",
    "when",
    "start_in",
    "allow_failure",
    "variables",
    "needs",
    "interruptible",
    "auto_cancel",
];

/// One rule.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    condition: Option<Expression>,
    changes: Option<Changes>,
    exists: Option<Vec<String>>,
    /// The rule's own `when`.
    pub(crate) when: Option<String>,
    /// The rule's own `allow_failure`.
    pub(crate) allow_failure: Option<bool>,
    /// The variables that a match adds.
    pub(crate) variables: Variables,
}

/// Reads a list of rules; lists inside it, as `!reference` leaves them, are flattened. `when` holds the allowed words.
///
/// # Errors
/// Where a rule is none.
pub(crate) fn read(value: &Value, when: &[&str], place: &str) -> Result<Vec<Rule>, String> {
    let items = value.as_sequence().ok_or(format!("`{place}` has to be a list"))?;
    let mut found = Vec::new();
    for item in items {
        match item {
            Value::Sequence(_) => found.extend(read(item, when, place)?),
            Value::Mapping(rule) => found.push(Rule::read(rule, when, place)?),
            _ => return Err(format!("`{place}` has a rule that is no mapping")),
        }
    }
    Ok(found)
}

/// The first rule that matches.
pub(crate) fn first<'a>(
    rules: &'a [Rule],
    environment: &Environment,
    values: &BTreeMap<String, String>,
) -> Option<&'a Rule> {
    rules.iter().find(|rule| rule.matches(environment, values))
}

impl Rule {
    fn read(rule: &Mapping, allowed: &[&str], place: &str) -> Result<Self, String> {
        files::keys(rule, &KEYS, place)?;
        let condition = match document::get(rule, "if") {
            Some(value) => Some(Expression::read(value.as_str().ok_or(format!("`{place}:if` has to be text"))?)?),
            None => None,
        };
        let changes = document::get(rule, "changes").map(|value| Changes::read(value, place)).transpose()?;
        let exists = document::get(rule, "exists").map(|value| files::read_exists(value, place)).transpose()?;
        let when = document::get(rule, "when").map(|value| when(value, allowed, place)).transpose()?;
        if condition.is_none() && changes.is_none() && exists.is_none() && when.is_none() {
            return Err(format!("`{place}` has a rule without `if`, `changes`, `exists` and `when`"));
        }
        if when.as_deref() == Some("delayed") && document::get(rule, "start_in").is_none() {
            return Err(format!("`{place}` is delayed without `start_in`"));
        }
        Ok(Self {
            condition,
            changes,
            exists,
            when,
            allow_failure: document::get(rule, "allow_failure").map(|value| allow_failure(value, place)).transpose()?,
            variables: variables::read(document::get(rule, "variables"), place)?,
        })
    }

    /// All clauses have to hold.
    fn matches(&self, environment: &Environment, values: &BTreeMap<String, String>) -> bool {
        self.condition.as_ref().is_none_or(|condition| condition.is_true(values))
            && self.changes.as_ref().is_none_or(|changes| changes.holds(environment, values))
            && self.exists.as_ref().is_none_or(|exists| files::exists(exists, &environment.exists, values))
    }
}

/// Reads a `when`.
///
/// # Errors
/// Where the word is not allowed there.
pub(crate) fn when(value: &Value, allowed: &[&str], place: &str) -> Result<String, String> {
    match value.as_str() {
        Some(word) if allowed.contains(&word) => Ok(word.to_owned()),
        _ => Err(format!("`{place}:when` has to be one of {allowed:?}")),
    }
}

/// Reads an `allow_failure`. With exit codes the job may not fail as such, only in these ways.
///
/// # Errors
/// Where it is neither true, false nor a mapping with `exit_codes`.
pub(crate) fn allow_failure(value: &Value, place: &str) -> Result<bool, String> {
    match value {
        Value::Bool(truth) => Ok(*truth),
        Value::Mapping(parts) if parts.contains_key("exit_codes") => Ok(false),
        _ => Err(format!("`{place}:allow_failure` has to be true, false or `exit_codes`")),
    }
}
