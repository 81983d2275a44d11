//! Every text: how its lines end, and that it speaks of no particular machine.

use crate::outcome::Outcome;

/// What people write and read: these are kept tidy, fixtures may look as they like.
const WRITTEN: [&str; 8] = [".rs", ".toml", ".md", ".wit", ".rego", ".sh", ".ci/run", ".gitignore"];

/// Folders that only some machine has, each in two pieces, so that this file does not hold it.
const MACHINE: [&str; 3] = [concat!("/wo", "rk/"), concat!("/tmp/", "bash"), concat!("/ro", "ot/")];

/// Judges one file.
pub(super) fn judge(path: &str, text: &str, outcome: &mut Outcome) {
    for (number, line) in (1..).zip(text.lines()) {
        for place in MACHINE.into_iter().filter(|place| absolute(line, place)) {
            let message = format!("`{place}` is a folder of one machine");
            outcome.problem(path, number, message, "name it relative to the repository, or leave it out");
        }
    }
    if !WRITTEN.iter().any(|end| path.ends_with(end)) || path.split('/').any(|part| part == "testdata") {
        return;
    }
    for (number, line) in (1..).zip(text.split('\n')) {
        if line.ends_with(char::is_whitespace) {
            outcome.problem(path, number, "white space at the end of the line", "remove it");
        }
    }
    if !text.is_empty() && (!text.ends_with('\n') || text.ends_with("\n\n")) {
        let hint = "end the file with one line end";
        outcome.problem(path, text.lines().count(), "the last line does not end as it should", hint);
    }
}

/// Whether an absolute path in this line starts with the folder.
fn absolute(line: &str, place: &str) -> bool {
    let goes_on = |char: char| char.is_alphanumeric() || "_-.}~*".contains(char);
    line.match_indices(place).any(|(at, _)| !line.get(..at).is_some_and(|before| before.ends_with(goes_on)))
}

#[cfg(test)]
mod tests {
    use super::{MACHINE, judge};
    use crate::tidy::judged;

    fn check(path: &str, text: &str) -> Vec<String> {
        judged(|outcome| judge(path, text, outcome))
    }

    #[test]
    fn lines_and_files_end_without_white_space() {
        for path in ["a.rs", "docs/b.md", ".ci/run"] {
            assert_eq!(check(path, "a\n\nb\n"), [""; 0]);
            assert_eq!(
                check(path, "a \nb\t\nc\r\n"),
                [1, 2, 3].map(|n| format!("{n}: white space at the end of the line"))
            );
            assert_eq!(check(path, "a\nb"), ["2: the last line does not end as it should"]);
            assert_eq!(check(path, "a\n\n"), ["2: the last line does not end as it should"]);
        }
        assert_eq!(check("testdata/a.md", "a "), [""; 0]);
        assert_eq!(check("a.tf", "a "), [""; 0]);
    }

    #[test]
    fn no_file_speaks_of_a_machine() {
        for place in MACHINE {
            let expected = [format!("2: `{place}` is a folder of one machine")];
            for line in [format!("{place}a"), format!("see `{place}a`"), format!("x={place}"), format!("a b:{place}")] {
                assert_eq!(check("testdata/a.yml", &format!("a\n{line}\n")), expected, "{line}");
            }
            for line in [format!("a{place}"), format!("./..{place}b"), format!("${{HOME}}{place}b")] {
                assert_eq!(check("a.yml", &line), [""; 0], "{line}");
            }
        }
    }
}
