//! Texts in, documents out, and what holds of every document.

use engine_formats::{Parsed, hcl1};
use engine_model::{Document, FilePath, Kind, NodeId, SourceFile, Span};

pub(crate) fn parse(text: &str) -> Parsed {
    hcl1::parse(&SourceFile::new(FilePath::new("deploy.hcl").unwrap(), text.into()))
}

/// Findings as `line:column: rule: message`.
pub(crate) fn findings(parsed: &Parsed) -> Vec<String> {
    let each = parsed.findings.iter().map(|finding| {
        let start = finding.location.start();
        format!("{}:{}: {}: {}", start.line, start.column, finding.rule, finding.message)
    });
    each.collect()
}

/// Every span lies inside the text and cuts no character; `nested` says that it lies inside its parent's too, which
/// the type and the labels of a block in JSON do not. Gives how many nodes hang below the root.
pub(crate) fn sound(document: &Document, nested: bool) -> usize {
    let all = Span::from_range(0..document.text().len());
    let mut stack: Vec<(NodeId, Span)> = document.roots().iter().map(|root| (*root, all)).collect();
    let mut seen = 0;
    while let Some((id, within)) = stack.pop() {
        seen += 1;
        let node = document.node(id);
        assert!(document.text().get(node.span.range()).is_some(), "{:?}", node.span);
        assert!(!nested || within.contains(node.span), "{:?} is not in {within:?}: {:?}", node.span, document.text());
        match node.kind {
            Kind::Sequence(items) => stack.extend(items.iter().map(|item| (*item, node.span))),
            Kind::Mapping(entries) => {
                stack.extend(entries.iter().flat_map(|entry| [(entry.key, node.span), (entry.value, node.span)]));
            }
            Kind::Scalar(scalar) => {
                let mut last = 0;
                for (at, c) in scalar.text.char_indices().take(2000) {
                    let found = document.locate_text(id, Span::from_range(at..at + c.len_utf8())).span;
                    assert!(node.span.contains(found) && found.start >= last, "{c:?} at {found:?}");
                    last = found.start;
                }
            }
            other => panic!("{other:?}"),
        }
    }
    seen
}
