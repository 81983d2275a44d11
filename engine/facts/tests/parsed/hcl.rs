//! HCL: blocks, expressions, templates.

use serde_json::{Value, json};

use crate::support::{check, refused};

#[track_caller]
fn hcl(text: &str, expect: Value) {
    check("main.tf", text, expect);
}

/// One attribute, `v`.
#[track_caller]
fn value(expression: &str, expect: Value) {
    hcl(&format!("v = {expression}\n"), json!({ "v": expect }));
}

#[test]
fn a_block_is_a_list_under_its_labels() {
    hcl("terraform {}\n", json!({ "terraform": [{}] }));
    hcl("locals {\n  a = 1\n}\nlocals {\n  b = 2\n}\n", json!({ "locals": [{ "a": 1 }, { "b": 2 }] }));
    hcl(
        "provider \"aws\" {\n  alias = \"one\"\n}\nprovider \"aws\" {\n  alias = \"two\"\n}\nprovider vault {}\n",
        json!({ "provider": { "aws": [{ "alias": "one" }, { "alias": "two" }], "vault": [{}] } }),
    );
    hcl(
        "resource \"a\" \"x\" {\n  ingress {\n    port = 22\n  }\n  ingress {}\n}\nresource \"a\" \"y\" {}\nresource \"b\" \"x\" {}\nresource \"a\" \"x\" {}\n",
        json!({ "resource": {
            "a": { "x": [{ "ingress": [{ "port": 22 }, {}] }, {}], "y": [{}] },
            "b": { "x": [{}] },
        } }),
    );
    hcl(
        "resource \"a\" \"x\" {\n  dynamic \"tag\" {\n    for_each = var.tags\n    content {\n      key = tag.key\n    }\n  }\n}\n",
        json!({ "resource": { "a": { "x": [{ "dynamic": { "tag": [{
            "for_each": "${var.tags}",
            "content": [{ "key": "${tag.key}" }],
        }] } }] } } }),
    );
}

#[test]
fn an_attribute_takes_the_place_of_blocks() {
    hcl("x \"a\" {}\nx = 3\n", json!({ "x": 3 }));
    hcl("x = 3\nx {}\n", json!({ "x": 3 }));
}

#[test]
fn blocks_of_one_type_have_as_many_labels() {
    let message = "blocks of `x` stand here with more labels and with fewer";
    refused("main.tf", "x \"a\" {}\nx {}\n", 2, message);
    refused("main.tf", "x {}\nx \"a\" {}\n", 2, message);
    refused("main.tf", "x \"a\" {}\n\nx \"a\" \"b\" {}\n", 3, message);
}

#[test]
fn literals_are_themselves() {
    value("true", json!(true));
    value("null", json!(null));
    value("1e3", json!(1000));
    value("0.10", json!(0.1));
    value("-10", json!(-10));
    value("- 1", json!(-1));
    value("!true", json!(false));
    value("9007199254740993", json!(9_007_199_254_740_992_i64));
    value("123456789012345678901234567890", json!(1.234_567_890_123_456_8e29));
    value("[1, \"a\", null, var.x, [true]]", json!([1, "a", null, "${var.x}", [true]]));
    value("\"\"", json!(""));
    value("\"\\u00e9\\t\\\\ \\\"q\\\"\"", json!("é\t\\ \"q\""));
    value("\"$${x} %%{y}\"", json!("$${x} %%{y}"));
    value("<<EOT\n  a\n b\nEOT", json!("  a\n b\n"));
    value("<<-EOT\n  a\n    b\n  EOT", json!("a\n  b\n"));
}

#[test]
fn an_object_is_an_object() {
    value(
        "{ (var.x) = 1, \"${y}\" = 2, 1e3 = 3, true = 4, a.b = 5, f[0] = 6, g[h] = 7, k(x) = 8, null = 9, \"s\" = 10, -1 = 11 }",
        json!({ "${(var.x)}": 1, "${y}": 2, "1000": 3, "true": 4, "a.b": 5, "f[0]": 6, "${g[h]}": 7, "${k(x)}": 8,
            "null": 9, "s": 10, "${-1}": 11 }),
    );
    value("{\n  a = { b : var.c }\n}", json!({ "a": { "b": "${var.c}" } }));
}

#[test]
fn an_expression_is_its_own_text() {
    for expression in [
        "1 + 2",
        "(1 + 2)",
        "-x",
        "-(1 + 4)",
        "!var.x",
        "a > 2 ? 1: 0",
        "f(x, y...)",
        "merge(\n  {},\n  b().c\n)",
        "foo[bar].baz.*.id",
        "a.0.b[*].c",
        "[for x in y : x if z]",
        "{ for k, v in m : k => v... }",
        "provider::aws::arn_parse(x)",
    ] {
        value(expression, json!(format!("${{{expression}}}")));
    }
}

#[test]
fn a_template_is_one_text() {
    value("\"${4}\"", json!(4));
    value("\"${\"hi\"}\"", json!("hi"));
    value("\"${[1]}\"", json!([1]));
    value("\"${var.x}\"", json!("${var.x}"));
    value("\"${ var.x }-a\"", json!("${var.x}-a"));
    value("\"a ${4} ${true} ${null} ${\"q\"} ${[1]} ${-1} ${1 + 2}\"", json!("a 4 true null q ${[1]} ${-1} ${1 + 2}"));
    value("\"a ${x ? \"b\" : \"c\"} ${(x ? y : z)}\"", json!("a %{if x}b%{else}c%{endif} ${(x ? y : z)}"));
    value("\"%{ if x }b%{ endif }\"", json!("%{if x}b%{endif}"));
    value("\"%{ for k, v in m }${k},%{ endfor }\"", json!("%{for k, v in m}${k},%{endfor}"));
    value("\"%{ if true }%%{hi}%{ else }$${x}%{ endif }\"", json!("%{if true}%%{hi}%{else}$${x}%{endif}"));
    value("\"a ${\"${b} c\"}\"", json!("a ${b} c"));
    value("\" ${~ x ~} \"", json!("${x}"));
    value(
        "<<EOF\n${x ~}\n foo\n%{~ if x ~}\n  yes\n%{~ else ~}\n  no\n%{~ endif ~}\ndone\nEOF",
        json!("${x} foo%{if x}  yes%{else}  no%{endif}done\n"),
    );
    value("<<-EOT\n    a\n      b ${x}\n    EOT", json!("a\n  b ${x}\n"));
}

#[test]
fn variables_are_a_file_of_attributes() {
    check("prod.tfvars", "region = \"eu\"\nsizes = { a = 1 }\n", json!({ "region": "eu", "sizes": { "a": 1 } }));
}
