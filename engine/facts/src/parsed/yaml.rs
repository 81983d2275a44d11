//! YAML as conftest shows it: aliases and merges followed, scalars as Go reads them, the names of entries as text.
//!
//! conftest takes a text for a stream where a line that is `---` and nothing else stands between two others, reads
//! each piece for itself, and of each piece only the first document. Here the same pieces make the same list, and
//! documents that are parted otherwise (`--- # here`, `...`) are in it too: it would be a poor gate that let them by.

use std::sync::Arc;

use engine_formats::yaml::merged_entries;
use engine_model::{Document, Kind, NodeId, Place, ScalarStyle};

use super::scalar::{self, Tag, Value};
use super::{Fields, MAX_DEPTH, MAX_NODES, Refused, number, refused, too_deep};
use crate::sourced::{Hop, How, Origin, join};
use crate::wire::{Json, Node};

/// The value of a whole text: a list where it is a stream.
pub(super) fn stream(document: &Arc<Document>) -> Result<Node, Refused> {
    let mut reader = Reader { document, nodes: 0 };
    let mut roots = document.roots().iter().copied().peekable();
    let ends = piece_ends(document.text());
    let mut inputs = Vec::new();
    for (index, end) in ends.iter().enumerate() {
        let last = index.saturating_add(1) == ends.len();
        let mut written = Vec::new();
        while let Some(root) = roots.next_if(|root| last || (document.node(*root).span.start as usize) < *end) {
            // Where nothing is written between two marks, there is no document of its own.
            if !matches!(document.node(root).kind, Kind::Null) {
                written.push(reader.node(root, None, 0)?);
            }
        }
        if written.is_empty() {
            written.push(Node::new(Json::Null, None));
        }
        inputs.append(&mut written);
    }
    match <[Node; 1]>::try_from(inputs) {
        Ok([only]) => Ok(only),
        Err(inputs) => Ok(Node::new(Json::List(inputs), None)),
    }
}

/// Where each piece of a text ends: at the marks between documents, as conftest looks for them.
fn piece_ends(text: &str) -> Vec<usize> {
    let mark = if text.contains("\r\n") { "\r\n---\r\n" } else { "\n---\n" };
    let mut ends: Vec<usize> = text.match_indices(mark).map(|(at, _)| at).collect();
    if text.starts_with('%') && !ends.is_empty() {
        // A directive belongs to the document behind the first mark.
        ends.remove(0);
    }
    ends.push(text.len());
    ends
}

struct Reader<'d> {
    document: &'d Arc<Document>,
    nodes: usize,
}

impl Reader<'_> {
    /// The value at `id`, which came to be here by `via`.
    fn node(&mut self, id: NodeId, via: Option<&Arc<Hop>>, depth: usize) -> Result<Node, Refused> {
        self.nodes = self.nodes.saturating_add(1);
        if self.nodes > MAX_NODES {
            return Err(refused(
                self.document,
                id,
                format!("the file holds more than {MAX_NODES} values, its aliases followed"),
            ));
        }
        let (target, hops) = self.followed(id, via);
        let json = match self.document.node(target).kind {
            Kind::Mapping(_) | Kind::Sequence(_) if depth >= MAX_DEPTH => return Err(too_deep(self.document, target)),
            Kind::Mapping(_) => self.mapping(target, hops.as_ref(), depth)?,
            Kind::Sequence(items) => {
                let below = depth.saturating_add(1);
                Json::List(items.iter().map(|item| self.node(*item, hops.as_ref(), below)).collect::<Result<_, _>>()?)
            }
            _ => self.scalar(target)?,
        };
        Ok(Node::new(json, Some(Origin { place: Place::new(self.document, target), via: hops })))
    }

    /// What an alias stands for, and the hops to there.
    fn followed(&self, id: NodeId, via: Option<&Arc<Hop>>) -> (NodeId, Option<Arc<Hop>>) {
        let target = self.document.resolve(id);
        if target == id { (id, via.cloned()) } else { (target, join(via, Some(&self.hop(id)))) }
    }

    fn hop(&self, alias: NodeId) -> Arc<Hop> {
        Arc::new(Hop { how: How::Alias, place: Place::new(self.document, alias), next: None })
    }

    fn mapping(&mut self, id: NodeId, via: Option<&Arc<Hop>>, depth: usize) -> Result<Json, Refused> {
        let merged = merged_entries(self.document, id);
        if merged.truncated {
            return Err(refused(self.document, id, "the merges of this mapping are too many to be followed"));
        }
        let mut fields = Fields::default();
        for entry in merged.entries {
            let mut hops = via.cloned();
            for alias in &entry.via {
                hops = join(hops.as_ref(), Some(&self.hop(*alias)));
            }
            let key = self.key(entry.key)?;
            fields.put(&key, self.node(entry.value, hops.as_ref(), depth.saturating_add(1))?);
        }
        Ok(fields.finish())
    }

    /// The name of an entry, which in YAML may be any value and in JSON is a text.
    fn key(&self, key: NodeId) -> Result<String, Refused> {
        let target = self.document.resolve(key);
        let refused = |what: &str| refused(self.document, key, format!("a key that is {what} has no name in JSON"));
        let text = match self.document.node(target).kind {
            Kind::Scalar(scalar) => scalar.text,
            Kind::Null => "",
            _ => return Err(refused("a list or a mapping")),
        };
        match self.value(target)? {
            Value::Null => Err(refused("null")),
            Value::Boolean(value) => Ok(value.to_string()),
            Value::Integer(value) => Ok(value.to_string()),
            Value::Float(value) => Ok(scalar::float_key(value)),
            Value::Text => Ok(text.to_owned()),
        }
    }

    fn scalar(&self, id: NodeId) -> Result<Json, Refused> {
        #[expect(clippy::cast_precision_loss, reason = "conftest makes a double of every number")]
        let json = match self.value(id)? {
            Value::Null => Some(Json::Null),
            Value::Boolean(value) => Some(Json::Boolean(value)),
            Value::Integer(value) => number::double(value as f64),
            Value::Float(value) => number::double(value),
            Value::Text => self.document.scalar(id).map(|scalar| Json::String(scalar.text.into())),
        };
        let is_float = "infinity and what is no number have no value in JSON";
        json.ok_or_else(|| refused(self.document, id, is_float))
    }

    /// What the scalar at `id` is, by its tag and how it is written.
    fn value(&self, id: NodeId) -> Result<Value, Refused> {
        let (text, plain) = match self.document.node(id).kind {
            Kind::Scalar(scalar) => (scalar.text, scalar.style == ScalarStyle::Plain),
            _ => ("", true),
        };
        let Some(written) = self.document.tag(id) else {
            return Ok(if plain { scalar::value(text) } else { Value::Text });
        };
        let value = scalar::value(text);
        let wanted = match scalar::tag(written) {
            Tag::Text => return Ok(Value::Text),
            Tag::Binary => return Err(refused(self.document, id, "the bytes of a `!!binary` are not read")),
            Tag::Type(wanted) => wanted,
        };
        match (wanted, value) {
            ("null", Value::Null)
            | ("bool", Value::Boolean(_))
            | ("int", Value::Integer(_))
            | ("float", Value::Float(_)) => Ok(value),
            #[expect(clippy::cast_precision_loss, reason = "the tag asks for a double")]
            ("float", Value::Integer(value)) => Ok(Value::Float(value as f64)),
            _ => Err(refused(self.document, id, format!("`{text}` is not what its tag `{written}` says"))),
        }
    }
}
