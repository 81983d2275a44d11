//! What is read of a plan that Terraform made.

use engine_facts::terraform::plan;
use engine_facts::wire::{Fields, json};
use engine_model::{Route, Step};

use crate::schema::Schema;
use crate::table::table;
use crate::{change, items, path, read, with, written};

const GROWTH: &str = include_str!("../../../../testdata/plans/growth/plan.json");
const QUIET: &str = include_str!("../../../../testdata/plans/quiet/plan.json");
const PAGE: &str = include_str!("../../../../docs/facts.md");
const PLAN: &str = include_str!("../../schema/terraform.plan.json");
const CHANGE: &str = include_str!("../../schema/terraform.change.json");

#[test]
fn a_plan_says_what_it_does() {
    let growth = read(GROWTH).unwrap();
    assert_eq!(
        plan::understood(&growth),
        "`plan.json`: Terraform 1.11.4 creates 2, updates 1, replaces 1, deletes 1, keeps 1"
    );
    assert_eq!(plan::understood(&read(QUIET).unwrap()), "`plan.json`: Terraform 1.11.4 keeps 1");
    assert_eq!(plan::understood(&read(&with("")).unwrap()), "`plan.json`: Terraform changes nothing");
    assert_eq!((growth.findings.len(), growth.gaps.len()), (0, 0));
}

#[test]
fn every_change_is_an_item_with_its_values() {
    let items = written(&items(GROWTH));
    let found: Vec<String> = items
        .iter()
        .map(|item| format!("{} {}", item["action"].as_str().unwrap(), item["address"].as_str().unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            "replace terraform_data.database",
            "no-op terraform_data.kept",
            "delete terraform_data.legacy",
            "update terraform_data.network",
            "create module.service[\"web\"].terraform_data.this",
            "create module.service[\"worker\"].terraform_data.this",
        ]
    );
    let by = |address: &str| items.iter().find(|item| item["address"] == address).unwrap();
    let network = by("terraform_data.network");
    assert_eq!(network["before"]["input"]["zones"], serde_json::json!(["a"]));
    assert_eq!(network["after"]["input"]["zones"], serde_json::json!(["a", "b"]));
    assert_eq!(network["after"]["output"]["$unknown"], "until-apply");
    assert_eq!(by("terraform_data.kept")["after"]["input"], 1.5);
    assert!(by("terraform_data.legacy").get("after").is_none());
    let web = by("module.service[\"web\"].terraform_data.this");
    assert_eq!(web["module"], "module.service[\"web\"]");
    assert_eq!(web["after"]["input"]["database"]["$unknown"], "until-apply");
    assert_eq!(web["after"]["input"]["a \"quoted\" key"], "é\n");
    assert!(web.get("before").is_none());
    let replaced = by("terraform_data.database");
    assert_eq!(
        (&replaced["actions"], &replaced["reason"]),
        (&serde_json::json!(["delete", "create"]), &"replace_because_cannot_update".into())
    );
}

#[test]
fn a_value_is_found_where_the_plan_has_it() {
    let items = items(GROWTH);
    let item = items.iter().find(|item| item.title == "change of `terraform_data.network`").unwrap();
    let route = Route(vec!["after".into(), "input".into(), "zones".into(), Step::Index(1)]);
    let resolved = item.resolve(&route);
    let location = resolved.origin.unwrap().place.location();
    assert!(resolved.exact);
    let bytes = location.bytes();
    let (start, end) = (usize::try_from(bytes.start).unwrap(), usize::try_from(bytes.end).unwrap());
    assert_eq!((location.text(), GROWTH.get(start..end)), ("\"b\"", Some("\"b\"")));
    let column = GROWTH.get(..start).unwrap().chars().count() + 1;
    assert_eq!((location.start().line, location.start().column as usize), (1, column));
}

#[test]
fn lists_keep_their_positions() {
    let quiet = written(&items(QUIET)).remove(0);
    assert_eq!(quiet["after"]["input"], serde_json::json!([true, null, "x"]));
}

#[test]
fn what_is_unknown_stands_where_it_will_be() {
    let text = with(&change(
        r#""actions":["create"],"before":null,"after":{"list":["a",null],"set":null},"after_unknown":{"id":true,"list":[false,true],"block":[{"x":true}]}"#,
    ));
    let item = written(&items(&text)).remove(0);
    assert_eq!(item["after"]["id"]["$unknown"], "until-apply");
    assert_eq!(item["after"]["list"][0], "a");
    assert_eq!(item["after"]["list"][1]["$unknown"], "until-apply");
    assert!(item["after"].get("set").is_none());
    let kept = read(&text).unwrap().resources.remove(0);
    assert_eq!((kept.address.as_str(), kept.kind.as_str()), ("vault_token.a", "vault_token"));
    assert!(kept.attributes.attribute("id").unwrap().why().is_some());
}

#[test]
fn a_change_without_values_has_no_places_and_is_the_same_otherwise() {
    let (mut brief, mut full) = (Vec::new(), Vec::new());
    plan::changes(&path(), GROWTH.as_bytes(), false, &mut |handed| {
        brief.extend(handed.item());
        full.extend(handed.keep().item());
    });
    let fields = Fields::new([
        "plan", "address", "module", "mode", "type", "name", "provider", "action", "actions", "reason", "import",
    ]);
    assert_eq!(json(&brief, &fields), json(&full, &fields));
}

#[test]
fn the_schemas_say_what_is_written_and_no_more() {
    let actions = [
        r#"["no-op"]"#,
        r#"["create"]"#,
        r#"["read"]"#,
        r#"["update"]"#,
        r#"["delete"]"#,
        r#"["create","delete"]"#,
        r#"["forget"]"#,
        r#"["dance"]"#,
    ];
    let changes: Vec<String> = actions
        .iter()
        .map(|actions| {
            let text = change(&format!(
                r#""actions":{actions},"before":{{"a":1}},"after":{{"a":2}},"importing":{{"id":"x"}}"#
            ));
            text.replacen(
                '{',
                r#"{"module_address":"module.m","provider_name":"p","action_reason":"r","deposed":"d","#,
                1,
            )
        })
        .collect();
    let text = with(&changes.join(",")).replacen('{', r#"{"terraform_version":"1","applyable":true,"#, 1);
    for (schema, items) in [(PLAN, vec![plan::plan_item(&read(&text).unwrap())]), (CHANGE, items(&text))] {
        let mut schema = Schema::new(schema);
        for item in written(&items) {
            assert_eq!(schema.errors(&item), Vec::<String>::new(), "{item:#}");
        }
        let unused: Vec<String> = schema.said().difference(&schema.seen).cloned().collect();
        assert_eq!(unused, Vec::<String>::new(), "{}", schema.root()["$id"]);
        let table = table(&schema);
        assert!(PAGE.contains(&table), "`docs/facts.md` lacks the table:\n{table}");
    }
}
