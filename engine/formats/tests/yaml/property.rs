//! What holds of every document, whatever its text.

use engine_model::{Document, Kind, NodeId, Span};

/// Every node reachable from the roots, parents first.
pub(crate) fn nodes(document: &Document) -> Vec<NodeId> {
    let mut open: Vec<NodeId> = document.roots().iter().rev().copied().collect();
    let mut found = Vec::new();
    while let Some(node) = open.pop() {
        found.push(node);
        match document.node(node).kind {
            Kind::Sequence(items) => open.extend(items.iter().rev()),
            Kind::Mapping(entries) => open.extend(entries.iter().rev().flat_map(|entry| [entry.value, entry.key])),
            _ => {}
        }
    }
    found
}

/// Spans are inside the file, hold their children, and every decoded character leads to where it was written.
pub(crate) fn check(document: &Document) {
    for node in nodes(document) {
        let span = document.node(node).span;
        assert!(document.text().get(span.range()).is_some(), "a span outside of the text: {span:?}");
        if let Some(parent) = document.parent(node) {
            let outer = document.node(parent).span;
            assert!(outer.contains(span), "{span:?} outside of {outer:?}");
        }
        if let Kind::Scalar(scalar) = document.node(node).kind {
            check_scalar(document, node, scalar.text, span);
        }
    }
}

fn check_scalar(document: &Document, node: NodeId, decoded: &str, span: Span) {
    let whole = document.source_text(node);
    let mut last = span.start;
    // The maps are piecewise: a few thousand characters meet every kind of piece.
    for (at, c) in decoded.char_indices().take(5000) {
        let range = Span::from_range(at..at + c.len_utf8());
        let found = document.locate_text(node, range).span;
        assert!(span.contains(found), "{c:?} at {found:?} is outside of its scalar {span:?}");
        assert!(found.start >= last, "{c:?} at {found:?} is before the character before it");
        last = found.start;
        let written = document.text().get(found.range()).unwrap();
        let good = written == c.to_string()
            || (c == ' ' || c == '\n') && matches!(written, "\n" | "\r\n" | "\r")
            || c == '\n' && written.is_empty() && found.start == span.end
            || c == '\'' && written == "''"
            || written.starts_with('\\') && whole.starts_with('"');
        assert!(good, "{c:?} is not written as {written:?} in {whole:?}");
    }
}
