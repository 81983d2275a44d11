//! JSON that stands in a string of Terraform, as a value with places.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine_formats::json;
use engine_model::{Document, Kind, NodeId, Place, ScalarStyle};

use crate::terraform::{Data, Evaluated};

/// Deeper than this is not looked into.
const MAX_DEPTH: usize = 16;

/// The value of a JSON text; `None` where it is unknown, or no JSON.
pub(super) fn decoded(text: &Evaluated) -> Option<Evaluated> {
    if let Some(Data::Json(inner)) = text.get() {
        return Some(inner.as_ref().clone());
    }
    text.text()?;
    let scalar = text.wording.as_deref().map_or(&text.place, |wording| &wording.scalar);
    let parsed = json::parse_embedded(&scalar.document, scalar.node);
    let document = parsed.document.filter(|_| parsed.broken.is_none())?;
    let root = *document.roots().first()?;
    value(&document, root, 0)
}

fn value(document: &Arc<Document>, node: NodeId, depth: usize) -> Option<Evaluated> {
    if depth > MAX_DEPTH {
        return None;
    }
    let below = |node: NodeId| value(document, node, depth.saturating_add(1));
    let data = match document.node(node).kind {
        Kind::Scalar(scalar) => match (scalar.style, scalar.text) {
            (ScalarStyle::Plain, "null") => Data::Null,
            (ScalarStyle::Plain, "true") => Data::Bool(true),
            (ScalarStyle::Plain, "false") => Data::Bool(false),
            (_, text) => Data::Text(text.to_owned()),
        },
        Kind::Sequence(items) => Data::List(items.iter().map(|item| below(*item)).collect::<Option<_>>()?),
        Kind::Mapping(entries) => {
            let mut items = BTreeMap::new();
            for entry in entries {
                items.insert(document.scalar(entry.key)?.text.to_owned(), below(entry.value)?);
            }
            Data::Map(items)
        }
        _ => return None,
    };
    Some(Evaluated::known(data, Place::new(document, node)))
}
