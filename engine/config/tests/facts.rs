//! What policies see of a configuration: what the schemas of the facts say, each value with its place, and no more.

#[cfg(test)]
#[path = "support/file.rs"]
mod file;
#[cfg(test)]
#[path = "support/pattern.rs"]
mod pattern;
#[cfg(test)]
#[path = "support/schema.rs"]
mod schema;

use engine_config::{CONFIG, Config};
use engine_facts::gitlab::{approval_item, protected_branch_item};
use engine_facts::wire::{Fields, Item, json};
use engine_model::Route;
use file::read;
use schema::Schema;
use serde_json::{Value, json as value};

const SCHEMA: &str = include_str!("../../facts/schema/engine.config.json");
const BRANCH: &str = include_str!("../../facts/schema/gitlab.protected_branch.json");
const APPROVAL: &str = include_str!("../../facts/schema/gitlab.approval.json");
const PAGE: &str = include_str!("../../../docs/facts.md");

const WRITTEN: &str = "\
version: 1
profile: continuous
production: {branches: [main]}
tenants:
  - name: acme
    vault: [/secret/data/acme/]
    accounts: [111122223333]
    groups: [clients/acme]
vault: {shared: [kv/common]}
ceilings: {aws-sts: 30m}
gitlab:
  protected_branches:
    - branch: main
      push: [no one, {key: 12}, {user: jane}, {group: ops}]
      merge: maintainers
      unprotect: admins
      force_push: false
      code_owners: true
  approvals: [{required: 2, branches: [main]}]
  approval_settings: {author: false, committers: false, override: true, kept_on_push: false}
jobs: {deployers: [deploy.sh], registries: [registry.example.com], runner_tags: [acme]}
terraform: {providers: [hashicorp/aws]}
";

/// The item as a policy that reads everything gets it.
#[cfg(test)]
fn wire(item: &Item) -> Value {
    let all: Value = serde_json::from_str(&json([item], &Fields::new(["*"]))).unwrap();
    all[0].clone()
}

#[test]
fn the_fact_is_what_its_schema_says() {
    let mut schema = Schema::new(SCHEMA);
    assert_eq!(schema.root()["$id"], format!("urn:engine:fact:{CONFIG}:1"));
    let strict = read("version: 1\nprofile: strict").unwrap();
    for config in [read(WRITTEN).unwrap(), read("").unwrap(), strict, Config::default_for(vec!["main".into()])] {
        let item = config.item();
        assert_eq!(item.kind, CONFIG);
        assert_eq!(schema.errors(&wire(&item)), Vec::<String>::new(), "{}", wire(&item));
    }
    assert_eq!(schema.unused(), Vec::<String>::new());
}

#[test]
fn the_fact_says_what_is_written() {
    let item = wire(&read(WRITTEN).unwrap().item());
    let day = 86_400;
    let expected = value!({
        "job-token": 3600, "machine-token": day, "human-token": day, "secret-id": day, "aws-sts": 1800,
        "aws-iam-user": day, "certificate": day, "database": day, "gitlab-token": day, "plan-artifact": 3600,
    });
    assert_eq!(item["ceilings"], expected);
    let tenant = value!([{
        "name": "acme", "vault": ["secret/data/acme"], "accounts": ["111122223333"], "groups": ["clients/acme"],
    }]);
    assert_eq!(item["tenants"], tenant);
    assert_eq!(item["shared"].as_array().unwrap().last().unwrap(), "kv/common");
    assert_eq!((&item["written"], &item["profile"]), (&value!(true), &value!("continuous")));
    let nothing = wire(&Config::default_for(vec!["main".into(), "master".into()]).item());
    assert_eq!((&nothing["written"], &nothing["branches"]), (&value!(false), &value!(["main", "master"])));
    assert_eq!(nothing["tenants"], value!([]));
}

#[test]
fn a_route_leads_to_where_the_value_is_written() {
    let item = read(WRITTEN).unwrap().item();
    let check = |route: Route, line: u32, text: &str| {
        let resolved = item.resolve(&route);
        let location = resolved.origin.unwrap().place.location();
        assert_eq!((location.start().line, location.text()), (line, text), "{route}");
    };
    let keys = |keys: &[&str]| keys.iter().copied().collect::<Route>();
    check(keys(&["profile"]), 2, "continuous");
    check(keys(&["branches"]).then(0), 3, "main");
    check(keys(&["branches"]), 3, "[main]");
    check(keys(&["tenants"]), 4, "tenants");
    check(keys(&["tenants"]).then(0).then("name"), 5, "acme");
    check(keys(&["tenants"]).then(0).then("vault").then(0), 6, "secret/data/acme");
    check(keys(&["tenants"]).then(0).then("accounts").then(0), 7, "111122223333");
    check(keys(&["ceilings", "aws-sts"]), 10, "30m");
    check(keys(&["ceilings", "job-token"]), 10, "{aws-sts: 30m}");
    check(keys(&["written"]), 1, "version: 1");
    let nothing = Config::default_for(vec!["main".into()]).item();
    assert!(nothing.resolve(&keys(&["branches"]).then(0)).origin.is_none());
}

#[test]
fn what_gitlab_is_set_to_becomes_the_same_facts_as_in_terraform() {
    let config = read(WRITTEN).unwrap();
    let branches: Vec<Value> =
        config.protected_branches().iter().map(protected_branch_item).map(|i| wire(&i)).collect();
    let expected = value!([{
        "branch": "main", "title": "protected branch `main`", "source": "engine.yaml",
        "push": [{"level": "no one"}, {"key": "12"}, {"user": "jane"}, {"group": "ops"}],
        "merge": [{"level": "maintainer"}], "unprotect": [{"level": "admin"}],
        "force_push": false, "code_owners": true,
    }]);
    assert_eq!(Value::Array(branches.clone()), expected);
    let approvals: Vec<Value> = config.approvals().iter().map(approval_item).map(|item| wire(&item)).collect();
    let expected = value!([
        {"kind": "rule", "title": "approvals for `main`", "source": "engine.yaml", "required": 2, "branches": ["main"]},
        {
            "kind": "settings", "title": "approval settings", "source": "engine.yaml", "branches": [],
            "author": false, "committers": false, "override": true, "kept_on_push": false,
        },
    ]);
    assert_eq!(Value::Array(approvals.clone()), expected);
    for (text, items) in [(BRANCH, branches), (APPROVAL, approvals)] {
        let mut schema = Schema::new(text);
        for item in items {
            assert_eq!(schema.errors(&item), Vec::<String>::new(), "{item}");
        }
    }
    let little = read("version: 1\ngitlab: {protected_branches: [{branch: a/*}], approvals: [{required: 0}]}").unwrap();
    let branch = wire(&protected_branch_item(&little.protected_branches()[0]));
    assert_eq!((&branch["push"], branch.get("force_push")), (&value!([]), None));
    assert_eq!(little.approvals()[0].title, "approvals for every protected branch");
}

#[test]
fn the_page_for_authors_has_the_same_fields() {
    let schema = Schema::new(SCHEMA);
    let mut table = String::from("| field | value | meaning |\n|---|---|---|\n");
    rows(&schema, schema.root(), "", &mut table);
    assert!(PAGE.contains(&table), "`docs/facts.md` lacks the table of {CONFIG}:\n{table}");
}

/// A line for each field, by the path that a policy names it with.
#[cfg(test)]
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
#[cfg(test)]
fn kind<'s>(schema: &'s Schema, property: &'s Value, path: &str) -> (String, Option<&'s Value>, String) {
    let target = schema.target(property);
    if let Some(values) = target["enum"].as_array() {
        let values: Vec<String> = values.iter().map(|value| format!("`{}`", value.as_str().unwrap())).collect();
        return (values.join(", "), None, path.to_owned());
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
