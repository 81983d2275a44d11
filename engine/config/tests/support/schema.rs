//! A validator for the part of JSON Schema that our schemas use. Another keyword is a panic, not a pass.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::pattern;

/// Keywords that say nothing about an instance.
const ANNOTATIONS: &[&str] = &["$schema", "$id", "$defs", "title", "description", "default", "examples"];

/// A schema, and what of it instances have used so far.
pub(crate) struct Schema {
    root: Value,
    /// JSON pointers of the properties, and of the choices of an `anyOf` or `enum`, that occurred.
    pub(crate) seen: BTreeSet<String>,
}

impl Schema {
    pub(crate) fn new(text: &str) -> Self {
        Self { root: serde_json::from_str(text).unwrap(), seen: BTreeSet::new() }
    }

    pub(crate) fn root(&self) -> &Value {
        &self.root
    }

    /// What is wrong with `instance`; empty where nothing is.
    pub(crate) fn errors(&mut self, instance: &Value) -> Vec<String> {
        let mut check = Check { root: &self.root, seen: BTreeSet::new(), errors: Vec::new() };
        check.value("", &self.root, instance, "it");
        let Check { seen, errors, .. } = check;
        if errors.is_empty() {
            self.seen.extend(seen);
        }
        errors
    }

    /// What no instance has used: JSON pointers of properties and of choices of an `anyOf` or `enum`.
    pub(crate) fn unused(&self) -> Vec<String> {
        let mut said = BTreeSet::new();
        collect("", &self.root, &mut said);
        said.difference(&self.seen).cloned().collect()
    }

    /// The schema that a `$ref` names.
    pub(crate) fn target<'s>(&'s self, schema: &'s Value) -> &'s Value {
        schema.get("$ref").map_or(schema, |name| pointed(&self.root, name).1)
    }
}

fn pointed<'s>(root: &'s Value, name: &'s Value) -> (&'s str, &'s Value) {
    let pointer = name.as_str().unwrap().strip_prefix('#').unwrap();
    (pointer, root.pointer(pointer).unwrap_or_else(|| panic!("`{name}` leads nowhere")))
}

fn collect(at: &str, schema: &Value, said: &mut BTreeSet<String>) {
    for keyword in ["properties", "$defs"] {
        for (name, below) in schema.get(keyword).and_then(Value::as_object).into_iter().flat_map(Map::iter) {
            let at = format!("{at}/{keyword}/{name}");
            collect(&at, below, said);
            if keyword == "properties" {
                said.insert(at);
            }
        }
    }
    for (choice, below) in schema.get("anyOf").and_then(Value::as_array).into_iter().flatten().enumerate() {
        collect(&format!("{at}/anyOf/{choice}"), below, said);
        said.insert(format!("{at}/anyOf/{choice}"));
    }
    if let Some(items) = schema.get("items") {
        collect(&format!("{at}/items"), items, said);
    }
    for value in schema.get("enum").and_then(Value::as_array).into_iter().flatten() {
        said.insert(format!("{at}/enum/{}", value.as_str().unwrap()));
    }
}

struct Check<'s> {
    root: &'s Value,
    seen: BTreeSet<String>,
    errors: Vec<String>,
}

impl<'s> Check<'s> {
    fn value(&mut self, at: &str, schema: &'s Value, instance: &Value, place: &str) {
        for (keyword, said) in schema.as_object().unwrap() {
            let list = instance.as_array();
            let object = instance.as_object();
            let fits = match keyword.as_str() {
                "type" => kind(said.as_str().unwrap(), instance),
                "const" => said == instance,
                "enum" => {
                    let found = said.as_array().unwrap().contains(instance);
                    self.seen.extend(instance.as_str().filter(|_| found).map(|text| format!("{at}/enum/{text}")));
                    found
                }
                "pattern" => instance.as_str().is_none_or(|text| pattern::matches(said.as_str().unwrap(), text)),
                "minimum" => instance.as_i64().is_none_or(|number| number >= said.as_i64().unwrap()),
                "maximum" => instance.as_i64().is_none_or(|number| number <= said.as_i64().unwrap()),
                "minItems" => list.is_none_or(|list| list.len() as u64 >= said.as_u64().unwrap()),
                "uniqueItems" => {
                    list.is_none_or(|list| (1..list.len()).all(|index| !list[..index].contains(&list[index])))
                }
                "minProperties" => object.is_none_or(|object| object.len() as u64 >= said.as_u64().unwrap()),
                "maxProperties" => object.is_none_or(|object| object.len() as u64 <= said.as_u64().unwrap()),
                "required" => {
                    let has = |name: &Value| object.is_none_or(|object| object.contains_key(name.as_str().unwrap()));
                    said.as_array().unwrap().iter().all(has)
                }
                "properties" | "additionalProperties" | "propertyNames" | "items" => {
                    self.below(keyword, at, schema, said, instance, place);
                    true
                }
                "$ref" => {
                    let (at, target) = pointed(self.root, said);
                    self.value(at, target, instance, place);
                    true
                }
                "anyOf" => self.any(at, said.as_array().unwrap(), instance, place),
                other => {
                    assert!(ANNOTATIONS.contains(&other), "the keyword `{other}` is not one that is checked");
                    true
                }
            };
            if !fits {
                self.errors.push(format!("{place} is {instance}, against {keyword} {said}"));
            }
        }
    }

    /// The parts of a list or an object.
    fn below(&mut self, keyword: &str, at: &str, schema: &'s Value, said: &'s Value, instance: &Value, place: &str) {
        if keyword == "items" {
            for (index, item) in instance.as_array().into_iter().flatten().enumerate() {
                self.value(&format!("{at}/items"), said, item, &format!("{place}[{index}]"));
            }
            return;
        }
        for (name, value) in instance.as_object().into_iter().flatten() {
            let place = format!("{place}.{name}");
            let known = schema.get("properties").and_then(|properties| properties.get(name));
            match keyword {
                "propertyNames" => self.value(at, said, &Value::String(name.clone()), &place),
                "properties" => {
                    if let Some(known) = known {
                        let at = format!("{at}/properties/{name}");
                        self.value(&at, known, value, &place);
                        self.seen.insert(at);
                    }
                }
                _ if known.is_some() => {}
                _ if *said == Value::Bool(false) => self.errors.push(format!("{place} is not known")),
                _ => self.value(at, said, value, &place),
            }
        }
    }

    fn any(&mut self, at: &str, choices: &'s [Value], instance: &Value, place: &str) -> bool {
        let mut fits = false;
        for (index, choice) in choices.iter().enumerate() {
            let mut check = Check { root: self.root, seen: BTreeSet::new(), errors: Vec::new() };
            let at = format!("{at}/anyOf/{index}");
            check.value(&at, choice, instance, place);
            if check.errors.is_empty() {
                self.seen.insert(at);
                self.seen.append(&mut check.seen);
                fits = true;
            }
        }
        fits
    }
}

fn kind(kind: &str, instance: &Value) -> bool {
    match kind {
        "object" => instance.is_object(),
        "array" => instance.is_array(),
        "string" => instance.is_string(),
        "boolean" => instance.is_boolean(),
        "integer" => instance.is_i64(),
        other => panic!("the type `{other}` is not one that is checked"),
    }
}
