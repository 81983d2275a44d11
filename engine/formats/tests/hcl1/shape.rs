//! What becomes of each construct, and where it leads back to.

use std::sync::Arc;

use engine_formats::{hcl, hcl1};
use engine_model::{Document, FilePath, SourceFile, Span};

use crate::drawing::draw;
use crate::route::at;
use crate::support::{findings, parse, sound};

fn read(text: &str) -> Arc<Document> {
    let parsed = parse(text);
    assert_eq!(findings(&parsed), [""; 0], "{text}");
    assert_eq!(parsed.broken, None);
    let document = parsed.document.unwrap();
    let is_json = text.trim_start().starts_with('{');
    assert_eq!(sound(&document, !is_json), document.node_count(), "a node that hangs nowhere");
    document
}

fn check(text: &str, expect: &str) {
    let document = read(text);
    assert_eq!(draw(&document, document.roots()[0]), expect, "{text}");
}

/// The value of `a = …`, drawn.
fn value(written: &str, expect: &str) {
    let document = read(&format!("a = {written}\n"));
    assert_eq!(draw(&document, at(&document, "a")), expect, "{written}");
}

const POLICY: &str = r#"# of the team
path "secret/data/*"
{
  capabilities = ["read", "list",],
  allowed_parameters = {
    "name" = []
  }
}
"path" "pki/sign/web" { "policy" = "write" } // legacy
name = "deploy"
"#;

#[test]
fn stanzas_are_blocks_with_labels_and_bodies() {
    let document = read(POLICY);
    let source = |route: &str| document.source_text(at(&document, route)).to_owned();
    assert_eq!(source("path[0].labels[0]"), "\"secret/data/*\"");
    assert_eq!(source("path[0].body.capabilities[1]"), "\"list\"");
    assert_eq!(source("path[0].body.allowed_parameters[0].body.name"), "[]");
    assert_eq!(source("path[1]"), "\"path\" \"pki/sign/web\" { \"policy\" = \"write\" }");
    assert_eq!(source("path[1].body.policy"), "\"write\"");
    assert_eq!(source("name"), "\"deploy\"");
    assert!(source("path[0].body").starts_with("{\n  capabilities") && source("path[0].body").ends_with("\n}"));
    let body = at(&document, "path[1].body");
    assert_eq!(document.source_text(document.key_of(body).unwrap()), "\"path\"");
    assert_eq!(document.locate_node(document.key_of(at(&document, "path")).unwrap()).to_string(), "deploy.hcl:2:1");
}

#[test]
fn an_object_is_a_block_with_or_without_a_sign_before_it() {
    let block = "{a=[{labels=[] body={b=1}}]}";
    check("a = { b = 1 }", block);
    check("a { b = 1 }", block);
    check("{\"a\": {\"b\": 1}}", "{str:a=[{labels=[] body={str:b=1}}]}");
    check("a { }\na = 1\na { }\n", "{a=[{labels=[] body={}} {labels=[] body={}}] a=1}");
    check("a \"b\" c { }", "{a=[{labels=[str:b c] body={}}]}");
    check("a = [{ b = 1 }, { c { } }]", "{a=[{b=1} {c=[{labels=[] body={}}]}]}");
    check("", "{}");
    check("# nothing\n", "{}");
}

#[test]
fn objects_in_json_give_the_labels_that_vault_makes_of_them() {
    let two =
        "{str:path=[{labels=[str:a] body={str:capabilities=[str:read]}} {labels=[str:b] body={str:policy=str:deny}}]}";
    check(r#"{"path": {"a": {"capabilities": ["read"]}, "b": {"policy": "deny"}}}"#, two);
    check(r#"{"path": [{"a": {"capabilities": ["read"]}}, {"b": {"policy": "deny"}}]}"#, two);
    check(r#"{"path": {"a": {"capabilities": ["read"]}}, "path": {"b": {"policy": "deny"}}}"#, two);
    check(
        r#" {"path": {"a": {"x": {"y": []}}}, "n": null}"#,
        "{str:path=[{labels=[str:a str:x] body={str:y=[]}}] str:n=null}",
    );
    check(
        r#"{"path": {"a": [{"p": 1}, {"p": 2}]}}"#,
        "{str:path=[{labels=[] body={str:a=[{labels=[] body={str:p=1}} {labels=[] body={str:p=2}}]}}]}",
    );
    check(r#"{"path": {"a\/*": {}}, "l": [1, {}]}"#, "{str:path=[{labels=[str:a/*] body={}}] str:l=[1 {}]}");
    let document = read("{\"path\": {\n \"a\": {\"policy\": \"read\"},\n \"b\": {}\n}}");
    assert_eq!(document.locate_node(at(&document, "path[0]")).text(), "\"a\": {\"policy\": \"read\"}");
    assert_eq!(document.locate_node(at(&document, "path[1]")).to_string(), "deploy.hcl:3:2");
    assert_eq!(document.source_text(at(&document, "path[0].labels[0]")), "\"a\"");
}

#[test]
fn values_are_as_written() {
    value("[1, -2, 0x1F, 017, 1.5e3, .5, true, \"x\"]", "[1 -2 0x1F 017 1.5e3 .5 true str:x]");
    value("[,1,,[2] 3,]", "[1 [2] 3]");
    value("false", "false");
    value("/* c */ \"x\" # d", "str:x");
}

#[test]
fn texts_are_decoded_as_hcl_1_does_it() {
    value(r#""\a\b\f\n\r\t\v\\\"\x41\101\u00e9\U0001F600""#, r#"str:\u{7}\u{8}\u{c}\n\r\t\u{b}\\\"AAé😀"#);
    value(r#""\xc3\xa9""#, "str:é");
    value("\"${x\"y{\\n}\"z} \\t $ { }\"", "str:${x\\\"y{\\\\n}\\\"z} \\t $ { }");
    value("\"${a\r\nb}\"", "str:${a\\nb}");
    let document = read("a = \"é\\u00e9-\\x41!\"\n");
    let node = at(&document, "a");
    let part = |start, end| document.locate_text(node, Span::new(start, end)).text().to_owned();
    assert_eq!((part(0, 2).as_str(), part(2, 4).as_str()), ("é", "\\u00e9"));
    assert_eq!((part(5, 6).as_str(), part(6, 7).as_str()), ("\\x41", "!"));
}

#[test]
fn heredocs_are_decoded_as_hcl_1_does_it() {
    value("<<E\none\n  \"two\" ${x}\\n\nE", "doc:one\\n  \\\"two\\\" ${x}\\\\n\\n");
    value("<<E\nE", "doc:");
    value("<<E\n one\n  E", "doc: one\\n  ");
    value("<<-E\n   one\n    two\n   E", "doc:one\\n two\\n");
    value("<<-E\n   one\n\n   E", "doc:   one\\n\\n");
    value("<<-E\n one\n   E", "doc: one\\n");
    let document = read("a = <<-E\r\n   one\r\n    two\r\n   E\r\nb = 1");
    let node = at(&document, "a");
    assert_eq!(document.scalar(node).unwrap().text, "one\n two\n");
    assert_eq!(document.locate_text(node, Span::new(5, 8)).to_string(), "deploy.hcl:3:5");
    assert_eq!(document.source_text(node), "<<-E\r\n   one\r\n    two\r\n   E");
}

#[test]
fn a_key_that_is_set_twice_is_told_of_with_both_places() {
    let parsed = parse("path \"a\" {\n  capabilities = [\"read\"]\n  \"capabilities\" = [\"list\"]\n}\na { }\na { }\n");
    let message = "`capabilities` is set twice: Vault refuses it from 1.21 on; else lists add up, and of anything else the last one counts";
    assert_eq!(findings(&parsed), [format!("3:3: duplicate-key: {message}")]);
    assert_eq!(parsed.findings[0].related[0].location.to_string(), "deploy.hcl:2:3");
    assert_eq!(parsed.findings[0].route.to_string(), "path[0].body.capabilities");
    assert_eq!(parsed.broken, None);
    let document = parsed.document.unwrap();
    assert_eq!(document.entries(at(&document, "path[0].body")).len(), 2);

    let parsed = parse(r#"{"path": {"a": {"policy": "read", "policy": "write"}, "a": {"policy": "deny"}}}"#);
    let message = "`policy` is set twice: lists add up, and of anything else the last one counts";
    assert_eq!(findings(&parsed), [format!("1:35: duplicate-key: {message}")]);
    let parsed = parse("a = { }\na = { }\n");
    assert_eq!(findings(&parsed).len(), 1);
}

#[test]
fn an_embedded_text_is_placed_in_the_outer_file() {
    let text = "policy = <<-EOT\n  path \"secret/*\" {\n    capabilities = [\"read\"]\n  }\n  path \"x\n  EOT\n";
    let outer = hcl::parse(&SourceFile::new(FilePath::new("main.tf").unwrap(), text.into())).document.unwrap();
    let parsed = hcl1::parse_embedded(&outer, at(&outer, "policy"));
    assert_eq!(findings(&parsed), ["5:8: broken-document: this text is not closed on its line"]);
    assert_eq!(parsed.findings[0].route.to_string(), "policy");
    let inner = parsed.document.unwrap();
    let location = inner.locate_node(at(&inner, "path[0].body.capabilities[0]"));
    assert_eq!((location.to_string().as_str(), location.text()), ("main.tf:3:21", "\"read\""));
    let parsed = hcl1::parse_embedded(&outer, outer.roots()[0]);
    assert_eq!(parsed.document.unwrap().node_count(), 1);
}
