//! YAML nodes as the values that Kubernetes makes of them, each with its place.

use std::sync::Arc;

use engine_formats::yaml::{self, Dialect, ScalarValue};
use engine_model::{Document, Kind, NodeId, Place, Unknown, Value, Why};

use crate::sourced::{Origin, Sourced};
use crate::wire::{Json, Node};

/// Values nested deeper than this are not followed.
const MAX_DEPTH: usize = 100;

/// Reads values of one file, and a bounded number of them through aliases.
pub(super) struct Reader<'d> {
    document: &'d Arc<Document>,
    left: usize,
    end: Option<End>,
}

/// Where reading ended before the file did, and why.
pub(super) struct End {
    pub(super) place: Place,
    /// A sentence without a full stop.
    pub(super) reason: &'static str,
}

impl<'d> Reader<'d> {
    /// A reader that follows aliases as long as they stand for no more than `aliased` values in all.
    pub(super) fn new(document: &'d Arc<Document>, aliased: usize) -> Self {
        Self { document, left: aliased, end: None }
    }

    /// Where reading ended; what was read since its start is not whole.
    pub(super) fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// Whether a node stands for another one.
    pub(super) fn is_alias(&self, node: NodeId) -> bool {
        matches!(self.document.node(node).kind, Kind::Alias(_))
    }

    /// Counts one value, where it is read through an alias; whether there is room for it.
    pub(super) fn count(&mut self, node: NodeId, aliased: bool) -> bool {
        if !aliased {
            return true;
        }
        if self.left == 0 {
            self.stop(node, "what its aliases stand for is more than is followed");
            return false;
        }
        self.left = self.left.saturating_sub(1);
        true
    }

    /// Ends reading, once.
    pub(super) fn stop(&mut self, node: NodeId, reason: &'static str) {
        if self.end.is_none() {
            self.end = Some(End { place: Place::new(self.document, node), reason });
        }
    }

    pub(super) fn document(&self) -> &'d Arc<Document> {
        self.document
    }

    /// A scalar as text. What is a number or a boolean is none.
    pub(super) fn text(&self, node: NodeId) -> Sourced<String> {
        let origin = Some(self.origin(node));
        let value = match self.scalar(node) {
            Some(Json::String(text)) => Value::Known(text.to_string()),
            Some(Json::Unknown(unknown)) => Value::Unknown(unknown),
            Some(Json::Null) => Value::Absent,
            _ => Value::unknown(Why::NotEvaluated, "a value that is no text"),
        };
        Sourced { value, origin }
    }

    /// A whole object. What a secret holds is not shown.
    pub(super) fn whole(&mut self, node: NodeId, aliased: bool, is_secret: bool) -> Node {
        self.value(node, 0, aliased, is_secret)
    }

    fn origin(&self, node: NodeId) -> Origin {
        Origin::written(Place::new(self.document, self.document.resolve(node)))
    }

    fn value(&mut self, node: NodeId, depth: usize, aliased: bool, is_secret: bool) -> Node {
        let aliased = aliased || self.is_alias(node);
        let origin = Some(self.origin(node));
        if depth > MAX_DEPTH {
            self.stop(node, "it is nested deeper than 100 levels");
        }
        // An object that is not whole is shown to nobody.
        if self.end.is_some() || !self.count(node, aliased) {
            return Node::new(Json::Null, origin);
        }
        let below = depth.saturating_add(1);
        let document = self.document;
        let json = match document.node(document.resolve(node)).kind {
            Kind::Scalar(_) => self.scalar(node).unwrap_or(Json::Null),
            Kind::Sequence(items) => {
                Json::List(items.iter().map(|item| self.value(*item, below, aliased, is_secret)).collect())
            }
            // Outside of quotes a template is a mapping whose key is one: `{{ .Values.rules }}`.
            Kind::Mapping(entries) if entries.iter().any(|entry| document.scalar(entry.key).is_none()) => {
                match template(document.source_text(node)) {
                    Some(template) => unknown(Why::NotEvaluated, template),
                    None => self.mapping(node, depth, aliased, is_secret),
                }
            }
            Kind::Mapping(_) => self.mapping(node, depth, aliased, is_secret),
            Kind::Null | Kind::Alias(_) | Kind::Expression(..) => Json::Null,
        };
        Node::new(json, origin)
    }

    fn mapping(&mut self, node: NodeId, depth: usize, aliased: bool, is_secret: bool) -> Json {
        let document = self.document;
        let merged = yaml::merged_entries(document, node);
        if merged.truncated {
            self.stop(node, "this mapping and its merges have more entries than are followed");
        }
        let mut fields = Vec::new();
        for entry in merged.entries {
            let Some(key) = document.scalar(entry.key) else { continue };
            let hidden = is_secret && depth == 0 && matches!(key.text, "data" | "stringData");
            let value = if hidden {
                Node::new(unknown(Why::Sensitive, key.text), Some(self.origin(entry.value)))
            } else {
                self.value(entry.value, depth.saturating_add(1), aliased || !entry.via.is_empty(), is_secret)
            };
            // A field that is `null` is as good as none.
            if !matches!(value.json, Json::Null) {
                fields.push((key.text.into(), value));
            }
        }
        Json::Object(fields)
    }

    fn scalar(&self, node: NodeId) -> Option<Json> {
        let node = self.document.resolve(node);
        let scalar = self.document.scalar(node)?;
        if let Some(template) = template(scalar.text) {
            return Some(unknown(Why::NotEvaluated, template));
        }
        Some(match yaml::scalar_value(&scalar, self.document.tag(node), Dialect::Go) {
            ScalarValue::Null => Json::Null,
            ScalarValue::Boolean(value) => Json::Boolean(value),
            ScalarValue::Integer(value) => Json::Integer(value),
            ScalarValue::Float(value) if value.is_finite() => Json::Number(value.to_string().into()),
            ScalarValue::Float(_) | ScalarValue::String => Json::String(scalar.text.into()),
        })
    }
}

/// What is put into a text when it is rendered, by Helm or at run time: the first of it, shortened.
fn template(text: &str) -> Option<String> {
    const LONGEST: usize = 60;
    let at = text.find("{{")?;
    let rest = text.get(at..)?;
    let end = rest.find("}}")?.saturating_add(2);
    Some(rest.get(..end)?.lines().next()?.chars().take(LONGEST).collect())
}

fn unknown(why: Why, on: impl Into<String>) -> Json {
    Json::Unknown(Unknown { why, on: on.into() })
}
