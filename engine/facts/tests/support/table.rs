//! The table of a schema's fields, as `docs/facts.md` has it.

use serde_json::Value;

use crate::schema::Schema;

/// A line for each field, by the path that a policy names it with.
pub(crate) fn table(schema: &Schema) -> String {
    let mut table = String::from("| field | value | meaning |\n|---|---|---|\n");
    rows(schema, schema.root(), "", &mut table);
    table
}

fn rows(schema: &Schema, at: &Value, above: &str, table: &mut String) {
    for (name, property) in at["properties"].as_object().into_iter().flatten() {
        let (kind, below, path) = kind(schema, property, &format!("{above}{name}"));
        let meaning = property["description"].as_str().unwrap();
        table.push_str(&format!("| `{above}{name}` | {kind} | {meaning} |\n"));
        if let Some(below) = below {
            rows(schema, below, &format!("{path}."), table);
        }
    }
}

/// What a field holds in words, the schema of what is below it, and the path to there.
fn kind<'s>(schema: &'s Schema, property: &'s Value, path: &str) -> (String, Option<&'s Value>, String) {
    let target = schema.target(property);
    if let Some(values) = target["enum"].as_array() {
        let values: Vec<String> = values.iter().map(|value| format!("`{}`", value.as_str().unwrap())).collect();
        return (values.join(", "), None, path.to_owned());
    }
    if let Some(choices) = target["anyOf"].as_array() {
        let (of, below, path) = kind(schema, &choices[0], path);
        return (format!("{of}?"), below, path);
    }
    match target["type"].as_str().unwrap() {
        "array" => {
            let (of, below, path) = kind(schema, &target["items"], &format!("{path}.*"));
            (format!("list of {of}"), below, path)
        }
        "object" => ("object".to_owned(), Some(target), path.to_owned()),
        scalar => (scalar.to_owned(), None, path.to_owned()),
    }
}
