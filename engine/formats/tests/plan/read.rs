//! What is read of a plan.

use crate::told;

/// A text and what it comes to, however it is cut into pieces.
#[track_caller]
fn check(text: &str, expect: &str) {
    for chunk in [1, 2, 3, 7, 64, usize::MAX] {
        assert_eq!(told(text.as_bytes(), chunk), expect, "{chunk} bytes at a time");
    }
}

#[test]
fn changes_come_one_by_one_with_their_places() {
    check(
        r#"{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{"a":["x\"]}",{}]},
 "resource_changes":[{"address":"é.a"}, {"address":"b"},
   {"address":"c\\"}],"configuration":{"provider_config":{"aws":{}},"root_module":{}},"complete":true,"applyable":true,"errored":false}
"#,
        "change 2:22@111: {\"address\":\"é.a\"}\n\
         change 2:41@131: {\"address\":\"b\"}\n\
         change 3:4@151: {\"address\":\"c\\\\\"}\n\
         providers 3:58@205: {\"aws\":{}}\n\
         plan 1.2 by Some(\"1.11.4\"), errored false, complete Some(true), applyable Some(true)\n",
    );
}

#[test]
fn a_plan_without_changes_is_one() {
    let header = "plan 0.1 by None, errored false, complete None, applyable None\n";
    check(r#"{"format_version":"0.1","planned_values":{},"configuration":{}}"#, header);
    check(r#"{"format_version":"0.1","resource_changes":null}"#, header);
    check("\u{feff}{ \"format_version\" : \"0.1\" , \"resource_changes\" : [ ] }\n\n", header);
}

#[test]
fn a_plan_that_does_not_clearly_say_so_is_not_whole() {
    check(
        r#"{"format_version":"1.2","resource_changes":[],"errored":"no","complete":null}"#,
        "plan 1.2 by None, errored true, complete Some(false), applyable None\n",
    );
}

#[test]
fn changes_that_stand_twice_are_all_read() {
    check(
        r#"{"format_version":"1.0","resource_changes":[1],"resource_changes":[{"a":2}]}"#,
        "change 1:45@44: 1\nchange 1:68@67: {\"a\":2}\nplan 1.0 by None, errored false, complete None, applyable None\n",
    );
}
