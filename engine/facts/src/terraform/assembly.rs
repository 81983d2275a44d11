//! Texts that are put together from the pieces of a template, with the way back to where each piece is written.

use std::sync::Arc;

use engine_model::{Builder, Document, NodeId, Place, ScalarStyle, Span, Text, TextMap, Unknown};

use super::value::Wording;

/// The longest text that is put together, in bytes.
const MAX_TEXT: usize = 1 << 20;

/// A text while it is put together.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    pub(super) text: String,
    map: TextMap,
    missing: Vec<Unknown>,
    overflowed: bool,
}

impl Assembly {
    /// Literal text of the template.
    pub(super) fn fragment(&mut self, document: &Document, node: NodeId, text: &str) {
        self.text.push_str(text);
        if let Some(map) = document.text_map(node) {
            self.map.append(&map);
        }
    }

    /// What an interpolation at `span` gives.
    pub(super) fn piece(&mut self, text: &str, span: Span) {
        if self.text.len().saturating_add(text.len()) > MAX_TEXT {
            self.overflowed = true;
            return;
        }
        self.text.push_str(text);
        self.map.push(u32::try_from(text.len()).unwrap_or(u32::MAX), span);
    }

    /// An interpolation at `span` that is unknown.
    pub(super) fn unknown(&mut self, unknown: &Unknown, span: Span) {
        match Wording::mark(self.missing.len()) {
            Some(mark) => {
                self.piece(mark.encode_utf8(&mut [0; 4]), span);
                self.missing.push(unknown.clone());
            }
            None => self.overflowed = true,
        }
    }

    /// An interpolation at `span` that gives a text of which parts are unknown.
    pub(super) fn worded(&mut self, wording: &Wording, span: Span) {
        let mut text = String::with_capacity(wording.text().len());
        for c in wording.text().chars() {
            match wording.missing(c) {
                None => text.push(c),
                Some(unknown) => match Wording::mark(self.missing.len()) {
                    Some(mark) => {
                        text.push(mark);
                        self.missing.push(unknown.clone());
                    }
                    None => self.overflowed = true,
                },
            }
        }
        self.piece(&text, span);
    }

    /// What it costs to keep, in values.
    pub(super) fn size(&self) -> usize {
        (self.text.len() >> 6).saturating_add(self.missing.len())
    }

    /// Whether it is longer than is followed.
    pub(super) fn is_too_long(&self) -> bool {
        self.overflowed
    }

    /// The text as the scalar of a document of its own, over the file of the template.
    pub(super) fn finish(self, template: &Place) -> Wording {
        let outer = &template.document;
        let mut builder = Builder::new(outer.frame().clone(), outer.format());
        let span = outer.node(template.node).span;
        let node = builder.scalar(span, ScalarStyle::Heredoc, Text::Decoded(self.text, self.map));
        let document = Arc::new(builder.finish(vec![node]));
        Wording { scalar: Place::new(&document, node), missing: self.missing }
    }
}
