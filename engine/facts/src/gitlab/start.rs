//! Every way a job can start: by itself, by hand, or not at all, as `when`, `rules`, `only` and `except` say.
//!
//! Which refs and sources make a rule match is not decided here: every rule that can match is a way to start.

use engine_model::{Value, Why};

use super::cursor::Cursor;
use super::job::{scalar, text, texts};
use crate::sourced::{Origin, Sourced};

/// One way a job can start.
#[derive(Clone, Debug)]
pub struct Start {
    /// `on_success`, `on_failure`, `always`, `manual` or `delayed`; `never` is no way to start.
    pub when: Sourced<String>,
    /// Where the way is written: the rule, `when:` itself, or nothing.
    pub origin: Option<Origin>,
    /// The rule's `if:`; absent without one.
    pub condition: Sourced<String>,
    /// The rule's `changes:` and `exists:`, as written.
    pub files: Vec<Sourced<String>>,
    /// Whether a failure, or an untouched manual job, leaves the pipeline green. GitLab's defaults applied.
    pub allow_failure: Sourced<bool>,
}

/// `only:` or `except:` as written.
#[derive(Clone, Debug, Default)]
pub struct Limit {
    /// Where it is written.
    pub origin: Option<Origin>,
    /// Refs: names, patterns, keywords.
    pub refs: Vec<Sourced<String>>,
    /// Expressions over variables.
    pub variables: Vec<Sourced<String>>,
    /// Paths.
    pub changes: Vec<Sourced<String>>,
}

/// Every way the job can start.
///
/// Job-level `when: manual` makes `allow_failure` true unless it is written; the same inside a rule does not.
pub(super) fn starts(job: &Cursor<'_>) -> Vec<Start> {
    let job_when = text(job, "when");
    let written = allow_failure(job);
    let base_failure = match (&written.value, job_when.get().map(String::as_str)) {
        (Value::Absent, Some("manual")) => Sourced::implied(true),
        (Value::Absent, _) => Sourced::implied(false),
        _ => written,
    };
    let when = if job_when.is_absent() { Sourced::implied("on_success".to_owned()) } else { job_when };
    let Some(rules) = job.get("rules") else {
        let origin = when.origin.clone();
        let start =
            Start { when, origin, condition: Sourced::default(), files: Vec::new(), allow_failure: base_failure };
        return if is_never(&start.when) { Vec::new() } else { vec![start] };
    };
    let rule = |rule: &Cursor<'_>| {
        let origin = Some(rule.origin());
        if !rule.is_mapping() {
            // A reference that leads nowhere, or something that GitLab refuses: what it would say is unknown.
            let value = rule.text().value;
            let value =
                if matches!(value, Value::Unknown(_)) { value } else { Value::unknown(Why::NotEvaluated, "a rule") };
            let when = Sourced { value, origin: origin.clone() };
            let (condition, allow_failure) = (Sourced::default(), base_failure.clone());
            return Start { when, origin, condition, files: Vec::new(), allow_failure };
        }
        let own = text(rule, "when");
        let failure = allow_failure(rule);
        let mut files = Vec::new();
        for keyword in ["changes", "exists"] {
            let cursor = rule.get(keyword);
            files.extend(match cursor {
                Some(cursor) if cursor.is_mapping() => texts(&cursor, "paths"),
                Some(cursor) => cursor.flat().iter().map(scalar).collect(),
                None => Vec::new(),
            });
        }
        Start {
            when: if own.is_absent() { when.clone() } else { own },
            origin,
            condition: text(rule, "if"),
            files,
            allow_failure: if failure.is_absent() { base_failure.clone() } else { failure },
        }
    };
    rules.flat().iter().map(rule).filter(|start| !is_never(&start.when)).collect()
}

fn is_never(when: &Sourced<String>) -> bool {
    when.get().is_some_and(|when| when == "never")
}

/// `allow_failure:`; a list of exit codes means that some failures are allowed.
pub(super) fn allow_failure(cursor: &Cursor<'_>) -> Sourced<bool> {
    match cursor.get("allow_failure") {
        Some(value) if value.is_mapping() => Sourced::known(true, value.origin()),
        Some(value) => value.boolean(),
        None => Sourced::default(),
    }
}

pub(super) fn limit(job: &Cursor<'_>, keyword: &str) -> Option<Limit> {
    let cursor = job.get(keyword)?;
    let origin = Some(cursor.origin());
    if !cursor.is_mapping() {
        return Some(Limit { origin, refs: cursor.flat().iter().map(scalar).collect(), ..Limit::default() });
    }
    Some(Limit {
        origin,
        refs: texts(&cursor, "refs"),
        variables: texts(&cursor, "variables"),
        changes: texts(&cursor, "changes"),
    })
}
