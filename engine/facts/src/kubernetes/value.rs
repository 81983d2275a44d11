//! YAML nodes as the values that Kubernetes makes of them, each with its place.

use std::sync::Arc;

use engine_formats::yaml::{self, Dialect, ScalarValue};
use engine_model::{Document, Kind, NodeId, Place, Unknown, Value, Why};

use crate::sourced::{Origin, Sourced};
use crate::wire::{Json, Node, Object};

/// Values nested deeper than this are not followed.
const MAX_DEPTH: usize = 100;

/// Reads values of one document, a bounded number of them.
pub(super) struct Reader<'d> {
    document: &'d Arc<Document>,
    left: usize,
}

impl<'d> Reader<'d> {
    pub(super) fn new(document: &'d Arc<Document>, values: usize) -> Self {
        Self { document, left: values }
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
    pub(super) fn whole(&mut self, node: NodeId, is_secret: bool) -> Node {
        self.value(node, 0, is_secret)
    }

    fn origin(&self, node: NodeId) -> Origin {
        Origin::written(Place::new(self.document, self.document.resolve(node)))
    }

    fn value(&mut self, node: NodeId, depth: usize, is_secret: bool) -> Node {
        let origin = Some(self.origin(node));
        let Some(left) = self.left.checked_sub(1).filter(|_| depth <= MAX_DEPTH) else {
            return Node::new(unknown(Why::NotEvaluated, "more than is followed"), origin);
        };
        self.left = left;
        let below = depth.saturating_add(1);
        let document = self.document;
        let json = match document.node(document.resolve(node)).kind {
            Kind::Scalar(_) => self.scalar(node).unwrap_or(Json::Null),
            Kind::Sequence(items) => Json::List(items.iter().map(|item| self.value(*item, below, is_secret)).collect()),
            Kind::Mapping(_) => {
                let merged = yaml::merged_entries(document, node);
                if merged.truncated {
                    return Node::new(unknown(Why::NotEvaluated, "more than is followed"), origin);
                }
                let mut object = Object::default();
                for entry in merged.entries {
                    let Some(key) = document.scalar(entry.key) else { continue };
                    let hidden = is_secret && depth == 0 && matches!(key.text, "data" | "stringData");
                    let value = if hidden {
                        let node = unknown(Why::Sensitive, key.text);
                        Node::new(node, Some(self.origin(entry.value)))
                    } else {
                        self.value(entry.value, below, is_secret)
                    };
                    // A field that is `null` is as good as none.
                    if !matches!(value.json, Json::Null) {
                        object.put(key.text, value);
                    }
                }
                return object.finish(origin);
            }
            Kind::Null | Kind::Alias(_) | Kind::Expression(..) => Json::Null,
        };
        Node::new(json, origin)
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

/// The text of a scalar that is no template.
pub(super) fn plain_text(document: &Document, node: NodeId) -> Option<&str> {
    document.scalar(node).map(|scalar| scalar.text).filter(|text| template(text).is_none())
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
