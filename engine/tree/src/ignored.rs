//! Which untracked paths a repository hides: the patterns of every `.gitignore` from its top down to a directory, and
//! of `info/exclude`. The user's own excludes (`core.excludesFile`) are not read: a verdict must not hang on them.

use std::rc::Rc;

use crate::pattern::Pattern;

/// The largest `.gitignore` that is read, in bytes.
pub(crate) const MAX_FILE: u64 = 1 << 20;

/// The most steps that all matching of one listing may take: some seconds.
const MAX_WORK: u64 = 2_000_000_000;

/// The patterns of one file, last line first.
#[derive(Debug)]
struct Patterns {
    /// How many bytes of a path, from the repository's top, are the directory that the file is in, with its `/`.
    base: usize,
    patterns: Vec<Pattern>,
}

/// The patterns that count in one directory: its own, then those of the directories above.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ignored(Option<Rc<Chain>>);

#[derive(Debug)]
struct Chain {
    patterns: Patterns,
    above: Ignored,
}

impl Ignored {
    /// These patterns and those of the file `text` in `directory`, a path from the repository's top that is empty or
    /// ends with `/`. What is deeper counts more.
    pub(crate) fn with(&self, directory: &str, text: &[u8]) -> Self {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let patterns: Vec<Pattern> = text.split(|byte| *byte == b'\n').rev().filter_map(Pattern::new).collect();
        if patterns.is_empty() {
            return self.clone();
        }
        let patterns = Patterns { base: directory.len(), patterns };
        Self(Some(Rc::new(Chain { patterns, above: self.clone() })))
    }

    /// Whether `path`, from the repository's top, is hidden by a pattern that matches it. What hides a directory
    /// above it is the walk's business. `None` where matching has taken too many steps.
    pub(crate) fn hides(&self, path: &[u8], is_directory: bool, work: &mut u64) -> Option<bool> {
        let mut at = self;
        while let Some(chain) = &at.0 {
            let below = path.get(chain.patterns.base..).unwrap_or(&[]);
            for pattern in &chain.patterns.patterns {
                if pattern.matches(below, is_directory, work) {
                    return Some(!pattern.shows());
                }
                if *work > MAX_WORK {
                    return None;
                }
            }
            at = &chain.above;
        }
        Some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::{Ignored, MAX_WORK};

    #[test]
    fn the_last_line_and_the_deepest_file_win() {
        let top = Ignored::default().with("", b"*.log\n!keep.log\nkeep.log/\n");
        assert_eq!(top.hides(b"a.log", false, &mut 0), Some(true));
        assert_eq!(top.hides(b"keep.log", false, &mut 0), Some(false));
        let deep = top.with("sub/", b"!*.log\n/only\n");
        assert_eq!(deep.hides(b"sub/a.log", false, &mut 0), Some(false));
        assert_eq!(deep.hides(b"sub/only", false, &mut 0), Some(true));
        assert_eq!(deep.hides(b"sub/x/only", false, &mut 0), Some(false));
    }

    #[test]
    fn matching_without_end_is_given_up() {
        let rules = Ignored::default().with("", b"*a\n*b\n");
        assert_eq!(rules.hides(b"x", false, &mut MAX_WORK.clone()), None);
    }
}
