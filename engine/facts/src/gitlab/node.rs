//! Values of a pipeline before anything is typed: a graph over documents, each edge with the hop it was reached by.
//!
//! Nodes are shared, so an alias, an `extends` or an include costs an edge and never a copy: an alias bomb stays as
//! small as its text. How a value was reached is on the edges; a [`super::cursor::Cursor`] adds them up.

use std::collections::HashMap;
use std::sync::Arc;

use engine_formats::yaml::{self, Dialect, ScalarValue};
use engine_model::{Document, Kind, NodeId, Place, Scalar, ScalarStyle, Span};

use super::input::unfilled;
use crate::sourced::{Hop, How, join};

/// Tags that leave a scalar what it looks like.
const PLAIN_TAGS: [&str; 6] = ["!", "!!str", "!!int", "!!float", "!!bool", "!!null"];

/// A value: where it is written and what it is.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) shape: Shape,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum Shape {
    /// Nothing, `null` or `~`: it drops what would be inherited.
    Null,
    /// A scalar; its text is the place's.
    Scalar,
    /// A scalar with a tag that changes what it is (`!!binary`).
    Opaque,
    /// Items in order.
    Sequence(Vec<Edge>),
    /// Fields in order, each name once.
    Mapping(Vec<Field>),
    /// `!reference [job, keyword, …]`.
    Reference(Vec<Arc<str>>),
}

/// The way to a value.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub(super) node: Arc<Node>,
    pub(super) via: Option<Arc<Hop>>,
}

/// A field of a mapping.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub(super) name: Arc<str>,
    pub(super) key: Place,
    pub(super) edge: Edge,
}

impl Node {
    /// The scalar's text; `None` where it is none.
    pub(super) fn text(&self) -> Option<&str> {
        match self.shape {
            Shape::Scalar => self.place.document.scalar(self.place.node).map(|scalar| scalar.text),
            _ => None,
        }
    }

    /// The fields; empty where it is no mapping.
    pub(super) fn fields(&self) -> &[Field] {
        match &self.shape {
            Shape::Mapping(fields) => fields,
            _ => &[],
        }
    }

    /// The items; empty where it is no sequence.
    pub(super) fn items(&self) -> &[Edge] {
        match &self.shape {
            Shape::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The field of this name.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields().iter().find(|field| &*field.name == name)
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.shape, Shape::Null)
    }

    /// What the scalar is to Ruby, which reads YAML 1.1; `None` where it is none.
    pub(super) fn scalar_value(&self) -> Option<ScalarValue> {
        let scalar = self.place.document.scalar(self.place.node).filter(|_| matches!(self.shape, Shape::Scalar))?;
        Some(yaml::scalar_value(&scalar, self.place.document.tag(scalar.node), Dialect::Yaml11))
    }

    /// The scalar as Ruby prints it: `1.10` is `1.1`, `yes` is `true`. `None` where it is none.
    pub(super) fn printed(&self) -> Option<String> {
        let scalar = self.place.document.scalar(self.place.node).filter(|_| matches!(self.shape, Shape::Scalar))?;
        yaml::ruby_text(&scalar, self.place.document.tag(scalar.node)).map(std::borrow::Cow::into_owned)
    }
}

impl Edge {
    /// The same value, reached through `hop` first.
    pub(super) fn through(&self, how: How, place: &Place) -> Self {
        let hop = Arc::new(Hop { how, place: place.clone(), next: None });
        Self { node: Arc::clone(&self.node), via: join(Some(&hop), self.via.as_ref()) }
    }
}

impl Field {
    pub(super) fn through(&self, how: How, place: &Place) -> Self {
        Self { name: Arc::clone(&self.name), key: self.key.clone(), edge: self.edge.through(how, place) }
    }
}

/// Where each field of a mapping stands.
pub(super) type Index = HashMap<Arc<str>, usize>;

/// Where each of these fields stands.
pub(super) fn index(fields: &[Field]) -> Index {
    fields.iter().enumerate().map(|(at, field)| (Arc::clone(&field.name), at)).collect()
}

/// Reads the graph of one YAML document, aliases and merge keys resolved as Psych does.
pub(super) struct Loader<'d> {
    document: &'d Arc<Document>,
    known: HashMap<NodeId, Arc<Node>>,
    /// Whether a mapping merged more than the reader follows.
    pub(super) truncated: bool,
    /// A key that holds an input which is not filled in.
    pub(super) input_in_key: Option<Place>,
    /// The first scalar that Ruby takes for a date or a time, which GitLab does not have in a pipeline.
    pub(super) date: Option<Place>,
    /// Bytes of the document's text that an input was put in for, with the place of the value, in order.
    inserted: &'d [(Span, Place)],
}

impl<'d> Loader<'d> {
    pub(super) fn new(document: &'d Arc<Document>) -> Self {
        Self { document, known: HashMap::new(), truncated: false, input_in_key: None, date: None, inserted: &[] }
    }

    /// The same, for a text that inputs were put in.
    pub(super) fn interpolated(document: &'d Arc<Document>, inserted: &'d [(Span, Place)]) -> Self {
        Self { inserted, ..Self::new(document) }
    }

    /// The graph below `id`. Depth is bounded by the reader's own nesting limit.
    pub(super) fn load(&mut self, id: NodeId) -> Edge {
        let mut aliases = Vec::new();
        let target = self.document.resolve(id);
        if target != id {
            aliases.push(id);
        }
        let node = self.node(target);
        let edge = self.edge(node, &aliases);
        match self.input(target) {
            Some(place) => edge.through(How::Input, place),
            None => edge,
        }
    }

    /// The value of the input that a scalar was written with.
    fn input(&self, id: NodeId) -> Option<&'d Place> {
        if self.inserted.is_empty() || !matches!(self.document.node(id).kind, Kind::Scalar(_)) {
            return None;
        }
        let span = self.document.node(id).span;
        let index = self.inserted.partition_point(|(range, _)| range.end <= span.start);
        self.inserted.get(index).filter(|(range, _)| range.start < span.end).map(|(_, place)| place)
    }

    fn edge(&self, node: Arc<Node>, aliases: &[NodeId]) -> Edge {
        let mut edge = Edge { node, via: None };
        for alias in aliases.iter().rev() {
            edge = edge.through(How::Alias, &Place::new(self.document, *alias));
        }
        edge
    }

    fn node(&mut self, id: NodeId) -> Arc<Node> {
        if let Some(known) = self.known.get(&id) {
            return Arc::clone(known);
        }
        let shape = match self.document.node(id).kind {
            Kind::Null | Kind::Alias(_) | Kind::Expression(..) => Shape::Null,
            Kind::Scalar(scalar) => {
                let tag = self.document.tag(id);
                let opaque = tag.is_some_and(|tag| !PLAIN_TAGS.contains(&tag));
                self.dated(&scalar, tag);
                match yaml::scalar_value(&scalar, tag, yaml::Dialect::Yaml11) {
                    _ if opaque => Shape::Opaque,
                    yaml::ScalarValue::Null => Shape::Null,
                    _ => Shape::Scalar,
                }
            }
            Kind::Sequence(items) if self.document.tag(id) == Some("!reference") => {
                let texts = items.iter().filter_map(|item| self.document.scalar(*item));
                Shape::Reference(texts.map(|scalar| scalar.text.into()).collect())
            }
            Kind::Sequence(items) => Shape::Sequence(items.iter().map(|item| self.load(*item)).collect()),
            Kind::Mapping(_) => Shape::Mapping(self.fields(id)),
        };
        let node = Arc::new(Node { place: Place::new(self.document, id), shape });
        self.known.insert(id, Arc::clone(&node));
        node
    }

    fn dated(&mut self, scalar: &Scalar<'_>, tag: Option<&str>) {
        if self.date.is_none() && yaml::is_ruby_date(scalar, tag) {
            self.date = Some(Place::new(self.document, scalar.node));
        }
    }

    fn fields(&mut self, id: NodeId) -> Vec<Field> {
        let merged = yaml::merged_entries(self.document, id);
        self.truncated |= merged.truncated;
        let mut fields: Vec<Field> = Vec::with_capacity(merged.entries.len());
        // Names can only meet where one of them is written as a symbol.
        let mut symbols = false;
        for entry in merged.entries {
            if let Some(scalar) = self.document.scalar(entry.key) {
                self.dated(&scalar, self.document.tag(entry.key));
            }
            let name = match self.document.scalar(entry.key) {
                // Ruby reads `:when` as the symbol of that name, and GitLab makes symbols of all keys.
                Some(scalar) if scalar.style == ScalarStyle::Plain => {
                    scalar.text.strip_prefix(':').unwrap_or(scalar.text)
                }
                Some(scalar) => scalar.text,
                None => self.document.source_text(entry.key),
            };
            if unfilled(name).is_some() {
                self.input_in_key = Some(Place::new(self.document, entry.key));
            }
            let value = self.load(entry.value);
            let reached = self.edge(Arc::clone(&value.node), &entry.via);
            let via = join(reached.via.as_ref(), value.via.as_ref());
            let edge = Edge { node: value.node, via };
            let field = Field { name: name.into(), key: Place::new(self.document, entry.key), edge };
            symbols |= self.document.source_text(entry.key).starts_with(':');
            match fields.iter_mut().find(|known| symbols && known.name == field.name) {
                Some(known) => *known = field,
                None => fields.push(field),
            }
        }
        fields
    }
}

/// `over` merged onto `base`: mappings field by field, everything else replaced as `include` and `extends` do.
pub(super) fn merge(base: &Edge, over: &Edge) -> Edge {
    merge_edges(base, over, 0)
}

/// From how many fields on an index finds them.
const MANY: usize = 24;

/// How deep two mappings are merged; GitLab refuses documents deeper than a hundred levels.
const MAX_MERGE_DEPTH: usize = 100;

fn merge_edges(base: &Edge, over: &Edge, depth: usize) -> Edge {
    let (Shape::Mapping(inherited), Shape::Mapping(own)) = (&base.node.shape, &over.node.shape) else {
        return over.clone();
    };
    if depth >= MAX_MERGE_DEPTH {
        return over.clone();
    }
    // The way to `base` and to `over` moves down to the fields, since the merged mapping is reached directly.
    let below = |edge: &Edge, field: &Field| Field {
        name: Arc::clone(&field.name),
        key: field.key.clone(),
        edge: Edge { node: Arc::clone(&field.edge.node), via: join(edge.via.as_ref(), field.edge.via.as_ref()) },
    };
    let mut fields: Vec<Field> = inherited.iter().map(|field| below(base, field)).collect();
    // Many fields are found by an index, few faster without one.
    let index = (fields.len() > MANY).then(|| index(&fields));
    for field in own {
        let field = below(over, field);
        let known = match &index {
            Some(index) => index.get(&field.name).and_then(|at| fields.get_mut(*at)),
            None => fields.iter_mut().find(|known| known.name == field.name),
        };
        match known {
            Some(known) => {
                known.edge = merge_edges(&known.edge, &field.edge, depth.saturating_add(1));
                known.key = field.key;
            }
            None => fields.push(field),
        }
    }
    let node = Arc::new(Node { place: over.node.place.clone(), shape: Shape::Mapping(fields) });
    Edge { node, via: None }
}
