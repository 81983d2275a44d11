//! Bodies, attributes and blocks: structures to mappings. Expressions are `expression`'s.

use std::collections::HashMap;
use std::ops::Range;

use engine_model::{Builder, Entry, NodeId, ScalarStyle, Span, Text, TextMap};
use hcl_edit::Span as _;
use hcl_edit::structure::{Attribute, Block, BlockLabel, Body, Structure};

/// Turns one parsed piece into nodes. Its spans count from `base` in the text.
pub(super) struct Reader<'b, 't> {
    pub(super) builder: &'b mut Builder,
    /// The whole document's text: scalars are taken from here, never from the parser's own strings.
    pub(super) text: &'t str,
    pub(super) base: usize,
}

/// The entries of a body while it is being read: blocks of one type are gathered in one.
pub(super) struct Members<'t> {
    text: &'t str,
    members: Vec<Member>,
    blocks: HashMap<String, usize>,
    span: Option<Span>,
}

enum Member {
    Attribute(Entry),
    Blocks { key: NodeId, span: Span, nodes: Vec<NodeId> },
}

impl<'t> Members<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, members: Vec::new(), blocks: HashMap::new(), span: None }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Adds the structures of a body that was parsed from `base` on.
    pub(super) fn add(&mut self, builder: &mut Builder, body: &Body, base: usize) {
        let mut reader = Reader { builder, text: self.text, base };
        for structure in body {
            let span = reader.span(structure.span());
            self.span = Some(self.span.map_or(span, |before| before.cover(span)));
            match structure {
                Structure::Attribute(attribute) => {
                    let entry = reader.attribute(attribute);
                    self.members.push(Member::Attribute(entry));
                }
                Structure::Block(block) => self.block(&mut reader, block, span),
            }
        }
    }

    fn block(&mut self, reader: &mut Reader<'_, '_>, block: &Block, whole: Span) {
        let ident = reader.span(block.ident.span());
        let node = reader.block(block, whole, ident);
        if let Some(index) = self.blocks.get(block.ident.as_str())
            && let Some(Member::Blocks { span, nodes, .. }) = self.members.get_mut(*index)
        {
            *span = span.cover(whole);
            nodes.push(node);
            return;
        }
        self.blocks.insert(block.ident.as_str().to_owned(), self.members.len());
        let key = reader.plain(ident);
        self.members.push(Member::Blocks { key, span: whole, nodes: vec![node] });
    }

    /// The mapping of a top-level body: from its first member to its last; empty at `start` where it has none.
    pub(super) fn finish(self, builder: &mut Builder, start: usize) -> NodeId {
        let span = self.span.unwrap_or_else(|| Span::from_range(start..start));
        self.finish_over(builder, span)
    }

    fn finish_over(self, builder: &mut Builder, span: Span) -> NodeId {
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

impl Reader<'_, '_> {
    /// A range of the parsed piece as bytes of the document; everything that was parsed has one.
    pub(super) fn span(&self, range: Option<Range<usize>>) -> Span {
        let range = range.unwrap_or_default();
        let (start, end) = (range.start.saturating_add(self.base), range.end.saturating_add(self.base));
        Span::from_range(start..end)
    }

    pub(super) fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// A bare word.
    pub(super) fn plain(&mut self, span: Span) -> NodeId {
        self.builder.scalar(span, ScalarStyle::Plain, Text::Source(span))
    }

    fn attribute(&mut self, attribute: &Attribute) -> Entry {
        let key = self.span(attribute.key.span());
        let key = self.plain(key);
        Entry { key, value: self.expression(&attribute.value) }
    }

    fn block(&mut self, block: &Block, whole: Span, ident: Span) -> NodeId {
        let mut labels = Vec::with_capacity(block.labels.len());
        let mut head = ident;
        let mut covered: Option<Span> = None;
        for label in &block.labels {
            let (span, quoted) = match label {
                BlockLabel::Ident(label) => (self.span(label.span()), false),
                BlockLabel::String(label) => (self.span(label.span()), true),
            };
            head = span;
            covered = Some(covered.map_or(span, |before| before.cover(span)));
            labels.push(if quoted { self.quoted(span) } else { self.plain(span) });
        }
        let covered = covered.unwrap_or_else(|| Span::new(ident.end, ident.end));
        let labels = self.builder.sequence(covered, &labels);

        let open = self.brace_after(head.end, whole.end);
        let mut members = Members::new(self.text);
        members.add(self.builder, &block.body, self.base);
        let body = members.finish_over(self.builder, Span::new(open, whole.end));

        let labels = Entry { key: self.synthetic(ident, "labels"), value: labels };
        let body = Entry { key: self.synthetic(ident, "body"), value: body };
        self.builder.mapping(whole, &[labels, body])
    }

    /// A key that is written nowhere, placed at the block's type.
    fn synthetic(&mut self, ident: Span, text: &str) -> NodeId {
        let mut map = TextMap::default();
        // A piece of unequal length maps as a whole; an equal one byte by byte, which covers the same bytes.
        map.push(u32::try_from(text.len()).unwrap_or(u32::MAX), ident);
        self.builder.scalar(ident, ScalarStyle::Plain, Text::Decoded(text.to_owned(), map))
    }

    /// Where the `{` of a block stands that has its type and labels before `from`: only blanks and `/* */` lie between.
    fn brace_after(&self, from: u32, end: u32) -> u32 {
        let between = self.slice(Span::new(from, end));
        let mut rest = between;
        loop {
            rest = rest.trim_start();
            match rest.strip_prefix("/*").and_then(|comment| comment.split_once("*/")) {
                Some((_, after)) => rest = after,
                None => break,
            }
        }
        from.saturating_add(u32::try_from(between.len().saturating_sub(rest.len())).unwrap_or(0))
    }
}
