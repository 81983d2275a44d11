//! Wildcards of `include: local`: `*` for anything in one part of a path, `**` for anything at all. Nothing else is
//! special.

use engine_model::FilePath;

/// Whether the pattern of an `include: local` means a file.
#[must_use]
pub fn is_included(pattern: &str, path: &FilePath) -> bool {
    Wildcard::new(pattern.trim_start_matches('/')).matches(path)
}

/// One piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Character(char),
    /// `*`: any run of characters but `/`.
    Part,
    /// `**`: any run of characters.
    Any,
}

/// A pattern, ready to be matched in time linear in its length and the path's.
#[derive(Clone, Debug)]
pub(super) struct Wildcard(Vec<Piece>);

impl Wildcard {
    pub(super) fn new(pattern: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = pattern.chars().peekable();
        while let Some(c) = rest.next() {
            pieces.push(match c {
                '*' if rest.next_if_eq(&'*').is_some() => Piece::Any,
                '*' => Piece::Part,
                c => Piece::Character(c),
            });
        }
        Self(pieces)
    }

    pub(super) fn matches(&self, path: &FilePath) -> bool {
        // Which pieces may come next; the last one stands for the end.
        let mut at = vec![false; self.0.len().saturating_add(1)];
        if let Some(first) = at.first_mut() {
            *first = true;
        }
        self.skip(&mut at);
        for c in path.as_str().chars() {
            let mut next = vec![false; at.len()];
            for (index, piece) in self.0.iter().enumerate().filter(|(index, _)| at.get(*index) == Some(&true)) {
                let to = match piece {
                    Piece::Character(wanted) if *wanted == c => index.saturating_add(1),
                    Piece::Part if c != '/' => index,
                    Piece::Any => index,
                    _ => continue,
                };
                if let Some(reached) = next.get_mut(to) {
                    *reached = true;
                }
            }
            self.skip(&mut next);
            at = next;
        }
        at.last() == Some(&true)
    }

    /// A run may be empty: whoever stands before one also stands behind it.
    fn skip(&self, at: &mut [bool]) {
        for (index, piece) in self.0.iter().enumerate() {
            if at.get(index) == Some(&true)
                && matches!(piece, Piece::Part | Piece::Any)
                && let Some(behind) = at.get_mut(index.saturating_add(1))
            {
                *behind = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use engine_model::FilePath;

    use super::Wildcard;

    #[test]
    fn stars_are_gitlabs() {
        let check = |pattern: &str, path: &str, expect: bool| {
            assert_eq!(Wildcard::new(pattern).matches(&FilePath::new(path).unwrap()), expect, "{pattern} {path}");
        };
        check("ci/*.yml", "ci/a.yml", true);
        check("ci/*.yml", "ci/x/a.yml", false);
        check("ci/**.yml", "ci/x/y/a.yml", true);
        check("ci/**/*.yml", "ci/a.yml", false);
        check("ci/**/*.yml", "ci/x/a.yml", true);
        check("ci/[a].yml", "ci/[a].yml", true);
        check("ci/?.yml", "ci/a.yml", false);
        check("**", "a/b", true);
        check(&"**a".repeat(200), &"a".repeat(199), false);
    }
}
