//! The shape of bodies and blocks that `hcl` fixes and `hcl1` shares: blocks of one type are one entry of their body,
//! and a block is a mapping of `labels` and `body`.

use std::collections::HashMap;

use engine_model::{Builder, Entry, NodeId, ScalarStyle, Span, Text, TextMap};

/// The entries of a body while it is being read.
#[derive(Default)]
pub(crate) struct Members {
    members: Vec<Member>,
    blocks: HashMap<String, usize>,
    span: Option<Span>,
}

enum Member {
    Attribute(Entry),
    Blocks { key: NodeId, span: Span, nodes: Vec<NodeId> },
}

impl Members {
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Notes that the body reaches over `span`.
    pub(crate) fn cover(&mut self, span: Span) {
        self.span = Some(self.span.map_or(span, |before| before.cover(span)));
    }

    pub(crate) fn attribute(&mut self, entry: Entry) {
        self.members.push(Member::Attribute(entry));
    }

    /// Adds a block of type `kind` that is written over `whole`; `key` makes the type's node where it is the first.
    pub(crate) fn block(&mut self, kind: &str, node: NodeId, whole: Span, key: impl FnOnce() -> NodeId) {
        if let Some(index) = self.blocks.get(kind)
            && let Some(Member::Blocks { span, nodes, .. }) = self.members.get_mut(*index)
        {
            *span = span.cover(whole);
            nodes.push(node);
            return;
        }
        self.blocks.insert(kind.to_owned(), self.members.len());
        self.members.push(Member::Blocks { key: key(), span: whole, nodes: vec![node] });
    }

    /// The mapping of a top-level body: from its first member to its last; empty at `start` where it has none.
    pub(crate) fn finish(self, builder: &mut Builder, start: usize) -> NodeId {
        let span = self.span.unwrap_or_else(|| Span::from_range(start..start));
        self.finish_over(builder, span)
    }

    pub(crate) fn finish_over(self, builder: &mut Builder, span: Span) -> NodeId {
        let mut entries = Vec::with_capacity(self.members.len());
        for member in self.members {
            entries.push(match member {
                Member::Attribute(entry) => entry,
                Member::Blocks { key, span, nodes } => Entry { key, value: builder.sequence(span, &nodes) },
            });
        }
        builder.mapping(span, &entries)
    }
}

/// The mapping of one block: written over `whole`, its type at `kind`, its labels and its body made before.
pub(crate) fn block(builder: &mut Builder, whole: Span, kind: Span, labels: NodeId, body: NodeId) -> NodeId {
    let labels = Entry { key: synthetic(builder, kind, "labels"), value: labels };
    let body = Entry { key: synthetic(builder, kind, "body"), value: body };
    builder.mapping(whole, &[labels, body])
}

/// A key that is written nowhere, placed at the block's type.
fn synthetic(builder: &mut Builder, kind: Span, text: &str) -> NodeId {
    let mut map = TextMap::default();
    // A piece of unequal length maps as a whole; an equal one byte by byte, which covers the same bytes.
    map.push(u32::try_from(text.len()).unwrap_or(u32::MAX), kind);
    builder.scalar(kind, ScalarStyle::Plain, Text::Decoded(text.to_owned(), map))
}
