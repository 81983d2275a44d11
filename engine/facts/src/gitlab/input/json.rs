//! A value of a pipeline as JSON on one line, which is what GitLab puts into the text for it.

use engine_formats::yaml::ScalarValue;

use super::super::node::{Edge, Node, Shape};
use super::{Written, unfilled};

/// How deep a value is followed; a document that nests deeper is refused by GitLab.
const MAX_DEPTH: usize = 100;

/// A value as it is put into a text; `None` where it holds something that is not read, or is put in itself.
pub(super) fn written(node: &Node) -> Option<Written> {
    if let (Some(text), Some(ScalarValue::String)) = (node.text(), node.scalar_value()) {
        return unfilled(text).is_none().then(|| Written::Text(text.to_owned()));
    }
    let mut out = String::new();
    write(node, &mut out, 0)?;
    unfilled(&out).is_none().then_some(Written::Json(out))
}

fn write(node: &Node, out: &mut String, depth: usize) -> Option<()> {
    if depth > MAX_DEPTH {
        return None;
    }
    let below = |edge: &Edge, out: &mut String| write(&edge.node, out, depth.saturating_add(1));
    match &node.shape {
        Shape::Null => out.push_str("null"),
        Shape::Scalar => match node.scalar_value()? {
            ScalarValue::Null => out.push_str("null"),
            ScalarValue::Boolean(value) => out.push_str(if value { "true" } else { "false" }),
            ScalarValue::Integer(value) => out.push_str(&value.to_string()),
            ScalarValue::Float(value) => out.push_str(&serde_json::to_string(&value).ok()?),
            ScalarValue::String => out.push_str(&serde_json::to_string(node.text()?).ok()?),
        },
        Shape::Sequence(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                below(item, out)?;
            }
            out.push(']');
        }
        Shape::Mapping(fields) => {
            out.push('{');
            for (index, field) in fields.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                out.push_str(&serde_json::to_string(&*field.name).ok()?);
                out.push(':');
                below(&field.edge, out)?;
            }
            out.push('}');
        }
        Shape::Opaque | Shape::Reference(_) => return None,
    }
    Some(())
}
