//! Every way a job can start: by itself, by hand, or not at all, as `when`, `rules`, `only` and `except` say.
//!
//! Which refs and sources make a rule match is worked out in [`super::reach`].

use engine_model::{Unknown, Value, Why};

use super::condition::Expression;
use super::cursor::Cursor;
use super::job::{scalar, text, texts};
use super::reach::{Held, Ref};
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
    /// What can take this way, for every input. Nothing else can.
    pub refs: Vec<Ref>,
    /// Whether somebody has to start another job by hand first; told of jobs that change production.
    pub held: Held,
}

/// A rule of `rules:`, also one that says `never`.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) start: Start,
    /// Its `if:`; `Ok(None)` without one.
    pub(super) condition: Result<Option<Expression>, Unknown>,
    /// The patterns of its `changes:`; `None` without one.
    pub(super) changes: Option<Vec<Sourced<String>>>,
    /// Whether its `changes:` compares with a ref, so that it is asked without a push too.
    pub(super) compares: bool,
    /// The patterns of its `exists:`; `None` without one.
    pub(super) exists: Option<Vec<Sourced<String>>>,
    /// Whether it has `needs:` of its own.
    pub(super) needs: bool,
    /// The variables that it sets.
    pub(super) variables: Vec<(String, Sourced<String>)>,
}

impl Rule {
    pub(super) fn is_never(&self) -> bool {
        is_never(&self.start.when)
    }
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
    /// The expressions, read.
    pub(super) conditions: Vec<Result<Expression, Unknown>>,
    /// Whether it asks for a Kubernetes service.
    pub(super) kubernetes: bool,
}

/// The rules of a job or a workflow in order, and the way it starts where it has none.
///
/// Job-level `when: manual` makes `allow_failure` true unless it is written; the same inside a rule does not.
pub(super) fn rules(job: &Cursor<'_>) -> (Option<Vec<Rule>>, Start) {
    let job_when = text(job, "when");
    let written = allow_failure(job);
    let base_failure = match (&written.value, job_when.get().map(String::as_str)) {
        (Value::Absent, Some("manual")) => Sourced::implied(true),
        (Value::Absent, _) => Sourced::implied(false),
        _ => written,
    };
    let when = if job_when.is_absent() { Sourced::implied("on_success".to_owned()) } else { job_when };
    let base = Start {
        origin: when.origin.clone(),
        when,
        condition: Sourced::default(),
        files: Vec::new(),
        allow_failure: base_failure,
        refs: Vec::new(),
        held: Held::default(),
    };
    let rules = job.get("rules").map(|rules| rules.flat().iter().map(|item| rule(item, &base)).collect());
    (rules, base)
}

fn rule(rule: &Cursor<'_>, base: &Start) -> Rule {
    let origin = Some(rule.origin());
    if !rule.is_mapping() {
        // A reference that leads nowhere, or something that GitLab refuses: what it would say is unknown.
        let unknown = match rule.text().value {
            Value::Unknown(unknown) => unknown,
            _ => Unknown { why: Why::NotEvaluated, on: "a rule".to_owned() },
        };
        let when = Sourced { value: Value::Unknown(unknown.clone()), origin: origin.clone() };
        let start = Start { when, origin, ..base.clone() };
        let condition = Err(unknown);
        return Rule {
            start,
            condition,
            changes: None,
            compares: false,
            exists: None,
            needs: false,
            variables: Vec::new(),
        };
    }
    let own = text(rule, "when");
    let failure = allow_failure(rule);
    let patterns = |keyword: &str| {
        rule.get(keyword).map(|cursor| match cursor.is_mapping() {
            true => texts(&cursor, "paths"),
            false => cursor.flat().iter().map(scalar).collect::<Vec<_>>(),
        })
    };
    let (changes, exists) = (patterns("changes"), patterns("exists"));
    let files = changes.iter().chain(&exists).flatten().cloned().collect();
    let condition = text(rule, "if");
    let compares = |changes: Cursor<'_>| changes.is_mapping() && changes.get("compare_to").is_some();
    Rule {
        condition: expression(&condition).transpose(),
        changes,
        compares: rule.get("changes").is_some_and(compares),
        exists,
        needs: rule.get("needs").is_some(),
        variables: super::job::own_variables(rule),
        start: Start {
            when: if own.is_absent() { base.when.clone() } else { own },
            origin,
            condition,
            files,
            allow_failure: if failure.is_absent() { base.allow_failure.clone() } else { failure },
            refs: Vec::new(),
            held: Held::default(),
        },
    }
}

/// An expression, read; `None` where nothing is written.
fn expression(text: &Sourced<String>) -> Option<Result<Expression, Unknown>> {
    match &text.value {
        Value::Known(text) => {
            let unknown = || Unknown { why: Why::NotEvaluated, on: text.clone() };
            Some(Expression::parse(text).ok_or_else(unknown))
        }
        Value::Unknown(unknown) => Some(Err(unknown.clone())),
        Value::Absent => None,
    }
}

/// The rules that do not say `never`, each with what can take it; or the only way, unless it is no way.
pub(super) fn starts(rules: Option<Vec<Rule>>, base: Start, refs: Vec<Vec<Ref>>) -> Vec<Start> {
    let ways: Vec<Start> = match rules {
        Some(rules) => rules.into_iter().map(|rule| rule.start).collect(),
        None => vec![base],
    };
    let refs = refs.into_iter().chain(std::iter::repeat(Vec::new()));
    let ways = ways.into_iter().zip(refs).map(|(start, refs)| Start { refs, ..start });
    ways.filter(|start| !is_never(&start.when)).collect()
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
    let variables = texts(&cursor, "variables");
    Some(Limit {
        origin,
        refs: texts(&cursor, "refs"),
        conditions: variables.iter().filter_map(expression).collect(),
        variables,
        changes: texts(&cursor, "changes"),
        kubernetes: cursor.get("kubernetes").is_some(),
    })
}
