//! What is not right, and what of it is read all the same.

use engine_formats::yaml;
use engine_model::{GapCause, Route, Step};

use crate::read::{findings, good, parse};

fn check(text: &str, expect: &[&str]) -> engine_formats::Parsed {
    let parsed = parse(text);
    assert_eq!(findings(&parsed), expect, "{text}");
    parsed
}

fn keys(parsed: &engine_formats::Parsed, root: usize) -> Vec<String> {
    let document = parsed.document.as_ref().unwrap();
    let entries = document.entries(document.roots()[root]);
    entries.iter().filter_map(|entry| document.scalar(entry.key)).map(|key| key.text.to_owned()).collect()
}

#[test]
fn a_key_that_stands_twice_is_a_finding_at_the_second() {
    let parsed = check(
        "a:\n  b: 1\n  'b': 2\n  <<: {}\n  <<: {}\n",
        &[
            "duplicate-key: 3:3: `b` stands twice in this mapping, and only the last one counts (first written here 2:3)",
        ],
    );
    assert_eq!(parsed.broken, None);
    assert_eq!(parsed.findings[0].route, Route(vec![Step::from("a"), Step::from("b")]));
    let many: String = (0..30).chain([7]).map(|n| format!("k{n}: 1\n")).collect();
    check(
        &many,
        &[
            "duplicate-key: 31:1: `k7` stands twice in this mapping, and only the last one counts (first written here 8:1)",
        ],
    );
}

#[test]
fn an_error_keeps_what_was_complete() {
    let parsed = check(
        "a: 1\nb:\n  c: 2\nd:\n  e: [1, 2\nf: 3\n",
        &["broken-document: 6:2: a `:` that makes no key here (opened here 5:6)"],
    );
    assert_eq!(keys(&parsed, 0), ["a", "b"]);
    assert_eq!(parsed.broken, Some(GapCause::BrokenDocument));
}

#[test]
fn an_entry_that_may_have_been_cut_is_not_kept() {
    let parsed = check("a: 1\nb:\n  c: 2\n d: 3\n", &["broken-document: 4:2: expected a key here"]);
    assert_eq!(keys(&parsed, 0), ["a"]);
    let parsed = check("a: 1\nb: 2\n}\n", &["broken-document: 3:1: a closing bracket that nothing opened"]);
    assert_eq!(keys(&parsed, 0), ["a", "b"]);
}

#[test]
fn the_next_document_is_read() {
    let parsed = check("a: [1\n---\nb: 2\n", &["broken-document: 1:4: `[` is never closed"]);
    assert_eq!(keys(&parsed, 1), ["b"]);
}

#[test]
fn common_slips_have_words_of_their_own() {
    check("a:\n\tb: 1\n", &["broken-document: 2:2: a tab where only spaces may indent"]);
    check("\"b\n", &["broken-document: 1:1: a quoted text that is never closed"]);
    check("a: \"b\n", &["broken-document: 1:6: a quoted text that is not closed, or whose next line is not indented"]);
    check("a: b: c\n", &["broken-document: 1:5: a `:` that makes no key here"]);
    check("a: @b\n", &["broken-document: 1:4: `@` cannot begin a value"]);
    check("a: \"\\q\"\n", &["broken-document: 1:4: an escape that YAML does not know"]);
    check("a: *\n", &["broken-document: 1:4: `&` or `*` without a name"]);
    check("a: [- b]\n", &["broken-document: 1:5: an item with `-` inside brackets (opened here 1:4)"]);
    check("a: | b\n", &["broken-document: 1:4: text on the line of a `|` or `>`"]);
    assert!(parse("a:\n\tb: 1\n").findings[0].help.is_some());
}

#[test]
fn an_alias_must_name_something_written_before() {
    let parsed = check(
        "a: *b\nc: &c [*c]\nd: 1\n",
        &[
            "broken-document: 1:4: the alias `*b` names an anchor that is not written before it",
            "broken-document: 2:8: the alias `*c` stands inside the node that it names",
        ],
    );
    assert_eq!(keys(&parsed, 0), ["a", "c", "d"]);
}

#[test]
fn a_template_is_not_rendered_and_no_finding() {
    for text in ["a: 1\n{{- if .x }}\na: 2\n{{- end }}\n", "{% if a %}\nb: 1\n{% endif %}\n"] {
        let parsed = check(text, &[]);
        assert_eq!(parsed.broken, Some(GapCause::NotRendered), "{text}");
    }
    good("a: '{{ x }}'\nb: $[[ inputs.x ]]\nc: {{ d }: e}\n");
    let parsed = parse("a: '{{ x }}'\nb: [\n");
    assert_eq!(parsed.broken, Some(GapCause::BrokenDocument));
}

#[test]
fn an_embedded_text_is_placed_in_its_file() {
    let outer = good("policy: |\n  a: 1\n  b: [1, @]\n");
    let scalar = outer.get(outer.roots()[0], "policy").unwrap();
    let parsed = yaml::parse_embedded(&outer, scalar);
    assert_eq!(findings(&parsed), ["broken-document: 3:10: `@` cannot begin a value (opened here 3:6)"]);
    let outer = good("- \"{a: '\\u00e9', a: 2}\"\n");
    let parsed = yaml::parse_embedded(&outer, outer.items(outer.roots()[0])[0]);
    assert_eq!(
        findings(&parsed),
        [
            "duplicate-key: 1:18: `a` stands twice in this mapping, and only the last one counts (first written here 1:5)",
        ]
    );
    assert_eq!(parsed.findings[0].route.to_string(), "[0].a");
    assert_eq!(yaml::parse_embedded(&outer, outer.roots()[0]).document.unwrap().roots().len(), 0);
}
