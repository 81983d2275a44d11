//! The file as a tree: YAML, merge keys, `extends` (B1.03) and `!reference`, in that order. Nothing is judged here.

use yaml_serde::{Mapping, Value};

/// How many ancestors a template of `extends`, or a chain of `!reference`, may have.
const DEPTH: usize = 10;

/// Top-level keys that are no job.
const KEYWORDS: [&str; 12] = [
    "after_script",
    "before_script",
    "cache",
    "default",
    "image",
    "include",
    "services",
    "spec",
    "stages",
    "types",
    "variables",
    "workflow",
];

/// Reads a file with everything resolved.
///
/// # Errors
/// Where it is no YAML mapping, or an `extends` or `!reference` leads nowhere, in a circle or too deep.
pub(crate) fn load(yaml: &str) -> Result<Mapping, String> {
    let mut value: Value = yaml_serde::from_str(yaml).map_err(|error| format!("no YAML: {error}"))?;
    value.apply_merge().map_err(|error| format!("wrong merge key: {error}"))?;
    let Value::Mapping(root) = value else { return Err("the file is no mapping".to_owned()) };
    let mut extended = Mapping::new();
    for (name, value) in &root {
        let value = match (name.as_str(), value) {
            (Some(name), Value::Mapping(_)) if !KEYWORDS.contains(&name) => {
                Value::Mapping(extend(name, &root, &mut Vec::new())?)
            }
            _ => value.clone(),
        };
        extended.insert(name.clone(), value);
    }
    let mut resolved = Mapping::new();
    for (name, value) in &extended {
        resolved.insert(name.clone(), refer(value, &extended, 0)?);
    }
    Ok(resolved)
}

/// The visible jobs of a file by name.
///
/// # Errors
/// Where one is no mapping, or there is none.
pub(crate) fn jobs(root: &Mapping) -> Result<Vec<(&str, &Mapping)>, String> {
    let mut found = Vec::new();
    for (name, value) in root {
        let name = name.as_str().ok_or("a job has a name that is no text")?;
        if KEYWORDS.contains(&name) || name.starts_with('.') {
            continue;
        }
        found.push((name, value.as_mapping().ok_or(format!("job `{name}` has to be a mapping"))?));
    }
    if found.is_empty() { Err("there is no visible job".to_owned()) } else { Ok(found) }
}

/// A key of a mapping; null counts as not there, which is how a job drops what it inherits.
pub(crate) fn get<'a>(mapping: &'a Mapping, key: &str) -> Option<&'a Value> {
    mapping.get(key).filter(|value| !value.is_null())
}

/// A list of texts.
///
/// # Errors
/// Where it is anything else.
pub(crate) fn texts(value: &Value, place: &str) -> Result<Vec<String>, String> {
    let wrong = || format!("`{place}` has to be a list of texts");
    let items = value.as_sequence().ok_or_else(wrong)?;
    items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
}

/// A job with its bases merged below it.
fn extend<'a>(name: &'a str, root: &'a Mapping, above: &mut Vec<&'a str>) -> Result<Mapping, String> {
    if above.contains(&name) {
        return Err(format!("`{name}` extends itself"));
    }
    if above.len() > DEPTH {
        return Err(format!("`{name}` is too deep a base"));
    }
    let own = root.get(name).and_then(Value::as_mapping).ok_or(format!("unknown base `{name}`"))?;
    let bases = match own.get("extends") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(base)) => vec![base.as_str()],
        Some(Value::Sequence(bases)) => {
            let names: Option<Vec<&str>> = bases.iter().map(Value::as_str).collect();
            names.ok_or(format!("`{name}:extends` has to be text"))?
        }
        Some(_) => return Err(format!("`{name}:extends` has to be a text or a list")),
    };
    above.push(name);
    let mut merged = Mapping::new();
    for base in bases {
        merge(&mut merged, &extend(base, root, above)?);
    }
    above.pop();
    merge(&mut merged, own);
    merged.remove("extends");
    Ok(merged)
}

/// Puts `over` onto `under`: mappings merge, everything else replaces.
fn merge(under: &mut Mapping, over: &Mapping) {
    for (key, value) in over {
        match (under.get_mut(key), value) {
            (Some(Value::Mapping(under)), Value::Mapping(over)) => merge(under, over),
            (Some(place), value) => *place = value.clone(),
            (None, value) => {
                under.insert(key.clone(), value.clone());
            }
        }
    }
}

/// A value with each `!reference [a, b]` replaced by what stands there.
fn refer(value: &Value, root: &Mapping, depth: usize) -> Result<Value, String> {
    match value {
        Value::Tagged(tagged) if tagged.tag == "reference" => {
            if depth >= DEPTH {
                return Err("`!reference` is nested too deep".to_owned());
            }
            let keys = texts(&tagged.value, "!reference")?;
            let mut keys = keys.iter();
            let first = keys.next().ok_or("`!reference` is empty")?;
            let found = root.get(first).and_then(|top| keys.try_fold(top, |found, key| found.get(key.as_str())));
            refer(found.ok_or(format!("`!reference` finds no `{first}`"))?, root, depth + 1)
        }
        Value::Sequence(items) => {
            let items: Result<Vec<Value>, String> = items.iter().map(|item| refer(item, root, depth)).collect();
            Ok(Value::Sequence(items?))
        }
        Value::Mapping(mapping) => {
            let mut done = Mapping::new();
            for (key, value) in mapping {
                done.insert(key.clone(), refer(value, root, depth)?);
            }
            Ok(Value::Mapping(done))
        }
        other => Ok(other.clone()),
    }
}
