//! One parsed input: an arena of nodes over a text, each node with the bytes it was written as.
//!
//! A document is walked, never keyed by pointer strings. Which constructs of a format become which nodes is said by
//! the reader in `engine-formats`; what they mean is the facts' business.

mod builder;
mod node;
mod place;

use std::fmt;
use std::sync::Arc;

pub use builder::{Builder, Text};
pub use node::{BinaryOp, Entry, Format, Kind, Node, NodeId, Op, Scalar, ScalarStyle, UnaryOp};
pub use place::Place;

use crate::{Location, Route, SourceFile, Span, Step, TextMap};
use node::{Stored, TextRef};

/// What a document's spans count in.
#[derive(Clone, Debug)]
pub enum Frame {
    /// A file's own text.
    File(Arc<SourceFile>),
    /// The decoded text of a scalar of another document: a script line, a policy in a heredoc, JSON in a string.
    Scalar {
        /// The document that holds the scalar.
        outer: Arc<Document>,
        /// The scalar.
        node: NodeId,
    },
}

/// One parsed input: an arena of nodes, the text they were read from, and the roots.
///
/// Nodes are numbered so that a child's number may be lower or higher than its parent's; [`Document::roots`] is the
/// way in. A YAML stream has one root a document; every other format has one.
pub struct Document {
    frame: Frame,
    format: Format,
    nodes: Vec<Stored>,
    children: Vec<NodeId>,
    entries: Vec<Entry>,
    decoded: String,
    maps: Vec<TextMap>,
    tags: Vec<(NodeId, Span)>,
    anchors: Vec<(NodeId, Span)>,
    roots: Vec<NodeId>,
}

impl Document {
    /// The text that every span of this document counts in.
    #[must_use]
    pub fn text(&self) -> &str {
        match &self.frame {
            Frame::File(file) => file.text(),
            Frame::Scalar { outer, node } => outer.scalar(*node).map_or("", |scalar| scalar.text),
        }
    }

    /// What the text belongs to.
    #[must_use]
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// The outermost file.
    #[must_use]
    pub fn file(&self) -> &Arc<SourceFile> {
        match &self.frame {
            Frame::File(file) => file,
            Frame::Scalar { outer, .. } => outer.file(),
        }
    }

    /// Which reader made it.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// The top nodes, in order.
    #[must_use]
    pub fn roots(&self) -> &[NodeId] {
        &self.roots
    }

    /// How many nodes there are.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// The node itself: what it is and the bytes it was written as.
    ///
    /// A number of another document gives some node of this one, or the null node: a bug of the caller, not a panic.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Node<'_> {
        let Some(stored) = self.nodes.get(id.index()) else {
            return Node { kind: Kind::Null, span: Span::default() };
        };
        Node { kind: self.kind(id, stored), span: stored.span }
    }

    /// The node that an alias stands for, through any number of aliases; the node itself where it is none.
    #[must_use]
    pub fn resolve(&self, id: NodeId) -> NodeId {
        let mut at = id;
        // An alias can only name an anchor written before it, so a chain is never longer than the arena.
        for _ in 0..self.nodes.len() {
            match self.node(at).kind {
                Kind::Alias(target) => at = target,
                _ => break,
            }
        }
        at
    }

    /// The scalar at `id` (through an alias), or `None` where it is something else.
    #[must_use]
    pub fn scalar(&self, id: NodeId) -> Option<Scalar<'_>> {
        match self.node(self.resolve(id)).kind {
            Kind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The items of the sequence at `id` (through an alias); empty where it is something else.
    #[must_use]
    pub fn items(&self, id: NodeId) -> &[NodeId] {
        match self.node(self.resolve(id)).kind {
            Kind::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The entries of the mapping at `id` (through an alias), as written: duplicates and `<<` stand in their places.
    #[must_use]
    pub fn entries(&self, id: NodeId) -> &[Entry] {
        match self.node(self.resolve(id)).kind {
            Kind::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The value of the last entry whose key is the scalar `key`: where a key stands twice the last one counts, as
    /// in the tools that read these files. `<<` is not followed.
    #[must_use]
    pub fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        self.entry(id, key).map(|entry| entry.value)
    }

    /// The last entry whose key is the scalar `key`.
    #[must_use]
    pub fn entry(&self, id: NodeId, key: &str) -> Option<Entry> {
        let found = self.entries(id).iter().rev();
        found.copied().find(|entry| self.scalar(entry.key).is_some_and(|scalar| scalar.text == key))
    }

    /// The tag of a node as written, `!reference` say.
    #[must_use]
    pub fn tag(&self, id: NodeId) -> Option<&str> {
        let span = find(&self.tags, id)?;
        self.text().get(span.range())
    }

    /// The anchor's name on a node, without its `&`.
    #[must_use]
    pub fn anchor(&self, id: NodeId) -> Option<&str> {
        let span = find(&self.anchors, id)?;
        self.text().get(span.range()).map(|text| text.trim_start_matches('&'))
    }

    /// The bytes of this document's text that a node was written as.
    #[must_use]
    pub fn source_text(&self, id: NodeId) -> &str {
        self.text().get(self.node(id).span.range()).unwrap_or("")
    }

    /// The node that holds `id`, or `None` for a root.
    #[must_use]
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.nodes.get(id.index()).and_then(|stored| stored.parent.known())
    }

    /// The key of the entry whose value is `id`, where its parent is a mapping.
    #[must_use]
    pub fn key_of(&self, id: NodeId) -> Option<NodeId> {
        let parent = self.parent(id)?;
        self.entries(parent).iter().find(|entry| entry.value == id).map(|entry| entry.key)
    }

    /// Keys and indices from the root to `id`. In a stream of several YAML documents the first step is the root's
    /// index.
    #[must_use]
    pub fn route_of(&self, id: NodeId) -> Route {
        let mut steps: Vec<Step> = Vec::new();
        let mut at = id;
        while let Some(parent) = self.parent(at) {
            match self.node(parent).kind {
                Kind::Mapping(entries) => {
                    let entry = entries.iter().find(|entry| entry.value == at || entry.key == at);
                    if let Some(key) = entry.and_then(|entry| self.scalar(entry.key)) {
                        steps.push(Step::from(key.text));
                    }
                }
                Kind::Sequence(items) | Kind::Expression(_, items) => {
                    let index = items.iter().position(|item| *item == at).unwrap_or(0);
                    steps.push(Step::Index(u32::try_from(index).unwrap_or(u32::MAX)));
                }
                _ => {}
            }
            at = parent;
        }
        if self.roots.len() > 1
            && let Some(index) = self.roots.iter().position(|root| *root == at)
        {
            steps.push(Step::Index(u32::try_from(index).unwrap_or(u32::MAX)));
        }
        steps.reverse();
        Route(steps)
    }

    /// The node at the end of `route`, walked from the root (through aliases), or `None` where a step leads nowhere.
    #[must_use]
    pub fn walk(&self, route: &Route) -> Option<NodeId> {
        let mut steps = route.0.iter();
        let mut at = match self.roots.as_slice() {
            [only] => *only,
            several => match steps.next()? {
                Step::Index(index) => *several.get(*index as usize)?,
                Step::Key(_) => return None,
            },
        };
        for step in steps {
            let here = self.resolve(at);
            at = match (step, self.node(here).kind) {
                (Step::Key(key), Kind::Mapping(_)) => self.get(here, key)?,
                (Step::Index(index), Kind::Sequence(items) | Kind::Expression(_, items)) => {
                    *items.get(*index as usize)?
                }
                _ => return None,
            };
        }
        Some(at)
    }

    /// The file's bytes that `span` of this document's text was written as.
    #[must_use]
    pub fn locate(&self, span: Span) -> Location {
        match &self.frame {
            Frame::File(file) => Location { file: Arc::clone(file), span },
            Frame::Scalar { outer, node } => outer.locate_text(*node, span),
        }
    }

    /// The file's bytes of a whole node.
    #[must_use]
    pub fn locate_node(&self, id: NodeId) -> Location {
        self.locate(self.node(id).span)
    }

    /// The file's bytes that `range` of a scalar's decoded text was written as; the whole scalar where the range is
    /// not inside its text.
    #[must_use]
    pub fn locate_text(&self, id: NodeId, range: Span) -> Location {
        let scalar = self.resolve(id);
        let found = self.nodes.get(scalar.index()).and_then(|stored| match stored.text {
            TextRef::None => None,
            TextRef::Source(span) => Some(range.shift(span.start)).filter(|shifted| span.contains(*shifted)),
            TextRef::Decoded { map, .. } => self.maps.get(map as usize)?.source_span(range),
        });
        self.locate(found.unwrap_or_else(|| self.node(scalar).span))
    }

    /// The way from a scalar's decoded text back to this document's text; `None` where the node is no scalar.
    ///
    /// With it a text is put together from several scalars and keeps the place of each.
    #[must_use]
    pub fn text_map(&self, id: NodeId) -> Option<TextMap> {
        match self.nodes.get(self.resolve(id).index())?.text {
            TextRef::None => None,
            TextRef::Source(span) => {
                let mut map = TextMap::default();
                map.push(span.len(), span);
                Some(map)
            }
            TextRef::Decoded { map, .. } => self.maps.get(map as usize).cloned(),
        }
    }

    fn kind(&self, id: NodeId, stored: &Stored) -> Kind<'_> {
        let children = || self.children.get(stored.first as usize..).and_then(|rest| rest.get(..stored.len as usize));
        let entries = || self.entries.get(stored.first as usize..).and_then(|rest| rest.get(..stored.len as usize));
        match stored.shape {
            node::Shape::Null => Kind::Null,
            node::Shape::Scalar(style) => {
                let text = match stored.text {
                    TextRef::None => "",
                    TextRef::Source(span) => self.text().get(span.range()).unwrap_or(""),
                    TextRef::Decoded { span, .. } => self.decoded.get(span.range()).unwrap_or(""),
                };
                Kind::Scalar(Scalar { text, style, node: id })
            }
            node::Shape::Sequence => Kind::Sequence(children().unwrap_or(&[])),
            node::Shape::Mapping => Kind::Mapping(entries().unwrap_or(&[])),
            node::Shape::Alias(target) => Kind::Alias(target),
            node::Shape::Expression(op) => Kind::Expression(op, children().unwrap_or(&[])),
        }
    }
}

fn find(list: &[(NodeId, Span)], id: NodeId) -> Option<Span> {
    let index = list.binary_search_by_key(&id, |(node, _)| *node).ok()?;
    list.get(index).map(|(_, span)| *span)
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.file().path();
        f.debug_struct("Document")
            .field("file", path)
            .field("format", &self.format)
            .field("nodes", &self.nodes.len())
            .finish()
    }
}
