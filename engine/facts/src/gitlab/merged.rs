//! A pipeline as GitLab would print it: plain values after every include, input, base, reference and default, each with
//! its origin.

use std::sync::Arc;

use engine_formats::yaml::ScalarValue;
use engine_model::{Place, Unknown, Value, Why};

use super::cursor::Cursor;
use super::input;
use super::start::Start;
use crate::sourced::{Origin, Sourced};

/// A value, and where it comes from.
#[derive(Clone, Debug)]
pub struct Merged {
    /// What it is.
    pub shape: Shape,
    /// Where it is written, and how it came to where it stands.
    pub origin: Origin,
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Shape {
    /// Nothing.
    Null,
    /// A boolean, as YAML 1.1 reads it.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// Another number.
    Float(f64),
    /// A text.
    Text(String),
    /// Something that nobody can tell here.
    Unknown(Unknown),
    /// Items in order.
    List(Vec<Merged>),
    /// Fields in order, each name once.
    Mapping(Vec<Field>),
}

/// A field of a mapping.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: Arc<str>,
    /// Where the name is written.
    pub key: Origin,
    /// Its value.
    pub value: Merged,
}

/// How many values of one pipeline are written out. References and aliases make much of little.
const MAX_VALUES: usize = 1_000_000;

/// Keywords whose lists are one list, however they are nested.
const FLAT: [&str; 5] = ["script", "before_script", "after_script", "rules", "needs"];

/// The one of `hooks` that is a script.
const HOOK: &str = "pre_get_sources_script";

/// Keywords of a job that have done their work.
const DONE: [&str; 2] = ["extends", "inherit"];

/// How deep values are nested in one another; GitLab refuses documents deeper than a hundred levels.
const MAX_DEPTH: usize = 100;

/// Writes values out.
pub(super) struct Writer {
    /// What is left of [`MAX_VALUES`].
    left: usize,
    depth: usize,
    /// The matrix of the job that is written, where it is one of several.
    matrix: Vec<(String, Sourced<String>)>,
    /// Where it stopped first.
    pub(super) stopped: Option<Place>,
}

/// Keywords that have done their work once it is known how a job starts.
const DECIDED: [&str; 5] = ["rules", "only", "except", "when", "allow_failure"];

/// A job as it is in a pipeline where it starts in one way.
pub(super) fn started(job: Merged, way: Option<&Start>) -> Merged {
    let Shape::Mapping(fields) = job.shape else { return job };
    let origin = job.origin;
    let mut kept: Vec<Field> = fields.into_iter().filter(|field| !DECIDED.contains(&&*field.name)).collect();
    if let Some(way) = way {
        let mut put = |name: &str, shape: Shape, at: Option<&Origin>| {
            let origin = at.cloned().unwrap_or_else(|| origin.clone());
            kept.push(Field { name: name.into(), key: origin.clone(), value: Merged { shape, origin } });
        };
        if let Some(when) = way.when.get() {
            put("when", Shape::Text(when.clone()), way.when.origin.as_ref().or(way.origin.as_ref()));
        }
        if let Some(allowed) = way.allow_failure.get() {
            put("allow_failure", Shape::Boolean(*allowed), way.allow_failure.origin.as_ref().or(way.origin.as_ref()));
        }
    }
    Merged { shape: Shape::Mapping(kept), origin }
}

/// One job of a matrix: its variables are the job's, and it is parallel no more.
fn instance(job: Merged, variables: &[(String, Sourced<String>)]) -> Merged {
    let Shape::Mapping(mut fields) = job.shape else { return job };
    fields.retain(|field| &*field.name != "parallel");
    let at = fields.iter().position(|field| &*field.name == "variables").unwrap_or_else(|| {
        let value = Merged { shape: Shape::Mapping(Vec::new()), origin: job.origin.clone() };
        fields.push(Field { name: "variables".into(), key: job.origin.clone(), value });
        fields.len().saturating_sub(1)
    });
    if let Some(Merged { shape: Shape::Mapping(own), .. }) = fields.get_mut(at).map(|field| &mut field.value) {
        for (name, value) in variables {
            let (Some(text), Some(origin)) = (value.get(), &value.origin) else { continue };
            own.retain(|field| &*field.name != name.as_str());
            let value = Merged { shape: Shape::Text(text.clone()), origin: origin.clone() };
            own.push(Field { name: name.as_str().into(), key: origin.clone(), value });
        }
    }
    Merged { shape: Shape::Mapping(fields), origin: job.origin }
}

impl Default for Writer {
    fn default() -> Self {
        Self { left: MAX_VALUES, depth: 0, matrix: Vec::new(), stopped: None }
    }
}

impl Writer {
    /// The job of a matrix, without what has done its work.
    pub(super) fn instance(&mut self, cursor: &Cursor<'_>, matrix: &[(String, Sourced<String>)]) -> Merged {
        self.matrix = matrix.to_vec();
        let job = self.job(cursor);
        self.matrix.clear();
        instance(job, matrix)
    }

    /// A job without what has done its work.
    pub(super) fn job(&mut self, cursor: &Cursor<'_>) -> Merged {
        let mut fields = Vec::new();
        for (name, value, key) in cursor.written() {
            if DONE.contains(&&*name) || (value.is_null() && value.lost().is_none()) {
                continue;
            }
            let value = if FLAT.contains(&&*name) { self.flat(&value) } else { self.value(&value) };
            fields.push(Field { name, key, value });
        }
        Merged { shape: Shape::Mapping(fields), origin: cursor.origin() }
    }

    /// A value whose lists are one list.
    fn flat(&mut self, value: &Cursor<'_>) -> Merged {
        if !value.is_sequence() {
            return self.value(value);
        }
        let items = value.flat().iter().map(|item| self.value(item)).collect();
        Merged { shape: Shape::List(items), origin: value.origin() }
    }

    /// Any value.
    pub(super) fn value(&mut self, cursor: &Cursor<'_>) -> Merged {
        let origin = cursor.origin();
        if self.left == 0 || self.depth >= MAX_DEPTH {
            self.stopped.get_or_insert_with(|| origin.place.clone());
            let on = "more values than are written out of one pipeline".to_owned();
            return Merged { shape: Shape::Unknown(Unknown { why: Why::NotEvaluated, on }), origin };
        }
        self.left = self.left.saturating_sub(1);
        self.depth = self.depth.saturating_add(1);
        let shape = self.shape(cursor);
        self.depth = self.depth.saturating_sub(1);
        Merged { shape, origin }
    }

    /// A text that asks for nothing but variables of a matrix: with those of the job, or as it is written.
    fn of_matrix(&self, cursor: &Cursor<'_>) -> Option<String> {
        let text = cursor.printed()?;
        input::unfilled(&input::with_matrix(&text, &|_| Some("")).ok()?).is_none().then_some(())?;
        let own = |name: &str| self.matrix.iter().find(|(known, _)| known == name)?.1.get().map(String::as_str);
        Some(input::with_matrix(&text, &own).unwrap_or(text))
    }

    fn shape(&mut self, cursor: &Cursor<'_>) -> Shape {
        if cursor.is_mapping() {
            let fields = cursor.written().into_iter();
            let field = |(name, value, key): (Arc<str>, Cursor<'_>, Origin)| {
                let value = if &*name == HOOK { self.flat(&value) } else { self.value(&value) };
                Field { name, key, value }
            };
            return Shape::Mapping(fields.map(field).collect());
        }
        if cursor.is_sequence() {
            return Shape::List(cursor.items().iter().map(|item| self.value(item)).collect());
        }
        match cursor.text().value {
            Value::Unknown(_) if let Some(text) = self.of_matrix(cursor) => Shape::Text(text),
            Value::Unknown(unknown) => Shape::Unknown(unknown),
            Value::Absent => Shape::Null,
            Value::Known(text) => match cursor.scalar_value() {
                Some(ScalarValue::Boolean(value)) => Shape::Boolean(value),
                Some(ScalarValue::Integer(value)) => Shape::Integer(value),
                Some(ScalarValue::Float(value)) => Shape::Float(value),
                Some(ScalarValue::Null) => Shape::Null,
                Some(ScalarValue::String) | None => Shape::Text(text),
            },
        }
    }
}
