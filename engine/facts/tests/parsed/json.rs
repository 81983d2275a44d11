//! JSON, whatever it is about.

use serde_json::json;

use crate::support::{check, inputs, refused};

#[test]
fn json_is_itself() {
    check(
        "a.json",
        "{\"a\": [1, 1.5, 1e2, -0, true, null, \"x\\n\"], \"b\": {}}",
        json!({ "a": [1, 1.5, 100, 0, true, null, "x\n"], "b": {} }),
    );
    check("main.tf.json", "{\"locals\": {\"a\": \"${b}\"}}", json!({ "locals": { "a": "${b}" } }));
    check("a.json", "\u{feff}{}", json!({}));
    check("a.json", "{\"a\": 1, \"b\": 2, \"a\": 3}", json!({ "a": 3, "b": 2 }));
    check("a.json", "null", json!(null));
    refused("a.json", "{\n\"a\": 1e999}", 2, "`1e999` is a larger number than JSON readers hold");
}

#[test]
fn a_list_is_asked_about_item_by_item() {
    assert_eq!(inputs("a.json", "[{\"a\": 1}, 2, [3]]"), json!([{ "a": 1 }, 2, [3]]));
    assert_eq!(inputs("a.json", "[]"), json!([]));
}
