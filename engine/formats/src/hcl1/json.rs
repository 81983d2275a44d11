//! The JSON form: objects to the blocks that Vault makes of them.

use engine_model::{Builder, Document, Entry, Frame, Kind, NodeId, ScalarStyle, Span, Text};

use super::{Keys, Outcome, Twice};
use crate::block::{Members, block};
use crate::json::{self as plain, Problem};

/// The most labels that objects in objects may give.
const MAX_LABELS: usize = 8;

/// The longest key of an object that gives labels, in bytes: it is written once, and stands in every block.
const MAX_LABEL: usize = 1024;

/// Reads `text`, which is JSON from byte `start` on.
pub(super) fn read(frame: &Frame, text: &str, start: usize, builder: Builder) -> Outcome {
    let plain::Outcome { document, problem, .. } = plain::read_text(frame.clone(), text, start);
    let mut problems: Vec<Problem> = problem.into_iter().collect();
    let mut twice = Vec::new();
    let document = document.and_then(|document| {
        let root = *document.roots().first()?;
        let mut converter = Converter { json: &document, builder, problems: Vec::new(), twice: Vec::new() };
        let root = converter.body(root);
        problems.append(&mut converter.problems);
        twice = converter.twice;
        Some(converter.builder.finish(vec![root]))
    });
    Outcome { document, problems, twice }
}

/// Makes the nodes of the document out of those of the JSON document. It recurses as deep as JSON may be nested.
struct Converter<'j> {
    json: &'j Document,
    builder: Builder,
    problems: Vec<Problem>,
    twice: Vec<Twice>,
}

impl Converter<'_> {
    fn span(&self, node: NodeId) -> Span {
        self.json.node(node).span
    }

    /// The body that an object is.
    fn body(&mut self, object: NodeId) -> NodeId {
        let mut members = Members::default();
        let mut set = Keys::default();
        for entry in self.json.entries(object) {
            let mut keys = vec![entry.key];
            self.member(&mut members, &mut set, &mut keys, entry.value, false);
        }
        let span = self.span(object);
        members.finish_over(&mut self.builder, span)
    }

    /// What `value` below `keys` is: attributes, blocks, or objects that give labels. `shared` says that other blocks
    /// have the same keys.
    fn member(&mut self, members: &mut Members, set: &mut Keys, keys: &mut Vec<NodeId>, value: NodeId, shared: bool) {
        let Some(kind) = keys.first().copied() else { return };
        let is_object = |node: NodeId| matches!(self.json.node(node).kind, Kind::Mapping(_));
        match self.json.node(value).kind {
            Kind::Mapping(entries) if !entries.is_empty() && entries.iter().all(|entry| is_object(entry.value)) => {
                for entry in entries {
                    let long = self.json.scalar(entry.key).is_none_or(|key| key.text.len() > MAX_LABEL);
                    if long || keys.len() > MAX_LABELS {
                        self.problems.push(Problem::new(self.span(entry.key), "more labels than a block may have"));
                        continue;
                    }
                    keys.push(entry.key);
                    self.member(members, set, keys, entry.value, false);
                    keys.pop();
                }
            }
            Kind::Sequence(items) if !items.is_empty() && items.iter().all(|item| is_object(*item)) => {
                for item in items {
                    self.member(members, set, keys, *item, true);
                }
            }
            Kind::Mapping(_) => self.block(members, keys, value, shared),
            _ => {
                let key = self.text(kind);
                let name = self.json.scalar(kind).map_or("", |key| key.text);
                let value = self.value(value, false);
                set.set(name, self.json.node(kind).span, value, &mut self.twice);
                members.attribute(Entry { key, value });
            }
        }
    }

    fn block(&mut self, members: &mut Members, keys: &[NodeId], value: NodeId, shared: bool) {
        let Some((kind, labels)) = keys.split_first() else { return };
        let kind_span = self.span(*kind);
        let covered = labels.iter().map(|label| self.span(*label)).reduce(Span::cover);
        let covered = covered.unwrap_or_else(|| Span::new(kind_span.end, kind_span.end));
        let nodes: Vec<NodeId> = labels.iter().map(|label| self.text(*label)).collect();
        let labels = self.builder.sequence(covered, &nodes);
        let body = self.body(value);
        let span = self.span(value);
        let start = keys.last().filter(|_| !shared).map_or(span, |key| self.span(*key));
        let whole = start.cover(span);
        let node = block(&mut self.builder, whole, kind_span, labels, body);
        let name = self.json.scalar(*kind).map_or("", |key| key.text);
        members.block(name, node, whole, || text(self.json, &mut self.builder, *kind));
    }

    fn value(&mut self, node: NodeId, in_list: bool) -> NodeId {
        let span = self.span(node);
        match self.json.node(node).kind {
            Kind::Mapping(_) => self.body(node),
            Kind::Sequence(items) => {
                if in_list {
                    self.not_as_written(span, "a list inside a list");
                }
                let items: Vec<NodeId> = items.iter().map(|item| self.value(*item, true)).collect();
                self.builder.sequence(span, &items)
            }
            Kind::Scalar(scalar) if scalar.style == ScalarStyle::Plain => {
                if in_list && matches!(scalar.text, "true" | "false" | "null") {
                    self.not_as_written(span, "this in a list");
                }
                self.builder.scalar(span, ScalarStyle::Plain, Text::Source(span))
            }
            _ => self.text(node),
        }
    }

    fn not_as_written(&mut self, span: Span, what: &str) {
        let message = format!("{what} is not read by Vault as it is written");
        self.problems.push(Problem::new(span, message));
    }

    fn text(&mut self, node: NodeId) -> NodeId {
        text(self.json, &mut self.builder, node)
    }
}

fn text(json: &Document, builder: &mut Builder, node: NodeId) -> NodeId {
    let span = json.node(node).span;
    let inner = Span::new(span.start.saturating_add(1), span.end.saturating_sub(1));
    let escaped = json.text().get(inner.range()).is_some_and(|raw| raw.contains('\\'));
    // It was decoded once before, so it can be again.
    let decoded = if escaped { plain::decode(json.text(), inner).ok() } else { None };
    let text = decoded.map_or(Text::Source(inner), |(text, map)| Text::Decoded(text, map));
    builder.scalar(span, ScalarStyle::DoubleQuoted, text)
}
