//! Texts in, documents out, and what holds of every document.

use std::sync::Arc;

use engine_formats::{Parsed, json};
use engine_model::{Document, FilePath, Kind, NodeId, SourceFile, Span};

pub(crate) fn file(text: &str) -> Arc<SourceFile> {
    SourceFile::new(FilePath::new("plan.json").unwrap(), text.into())
}

pub(crate) fn parse(text: &str) -> Parsed {
    json::parse(&file(text))
}

/// Findings as `line:column: text: rule: message`.
pub(crate) fn findings(parsed: &Parsed) -> Vec<String> {
    let each = parsed.findings.iter().map(|finding| {
        let start = finding.location.start();
        let text = finding.location.text();
        format!("{}:{}: `{text}`: {}: {}", start.line, start.column, finding.rule, finding.message)
    });
    each.collect()
}

/// Every span lies inside its parent's and cuts no character, and so does the place of every decoded character.
pub(crate) fn sound(document: &Document) {
    let mut stack: Vec<(NodeId, Span)> =
        document.roots().iter().map(|root| (*root, Span::from_range(0..document.text().len()))).collect();
    while let Some((id, within)) = stack.pop() {
        let node = document.node(id);
        assert!(document.text().get(node.span.range()).is_some() && within.contains(node.span), "{:?}", node.span);
        match node.kind {
            Kind::Sequence(items) => stack.extend(items.iter().map(|item| (*item, node.span))),
            Kind::Mapping(entries) => {
                stack.extend(entries.iter().flat_map(|entry| [(entry.key, node.span), (entry.value, node.span)]));
            }
            Kind::Scalar(scalar) => {
                let mut last = node.span.start;
                for (at, c) in scalar.text.char_indices().take(2000) {
                    let found = document.locate_text(id, Span::from_range(at..at + c.len_utf8()));
                    assert!(node.span.contains(found.span) && found.span.start >= last);
                    assert!(found.text() == c.to_string() || found.text().starts_with('\\'), "{c:?} {}", found.text());
                    last = found.span.start;
                }
            }
            other => panic!("{other:?}"),
        }
    }
}
