//! Where nodes go: straight into the builder, or through the escapes of a text that was decoded before it was parsed.

use engine_model::{Builder, Entry, NodeId, Op, ScalarStyle, Span, Text, TextMap};

/// A text that was decoded before it was parsed: spans count in `decoded`, nodes want those of `source`.
#[derive(Clone, Copy)]
pub(super) struct Through<'t> {
    pub(super) decoded: &'t str,
    pub(super) source: &'t str,
    pub(super) map: &'t TextMap,
}

impl Through<'_> {
    fn place(self, span: Span) -> Span {
        self.map.source_span(span).unwrap_or_default()
    }

    fn text(self, text: Text) -> Text {
        match text {
            Text::Source(span) => {
                let (place, text) = (self.place(span), self.decoded.get(span.range()).unwrap_or(""));
                if self.source.get(place.range()) == Some(text) {
                    return Text::Source(place);
                }
                let map = self.compose(text, |part| Some(part.shift(span.start)));
                Text::Decoded(text.to_owned(), map)
            }
            Text::Decoded(text, map) => {
                let map = self.compose(&text, |part| map.source_span(part));
                Text::Decoded(text, map)
            }
        }
    }

    /// The map from `text` to the source, where `inner` leads from it to the decoded text.
    fn compose(self, text: &str, inner: impl Fn(Span) -> Option<Span>) -> TextMap {
        let mut map = TextMap::default();
        for (at, c) in text.char_indices() {
            let part = Span::from_range(at..at.saturating_add(c.len_utf8()));
            let place = inner(part).map(|span| self.place(span)).unwrap_or_default();
            map.push(part.len(), place);
        }
        map
    }
}

/// A builder, as the readers of expressions and templates see it.
pub(super) struct Sink<'b> {
    builder: &'b mut Builder,
    through: Option<Through<'b>>,
}

impl<'b> Sink<'b> {
    pub(super) fn straight(builder: &'b mut Builder) -> Self {
        Self { builder, through: None }
    }

    pub(super) fn through(builder: &'b mut Builder, through: Through<'b>) -> Self {
        Self { builder, through: Some(through) }
    }

    /// The builder itself, for what is no part of a decoded text.
    pub(super) fn inner(&mut self) -> &mut Builder {
        self.builder
    }

    /// What was decoded of the text, as the document's own text has it.
    pub(super) fn outer_text(&self, text: Text) -> Text {
        match self.through {
            Some(through) => through.text(text),
            None => text,
        }
    }

    fn place(&self, span: Span) -> Span {
        self.through.map_or(span, |through| through.place(span))
    }

    pub(super) fn scalar(&mut self, span: Span, style: ScalarStyle, text: Text) -> NodeId {
        let span = self.place(span);
        let text = self.outer_text(text);
        self.builder.scalar(span, style, text)
    }

    pub(super) fn sequence(&mut self, span: Span, items: &[NodeId]) -> NodeId {
        let span = self.place(span);
        self.builder.sequence(span, items)
    }

    pub(super) fn mapping(&mut self, span: Span, entries: &[Entry]) -> NodeId {
        let span = self.place(span);
        self.builder.mapping(span, entries)
    }

    pub(super) fn expression(&mut self, span: Span, op: Op, parts: &[NodeId]) -> NodeId {
        let span = self.place(span);
        self.builder.expression(span, op, parts)
    }
}
