//! Texts in, documents out, and what holds of every document.

use engine_formats::{Parsed, hcl1};
use engine_model::{Document, FilePath, Kind, NodeId, Route, ScalarStyle, SourceFile, Span, Step};

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

/// A route as people write it: `path[0].labels[0]`.
pub(crate) fn at(document: &Document, text: &str) -> NodeId {
    let mut steps: Vec<Step> = Vec::new();
    for part in text.split('.').filter(|part| !part.is_empty()) {
        let (key, indices) = part.split_once('[').unwrap_or((part, ""));
        if !key.is_empty() {
            steps.push(Step::from(key));
        }
        for index in indices.split('[').filter(|index| !index.is_empty()) {
            steps.push(Step::Index(index.trim_end_matches(']').parse().unwrap()));
        }
    }
    document.walk(&Route(steps)).unwrap_or_else(|| panic!("no {text}"))
}

/// A node and everything below it, on one line: `str:` before what stands in quotes, `doc:` before a heredoc.
pub(crate) fn draw(document: &Document, id: NodeId) -> String {
    match document.node(id).kind {
        Kind::Scalar(scalar) => {
            let mark = match scalar.style {
                ScalarStyle::Plain => "",
                ScalarStyle::DoubleQuoted => "str:",
                ScalarStyle::Heredoc => "doc:",
                other => panic!("{other:?}"),
            };
            format!("{mark}{}", scalar.text.escape_debug())
        }
        Kind::Sequence(items) => {
            format!("[{}]", items.iter().map(|item| draw(document, *item)).collect::<Vec<_>>().join(" "))
        }
        Kind::Mapping(entries) => {
            let each =
                entries.iter().map(|entry| format!("{}={}", draw(document, entry.key), draw(document, entry.value)));
            format!("{{{}}}", each.collect::<Vec<_>>().join(" "))
        }
        other => panic!("{other:?}"),
    }
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

/// Numbers without any pattern that a test would depend on, the same at every run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap()
    }
}
