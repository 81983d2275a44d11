//! A YAML file as a validator of JSON gets it.

use engine_formats::yaml::{Dialect, ScalarValue, parse, scalar_value};
use engine_model::{Document, Kind, NodeId};
use serde_json::{Map, Number, Value};

use crate::file::file;

/// The YAML document as JSON, scalars read by YAML 1.2; of two keys the last counts.
pub(crate) fn json(text: &str) -> Value {
    let document = parse(&file(text)).document.unwrap();
    document.roots().first().map_or(Value::Null, |root| value(&document, *root))
}

fn value(document: &Document, node: NodeId) -> Value {
    let node = document.resolve(node);
    match document.node(node).kind {
        Kind::Sequence(items) => items.iter().map(|item| value(document, *item)).collect(),
        Kind::Mapping(entries) => {
            let key = |node: NodeId| document.source_text(node).trim_matches('"').to_owned();
            entries.iter().map(|entry| (key(entry.key), value(document, entry.value))).collect::<Map<_, _>>().into()
        }
        Kind::Scalar(scalar) => match scalar_value(&scalar, document.tag(node), Dialect::Yaml12) {
            ScalarValue::Null => Value::Null,
            ScalarValue::Boolean(value) => value.into(),
            ScalarValue::Integer(value) => value.into(),
            ScalarValue::Float(value) => Number::from_f64(value).map_or(Value::Null, Value::Number),
            ScalarValue::String => scalar.text.into(),
        },
        _ => Value::Null,
    }
}
