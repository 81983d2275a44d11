//! How a reader makes a document: children first, then what holds them.

use super::node::{NodeId, Shape, Stored, TextRef};
use super::{Document, Entry, Format, Frame, Op, ScalarStyle};
use crate::{Span, TextMap};

/// A scalar's text, as a reader hands it over.
#[derive(Debug)]
pub enum Text {
    /// Exactly these bytes of the document's text.
    Source(Span),
    /// This text, with the map back to the document's text.
    Decoded(String, TextMap),
}

/// Builds a [`Document`] bottom up. Nothing in it recurses, so depth costs no stack.
pub struct Builder {
    document: Document,
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("document", &self.document).finish()
    }
}

impl Builder {
    /// An empty document over the frame's text.
    #[must_use]
    pub fn new(frame: Frame, format: Format) -> Self {
        Self {
            document: Document {
                frame,
                format,
                nodes: Vec::new(),
                children: Vec::new(),
                entries: Vec::new(),
                decoded: String::new(),
                maps: Vec::new(),
                tags: Vec::new(),
                anchors: Vec::new(),
                roots: Vec::new(),
            },
        }
    }

    /// A place where nothing was written.
    pub fn null(&mut self, span: Span) -> NodeId {
        self.push(Shape::Null, span, TextRef::None, 0, 0)
    }

    /// A scalar written as `span`.
    pub fn scalar(&mut self, span: Span, style: ScalarStyle, text: Text) -> NodeId {
        let text = match text {
            Text::Source(span) => TextRef::Source(span),
            Text::Decoded(text, map) => {
                let document = &mut self.document;
                let start = document.decoded.len();
                document.decoded.push_str(&text);
                document.maps.push(map);
                let map = u32::try_from(document.maps.len().saturating_sub(1)).unwrap_or(u32::MAX);
                TextRef::Decoded { span: Span::from_range(start..document.decoded.len()), map }
            }
        };
        self.push(Shape::Scalar(style), span, text, 0, 0)
    }

    /// A sequence of nodes made before.
    pub fn sequence(&mut self, span: Span, items: &[NodeId]) -> NodeId {
        self.parent_of(Shape::Sequence, span, items)
    }

    /// An expression over nodes made before.
    pub fn expression(&mut self, span: Span, op: Op, parts: &[NodeId]) -> NodeId {
        self.parent_of(Shape::Expression(op), span, parts)
    }

    /// A mapping of nodes made before.
    pub fn mapping(&mut self, span: Span, entries: &[Entry]) -> NodeId {
        let first = index(self.document.entries.len());
        self.document.entries.extend_from_slice(entries);
        let id = self.push(Shape::Mapping, span, TextRef::None, first, index(entries.len()));
        for entry in entries {
            self.adopt(entry.key, id);
            self.adopt(entry.value, id);
        }
        id
    }

    /// An alias for a node made before (or being made: a cycle is the reader's to refuse).
    pub fn alias(&mut self, span: Span, target: NodeId) -> NodeId {
        self.push(Shape::Alias(target), span, TextRef::None, 0, 0)
    }

    /// The tag written before a node, by its bytes.
    pub fn tag(&mut self, id: NodeId, span: Span) {
        self.document.tags.push((id, span));
    }

    /// The anchor written before a node, by its bytes (with or without the `&`).
    pub fn anchor(&mut self, id: NodeId, span: Span) {
        self.document.anchors.push((id, span));
    }

    /// The document, with its roots in order.
    #[must_use]
    pub fn finish(mut self, roots: Vec<NodeId>) -> Document {
        self.document.tags.sort_unstable_by_key(|(node, _)| *node);
        self.document.anchors.sort_unstable_by_key(|(node, _)| *node);
        self.document.roots = roots;
        self.document
    }

    fn parent_of(&mut self, shape: Shape, span: Span, items: &[NodeId]) -> NodeId {
        let first = index(self.document.children.len());
        self.document.children.extend_from_slice(items);
        let id = self.push(shape, span, TextRef::None, first, index(items.len()));
        for item in items {
            self.adopt(*item, id);
        }
        id
    }

    fn adopt(&mut self, child: NodeId, parent: NodeId) {
        if let Some(stored) = self.document.nodes.get_mut(child.index()) {
            stored.parent = parent;
        }
    }

    fn push(&mut self, shape: Shape, span: Span, text: TextRef, first: u32, len: u32) -> NodeId {
        let id = NodeId::new(self.document.nodes.len());
        self.document.nodes.push(Stored { shape, span, text, first, len, parent: NodeId::NONE });
        id
    }
}

fn index(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Builder, Text};
    use crate::{Entry, FilePath, Format, Frame, Route, ScalarStyle, SourceFile, Span, Step, TextMap};

    #[test]
    fn a_place_in_an_embedded_text_is_found_in_the_file() {
        // The script's text is an escaped string, and `apply` stands in the scalar of that text.
        let file = SourceFile::new(FilePath::new("a.yml").unwrap(), "k: \"x\\ty\"\n".into());
        let mut builder = Builder::new(Frame::File(Arc::clone(&file)), Format::Yaml);
        let key = builder.scalar(Span::new(0, 1), ScalarStyle::Plain, Text::Source(Span::new(0, 1)));
        let mut map = TextMap::default();
        map.push(1, Span::new(4, 5));
        map.push(1, Span::new(5, 7));
        map.push(1, Span::new(7, 8));
        let value = builder.scalar(Span::new(3, 9), ScalarStyle::DoubleQuoted, Text::Decoded("x\ty".into(), map));
        let root = builder.mapping(Span::new(0, 9), &[Entry { key, value }]);
        let outer = Arc::new(builder.finish(vec![root]));

        let mut builder = Builder::new(Frame::Scalar { outer: Arc::clone(&outer), node: value }, Format::Yaml);
        let inner = builder.scalar(Span::new(2, 3), ScalarStyle::Plain, Text::Source(Span::new(2, 3)));
        let embedded = builder.finish(vec![inner]);

        assert_eq!(embedded.text(), "x\ty");
        assert_eq!(embedded.locate_node(inner).span, Span::new(7, 8));
        assert_eq!(outer.route_of(value), Route(vec![Step::from("k")]));
        assert_eq!(outer.walk(&Route(vec![Step::from("k")])), Some(value));
        assert_eq!(outer.key_of(value), Some(key));
    }
}
