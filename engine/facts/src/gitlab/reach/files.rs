//! Patterns of paths as languages, as `changes` and `exists` mean them.

use globset::GlobBuilder;

use super::super::language::{Language, Languages};

/// The paths that a pattern matches; `None` where it holds a variable or is no pattern.
///
/// `*` stops at a slash and `**` does not, names that begin with a dot are like any other, `{a,b}` is either.
pub(super) fn language(languages: &Languages, pattern: &str) -> Option<Language> {
    if pattern.contains('$') {
        return None;
    }
    let glob = GlobBuilder::new(pattern).literal_separator(true).build().ok()?;
    languages.expression(glob.regex()).ok()
}
