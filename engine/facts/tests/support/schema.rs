//! A validator for the part of JSON Schema that the facts' schemas use. Another keyword is a panic, not a pass.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Keywords that say nothing about an instance.
const ANNOTATIONS: &[&str] = &["$schema", "$id", "$defs", "title", "description"];

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
        check.value("", &self.root, instance, "item");
        let Check { seen, errors, .. } = check;
        self.seen.extend(seen);
        errors
    }

    /// JSON pointers of every property and of every choice of an `anyOf` or `enum`.
    pub(crate) fn said(&self) -> BTreeSet<String> {
        let mut said = BTreeSet::new();
        collect("", &self.root, &mut said);
        said
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
    for (name, property) in fields(schema, "properties") {
        let at = format!("{at}/properties/{name}");
        collect(&at, property, said);
        said.insert(at);
    }
    for (name, definition) in fields(schema, "$defs") {
        collect(&format!("{at}/$defs/{name}"), definition, said);
    }
    for choice in 0..schema.get("anyOf").and_then(Value::as_array).map_or(0, Vec::len) {
        said.insert(format!("{at}/anyOf/{choice}"));
    }
    if let Some(items) = schema.get("items") {
        collect(&format!("{at}/items"), items, said);
    }
    for value in schema.get("enum").and_then(Value::as_array).into_iter().flatten() {
        said.insert(format!("{at}/enum/{}", value.as_str().unwrap()));
    }
}

fn fields<'s>(schema: &'s Value, keyword: &str) -> impl Iterator<Item = (&'s String, &'s Value)> {
    schema.get(keyword).and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

struct Check<'s> {
    root: &'s Value,
    seen: BTreeSet<String>,
    errors: Vec<String>,
}

impl<'s> Check<'s> {
    fn value(&mut self, at: &str, schema: &'s Value, instance: &Value, place: &str) {
        for (keyword, said) in schema.as_object().unwrap() {
            match keyword.as_str() {
                "type" => self.kind(said.as_str().unwrap(), instance, place),
                "properties" => self.properties(at, schema, instance, place),
                "required" => {
                    for name in said.as_array().unwrap() {
                        if instance.get(name.as_str().unwrap()).is_none() {
                            self.errors.push(format!("{place} lacks {name}"));
                        }
                    }
                }
                "additionalProperties" => assert_eq!(*said, Value::Bool(false), "in the schema at `{at}`"),
                "items" => {
                    for (index, item) in instance.as_array().into_iter().flatten().enumerate() {
                        self.value(&format!("{at}/items"), said, item, &format!("{place}[{index}]"));
                    }
                }
                "enum" => match instance.as_str().filter(|_| said.as_array().unwrap().contains(instance)) {
                    Some(text) => {
                        self.seen.insert(format!("{at}/enum/{text}"));
                    }
                    None => self.errors.push(format!("{place} is {instance}, which is none of {said}")),
                },
                "$ref" => {
                    let (at, target) = pointed(self.root, said);
                    self.value(at, target, instance, place);
                }
                "anyOf" => self.any(at, said.as_array().unwrap(), instance, place),
                other => assert!(ANNOTATIONS.contains(&other), "the keyword `{other}` is not one that is checked"),
            }
        }
    }

    fn kind(&mut self, kind: &str, instance: &Value, place: &str) {
        let fits = match kind {
            "object" => instance.is_object(),
            "array" => instance.is_array(),
            "string" => instance.is_string(),
            "boolean" => instance.is_boolean(),
            "integer" => instance.is_i64(),
            other => panic!("the type `{other}` is not one that is checked"),
        };
        if !fits {
            self.errors.push(format!("{place} is {instance}, not of type {kind}"));
        }
    }

    fn properties(&mut self, at: &str, schema: &'s Value, instance: &Value, place: &str) {
        assert!(schema.get("additionalProperties").is_some(), "the object at `{at}` is open");
        for (name, value) in instance.as_object().into_iter().flatten() {
            let Some(property) = schema.get("properties").and_then(|properties| properties.get(name)) else {
                self.errors.push(format!("{place} has `{name}`, which the schema does not know"));
                continue;
            };
            let at = format!("{at}/properties/{name}");
            self.value(&at, property, value, &format!("{place}.{name}"));
            self.seen.insert(at);
        }
    }

    fn any(&mut self, at: &str, choices: &'s [Value], instance: &Value, place: &str) {
        for (index, choice) in choices.iter().enumerate() {
            let mut check = Check { root: self.root, seen: BTreeSet::new(), errors: Vec::new() };
            let at = format!("{at}/anyOf/{index}");
            check.value(&at, choice, instance, place);
            if check.errors.is_empty() {
                self.seen.insert(at);
                self.seen.append(&mut check.seen);
                return;
            }
        }
        self.errors.push(format!("{place} is {instance}, which fits no choice"));
    }
}
