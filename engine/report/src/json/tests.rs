//! The JSON against its schema, and the schema against JSON that is wrong.

use serde_json::{Value, json};

use crate::sample;

use super::{json, rules_json};

const REPORT: &str = include_str!("../../schema/report-v1.json");
const RULES: &str = include_str!("../../schema/rules-v1.json");

/// The keywords of JSON Schema that the schemas use.
const KEYWORDS: &[&str] = &[
    "$schema",
    "$defs",
    "$ref",
    "title",
    "description",
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "anyOf",
    "enum",
    "const",
    "minimum",
];

/// What is wrong with `value`, a line each with its place.
fn check(root: &Value, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    for keyword in schema.as_object().unwrap().keys() {
        assert!(KEYWORDS.contains(&keyword.as_str()), "the test does not know `{keyword}`");
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.strip_prefix('#').unwrap()).unwrap();
        return check(root, target, value, at, wrong);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let fits = |choice: &Value| {
            let mut inner = Vec::new();
            check(root, choice, value, at, &mut inner);
            inner.is_empty()
        };
        if !choices.iter().any(fits) {
            wrong.push(format!("{at}: fits no choice"));
        }
    }
    let allowed = schema["enum"].as_array();
    if allowed.is_some_and(|allowed| !allowed.contains(value)) || schema.get("const").is_some_and(|only| only != value)
    {
        wrong.push(format!("{at}: {value} is not allowed"));
    }
    let name = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types = match &schema["type"] {
        Value::Array(types) => types.clone(),
        Value::Null => vec![json!(name)],
        one => vec![one.clone()],
    };
    if !types.contains(&json!(name)) {
        wrong.push(format!("{at}: is {name}"));
    }
    if schema["minimum"].as_u64() > value.as_u64() {
        wrong.push(format!("{at}: too small"));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        check(root, &schema["items"], item, &format!("{at}/{index}"), wrong);
    }
    if let (Some(fields), Some(properties)) = (value.as_object(), schema["properties"].as_object()) {
        for (field, value) in fields {
            match properties.get(field) {
                Some(schema) => check(root, schema, value, &format!("{at}/{field}"), wrong),
                None => wrong.push(format!("{at}/{field}: not in the schema")),
            }
        }
        let required = schema["required"].as_array().unwrap();
        for field in required.iter().filter(|field| !fields.contains_key(field.as_str().unwrap())) {
            wrong.push(format!("{at}/{field}: missing"));
        }
    }
}

fn wrong(schema: &str, value: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let mut wrong = Vec::new();
    check(&schema, &schema, value, "", &mut wrong);
    wrong
}

fn parsed(text: &str) -> Value {
    assert!(text.ends_with("}\n"));
    serde_json::from_str(text).unwrap()
}

#[test]
fn what_is_written_fits_the_schema() {
    let none = Vec::<String>::new();
    assert_eq!(wrong(REPORT, &parsed(&json(&sample::full(), "0.1.0"))), none);
    assert_eq!(wrong(REPORT, &parsed(&json(&sample::clean(), "0.1.0"))), none);
    assert_eq!(wrong(RULES, &parsed(&rules_json(&[sample::rule_info()], "0.1.0"))), none);
    assert_eq!(wrong(RULES, &parsed(&rules_json(&[], "0.1.0"))), none);
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let good = parsed(&json(&sample::full(), "0.1.0"));
    let wrongs = [
        ("/verdict", json!("maybe")),
        ("/version", json!("2")),
        ("/findings/0/location/start/line", json!(0)),
        ("/findings/0/closes", json!("yes")),
        ("/findings/0/route/0", json!({})),
        ("/findings/0/fix", json!({})),
        ("/undecided/0/cause", json!("laziness")),
        ("/counts", json!({ "files": 1 })),
        ("/gaps/0", json!({ "more": 1 })),
    ];
    for (pointer, value) in wrongs {
        let mut changed = good.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        assert!(!wrong(REPORT, &changed).is_empty(), "{pointer}");
    }
}

#[test]
fn a_finding_says_everything() {
    let report = parsed(&json(&sample::full(), "0.1.0"));
    let print = report["findings"][0]["fingerprint"].as_str().unwrap();
    assert!(print.len() == 32 && print.bytes().all(|byte| byte.is_ascii_hexdigit()), "{print}");
    let expected = json!({
        "rule": "apply-without-hand",
        "fingerprint": print,
        "class": "mandatory",
        "severity": "critical",
        "closes": true,
        "message": "`terraform apply` changes production and nobody presses play",
        "location": {
            "path": ".gitlab-ci.yml",
            "start": { "line": 9, "column": 7, "byte": 115 },
            "end": { "line": 9, "column": 36, "byte": 144 },
        },
        "route": [".apply", "script", 1],
        "used_by": [{
            "user": "job `Terraform Apply`",
            "location": {
                "path": ".gitlab-ci.yml",
                "start": { "line": 13, "column": 1, "byte": 193 },
                "end": { "line": 13, "column": 17, "byte": 209 },
            },
        }],
        "related": [{
            "message": "every push to `main` gets here",
            "location": {
                "path": ".gitlab-ci.yml",
                "start": { "line": 11, "column": 7, "byte": 160 },
                "end": { "line": 11, "column": 38, "byte": 191 },
            },
        }],
        "help": "let a person start the job that applies",
        "fix": {
            "title": "ask for a person",
            "safe": true,
            "edits": [{
                "location": {
                    "path": ".gitlab-ci.yml",
                    "start": { "line": 11, "column": 38, "byte": 191 },
                    "end": { "line": 11, "column": 38, "byte": 191 },
                },
                "replacement": "\n      when: manual",
            }],
            "snippet": null,
        },
    });
    assert_eq!(report["findings"][0], expected);
    assert_eq!(report["findings"][3]["closes"], false);
    assert_eq!(report["counts"]["closing"], 3);
    assert_eq!(report["gaps"][0]["cause"], "dynamic");
}

#[test]
fn control_characters_are_escaped_and_columns_count_characters() {
    let mut evaluation = sample::clean();
    let file = sample::file("a.yml", "é: \u{1b}[31m\n");
    let place = sample::at(&file, "\u{1b}[31m");
    let (class, severity) = (engine_model::Class::Advice, engine_model::Severity::Low);
    evaluation.findings.push(sample::finding("odd-escape", class, severity, "here: \u{1b}[0m", place));
    let text = json(&evaluation, "0.1.0");
    assert!(!text.contains('\u{1b}'));
    let start = &parsed(&text)["findings"][0]["location"]["start"];
    assert_eq!(start, &json!({ "line": 1, "column": 4, "byte": 4 }));
}

#[test]
fn the_same_evaluation_gives_the_same_bytes() {
    assert_eq!(json(&sample::full(), "0.1.0"), json(&sample::full(), "0.1.0"));
}

#[test]
fn every_field_is_documented() {
    let page = include_str!("../../../../docs/json.md");
    let schema: Value = serde_json::from_str(REPORT).unwrap();
    let counts = &schema["properties"]["counts"];
    let shapes =
        ["finding", "location", "point", "undecided", "waived", "assumed", "gap"].map(|name| &schema["$defs"][name]);
    for shape in shapes.into_iter().chain([counts, &schema]) {
        for field in shape["properties"].as_object().unwrap().keys() {
            assert!(page.contains(&format!("`{field}`")), "{field}");
        }
    }
}
