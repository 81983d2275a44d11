//! Where nodes and the characters of their texts are written.

use engine_model::{Document, Kind, Span};

use crate::property;
use crate::read::good;

/// Each node on a line: what it is, the bytes of its span, and the text where it differs.
fn tree(document: &Document) -> Vec<String> {
    let line = |node| {
        let written = document.source_text(node);
        let tag = document.tag(node).map(|tag| format!("{tag} ")).unwrap_or_default();
        let anchor = document.anchor(node).map(|anchor| format!("&{anchor} ")).unwrap_or_default();
        let kind = match document.node(node).kind {
            Kind::Null => format!("null {written:?}"),
            Kind::Scalar(scalar) if scalar.text == written => written.to_owned(),
            Kind::Scalar(scalar) => format!("{written:?} = {:?}", scalar.text),
            Kind::Sequence(_) => format!("[] {written:?}"),
            Kind::Mapping(_) => format!("{{}} {written:?}"),
            Kind::Alias(target) => format!("{written} -> {}", document.source_text(target)),
            Kind::Expression(..) => "an expression".to_owned(),
        };
        format!("{tag}{anchor}{kind}")
    };
    property::nodes(document).into_iter().map(line).collect()
}

fn check(text: &str, expect: &[&str]) {
    assert_eq!(tree(&good(text)), expect, "{text}");
}

#[test]
fn collections_end_with_what_they_hold() {
    check("a: 1 # one\n\n# end\n", &["{} \"a: 1\"", "a", "1"]);
    check("a:\n- b\n-\n# more\n", &["{} \"a:\\n- b\\n-\"", "a", "[] \"- b\\n-\"", "b", "null \"\""]);
    check(
        "a:\n  # c - d\n  - b\n\nc: [ d ]  \n",
        &["{} \"a:\\n  # c - d\\n  - b\\n\\nc: [ d ]\"", "a", "[] \"- b\"", "b", "c", "[] \"[ d ]\"", "d"],
    );
    check(
        "[a: b, {c}, ? d]",
        &[
            "[] \"[a: b, {c}, ? d]\"",
            "{} \"a: b\"",
            "a",
            "b",
            "{} \"{c}\"",
            "c",
            "null \"\"",
            "{} \"? d\"",
            "d",
            "null \"\"",
        ],
    );
}

#[test]
fn an_absent_value_is_null_where_it_would_stand() {
    let document = good("a:\nb: \nc: ~\nd: !t\n");
    let spans: Vec<u32> =
        document.entries(document.roots()[0]).iter().map(|e| document.node(e.value).span.start).collect();
    assert_eq!(spans, [2, 5, 10, 17]);
    check("a:\nc: ~\n", &["{} \"a:\\nc: ~\"", "a", "null \"\"", "c", "~"]);
}

#[test]
fn tags_anchors_and_aliases_are_kept() {
    check(
        "a: &x !reference [b, c]\nd: *x\ne: &y !!str\n  f\n",
        &[
            "{} \"a: &x !reference [b, c]\\nd: *x\\ne: &y !!str\\n  f\"",
            "a",
            "!reference &x [] \"[b, c]\"",
            "b",
            "c",
            "d",
            "*x -> [b, c]",
            "e",
            "!!str &y f",
        ],
    );
    check("&a k: &b\n  l: 1\n", &["{} \"&a k: &b\\n  l: 1\"", "&a k", "&b {} \"l: 1\"", "l", "1"]);
}

#[test]
fn quoted_texts() {
    check("'it''s'", &["\"'it''s'\" = \"it's\""]);
    check(
        r#""a\tb\x41\u00e9\U0001F600\N\"""#,
        &["\"\\\"a\\\\tb\\\\x41\\\\u00e9\\\\U0001F600\\\\N\\\\\\\"\\\"\" = \"a\\tbAé😀\\u{85}\\\"\""],
    );
    check("\"a \\\n  b\\\r\n  \\ c\"", &["\"\\\"a \\\\\\n  b\\\\\\r\\n  \\\\ c\\\"\" = \"a b c\""]);
    check("'a  \n  b\n\n\n  c '", &["\"'a  \\n  b\\n\\n\\n  c '\" = \"a b\\n\\nc \""]);
    check("\"\\ud83d\\ude00!\"", &["\"\\\"\\\\ud83d\\\\ude00!\\\"\" = \"😀!\""]);
    check(
        "a: b\r\n  c\r\n\r\n  d\r\n",
        &["{} \"a: b\\r\\n  c\\r\\n\\r\\n  d\"", "a", "\"b\\r\\n  c\\r\\n\\r\\n  d\" = \"b c\\nd\""],
    );
}

#[test]
fn block_texts() {
    let block = |text: &str| tree(&good(&format!("k: !t {text}e: 1\n"))).remove(2);
    assert_eq!(block("|\n  a\n\n   b\n\n"), "!t \"|\\n  a\\n\\n   b\" = \"a\\n\\n b\\n\"");
    assert_eq!(block("|- # c\n  a\n"), "!t \"|- # c\\n  a\" = \"a\"");
    assert_eq!(block("|+\n\n  a\n\n"), "!t \"|+\\n\\n  a\" = \"\\na\\n\\n\"");
    assert_eq!(block("|2\n    a\n  b\n"), "!t \"|2\\n    a\\n  b\" = \"  a\\nb\\n\"");
    assert_eq!(
        block(">\n  a\n  b\n\n  c\n   d\n  e\n"),
        "!t \">\\n  a\\n  b\\n\\n  c\\n   d\\n  e\" = \"a b\\nc\\n d\\ne\\n\""
    );
    assert_eq!(block(">-\r\n  a\r\n  b\r\n"), "!t \">-\\r\\n  a\\r\\n  b\" = \"a b\"");
    assert_eq!(block("|\n\n"), "!t \"|\" = \"\"");
    assert_eq!(block("|+\n\n\n"), "!t \"|+\" = \"\\n\\n\"");
    assert_eq!(tree(&good("g:\n- |\n  x\n")).remove(2), "[] \"- |\\n  x\"");
    assert_eq!(tree(&good("# |\n|2\n   b\n")), ["\"|2\\n   b\" = \" b\\n\""]);
    assert_eq!(tree(&good("|")), ["\"|\" = \"\""]);
    assert_eq!(tree(&good("- |\n a\n b")), ["[] \"- |\\n a\\n b\"", "\"|\\n a\\n b\" = \"a\\nb\\n\""]);
}

#[test]
fn a_part_of_a_script_is_found_in_the_file() {
    let text = "apply:\n  script:\n    - |\n      cd infra\n      terraform apply \\\n        -auto-approve\n";
    let document = good(text);
    let scalar = property::nodes(&document).into_iter().rev().find_map(|node| document.scalar(node)).unwrap();
    for word in ["cd", "terraform apply", "-auto-approve"] {
        let at = scalar.text.find(word).unwrap();
        let location = document.locate_text(scalar.node, Span::from_range(at..at + word.len()));
        assert_eq!(location.text(), word);
    }
}

#[test]
fn a_mark_of_byte_order_is_skipped_and_counted() {
    check("\u{feff}a: 1\n", &["{} \"a: 1\"", "a", "1"]);
    assert_eq!(good("\u{feff}a: 1\n").node(good("\u{feff}a: 1\n").roots()[0]).span.start, 3);
}

#[test]
fn a_stream_has_a_root_for_each_document() {
    assert_eq!(good("").roots().len(), 0);
    assert_eq!(good("# only this\n").roots().len(), 0);
    check("---\n---\na: 1\n...\n--- |\n x\n", &["null \"\"", "{} \"a: 1\"", "a", "1", "\"|\\n x\" = \"x\\n\""]);
    check("--- # c |\n- >\n x\n", &["[] \"- >\\n x\"", "\">\\n x\" = \"x\\n\""]);
}
