//! What the reader says of text that is no JSON, and of text that nobody writes in good faith.

use engine_model::GapCause;

use crate::drawing::draw;
use crate::support::{findings, parse};

/// The one finding, without its rule, and what could be read.
fn check(text: &str, finding: &str, read: Option<&str>) {
    let parsed = parse(text);
    let found: Vec<String> = findings(&parsed).iter().map(|found| found.replace(" broken-document:", "")).collect();
    assert_eq!(found, [finding], "{text}");
    assert_eq!(parsed.broken, Some(GapCause::BrokenDocument));
    let document = parsed.document.map(|document| draw(&document, document.roots()[0]));
    assert_eq!(document.as_deref(), read, "{text}");
}

#[test]
fn what_is_missing_is_named_where_it_is() {
    check("", "1:1: ``: there is no JSON in this text", None);
    check(" \n", "2:1: ``: there is no JSON in this text", None);
    check("{\"a\": 1 \"b\": 2}", "1:9: `\"`: a comma or `}` is missing here", Some("{str:a=1}"));
    check("[1, 2 3]", "1:7: `3`: a comma or `]` is missing here", Some("[1 2]"));
    check("{\"a\" 1}", "1:6: `1`: a `:` is missing here", Some("{}"));
    check("{\"a\": [1, {\"b\": }]}", "1:17: `}`: a value is missing here", Some("{str:a=[1 {}]}"));
    check("{a: 1}", "1:2: `a`: a key in double quotes or `}` is missing here", Some("{}"));
    check("{\"a\": 1, 2}", "1:10: `2`: a key in double quotes is missing here", Some("{str:a=1}"));
    check("[1,]", "1:3: `,`: nothing follows this comma", Some("[1]"));
    check("{\"a\": 1,\n}", "1:8: `,`: nothing follows this comma", Some("{str:a=1}"));
    check("[,1]", "1:2: `,`: a value is missing here", Some("[]"));
    check("[1}", "1:3: `}`: a comma or `]` is missing here", Some("[1]"));
    check("{} {}", "1:4: `{`: the JSON ended before this, and nothing may follow it", Some("{}"));
    check("nul", "1:1: `nul`: `nul` is no value in JSON", None);
    check("[True]", "1:2: `True`: `True` is no value in JSON", Some("[]"));
    check("[truest]", "1:2: `truest`: `truest` is no value in JSON", Some("[]"));
    check("['a']", "1:2: `'`: a text in single quotes", Some("[]"));
    check("// c\n{}", "1:1: `/`: a comment, and JSON has none", None);
    check("{} # c", "1:4: `#`: a comment, and JSON has none", Some("{}"));
}

#[test]
fn what_is_cut_off_is_said_with_where_it_began() {
    check("{\"a\": {\"b\": 1", "1:14: ``: the text ends here, and the JSON in it does not", Some("{str:a={str:b=1}}"));
    check("{\"a\": ", "1:7: ``: the text ends here, and the JSON in it does not", Some("{}"));
    check("[\"a", "1:4: ``: the text ends here, and its last quote is not closed", Some("[]"));
    let opened = |text: &str| parse(text).findings[0].related[0].location.to_string();
    assert_eq!(opened("{\n \"a\": [1,\n"), "plan.json:2:7");
    assert_eq!(opened("[\"a"), "plan.json:1:2");
}

#[test]
fn texts_and_numbers_are_as_the_standard_has_them() {
    check("\"a\nb\"", "1:3: ``: a line ends inside a text", None);
    check("\"a\tb\"", "1:3: `\t`: a control character inside a text", None);
    check(r#""a\x""#, r"1:3: `\x`: `\x` is no escape in JSON", None);
    check(r#""a\u12g4""#, r"1:3: `\u`: `\u` needs four hexadecimal digits", None);
    let half = "half of a surrogate pair, and the other half does not follow";
    check(r#""\ud83d""#, &format!(r"1:2: `\ud83d`: {half}"), None);
    check(r#""\ud83d\u0041""#, &format!(r"1:2: `\ud83d`: {half}"), None);
    check(r#""\ude00\ud83d""#, &format!(r"1:2: `\ude00`: {half}"), None);
    check("[01]", "1:2: `01`: a number does not begin with a zero in JSON", Some("[]"));
    check("[1.]", "1:2: `1.`: digits are missing in this number", Some("[]"));
    check("[-]", "1:2: `-`: digits are missing in this number", Some("[]"));
    check("[1e+]", "1:2: `1e+`: digits are missing in this number", Some("[]"));
    check("[+1]", "1:2: `+1`: a value is missing here", Some("[]"));
    check("[.5]", "1:2: `.5`: a value is missing here", Some("[]"));
}

#[test]
fn hostile_text_is_answered() {
    for (text, message) in [
        ("[".repeat(100_000), "nested more than 128 levels deep"),
        ("{\"a\":".repeat(100_000), "nested more than 128 levels deep"),
        (format!("{}{}", "[".repeat(128), "]".repeat(128)), ""),
        (format!("{}{}", "[".repeat(129), "]".repeat(129)), "nested more than 128 levels deep"),
        (format!("\"{}", "\\\"".repeat(4 << 20)), "the text ends here, and its last quote is not closed"),
        (format!("[\"{}\"", "é".repeat(4 << 20)), "the text ends here, and the JSON in it does not"),
        (format!("[{}", "1,".repeat(4 << 20)), "the text ends here, and the JSON in it does not"),
        ("9".repeat(8 << 20), ""),
        (format!("[{}x]", "9".repeat(8 << 20)), "a comma or `]` is missing here"),
        ("a".repeat(8 << 20), "is no value in JSON"),
        ("\0".to_owned(), "a value is missing here"),
    ] {
        let parsed = parse(&text);
        let found = parsed.findings.first().map_or("", |finding| finding.message.as_str());
        assert!(found.ends_with(message) && found.is_empty() == message.is_empty(), "{found}");
        assert!(parsed.findings.len() < 2 && found.len() < 100);
        assert!(parsed.findings.iter().all(|finding| finding.location.text().len() <= 44));
    }
    let parsed = parse(&format!("{{{}\"b\": 1}}", "\"a\": 1, ".repeat(100_000)));
    assert_eq!(parsed.findings.len(), 100);
    assert_eq!(parsed.findings[99].help.as_deref(), Some("99899 more keys that stand twice are not shown"));
}
