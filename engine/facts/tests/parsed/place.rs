//! Routes lead back to where a value is written.

use engine_facts::parsed::combined;
use engine_model::{Route, Step};

use crate::support::shown;

/// Checks where in `text` the value at the end of `route` of its input `index` is written.
#[track_caller]
fn check(path: &str, text: &str, index: usize, route: &[Step], expect: &str) {
    let item = shown(path, text).unwrap().items().nth(index).unwrap();
    let resolved = item.resolve(&Route([&[Step::from("contents")], route].concat()));
    let location = resolved.origin.unwrap().place.location();
    assert_eq!(format!("{}: {}", location.start().line, location.text()), expect);
}

#[test]
fn a_route_leads_to_the_file() {
    let hcl = "resource \"a\" \"x\" {\n  tags = {\n    b = \"${1}\"\n  }\n}\nresource \"a\" \"x\" {\n  c = d\n}\n";
    let key = |key: &str| Step::from(key);
    let block = [key("resource"), key("a"), key("x")];
    let below = |index: u32, steps: &[Step]| [&block[..], &[Step::Index(index)], steps].concat();
    check("a.tf", hcl, 0, &below(0, &[key("tags"), key("b")]), "3: \"${1}\"");
    check("a.tf", hcl, 0, &below(0, &[key("tags")]), "2: tags");
    check("a.tf", hcl, 0, &below(1, &[]), "6: resource \"a\" \"x\" {");
    check("a.tf", hcl, 0, &below(1, &[key("c")]), "7: d");
    check("a.tf", hcl, 0, &below(1, &[key("not there")]), "6: resource \"a\" \"x\" {");
    check("a.tf", hcl, 0, &block, "1: resource \"a\" \"x\" {");
    check("a.tf", hcl, 0, &block[..2], "1: \"a\"");
    let yaml = "a: &a {x: 1}\n---\nb:\n- c\n- d: *e\n".replace("*e", "2");
    check("a.yaml", &yaml, 1, &[key("b"), Step::Index(1), key("d")], "5: 2");
    check("a.yaml", "a: &a {x: 1}\nb: *a\n", 0, &[key("b"), key("x")], "1: 1");
}

#[test]
fn an_alias_is_a_hop() {
    let item = shown("a.yaml", "a: &a {x: 1}\nb:\n  <<: *a\n").unwrap().items().next().unwrap();
    let resolved = item.resolve(&Route(vec!["contents".into(), "b".into(), "x".into()]));
    let hop = resolved.origin.unwrap().via.clone().unwrap();
    assert_eq!((hop.place.location().start().line, hop.place.location().text()), (3, "*a"));
}

#[test]
fn files_together_are_sorted_and_keep_their_places() {
    let files = [shown("b.yaml", "x: 1\n").unwrap(), shown("a.yaml", "w: 1\n---\nz: 2\n").unwrap()];
    let item = combined(&files);
    let json = engine_facts::wire::json([&item], &engine_facts::wire::Fields::new(["*"]));
    let expect = serde_json::json!([{ "path": "Combined", "contents": [
        { "path": "a.yaml", "contents": { "w": 1 } },
        { "path": "a.yaml", "contents": { "z": 2 } },
        { "path": "b.yaml", "contents": { "x": 1 } },
    ] }]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), expect);
    let place = |route: Vec<Step>| {
        let route = [vec!["contents".into()], route].concat();
        let location = item.resolve(&Route(route)).origin.unwrap().place.location();
        format!("{}:{}", location.file.path(), location.start().line)
    };
    assert_eq!(place(vec![Step::Index(1), "contents".into(), "z".into()]), "a.yaml:3");
    assert_eq!(place(vec![Step::Index(2)]), "b.yaml:1");
    assert_eq!(place(vec![]), "a.yaml:1");
}
