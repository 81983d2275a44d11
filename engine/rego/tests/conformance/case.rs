//! A case of a public suite: modules, data, input and what is asked.

use std::collections::BTreeMap;
use std::path::Path;

use engine_rego_machine::Module;
use serde_json::Value;

/// A case.
#[derive(Debug)]
pub(crate) struct Case {
    /// The file below the corpus, `#`, and its position there.
    pub(crate) name: String,
    texts: Vec<String>,
    /// The path of the rule or the package that is asked for.
    pub(crate) rule: String,
    /// JSON, or empty.
    pub(crate) data: String,
    /// JSON, or empty.
    pub(crate) input: String,
}

impl Case {
    /// The last name of what is asked for.
    pub(crate) fn name_of_rule(&self) -> &str {
        self.rule.rsplit('.').next().unwrap_or(&self.rule)
    }

    /// Whether a module of it calls a function whose name begins so.
    pub(crate) fn calls(&self, prefix: &str) -> bool {
        self.texts.iter().any(|text| text.contains(prefix))
    }

    /// Its modules, and one that asks.
    pub(crate) fn modules(&self) -> Vec<Module> {
        let name = |index: usize| format!("m{index}.rego");
        let ours = self.texts.iter().enumerate().map(|(index, text)| Module { name: name(index), text: text.clone() });
        let text = format!("package conformance_query\nimport rego.v1\nresult := [value | value := {}]\n", self.rule);
        ours.chain([Module { name: "q.rego".to_owned(), text }]).collect()
    }
}

/// The cases of these names.
pub(crate) fn cases(corpus: &Path, names: &[&str]) -> Vec<Case> {
    let mut by_file: BTreeMap<&str, Vec<(&str, usize)>> = BTreeMap::new();
    for name in names {
        let (file, index) = name.rsplit_once('#').unwrap();
        by_file.entry(file).or_default().push((name, index.parse().unwrap()));
    }
    let mut cases = Vec::new();
    for (file, wanted) in by_file {
        let path = corpus.join(file);
        #[expect(clippy::disallowed_methods, reason = "the corpus is no tree that a user checks")]
        let text = std::fs::read_to_string(&path).unwrap();
        // JSON is YAML too.
        let whole: yaml_serde::Value = yaml_serde::from_str(&without_vast_numbers(&text)).unwrap();
        let one = |index: usize| {
            let keys = ["modules", "query", "data", "input", "input_term"];
            let field = |key: &str| (key.to_owned(), serde_json::to_value(&whole["cases"][index][key]).unwrap());
            Value::Object(keys.into_iter().map(field).collect())
        };
        cases.extend(wanted.into_iter().map(|(name, index)| case(name, &one(index), path.parent().unwrap())));
    }
    cases
}

/// Numbers that the reader of the cases has no room for stand in results alone: they become texts.
fn without_vast_numbers(text: &str) -> String {
    let line = |line: &str| {
        let (start, last) = line.rsplit_once(' ').unwrap_or(("", line));
        let vast = last.len() > 18 && last.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit());
        if vast { format!("{start} \"{last}\"\n") } else { format!("{line}\n") }
    };
    text.lines().map(line).collect()
}

fn case(name: &str, case: &Value, folder: &Path) -> Case {
    let text = |text: &Value| {
        let text = text.as_str().unwrap();
        if text.ends_with(".rego") && !text.contains('\n') {
            #[expect(clippy::disallowed_methods, reason = "the corpus is no tree that a user checks")]
            let text = std::fs::read_to_string(folder.join(text)).unwrap();
            return text;
        }
        text.to_owned()
    };
    let texts = case["modules"].as_array().unwrap().iter().map(text).collect();
    let query = case["query"].as_str().unwrap();
    let rule = query.trim().strip_suffix("= x").unwrap_or(query).trim().to_owned();
    let json = |value: &Value| if value.is_null() { String::new() } else { plain(value).to_string() };
    let data = if case["data"].is_object() { json(&case["data"]) } else { String::new() };
    let input = match (&case["input"], &case["input_term"]) {
        (Value::Null, Value::String(term)) => term.clone(),
        (input, _) => json(input),
    };
    Case { name: name.to_owned(), texts, rule, data, input }
}

/// Without the marks that one suite puts on sets and objects.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(object) if object.len() == 1 && object.contains_key("set!") => plain(&object["set!"]),
        Value::Object(object) => object.iter().map(|(key, value)| (key.clone(), plain(value))).collect(),
        Value::Array(items) => items.iter().map(plain).collect(),
        other => other.clone(),
    }
}
