//! Texts that want too much.

use std::fmt::Write as _;

use engine_facts::parsed::{MAX_DEPTH, MAX_NODES};

use crate::support::{refused, shown};

#[test]
fn a_deep_file_is_refused() {
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let message = format!("the file is nested deeper than {MAX_DEPTH} levels");
    for path in ["a.json", "a.yaml"] {
        shown(path, &nested(MAX_DEPTH)).unwrap();
        refused(path, &nested(MAX_DEPTH + 1), 1, &message);
    }
}

#[test]
fn aliases_that_double_are_refused() {
    let mut text = String::from("a0: &a0 [x, x]\n");
    for level in 1..40 {
        writeln!(text, "a{level}: &a{level} [*a{0}, *a{0}]", level - 1).unwrap();
    }
    let refused = shown("a.yaml", &text).unwrap_err();
    assert_eq!(refused.to_string(), format!("the file holds more than {MAX_NODES} values, its aliases followed"));
}

#[test]
fn merges_that_double_are_refused() {
    let mut text = String::from("a0: &a0 {x0: 1}\n");
    for level in 1..40 {
        writeln!(text, "a{level}: &a{level}\n  <<: [*a{0}, *a{0}]\n  x{level}: 1", level - 1).unwrap();
    }
    let refused = shown("a.yaml", &text).unwrap_err();
    assert_eq!(refused.to_string(), "the merges of this mapping are too many to be followed");
}
