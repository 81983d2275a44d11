//! The reader, the JSON Schema and the table of keys say the same.

#[cfg(test)]
#[path = "support/file.rs"]
mod file;
#[cfg(test)]
#[path = "support/json.rs"]
mod json;
#[cfg(test)]
#[path = "support/pattern.rs"]
mod pattern;
#[cfg(test)]
#[path = "support/schema.rs"]
mod schema;

use engine_config::grammar::{Default, SECTIONS, Section};
use engine_config::{FILE_NAME, SCHEMA};
use file::read;
use json::json;
use schema::Schema;
use serde_json::Value;

/// `== good: name`: for reader and schema; `bad`: for neither; `beyond`: refused by the reader, which knows more.
const CASES: &str = include_str!("cases.txt");

#[test]
fn reader_and_schema_judge_alike() {
    let mut schema = Schema::new(SCHEMA);
    for case in CASES.split("== ").filter(|case| !case.is_empty()) {
        let (title, text) = case.split_once('\n').unwrap();
        let errors = schema.errors(&json(text));
        let (reader, fits) = (read(text).map(|_| ()).map_err(|errors| errors.len()), errors.is_empty());
        let as_expected = match title.split_once(':').unwrap().0 {
            "good" => reader.is_ok() && fits,
            "bad" => reader.is_err() && !fits,
            "beyond" => reader.is_err() && fits,
            other => panic!("`{other}` is no verdict"),
        };
        let said = read(text).err();
        assert!(as_expected, "{title}\n{text}\nthe reader: {said:#?}\nthe schema: {errors:#?}");
        // The cases are about one thing each.
        assert!(title == "bad: a list" || reader.err().is_none_or(|errors| errors == 1), "{title}: {said:#?}");
    }
    assert_eq!(schema.unused(), Vec::<String>::new(), "no good case uses these");
}

/// The object of the schema that stands for a mapping of the file.
#[cfg(test)]
fn object<'s>(schema: &'s Schema, section: &Section) -> &'s Value {
    let mut at = schema.root();
    for step in section.path.split('.').filter(|step| !step.is_empty()) {
        at = match step {
            "*" => {
                let below = |at: &'s Value| at.get("items").or_else(|| at.get("additionalProperties"));
                // Who may: a word, or a list of words and mappings; the last choice has the most structure.
                let list = at.get("anyOf").map_or(at, |choices| choices.as_array().unwrap().last().unwrap());
                schema.target(below(list).unwrap())
            }
            name => schema.target(&at["properties"][name]),
        };
        at = at
            .get("anyOf")
            .filter(|_| at.get("properties").is_none() && step == "*")
            .map_or(at, |choices| schema.target(choices.as_array().unwrap().last().unwrap()));
    }
    at
}

#[test]
fn schema_and_table_have_the_same_keys() {
    let schema = Schema::new(SCHEMA);
    for section in SECTIONS {
        let object = object(&schema, section);
        let properties = object["properties"].as_object().unwrap();
        let mut names: Vec<&str> = section.keys.iter().map(|key| key.name).collect();
        names.sort_unstable();
        assert_eq!(properties.keys().collect::<Vec<_>>(), names, "{}", section.path);
        for key in section.keys {
            assert_eq!(properties[key.name]["description"], key.meaning, "{}.{}", section.path, key.name);
            if let (Default::Is(text), Some(default)) = (key.default, properties[key.name].get("default")) {
                let default = default.as_str().map_or_else(|| default.to_string(), str::to_owned);
                assert_eq!(text, format!("`{default}`"), "{}.{}", section.path, key.name);
            }
        }
        let required: Vec<&str> = section.required().collect();
        let said = object.get("required").map(|names| names.as_array().unwrap().as_slice()).unwrap_or_default();
        assert_eq!(said, required, "{}", section.path);
    }
    let objects = SCHEMA.matches("\"properties\"").count();
    assert_eq!(objects, SECTIONS.len(), "an object of the schema has no section in the table");
    assert_eq!(schema.root()["title"], format!("{FILE_NAME}, version 1"));
}

#[test]
fn ceilings_are_those_of_the_facts() {
    use engine_facts::credential::Kind;
    let kinds = Kind::ALL.iter().filter(|kind| **kind != Kind::StaticKey).map(|kind| kind.as_str());
    let section = SECTIONS.iter().find(|section| section.path == "ceilings").unwrap();
    assert_eq!(section.keys.iter().map(|key| key.name).collect::<Vec<_>>(), kinds.collect::<Vec<_>>());
    let config = engine_config::Config::default_for(Vec::new());
    for (key, (kind, ceiling)) in section.keys.iter().zip(config.ceilings.iter()) {
        let Default::Is(default) = key.default else { panic!("`{}` must not be written", key.name) };
        assert_eq!((key.name, default), (kind.as_str(), format!("`{}h`", ceiling.value / 3600).as_str()));
    }
}
