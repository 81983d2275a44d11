//! Answers that name what was not asked for are broken; good ones come through whole.

use engine_host::{Facts, Scope};
use engine_model::{Route, Span, Step};

use crate::guest::{ask, plugin};

#[test]
fn a_broken_answer_is_said_to_be_broken() {
    let cases = [
        ("do.unknown-rule", "it names the rule `no-such-rule`, which is not one of its manifest"),
        ("do.other-scope", "it names the rule `bad-repository` of scope `repository`, and was asked for scope `item`"),
        ("do.facts-outside", "it names the facts 1, and was handed 1"),
        ("do.item-outside", "it names the item 2 of `do.item-outside`, and was handed 2"),
        ("do.undecided-outside", "it names the item 4294967295 of `do.undecided-outside`, and was handed 2"),
        ("do.bad-range", "it names the bytes 5 to 4, which end before they start"),
    ];
    for (kind, expected) in cases {
        let error = ask(plugin(), kind).unwrap_err().to_string();
        assert_eq!(error, format!("its answer is broken: {expected}"), "{kind}");
    }
}

#[test]
fn a_guests_word_is_shortened_and_escaped() {
    let error = ask(plugin(), "do.long-rule").unwrap_err().to_string();
    assert!(error.contains(r"long\u{1b}long") && error.contains('…') && error.len() < 300, "{error}");
}

#[test]
fn a_text_that_is_none_is_a_broken_answer() {
    for kind in ["do.bad-text", "do.wild-pointer"] {
        let error = ask(plugin(), kind).unwrap_err().to_string();
        assert!(error.starts_with("its answer is broken: "), "{kind}: {error}");
    }
}

#[test]
fn a_good_answer_comes_through_whole() {
    let report = ask(plugin(), "test.item").unwrap();
    assert!(report.undecided.is_empty() && report.log.is_empty());
    let [finding] = report.findings.as_slice() else { panic!("{report:?}") };
    assert_eq!((finding.rule.as_str(), finding.message.as_str()), ("bad-item", "fine"));
    let place = &finding.place;
    assert_eq!((place.facts, place.item, place.range), (0, 1, Some(Span::new(1, 4))));
    assert_eq!(place.route, Route(vec![Step::from("script"), Step::Index(3)]));
}

#[test]
fn all_facts_of_a_call_reach_the_guest() {
    let facts = |kind, json| Facts { kind, json, items: 2 };
    let text = format!("[{{}},\"{}\"]", "ä".repeat(1 << 20));
    let report = plugin().check(Scope::Repository, &[facts("do.count-bytes", "[{},{}]"), facts("b", &text)]).unwrap();
    assert_eq!(report.findings[0].message, (7 + text.len()).to_string());
    assert_eq!(report.findings[0].rule.as_str(), "bad-repository");
}
