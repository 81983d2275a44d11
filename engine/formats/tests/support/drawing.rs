//! Nodes on one line.

use engine_model::{Document, Kind, NodeId, ScalarStyle};

/// A node and everything below it, on one line: what it is, with the text it is underlined by at its leaves.
pub(crate) fn draw(document: &Document, id: NodeId) -> String {
    let all = |ids: &[NodeId]| ids.iter().map(|id| draw(document, *id)).collect::<Vec<_>>().join(" ");
    match document.node(id).kind {
        Kind::Null => "null".into(),
        Kind::Scalar(scalar) => {
            let mark = match scalar.style {
                ScalarStyle::Plain => "",
                ScalarStyle::DoubleQuoted => "str:",
                ScalarStyle::Heredoc => "doc:",
                ScalarStyle::Fragment => "frag:",
                other => panic!("{other:?}"),
            };
            format!("{mark}{}", scalar.text.escape_debug())
        }
        Kind::Sequence(items) => format!("[{}]", all(items)),
        Kind::Mapping(entries) => {
            let entries =
                entries.iter().map(|entry| format!("{}={}", draw(document, entry.key), draw(document, entry.value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(" "))
        }
        Kind::Alias(_) => panic!("an alias"),
        Kind::Expression(op, parts) => {
            format!("{}({})", format!("{op:?}").replace("Binary(", "").replace(')', ""), all(parts))
        }
    }
}
