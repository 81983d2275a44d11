//! Rust sources: how they open, how long they are, and what they may not hold.

use crate::outcome::Outcome;

/// Lines at most; the tidiest files are a quarter of it.
const LENGTH: usize = 600;
/// Lines at most in a file of tests alone.
const TEST_LENGTH: usize = 900;

/// What no source may hold, what to do in its place, and the files that may hold it nevertheless. Each is written in
/// two pieces, so that this file does not hold it.
const FORBIDDEN: [(&str, &str, &[&str]); 11] = [
    (concat!("#[", "ignore"), "a test that does not run proves nothing: mend it, or remove it", &[]),
    (concat!("todo", "!("), "do it, or return an error that says what is missing", &[]),
    (concat!("unimplemented", "!("), "do it, or return an error that says what is missing", &[]),
    (concat!("dbg", "!("), "remove it", &[]),
    (concat!("thread::", "sleep"), "wait for a condition, not for a while", &[]),
    (concat!("[", "allow("), "`#[expect(.., reason = \"..\")]` goes away when it is no longer needed", MAY_ALLOW),
    (concat!("unsafe", " {"), UNSAFE, MAY_BE_UNSAFE),
    (concat!("unsafe", " fn"), UNSAFE, MAY_BE_UNSAFE),
    (concat!("unsafe", " impl"), UNSAFE, MAY_BE_UNSAFE),
    (concat!("unsafe", " extern"), UNSAFE, MAY_BE_UNSAFE),
    (concat!("unsafe", "("), UNSAFE, MAY_BE_UNSAFE),
];

/// Files with an attribute that `expect` cannot replace, because a lint fires only for some who use their macro.
const MAY_ALLOW: &[&str] = &[];

const MAY_BE_UNSAFE: &[&str] = &["engine/host/src/code.rs", "testdata/guests/hostile/src/lib.rs"];
const UNSAFE: &str = "the one argument for it stands in engine/host/src/code.rs; find a safe way";

/// Judges one source.
pub(super) fn judge(path: &str, text: &str, outcome: &mut Outcome) {
    if !text.starts_with("//!") {
        outcome.problem(path, 1, "the file does not open with `//!`", "say what lives here, and what does not");
    }
    let tests = path.split('/').any(|part| part == "tests" || part == "tests.rs");
    let length = if tests { TEST_LENGTH } else { LENGTH };
    let lines = text.lines().count();
    if lines > length {
        let message = format!("{lines} lines, {length} are allowed");
        outcome.problem(path, length + 1, message, "split it into files of one thought");
    }
    for (number, line) in (1..).zip(text.lines()) {
        if line.contains('\t') {
            outcome.problem(path, number, "a tab", "indent with spaces; in a string write `\\t`");
        }
        for (what, hint, allowed) in FORBIDDEN {
            if line.contains(what) && !line.trim_start().starts_with("//") && !allowed.contains(&path) {
                outcome.problem(path, number, format!("`{what}` is not allowed here"), hint);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FORBIDDEN, LENGTH, TEST_LENGTH, judge};
    use crate::tidy::judged;

    fn check(path: &str, text: &str) -> Vec<String> {
        judged(|outcome| judge(path, text, outcome))
    }

    #[test]
    fn every_source_opens_with_what_lives_there() {
        assert_eq!(check("a.rs", "//! A.\n"), [""; 0]);
        for text in ["", "\n//! A.\n", "// A.\n", "use b;\n"] {
            assert_eq!(check("a.rs", text), ["1: the file does not open with `//!`"], "{text:?}");
        }
    }

    #[test]
    fn length_counts_more_for_tests() {
        let lines = |count: usize| format!("//! A.\n{}", "\n".repeat(count - 1));
        assert_eq!(check("a.rs", &lines(LENGTH)), [""; 0]);
        assert_eq!(check("a.rs", &lines(LENGTH + 1)), ["601: 601 lines, 600 are allowed"]);
        assert_eq!(check("a/tests/b.rs", &lines(TEST_LENGTH)), [""; 0]);
        assert_eq!(check("a/tests/b.rs", &lines(TEST_LENGTH + 1)), ["901: 901 lines, 900 are allowed"]);
    }

    #[test]
    fn what_is_forbidden_is_found_outside_comments() {
        for (what, ..) in FORBIDDEN {
            let text = format!("//! A.\n    // {what}\n    {what}\n");
            assert_eq!(check("a.rs", &text), [format!("3: `{what}` is not allowed here")]);
        }
        assert_eq!(check("a.rs", "//! A.\n\tb\n"), ["2: a tab"]);
        let (one, ..) = FORBIDDEN[6];
        assert_eq!(check("engine/host/src/code.rs", &format!("//! A.\n{one}\n")), [""; 0]);
    }
}
