//! YAML: streams, scalars, aliases, tags.

use serde_json::{Value, json};

use crate::support::{check, inputs, refused};

#[track_caller]
fn yaml(text: &str, expect: Value) {
    check("a.yaml", text, expect);
}

#[track_caller]
fn stream(text: &str, expect: Value) {
    assert_eq!(inputs("a.yaml", text), expect, "{text:?}");
}

#[test]
fn scalars_are_those_of_go() {
    yaml(
        "a: yes\nb: \"yes\"\nc: 0777\nd: 1_000\ne: 12:30\nf: 2001-12-14\ng:\nh: ~\ni: 1.50\nj: 1e3\nk: |\n  5\n",
        json!({ "a": true, "b": "yes", "c": 511, "d": 1000, "e": "12:30", "f": "2001-12-14", "g": null, "h": null,
            "i": 1.5, "j": 1000, "k": "5\n" }),
    );
}

#[test]
fn names_are_text() {
    yaml(
        "1: a\ntrue: b\non: c\n1.10: d\n0x10: e\n\"y\": f\n",
        json!({ "1": "a", "true": "c", "1.1": "d", "16": "e", "y": "f" }),
    );
    refused("a.yaml", "a: 1\nnull: 2\n", 2, "a key that is null has no name in JSON");
    refused("a.yaml", "[a, b]: 2\n", 1, "a key that is a list or a mapping has no name in JSON");
}

#[test]
fn tags_are_followed_or_passed_over() {
    yaml(
        "a: !!str 1\nb: !Ref 2\nc: !GetAtt x.y\nd: !Sub {a: 1}\ne: !!int \"3\"\nf: !!float 4\ng: ! 5\n",
        json!({ "a": "1", "b": "2", "c": "x.y", "d": { "a": 1 }, "e": 3, "f": 4, "g": "5" }),
    );
    refused("a.yaml", "a: !!int x\n", 1, "`x` is not what its tag `!!int` says");
    refused("a.yaml", "\na: !!binary aGk=\n", 2, "the bytes of a `!!binary` are not read");
    refused("a.yaml", "a: .inf\n", 1, "infinity and what is no number have no value in JSON");
}

#[test]
fn aliases_and_merges_are_followed() {
    yaml(
        "a: &a {x: 1, w: 2}\nb: *a\nc:\n  <<: *a\n  w: 3\nd:\n  w: 3\n  <<: [*a, {z: 4}]\n",
        json!({ "a": { "x": 1, "w": 2 }, "b": { "x": 1, "w": 2 }, "c": { "x": 1, "w": 3 },
            "d": { "w": 2, "z": 4, "x": 1 } }),
    );
}

#[test]
fn a_stream_is_asked_about_document_by_document() {
    stream("a: 1\n---\nb: 2\n", json!([{ "a": 1 }, { "b": 2 }]));
    stream("---\na: 1\n---\nb: 2\n", json!([{ "a": 1 }, { "b": 2 }]));
    stream("a: 1\r\n---\r\nb: 2\r\n", json!([{ "a": 1 }, { "b": 2 }]));
    stream("- a\n- b\n", json!(["a", "b"]));
    stream("- a\n---\n- b\n", json!([["a"], ["b"]]));
    stream("[]\n", json!([]));
    // A piece without a document is nothing, and is asked about.
    stream("", json!([null]));
    stream("# a comment\n---\na: 1\n", json!([null, { "a": 1 }]));
    stream("a: 1\n---\n", json!([{ "a": 1 }, null]));
    stream("a: 1\n---\n---\nb: 2\n", json!([{ "a": 1 }, { "b": 2 }]));
    stream("%YAML 1.1\n---\na: 1\n", json!([{ "a": 1 }]));
    stream("%YAML 1.1\n---\na: 1\n---\nb: 2\n", json!([{ "a": 1 }, { "b": 2 }]));
    // conftest reads no further than the first of these.
    stream("a: 1\n--- # here\nb: 2\n", json!([{ "a": 1 }, { "b": 2 }]));
    stream("a: 1\n...\nb: 2\n", json!([{ "a": 1 }, { "b": 2 }]));
}
