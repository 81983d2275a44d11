//! What cannot be seen, and what is then said.

use crate::{change, read, with};

/// The sentence of each finding and gap that reading a text comes to, with its place.
fn said(text: &str) -> Vec<String> {
    let (findings, gaps) = match read(text) {
        Ok(plan) => (plan.findings, plan.gaps),
        Err(unread) => (unread.findings, unread.gaps),
    };
    let findings = findings.iter().map(|finding| format!("{}: {}", finding.location, finding.message));
    let gaps = gaps.iter().map(|gap| {
        assert!(gap.way_out.is_some() && gap.kind == "terraform.change");
        let place = gap.location.as_ref().map_or("-".to_owned(), ToString::to_string);
        format!("gap at {place}: {}", gap.message)
    });
    findings.chain(gaps).collect()
}

#[track_caller]
fn check(text: &str, expect: &[&str]) {
    assert_eq!(said(text), expect);
}

#[test]
fn a_plan_that_is_not_whole_is_not_seen_whole() {
    check(
        &with("").replace(r#""errored":false"#, r#""errored":true"#),
        &["gap at plan.json:1:1: `plan.json` says `errored`: planning ended with an error, and changes are missing"],
    );
    check(
        &with("").replace(r#""complete":true"#, r#""complete":false"#),
        &["gap at plan.json:1:1: `plan.json` says that it is not complete: changes were put off to a later plan"],
    );
    check(
        r#"{"format_version":"1.2","resource_changes":[{}"#,
        &[
            "plan.json:1:47: the plan ends too early: `,` or `]` is expected",
            "gap at plan.json:1:47: `plan.json`: the plan ends too early: `,` or `]` is expected",
        ],
    );
    check(
        r#"{"format_version":"99.0","resource_changes":[]}"#,
        &[
            "gap at plan.json:1:19: `plan.json`: this plan has the format version `99.0`, and this engine reads 0.1 to 1.x",
        ],
    );
    check(r#"{"steps":[],"config":{}}"#, &["gap at -: `plan.json`: this is no Terraform plan: a preview of Pulumi"]);
}

#[test]
fn a_plan_that_holds_back_what_it_plans_is_not_seen_whole() {
    let planned = r#"{"format_version":"1.2","planned_values":{"root_module":{"resources":[{"address":"a.b","mode":"managed"}]}},"configuration":{}"#;
    let says = "gap at plan.json:1:1: `plan.json` plans resources, and says of none whether it changes";
    check(&format!("{planned}}}"), &[says]);
    check(&format!(r#"{planned},"resource_changes":null}}"#), &[says]);
    check(&format!(r#"{planned},"resource_changes":[]}}"#), &[says]);
    let object = r#"{"format_version":"1.2","resource_changes":{"a":{}}}"#;
    assert!(said(object)[0].contains("a list of changes is expected"), "{:?}", said(object));
    let worse = with("").replace(r#""errored":false"#, r#""errored":true,"errored":false,"deferred_changes":[{}]"#);
    assert_eq!(said(&worse).len(), 2, "{:?}", said(&worse));
}

#[test]
fn a_resource_that_is_unknown_as_a_whole_is_kept() {
    let plan = read(&with(&change(r#""actions":["create"],"after":null,"after_unknown":true"#))).unwrap();
    assert!(plan.resources[0].attributes.why().is_some());
}

#[test]
fn a_change_that_cannot_be_read_is_said_and_shows_nothing_of_itself() {
    let broken = |change: &str, expect: &str| {
        let message = format!("plan.json:1:45: a change cannot be read: {expect}");
        check(&with(change), &[&message, "gap at plan.json:1:1: 1 change of `plan.json` could not be read"]);
    };
    broken("7", "invalid type: integer");
    broken(r#"{"address":"hunter2"}"#, "missing field `type`");
    broken(r#"{"address":"a","type":"b","change":{"actions":"hunter2"}}"#, "invalid type: string");
    broken(&change(r#""actions":["create"],"after":{"a":"\q"}"#), "invalid escape");
}
