//! Walking a pipeline's graph: references followed, hops added up, values taken out with their origin.

use std::sync::Arc;

use engine_formats::yaml::ScalarValue;
use engine_model::{Place, Unknown, Value, Why};

use super::input::unfilled;
use super::node::{Edge, Field, Index, Node, Shape, index};
use crate::sourced::{Hop, How, Origin, Sourced, join};

/// How many `!reference` tags may lead to one another.
pub(super) const MAX_REFERENCES: usize = 10;

/// What stands for a list that holds itself, or goes on for longer than GitLab follows.
pub(super) const ENDLESS: &str = "a list in more than ten others, or in itself";

/// What stands for the rest of a list that is longer than what is read.
pub(super) const TOO_MANY: &str = "a list of more items than are read";

/// What `!reference` looks names up in: the top level after includes and `extends`.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub(super) top: Arc<Node>,
    /// Whether an include is missing, so that a name that is not here may still exist.
    pub(super) open: bool,
    /// Where each name of the top level stands.
    index: Index,
}

impl Scope {
    pub(super) fn new(top: Arc<Node>, open: bool) -> Self {
        let index = index(top.fields());
        Self { top, open, index }
    }

    /// The field of the top level of this name.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.top.fields().get(*self.index.get(name)?)
    }

    /// The field of this name of a value, which may be the top level.
    pub(super) fn field_of<'n>(&'n self, node: &'n Arc<Node>, name: &str) -> Option<&'n Field> {
        if Arc::ptr_eq(node, &self.top) { self.field(name) } else { node.field(name) }
    }

    /// The top level itself.
    pub(super) fn cursor(&self) -> Cursor<'_> {
        Cursor::new(self, &Edge { node: Arc::clone(&self.top), via: None })
    }
}

/// A value and the way it was reached.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'s> {
    scope: &'s Scope,
    node: Arc<Node>,
    via: Option<Arc<Hop>>,
    /// Set where a `!reference` led nowhere.
    lost: Option<Arc<str>>,
}

impl<'s> Cursor<'s> {
    pub(super) fn new(scope: &'s Scope, edge: &Edge) -> Self {
        let cursor = Self { scope, node: Arc::clone(&edge.node), via: edge.via.clone(), lost: None };
        cursor.follow()
    }

    /// Where the value is written and how it was reached.
    pub(super) fn origin(&self) -> Origin {
        Origin { place: self.node.place.clone(), via: self.via.clone() }
    }

    /// The way to the value, to be walked again.
    pub(super) fn edge(&self) -> Edge {
        Edge { node: Arc::clone(&self.node), via: self.via.clone() }
    }

    /// The reference that led nowhere, as `job.keyword`.
    pub(super) fn lost(&self) -> Option<&Arc<str>> {
        self.lost.as_ref()
    }

    pub(super) fn place(&self) -> &Place {
        &self.node.place
    }

    pub(super) fn is_sequence(&self) -> bool {
        matches!(self.node.shape, Shape::Sequence(_))
    }

    pub(super) fn is_mapping(&self) -> bool {
        matches!(self.node.shape, Shape::Mapping(_))
    }

    /// The value of a field; `None` where it is absent or null.
    pub(super) fn get(&self, name: &str) -> Option<Self> {
        let field = self.node.field(name)?;
        let cursor = self.below(&field.edge);
        (!cursor.node.is_null() || cursor.lost.is_some()).then_some(cursor)
    }

    /// Fields with a value, in order.
    pub(super) fn fields(&self) -> Vec<(Arc<str>, Self, Origin)> {
        let present = |field: &Field| {
            let cursor = self.below(&field.edge);
            let via = join(self.via.as_ref(), field.edge.via.as_ref());
            let key = Origin { place: field.key.clone(), via };
            (!cursor.node.is_null() || cursor.lost.is_some()).then(|| (Arc::clone(&field.name), cursor, key))
        };
        self.node.fields().iter().filter_map(present).collect()
    }

    /// Every field, also those without a value, in order.
    pub(super) fn written(&self) -> Vec<(Arc<str>, Self, Origin)> {
        let field = |field: &Field| {
            let via = join(self.via.as_ref(), field.edge.via.as_ref());
            (Arc::clone(&field.name), self.below(&field.edge), Origin { place: field.key.clone(), via })
        };
        self.node.fields().iter().map(field).collect()
    }

    /// The items of a sequence as they are written.
    pub(super) fn items(&self) -> Vec<Self> {
        self.node.items().iter().map(|item| self.below(item)).collect()
    }

    pub(super) fn is_null(&self) -> bool {
        self.node.is_null()
    }

    /// The items of a sequence, with sequences inside it (from aliases and references) flattened; a scalar is one item.
    pub(super) fn flat(&self) -> Vec<Self> {
        let mut out = Vec::new();
        self.flatten(&mut out, 0);
        out
    }

    fn flatten(&self, out: &mut Vec<Self>, depth: usize) {
        // GitLab flattens ten levels, and refuses more.
        if self.is_sequence() && depth >= MAX_REFERENCES {
            out.push(Self { lost: Some(ENDLESS.into()), ..self.clone() });
            return;
        }
        if !self.is_sequence() {
            if !self.node.is_null() || self.lost.is_some() {
                out.push(self.clone());
            }
            return;
        }
        for item in self.node.items() {
            if out.len() >= MAX_ITEMS {
                out.push(Self { lost: Some(TOO_MANY.into()), ..self.clone() });
                return;
            }
            self.below(item).flatten(out, depth.saturating_add(1));
        }
    }

    /// The scalar's text: unknown where it holds an input that is not filled in, absent where it is no scalar.
    pub(super) fn text(&self) -> Sourced<String> {
        let origin = Some(self.origin());
        if let Some(lost) = &self.lost {
            let why = if self.scope.open { Why::NotVendored } else { Why::NotEvaluated };
            let on = if matches!(&**lost, ENDLESS | TOO_MANY) {
                lost.to_string()
            } else {
                format!("a `!reference` to `{lost}`")
            };
            return Sourced { value: Value::unknown(why, on), origin };
        }
        let value = match self.node.text() {
            Some(text) => match unfilled(text) {
                Some(input) => Value::Unknown(Unknown { why: Why::NotEvaluated, on: format!("the input `{input}`") }),
                None => Value::Known(text.to_owned()),
            },
            None if matches!(self.node.shape, Shape::Opaque) => {
                Value::unknown(Why::NotEvaluated, "a value with a tag that is not read")
            }
            None => Value::Absent,
        };
        Sourced { value, origin }
    }

    /// The scalar as YAML 1.1 reads a boolean.
    pub(super) fn boolean(&self) -> Sourced<bool> {
        let text = self.text();
        let value = match text.value {
            Value::Known(_) => match self.scalar_value() {
                Some(ScalarValue::Boolean(value)) => Value::Known(value),
                _ => Value::unknown(Why::NotEvaluated, "a value that is not a boolean"),
            },
            Value::Unknown(unknown) => Value::Unknown(unknown),
            Value::Absent => Value::Absent,
        };
        Sourced { value, origin: text.origin }
    }

    /// The scalar as GitLab prints it, unfilled blocks and all; `None` where it is none, or nobody can tell.
    pub(super) fn printed(&self) -> Option<String> {
        if self.lost.is_some() { None } else { self.node.printed() }
    }

    pub(super) fn scalar_value(&self) -> Option<ScalarValue> {
        self.node.scalar_value()
    }

    fn below(&self, edge: &Edge) -> Self {
        let via = join(self.via.as_ref(), edge.via.as_ref());
        Self { scope: self.scope, node: Arc::clone(&edge.node), via, lost: None }.follow()
    }

    /// The value that a reference stands for, through any number of them.
    fn follow(mut self) -> Self {
        for _ in 0..=MAX_REFERENCES {
            let Shape::Reference(names) = &self.node.shape else {
                return self;
            };
            let hop = Arc::new(Hop { how: How::Reference, place: self.node.place.clone(), next: None });
            let mut via = join(self.via.as_ref(), Some(&hop));
            let mut at = Arc::clone(&self.scope.top);
            for name in names {
                let Some(field) = self.scope.field_of(&at, name) else {
                    return Self { lost: Some(names.join(".").into()), ..self };
                };
                via = join(via.as_ref(), field.edge.via.as_ref());
                let next = Arc::clone(&field.edge.node);
                at = next;
            }
            self = Self { node: at, via, ..self };
        }
        let place = self.node.place.document.source_text(self.node.place.node).to_owned();
        Self { lost: Some(place.into()), ..self }
    }
}

/// How many items of one list are looked at.
const MAX_ITEMS: usize = 10_000;
