//! Bodies, attributes and blocks: structures to mappings. Expressions are `expression`'s.

use std::ops::Range;

use engine_model::{Builder, Entry, NodeId, ScalarStyle, Span, Text};
use hcl_edit::Span as _;
use hcl_edit::structure::{Attribute, Block, BlockLabel, Body, Structure};

use super::sink::Sink;
use crate::block::Members;

/// Turns one parsed piece into nodes. Its spans count from `base` in the text.
pub(super) struct Reader<'b, 't> {
    pub(super) builder: Sink<'b>,
    /// The whole document's text: scalars are taken from here, never from the parser's own strings.
    pub(super) text: &'t str,
    pub(super) base: usize,
}

/// Adds the structures of a body that was parsed from `base` of `text` on.
pub(super) fn add(members: &mut Members, builder: &mut Builder, text: &str, body: &Body, base: usize) {
    let mut reader = Reader { builder: Sink::straight(builder), text, base };
    for structure in body {
        let span = reader.span(structure.span());
        members.cover(span);
        match structure {
            Structure::Attribute(attribute) => members.attribute(reader.attribute(attribute)),
            Structure::Block(block) => {
                let ident = reader.span(block.ident.span());
                let node = reader.block(block, span, ident);
                members.block(block.ident.as_str(), node, span, || reader.plain(ident));
            }
        }
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
        let mut members = Members::default();
        let builder = self.builder.inner();
        add(&mut members, builder, self.text, &block.body, self.base);
        let body = members.finish_over(builder, Span::new(open, whole.end));
        crate::block::block(builder, whole, ident, labels, body)
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
