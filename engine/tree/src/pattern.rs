//! One line of a `.gitignore`: what it is held against, and whether it hides or shows. Which files are asked, and in
//! which order, is said in [`crate::ignored`].
//!
//! Source: gitignore(5), "Pattern format".

use crate::glob::Glob;

/// One pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    shows: bool,
    only_directories: bool,
    /// Held against the last part of the path, not all of it.
    name_only: bool,
    /// What the text must begin with, byte for byte.
    literal: Vec<u8>,
    /// What must match the rest; `None` where the rest must be empty.
    glob: Option<Glob>,
}

impl Pattern {
    /// The pattern on a line without its line end, or `None` where there is none: a comment, an empty line, a
    /// malformed pattern.
    pub(crate) fn new(line: &[u8]) -> Option<Self> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // git reads lines as C strings.
        let line = line.split(|byte| *byte == 0).next().unwrap_or(line);
        if line.first() == Some(&b'#') {
            return None;
        }
        let line = without_trailing_spaces(line);
        let (shows, line) = line.strip_prefix(b"!").map_or((false, line), |rest| (true, rest));
        let (only_directories, line) = line.strip_suffix(b"/").map_or((false, line), |rest| (true, rest));
        let name_only = !line.contains(&b'/');
        let line = line.strip_prefix(b"/").unwrap_or(line);
        if line.is_empty() {
            return None;
        }
        let plain = line.iter().position(|byte| b"*?[\\".contains(byte)).unwrap_or(line.len());
        let (literal, rest) = line.split_at_checked(plain)?;
        let glob = if rest.is_empty() { None } else { Some(Glob::new(rest)?) };
        Some(Self { shows, only_directories, name_only, literal: literal.into(), glob })
    }

    /// Whether what it matches is shown again (`!`), not hidden.
    pub(crate) fn shows(&self) -> bool {
        self.shows
    }

    /// Whether it matches `path`, relative to the directory of its file. Every step taken is added to `work`.
    pub(crate) fn matches(&self, path: &[u8], is_directory: bool, work: &mut u64) -> bool {
        *work = work.saturating_add(1);
        if self.only_directories && !is_directory {
            return false;
        }
        let text = if self.name_only { path.rsplit(|byte| *byte == b'/').next().unwrap_or(path) } else { path };
        let Some(rest) = text.strip_prefix(self.literal.as_slice()) else {
            return false;
        };
        let Some(glob) = &self.glob else {
            return rest.is_empty();
        };
        *work = work.saturating_add(glob.cost(rest));
        glob.matches(rest)
    }
}

/// Drops spaces at the end that no `\` keeps.
fn without_trailing_spaces(line: &[u8]) -> &[u8] {
    let mut kept = 0_usize;
    let mut escaped = false;
    for (at, byte) in line.iter().enumerate() {
        if escaped || *byte != b' ' {
            kept = at.saturating_add(1);
        }
        escaped = !escaped && *byte == b'\\';
    }
    line.get(..kept).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[track_caller]
    fn check(line: &str, path: &str, is_directory: bool, expected: bool) {
        let matched = Pattern::new(line.as_bytes()).is_some_and(|p| p.matches(path.as_bytes(), is_directory, &mut 0));
        assert_eq!(matched, expected, "`{line}` on `{path}`");
    }

    #[test]
    fn a_slash_anchors_and_a_trailing_one_asks_for_a_directory() {
        check("target", "a/target", false, true);
        check("/target", "a/target", false, false);
        check("a/target", "a/target", false, true);
        check("a/target", "b/a/target", false, false);
        check("target/", "target", false, false);
        check("target/", "a/target", true, true);
    }

    #[test]
    fn lines_are_cut_as_git_cuts_them() {
        check("a  ", "a", false, true);
        check("a\\ ", "a ", false, true);
        check("a\r", "a", false, true);
        check("#a", "#a", false, false);
        check("\\#a", "#a", false, true);
        check("\\!a", "!a", false, true);
        check("/", "a", true, false);
        check("", "", true, false);
        check("a\0b", "a", false, true);
    }
}
