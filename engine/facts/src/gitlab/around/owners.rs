//! CODEOWNERS: who must approve a change of a file. Source: GitLab documentation, "Code Owners", syntax and sections.
//!
//! In each section the last pattern that matches a file names its owners; those of all sections must approve, but for
//! sections that are optional.

use engine_model::FilePath;
use globset::{GlobBuilder, GlobMatcher};

use crate::gitlab::include::Library;
use crate::gitlab::script::text;

/// Where GitLab looks for it, in this order.
const PLACES: [&str; 3] = ["CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

/// The owners of files, read once for all pipelines of a tree.
#[derive(Debug, Default)]
pub struct Owners {
    /// The file's path; `None` where there is none.
    pub path: Option<FilePath>,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    section: usize,
    optional: bool,
    /// `None` for a pattern that matches everything; one that cannot be read matches nothing, and is not here.
    pattern: Option<GlobMatcher>,
    owners: Vec<String>,
}

impl Owners {
    /// Those of a tree.
    #[must_use]
    pub fn read(library: &dyn Library) -> Self {
        for place in PLACES {
            let Some(path) = FilePath::new(place).filter(|path| library.exists(path)) else { continue };
            let document = library.script(&path);
            let entries = document.as_deref().and_then(text).map_or_else(Vec::new, |(_, text)| entries(text));
            return Self { path: Some(path), entries };
        }
        Self::default()
    }

    /// Who must approve a change of a file.
    #[must_use]
    pub fn of(&self, path: &FilePath) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        let sections = self.entries.iter().map(|entry| entry.section).max().map_or(0, |last| last.saturating_add(1));
        for section in 0..sections {
            let mut of_section = self.entries.iter().rev().filter(|entry| entry.section == section);
            if let Some(entry) = of_section
                .find(|entry| entry.pattern.as_ref().is_none_or(|glob| glob.is_match(path.as_str())))
                .filter(|entry| !entry.optional)
            {
                out.extend(entry.owners.iter().filter(|owner| !out.contains(owner)).cloned().collect::<Vec<_>>());
            }
        }
        out
    }
}

fn entries(text: &str) -> Vec<Entry> {
    let mut out = Vec::new();
    let (mut section, mut optional) = (0_usize, false);
    let mut default: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let header = line.strip_prefix('^').unwrap_or(line);
        if let Some((_, rest)) = header.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            section = section.saturating_add(1);
            optional = line.starts_with('^');
            // The number of approvals may stand behind the name.
            let rest =
                rest.trim_start().strip_prefix('[').map_or(rest, |rest| rest.split_once(']').map_or("", |(_, r)| r));
            default = rest.split_whitespace().map(str::to_owned).collect();
            continue;
        }
        let words = words(line);
        let Some((pattern, owners)) = words.split_first() else { continue };
        let owners: Vec<String> = owners.iter().take_while(|word| !word.starts_with('#')).cloned().collect();
        let owners = if owners.is_empty() { default.clone() } else { owners };
        if let Some(pattern) = compiled(pattern) {
            out.push(Entry { section, optional, pattern, owners });
        }
    }
    out
}

/// Words between blanks; a blank behind a backslash belongs to its word.
fn words(line: &str) -> Vec<String> {
    let mut out: Vec<String> = vec![String::new()];
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => {
                if let (Some(word), Some(next)) = (out.last_mut(), characters.next()) {
                    word.push(next);
                }
            }
            c if c.is_whitespace() => out.push(String::new()),
            c => {
                if let Some(word) = out.last_mut() {
                    word.push(c);
                }
            }
        }
    }
    out.retain(|word| !word.is_empty());
    out
}

/// What a pattern matches; `Some(None)` for everything.
fn compiled(pattern: &str) -> Option<Option<GlobMatcher>> {
    let pattern = pattern.strip_prefix('!').unwrap_or(pattern);
    if pattern == "*" {
        return Some(None);
    }
    let anchored = pattern.strip_prefix('/').map_or_else(|| format!("**/{pattern}"), str::to_owned);
    let whole = if anchored.ends_with('/') { format!("{anchored}**") } else { anchored };
    let glob = GlobBuilder::new(&whole).literal_separator(true).build().ok()?;
    Some(Some(glob.compile_matcher()))
}

#[cfg(test)]
mod tests {
    use engine_model::FilePath;

    use super::{Owners, entries};

    #[test]
    fn the_last_pattern_of_each_section_names_the_owners() {
        let text = "# owners\n* @all\n/.gitlab-ci.yml @ops\nci/ @ci\ndocs/*.md\n\n[Security][2] @sec\n*.yml\n^[Style]\n*.yml @style\n\n[Ci]\n/with\\ space.yml @x # why\n";
        let owners = Owners { path: None, entries: entries(text) };
        let check =
            |path: &str, expect: &[&str]| assert_eq!(owners.of(&FilePath::new(path).unwrap()), expect, "{path}");
        check(".gitlab-ci.yml", &["@ops", "@sec"]);
        check("sub/.gitlab-ci.yml", &["@all", "@sec"]);
        check("ci/deep/a.txt", &["@ci"]);
        check("a/ci/b.txt", &["@ci"]);
        check("docs/a.md", &[]);
        check("with space.yml", &["@all", "@sec", "@x"]);
    }
}
