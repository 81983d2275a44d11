//! How much work a text can ask for: the parser compares each key of an object with all before it.

use std::ops::Range;

use super::scan;

/// Texts with fewer assignments than this are never too heavy, and are not looked at further.
const LIGHT: usize = 5_000;

/// The most comparisons that a text may ask for, about three seconds of them.
const MAX_COMPARISONS: usize = 400_000_000;

/// The most assignments in an expression that stands in a text.
const MAX_IN_A_TEXT: usize = 2_000;

/// The block or attribute that makes a text too heavy to be read, and how many assignments there are in it.
///
/// Every `=` and `:` may be an assignment of one object, so this is an upper bound; what it refuses has some twenty
/// thousand of them in one block.
pub(super) fn too_heavy(text: &str, start: usize) -> Option<(Range<usize>, usize)> {
    if assignments(text) < LIGHT {
        return None;
    }
    let mut left = MAX_COMPARISONS;
    for item in scan::items(text, start) {
        let count = assignments(text.get(item.range.clone()).unwrap_or(""));
        match left.checked_sub(count.saturating_mul(count)) {
            Some(rest) => left = rest,
            None => return Some((item.range, count)),
        }
    }
    None
}

/// Whether one expression alone, in a text of JSON say, holds more assignments than anybody writes: there may be any
/// number of such texts.
pub(super) fn is_heavy(text: &str) -> bool {
    assignments(text) > MAX_IN_A_TEXT
}

fn assignments(text: &str) -> usize {
    text.bytes().filter(|byte| matches!(byte, b'=' | b':')).count()
}
