//! What becomes of each construct, and where it leads back to.

use engine_formats::json;
use engine_model::{Route, Span, Step};

use crate::drawing::draw;
use crate::support::{file, findings, parse, sound};

fn check(text: &str, expect: &str) {
    let parsed = parse(text);
    assert_eq!(findings(&parsed), [""; 0], "{text}");
    assert_eq!(parsed.broken, None);
    let document = parsed.document.unwrap();
    sound(&document);
    assert_eq!(draw(&document, document.roots()[0]), expect, "{text}");
}

#[test]
fn every_construct_is_what_it_is() {
    check("{}", "{}");
    check(" [ ] ", "[]");
    check(
        "{\"a\": [1, -2.50e+3, true, false, null], \"b\": {\"c\": \"d\"}}",
        "{str:a=[1 -2.50e+3 true false null] str:b={str:c=str:d}}",
    );
    check("0", "0");
    check("\"\"", "str:");
    check("\u{feff}{\"a\":1}\r\n", "{str:a=1}");
    check("{\"\":{\"\":[[]]}}", "{str:={str:=[[]]}}");
    check("123456789012345678901234567890.1E-400", "123456789012345678901234567890.1E-400");
}

#[test]
fn escapes_are_decoded_and_lead_back_to_their_bytes() {
    check(r#""a\"\\\/\b\f\n\r\té\u00e9\ud83d\ude00\u0000""#, r#"str:a\"\\/\u{8}\u{c}\n\r\téé😀\0"#);
    let document = parse(r#"{"k\n": "é\u00e9-\ud83d\ude00!"}"#).document.unwrap();
    let value = document.walk(&Route(vec![Step::from("k\n")])).unwrap();
    assert_eq!(document.scalar(value).unwrap().text, "éé-😀!");
    let part = |start, end| document.locate_text(value, Span::new(start, end)).text().to_owned();
    assert_eq!(part(0, 2), "é");
    assert_eq!(part(2, 4), "\\u00e9");
    assert_eq!(part(5, 9), "\\ud83d\\ude00");
    assert_eq!(part(9, 10), "!");
}

#[test]
fn a_key_that_stands_twice_is_told_of_with_both_places() {
    let parsed = parse("{\"a\": 1,\n \"b\": {\"x\": 1, \"\\u0078\": 2},\n \"a\": 2}");
    assert_eq!(parsed.broken, None);
    let mut found = findings(&parsed);
    found.sort();
    assert_eq!(
        found,
        [
            "2:16: `\"\\u0078\"`: duplicate-key: `x` stands twice in this object, and only the last one counts",
            "3:2: `\"a\"`: duplicate-key: `a` stands twice in this object, and only the last one counts",
        ]
    );
    assert!(parsed.findings.iter().all(|finding| finding.related.len() == 1));
    let document = parsed.document.unwrap();
    assert_eq!(document.source_text(document.get(document.roots()[0], "a").unwrap()), "2");
    assert_eq!(document.entries(document.roots()[0]).len(), 3);
}

#[test]
fn a_part_of_a_file_is_read_where_it_stands() {
    let text = "é{\"a\": {\"b\": [1]}} and what follows";
    let start = text.find("{\"b\"").unwrap() as u32;
    let file = file(text);
    let parsed = json::parse_part(&file, Span::new(start, start + 10));
    let document = parsed.document.unwrap();
    sound(&document);
    assert_eq!(draw(&document, document.roots()[0]), "{str:b=[1]}");
    let one = document.walk(&Route(vec![Step::from("b"), Step::Index(0)])).unwrap();
    assert_eq!(document.locate_node(one).to_string(), "plan.json:1:15");
    // Nothing before or behind the part is looked at, and a part that is none is no JSON.
    let parsed = json::parse_part(&file, Span::new(start, start + 9));
    assert_eq!(findings(&parsed), ["1:17: ``: broken-document: the text ends here, and the JSON in it does not"]);
    for span in [Span::new(1, 3), Span::new(900, 901)] {
        assert_eq!(json::parse_part(&file, span).findings[0].message, "there is no JSON in this text");
    }
}

#[test]
fn an_embedded_text_is_placed_in_the_outer_file() {
    let outer = parse("{\"policy\": \"{\\\"Action\\\": \\\"*\\\", \\\"x\\\" 1}\"}").document.unwrap();
    let node = outer.walk(&Route(vec![Step::from("policy")])).unwrap();
    let parsed = json::parse_embedded(&outer, node);
    assert_eq!(findings(&parsed), ["1:39: `1`: broken-document: a `:` is missing here"]);
    assert_eq!(parsed.findings[0].route.to_string(), outer.route_of(node).to_string());
    let inner = parsed.document.unwrap();
    let action = inner.get(inner.roots()[0], "Action").unwrap();
    assert_eq!(inner.locate_node(action).text(), "\\\"*\\\"");
    let parsed = json::parse_embedded(&outer, outer.roots()[0]);
    assert!(parsed.document.is_none() && parsed.broken.is_some());
}
