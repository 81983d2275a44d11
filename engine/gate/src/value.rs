//! Facts as values of Rego, cut to what a policy reads. The same shape as the JSON of `engine_facts::wire`.

use engine_facts::wire::{Fields, Json, Node};
use engine_rego::Value;

/// The value of a fact.
pub(crate) fn value(node: &Node, fields: &Fields) -> Value {
    match &node.json {
        Json::Boolean(value) => Value::boolean(*value),
        Json::Null => Value::null(),
        Json::Integer(value) => Value::integer(*value),
        Json::Number(text) => Value::number(text),
        Json::String(text) => Value::shared(text),
        Json::Unknown(unknown) => Value::object([
            (Value::string("$unknown"), Value::string(unknown.why.as_str())),
            (Value::string("on"), Value::string(&unknown.on)),
        ]),
        Json::List(items) => Value::array(items.iter().map(|item| value(item, fields.item()))),
        Json::Object(entries) => {
            let kept = entries.iter().filter_map(|(name, node)| Some((name, value(node, fields.field(name)?))));
            Value::object(kept.map(|(name, value)| (Value::shared(name), value)))
        }
    }
}

#[cfg(test)]
mod tests {
    use engine_facts::wire::{Fields, Item, Json, Node, Object, json};
    use engine_model::{Unknown, Why};
    use engine_rego::Value;

    use super::value;

    #[test]
    fn a_value_is_what_the_json_says() {
        let mut object = Object::default();
        object.put("name", Node::string("a \"b\"", None));
        object.put("count", Node::new(Json::Integer(-3), None));
        object.put("share", Node::new(Json::Number("1.50".into()), None));
        object.put("open", Node::new(Json::Boolean(true), None));
        object.put("when", Node::new(Json::Unknown(Unknown { why: Why::Dynamic, on: "$A".into() }), None));
        let mut inner = Object::default();
        inner.put("text", Node::string("x", None));
        inner.put("more", Node::new(Json::Null, None));
        object.list("words", vec![inner.finish(None), Node::new(Json::Null, None)], None);
        let item = Item { kind: "a.kind", title: String::new(), root: object.finish(None) };
        for paths in [vec!["name", "count", "share", "open", "when", "words"], vec!["words.*.text"], vec![]] {
            let fields = Fields::new(paths.iter().copied());
            let expected = Value::from_json(&json([&item], &fields)).unwrap().items();
            assert_eq!(vec![value(&item.root, &fields)], expected, "{paths:?}");
        }
    }
}
