//! One spelling for what means the same to GitLab: gitlab-ci-local writes short forms out, and the engine leaves values
//! as they are written. Nothing here merges, drops or adds a value of a keyword.

use serde_json::{Map, Value, json};

/// Keywords of the top level that are compared beside the jobs.
const SHARED: [&str; 3] = ["stages", "variables", "workflow"];

/// A pipeline as jobs by name; what stands beside them under names that no job has.
pub(crate) fn pipeline(jobs: &Map<String, Value>, shared: &Map<String, Value>) -> Map<String, Value> {
    let mut out = Map::new();
    for (name, value) in jobs {
        if let Value::Object(fields) = value {
            out.insert(name.clone(), Value::Object(job(fields)));
        }
    }
    for name in SHARED {
        if let Some(value) = shared.get(name).filter(|value| !value.is_null()) {
            let value = if name == "variables" { variables(value) } else { value.clone() };
            out.insert(format!(":{name}"), json!({ name: value }));
        }
    }
    out
}

fn job(fields: &Map<String, Value>) -> Map<String, Value> {
    let mut out = Map::new();
    for (keyword, value) in fields {
        let value = match keyword.as_str() {
            // It has done its work.
            "inherit" => continue,
            "script" | "before_script" | "after_script" => lines(value),
            "image" => named(value, "name"),
            "services" => list(value, &|item| named(item, "name")),
            "needs" => list(value, &need),
            "cache" => list(value, &cache),
            "variables" => variables(value),
            "parallel" => parallel(value),
            "trigger" => trigger(value),
            _ => value.clone(),
        };
        // A keyword that is written and null is none.
        if !value.is_null() {
            out.insert(keyword.clone(), value);
        }
    }
    out
}

/// A line, and lists in lists, as one list.
fn lines(value: &Value) -> Value {
    fn flat(value: &Value, out: &mut Vec<Value>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| flat(item, out)),
            Value::Null => {}
            other => out.push(other.clone()),
        }
    }
    let mut out = Vec::new();
    flat(value, &mut out);
    if value.is_null() { Value::Null } else { Value::Array(out) }
}

/// A text as a mapping with that one field.
fn named(value: &Value, field: &str) -> Value {
    match value {
        Value::String(text) => json!({ field: text }),
        other => other.clone(),
    }
}

/// One value as a list of it.
fn list(value: &Value, item: &dyn Fn(&Value) -> Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(item).collect(),
        Value::Null => Value::Null,
        other => Value::Array(vec![item(other)]),
    }
}

/// A mapping with the fields that stand for themselves when they are not written.
fn filled(value: &Value, implied: &[(&str, Value)]) -> Value {
    let Value::Object(fields) = value else { return value.clone() };
    let mut fields = fields.clone();
    for (name, value) in implied {
        fields.entry(*name).or_insert_with(|| value.clone());
    }
    Value::Object(fields)
}

fn need(value: &Value) -> Value {
    filled(&named(value, "job"), &[("artifacts", json!(true)), ("optional", json!(false))])
}

fn cache(value: &Value) -> Value {
    filled(value, &[("policy", json!("pull-push")), ("when", json!("on_success"))])
}

/// Values of variables are texts. A mapping with a description is its value.
fn variables(value: &Value) -> Value {
    let Value::Object(fields) = value else { return value.clone() };
    fields.iter().map(|(name, value)| (name.clone(), variable(value))).collect::<Map<_, _>>().into()
}

fn variable(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields.get("value").map_or(json!(""), variable),
        Value::Null => json!(""),
        Value::String(text) => json!(text),
        other => json!(other.to_string()),
    }
}

/// Each value of a matrix is a list.
fn parallel(value: &Value) -> Value {
    let Some(rows) = value.get("matrix").and_then(Value::as_array) else { return value.clone() };
    let row = |row: &Value| match row {
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), list(value, &Value::clone))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    };
    json!({ "matrix": rows.iter().map(row).collect::<Vec<Value>>() })
}

fn trigger(value: &Value) -> Value {
    let Value::Object(fields) = value else { return value.clone() };
    let mut fields = fields.clone();
    if let Some(include) = fields.get("include") {
        let include = list(include, &|item| named(item, "local"));
        fields.insert("include".to_owned(), include);
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::job;

    #[test]
    fn short_forms_are_written_out_and_nothing_else_changes() {
        let written = json!({
            "script": ["a", ["b", ["c"]]], "image": "x", "needs": ["n", {"job": "m", "optional": true}], "tags": null,
            "variables": {"A": 1, "B": {"value": "v"}, "C": null}, "inherit": {"default": false}, "retry": 2,
        });
        let expect = json!({
            "script": ["a", "b", "c"], "image": {"name": "x"},
            "needs": [{"job": "n", "artifacts": true, "optional": false}, {"job": "m", "artifacts": true, "optional": true}],
            "variables": {"A": "1", "B": "v", "C": ""}, "retry": 2,
        });
        assert_eq!(json!(job(written.as_object().unwrap())), expect);
    }
}
