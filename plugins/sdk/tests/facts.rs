//! What a struct says that it reads.

use std::collections::BTreeMap;

use engine_sdk::prelude::*;
use engine_sdk::{Fields, Shape};
use serde::Deserialize;

#[derive(Deserialize, Facts)]
#[facts(kind = "gitlab.job")]
#[serde(rename_all = "kebab-case", default)]
#[derive(Default)]
#[expect(dead_code, reason = "only the names matter")]
struct Job {
    allow_failure: bool,
    r#type: Option<String>,
    #[serde(rename = "needs", alias = "dependencies", default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    before: Vec<String>,
    commands: Known<Vec<Command>>,
    #[serde(rename(deserialize = "vars", serialize = "variables"))]
    variables: BTreeMap<String, Box<Variable>>,
    #[facts(whole)]
    foreign: Vec<Command>,
    #[serde(skip)]
    own: std::cell::Cell<u8>,
    #[serde(flatten)]
    more: More,
    section: Vec<Section>,
    id: Id,
}

#[derive(Deserialize, Facts)]
#[expect(dead_code, reason = "only the names matter")]
struct Command {
    words: Vec<String>,
    section: Section,
}

#[derive(Deserialize, Facts)]
enum Section {
    Script,
    AfterScript,
}

#[derive(Deserialize, Facts)]
#[expect(dead_code, reason = "only the names matter")]
struct Variable {
    value: Known<String>,
}

#[derive(Deserialize, Facts, Default)]
#[expect(dead_code, reason = "only the names matter")]
struct More {
    stage: u8,
}

#[derive(Deserialize, Facts, Default)]
#[expect(dead_code, reason = "only the names matter")]
struct Id(u64);

#[test]
fn the_fields_read_are_the_names_that_serde_reads() {
    let expect = [
        "allow-failure",
        "commands.*.section",
        "commands.*.words",
        "dependencies",
        "foreign",
        "id",
        "needs",
        "section",
        "stage",
        "type",
        "vars.*.value",
    ];
    assert_eq!(<Job as Shape>::fields().paths(), expect);
    assert_eq!(<Job as Facts>::KIND, "gitlab.job");
}

#[test]
fn a_value_that_is_read_as_a_whole_has_no_paths_of_its_own() {
    assert_eq!(<Vec<Section> as Shape>::fields(), Fields::Whole);
    assert_eq!(<Id as Shape>::fields().paths(), ["*"]);
}
