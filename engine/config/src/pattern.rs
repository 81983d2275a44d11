//! Patterns of paths: `*` for any text without `/`, `**` for any text, and `**/` also for no folder at all.

use engine_model::NodeId;

use crate::error::shown;
use crate::reader::Reader;
use crate::setting::Written;

/// One piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Character(char),
    /// `*`.
    Part,
    /// `**`.
    Any,
    /// `**/` where a part of a path begins: any number of folders.
    Folders,
}

/// A pattern, ready to be matched in time linear in its length and the path's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Piece>);

impl Pattern {
    pub(crate) fn new(pattern: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = pattern;
        let mut begins = true;
        while let Some(c) = rest.chars().next() {
            let (piece, length) = match c {
                '*' if begins && rest.starts_with("**/") => (Piece::Folders, 3),
                '*' if rest.starts_with("**") => (Piece::Any, 2),
                '*' => (Piece::Part, 1),
                c => (Piece::Character(c), c.len_utf8()),
            };
            begins = matches!(piece, Piece::Folders | Piece::Character('/'));
            pieces.push(piece);
            rest = rest.get(length..).unwrap_or("");
        }
        Self(pieces)
    }

    pub(crate) fn matches(&self, path: &str) -> bool {
        // Which pieces may come next; the last one stands for the end.
        let mut at = vec![false; self.0.len().saturating_add(1)];
        if let Some(first) = at.first_mut() {
            *first = true;
        }
        self.skip(&mut at, true);
        for c in path.chars() {
            let mut next = vec![false; at.len()];
            for (index, piece) in self.0.iter().enumerate().filter(|(index, _)| at.get(*index) == Some(&true)) {
                let to = match piece {
                    Piece::Character(wanted) if *wanted == c => index.saturating_add(1),
                    Piece::Part if c != '/' => index,
                    Piece::Any | Piece::Folders => index,
                    _ => continue,
                };
                if let Some(reached) = next.get_mut(to) {
                    *reached = true;
                }
            }
            self.skip(&mut next, c == '/');
            at = next;
        }
        at.last() == Some(&true)
    }

    /// A run may be empty: whoever stands before one also stands behind it, behind folders only where a part begins.
    fn skip(&self, at: &mut [bool], begins: bool) {
        for (index, piece) in self.0.iter().enumerate() {
            let empty = match piece {
                Piece::Part | Piece::Any => true,
                Piece::Folders => begins,
                Piece::Character(_) => false,
            };
            if at.get(index) == Some(&true)
                && empty
                && let Some(behind) = at.get_mut(index.saturating_add(1))
            {
                *behind = true;
            }
        }
    }
}

/// Reads a path of the repository or a pattern of some.
pub(crate) fn read(reader: &mut Reader<'_>, node: NodeId) -> Option<Written<String>> {
    let text = reader.text(node)?;
    if ["/", "./", "../"].iter().any(|start| text.value.starts_with(start)) {
        let help = "write it from the top of the repository, without `/` or `./` before it: `ci/legacy.yml`";
        reader.error(node, format!("{} is no path of the repository", shown(text.value)), help);
        return None;
    }
    Some(text.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn stars_stand_for_text() {
        let check = |pattern: &str, path: &str, expect: bool| {
            assert_eq!(Pattern::new(pattern).matches(path), expect, "{pattern} {path}");
        };
        check("ci/legacy.yml", "ci/legacy.yml", true);
        check("ci/legacy.yml", "x/ci/legacy.yml", false);
        check("ci/*.yml", "ci/a.yml", true);
        check("ci/*.yml", "ci/x/a.yml", false);
        check("ci/**", "ci/x/a.yml", true);
        check("ci/**/a.yml", "ci/a.yml", true);
        check("ci/**/a.yml", "ci/x/y/a.yml", true);
        check("ci/**/a.yml", "ci/xa.yml", false);
        check("**/a.yml", "a.yml", true);
        check("**/a.yml", "ba.yml", false);
        check("ci/x**/a.yml", "ci/x/a.yml", true);
        check("ci/[a]?.yml", "ci/[a]?.yml", true);
        check("é*", "éa", true);
        check("", "a", false);
        check(&"**a".repeat(200), &"a".repeat(199), false);
    }
}
