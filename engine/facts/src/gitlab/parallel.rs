//! `parallel:`: the jobs that GitLab makes of one.
//!
//! Each combination of a `matrix` is a job of its own, with its values as variables and behind its name:
//! `deploy: [eu, production]`. The jobs of a number are one here: nothing but their number tells them apart.

use std::collections::{HashMap, HashSet};

use engine_model::{Value, Why};

use super::cursor::Cursor;
use super::input;
use super::job::{Job, Need};
use crate::sourced::{Origin, Sourced};

/// The most jobs that GitLab makes of one.
pub(super) const MAX_JOBS: usize = 200;

/// A job that GitLab makes of one.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    pub(super) name: String,
    /// What its place in the matrix sets.
    pub(super) variables: Vec<(String, Sourced<String>)>,
    /// Whether it stands for several that are not told apart.
    pub(super) several: bool,
}

/// The jobs that GitLab makes of a job of this name: it alone where it is not parallel.
pub(super) fn instances(name: &str, job: &Cursor<'_>) -> Vec<Instance> {
    let Some(parallel) = job.get("parallel") else {
        return vec![Instance { name: name.to_owned(), variables: Vec::new(), several: false }];
    };
    let rows = parallel.get("matrix").map_or_else(Vec::new, |matrix| matrix.flat());
    let count = rows.iter().map(combinations).fold(0, usize::saturating_add);
    let all = |row| product(row, &[]).ok();
    let spread: Option<Vec<Vec<_>>> = if count > MAX_JOBS { None } else { rows.iter().map(all).collect() };
    match spread.map(|rows| rows.into_iter().flatten().collect::<Vec<_>>()) {
        Some(rows) if !rows.is_empty() => {
            let instance = |variables: Vec<_>| Instance { name: named(name, &variables), variables, several: false };
            rows.into_iter().map(instance).collect()
        }
        _ => vec![Instance { name: name.to_owned(), variables: unknown(&rows), several: true }],
    }
}

/// How many jobs a row of a matrix makes.
pub(super) fn combinations(row: &Cursor<'_>) -> usize {
    let values = |value: &Cursor<'_>| if value.is_sequence() { value.flat().len() } else { 1 };
    let fields = row.fields();
    let product = fields.iter().map(|(_, value, _)| values(value)).fold(1, usize::saturating_mul);
    if fields.is_empty() { 0 } else { product }
}

/// GitLab's name of the job of a matrix with these variables.
fn named(name: &str, variables: &[(String, Sourced<String>)]) -> String {
    let values: Vec<&str> = variables.iter().filter_map(|(_, value)| Some(value.get()?.as_str())).collect();
    format!("{name}: [{}]", values.join(", "))
}

/// A variable in a row of a matrix, with one of its values.
type Variables = Vec<(String, Sourced<String>)>;

/// Every combination of a row's values, the last variable changing fastest.
///
/// # Errors
///
/// What cannot be told of one of them.
fn product(row: &Cursor<'_>, around: &[(String, Sourced<String>)]) -> Result<Vec<Variables>, Unread> {
    let mut rows: Vec<Variables> = vec![Vec::new()];
    for (name, value, _) in row.fields() {
        let values = if value.is_sequence() { value.flat() } else { vec![value] };
        let mut next = Vec::new();
        for known in &rows {
            for value in &values {
                let mut row = known.clone();
                row.push((name.to_string(), filled(value, around)?));
                next.push(row);
            }
        }
        if next.len() > MAX_JOBS {
            return Err(Unread::Unknown);
        }
        rows = next;
    }
    Ok(rows)
}

/// Why a text with the variables of a matrix in it is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// The matrix has no variable of this name.
    Lacks(String),
    /// It holds something that nobody can tell.
    Unknown,
}

/// A scalar as GitLab prints it, with the variables of a job's matrix put in.
fn filled(value: &Cursor<'_>, around: &[(String, Sourced<String>)]) -> Result<Sourced<String>, Unread> {
    let text = value.printed().ok_or(Unread::Unknown)?;
    let lookup = |name: &str| around.iter().find(|(known, _)| known == name)?.1.get().map(String::as_str);
    let text = if around.is_empty() { text } else { input::with_matrix(&text, &lookup).map_err(Unread::Lacks)? };
    if input::unfilled(&text).is_some() {
        return Err(Unread::Unknown);
    }
    Ok(Sourced::known(text, value.origin()))
}

/// The variables of a matrix of which nobody can tell the values.
fn unknown(rows: &[Cursor<'_>]) -> Variables {
    let fields = rows.iter().flat_map(Cursor::fields);
    let value = |origin: Origin| Sourced {
        value: Value::unknown(Why::NotEvaluated, "a variable of a matrix"),
        origin: Some(origin),
    };
    let mut out: Variables = fields.map(|(name, _, origin)| (name.to_string(), value(origin))).collect();
    out.sort_by(|one, other| one.0.cmp(&other.0));
    out.dedup_by(|one, other| one.0 == other.0);
    out
}

/// An entry of `needs` as one for each job that it names by its matrix, with the variables of the asking job's own matrix
/// put in.
///
/// # Errors
///
/// What its own matrix does not have.
pub(super) fn needed(item: &Cursor<'_>, need: Need, around: &[(String, Sourced<String>)]) -> Result<Vec<Need>, String> {
    let job = if item.is_mapping() { item.get("job") } else { Some(item.clone()) };
    let mut need = need;
    if let Some(written) = job.filter(|_| !around.is_empty()) {
        match filled(&written, around) {
            Ok(text) => need.job = text,
            Err(Unread::Lacks(name)) => return Err(name),
            Err(Unread::Unknown) => {}
        }
    }
    let Some(matrix) = item.get("parallel").and_then(|parallel| parallel.get("matrix")) else { return Ok(vec![need]) };
    let Some(name) = need.job.get().cloned() else { return Ok(vec![need]) };
    let mut out = Vec::new();
    for row in matrix.flat() {
        match product(&row, around) {
            Ok(rows) => out.extend(rows.iter().map(|variables| Need {
                job: Sourced { value: Value::Known(named(&name, variables)), origin: need.job.origin.clone() },
                of: Some(name.clone()),
                ..need.clone()
            })),
            Err(Unread::Lacks(name)) => return Err(name),
            // Any of them, then.
            Err(Unread::Unknown) => return Ok(vec![need]),
        }
    }
    Ok(out)
}

/// The jobs of a pipeline by the names that `needs` and `dependencies` may give them.
#[derive(Debug, Default)]
pub(super) struct Names {
    jobs: HashMap<String, Vec<usize>>,
    /// Those that stand for several.
    several: HashMap<String, usize>,
    /// Those that are not parallel.
    alone: HashSet<String>,
}

impl Names {
    pub(super) fn new(jobs: &[Job]) -> Self {
        let mut names = Self::default();
        for (at, job) in jobs.iter().enumerate() {
            names.jobs.entry(job.key.clone()).or_default().push(at);
            if job.name != job.key {
                names.jobs.entry(job.name.clone()).or_default().push(at);
            }
            if job.several {
                names.several.insert(job.key.clone(), at);
            } else if job.name == job.key {
                names.alone.insert(job.key.clone());
            }
        }
        names
    }

    /// Every job that an entry of `needs` means. What it says of the matrix of a job that is not parallel says nothing.
    pub(super) fn needed(&self, need: &Need) -> Vec<usize> {
        let meant = need.job.get().map_or_else(Vec::new, |name| self.meant(name));
        let key = need.of.as_ref().filter(|_| meant.is_empty());
        let jobs = key.and_then(|key| self.jobs.get(key)).filter(|_| key.is_some_and(|key| self.alone.contains(key)));
        jobs.cloned().unwrap_or(meant)
    }

    /// Every job that is meant by a name: all that are made of one, or one of them.
    pub(super) fn meant(&self, name: &str) -> Vec<usize> {
        if let Some(jobs) = self.jobs.get(name) {
            return jobs.clone();
        }
        // `test 1/3`, and what a matrix makes whose values are not known.
        let numbered = || {
            let (key, of) = name.rsplit_once(' ')?;
            let (number, all) = of.split_once('/')?;
            [number, all].iter().all(|part| part.parse::<u16>().is_ok()).then_some(key)
        };
        let of_matrix = || name.ends_with(']').then(|| name.split_once(": [").map(|(key, _)| key)).flatten();
        let key = numbered().or_else(of_matrix);
        key.and_then(|key| self.several.get(key)).map_or_else(Vec::new, |at| vec![*at])
    }
}

/// Writes the names of jobs in `needs` and `dependencies` as GitLab does: one of a parallel job as all that are made of it.
pub(super) fn spread(jobs: &mut [Job], names: &Names) {
    let by_matrix = |job: &Job| job.needs.iter().flat_map(|needs| &needs.jobs).any(|need| need.of.is_some());
    if jobs.iter().all(|job| job.name == job.key && !job.several && !by_matrix(job)) {
        return;
    }
    let titles: Vec<String> = jobs.iter().map(|job| job.name.clone()).collect();
    let each = |name: &Sourced<String>, meant: Vec<usize>| -> Vec<Sourced<String>> {
        let title = |at: &usize| {
            let title = titles.get(*at).cloned().unwrap_or_default();
            Sourced { value: Value::Known(title), origin: name.origin.clone() }
        };
        if meant.is_empty() { vec![name.clone()] } else { meant.iter().map(title).collect() }
    };
    for job in jobs {
        if let Some(needs) = &mut job.needs {
            let spread = |need: &Need| -> Vec<Need> {
                if need.foreign {
                    return vec![need.clone()];
                }
                each(&need.job, names.needed(need)).into_iter().map(|job| Need { job, ..need.clone() }).collect()
            };
            needs.jobs = needs.jobs.iter().flat_map(spread).collect();
        }
        if let Some(dependencies) = &mut job.dependencies {
            let meant = |name: &Sourced<String>| name.get().map_or_else(Vec::new, |name| names.meant(name));
            *dependencies = dependencies.iter().flat_map(|name| each(name, meant(name))).collect();
        }
    }
}
