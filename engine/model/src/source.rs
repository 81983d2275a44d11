//! A file's name and text, and where a byte stands in it for people.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::Span;

/// A file's path inside its tree: relative, `/` between parts, no `.` or `..` part, never empty.
///
/// Cheap to clone. It is a name, not a promise that the file exists.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FilePath(Arc<str>);

impl FilePath {
    /// The path with `.` parts dropped and `..` parts applied, or `None` where it is empty or leaves the tree.
    ///
    /// A leading `/` is the tree's root, as in GitLab's `include: local`.
    #[must_use]
    pub fn new(path: &str) -> Option<Self> {
        let mut parts: Vec<&str> = Vec::new();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                part => parts.push(part),
            }
        }
        if parts.is_empty() { None } else { Some(Self(parts.join("/").into())) }
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// Everything before the last part, `""` at the root.
    #[must_use]
    pub fn directory(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(directory, _)| directory)
    }

    /// `path` as seen from this file's directory, or `None` where it leaves the tree.
    #[must_use]
    pub fn sibling(&self, path: &str) -> Option<Self> {
        Self::new(&format!("{}/{path}", self.directory()))
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A line and a column, both counted from one; the column counts characters (Unicode scalar values), not bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// The line, from one.
    pub line: u32,
    /// The character in the line, from one.
    pub column: u32,
}

/// Where a part of a file begins in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Start {
    /// Bytes of the file before the part.
    pub byte: u64,
    /// Where its first character stands.
    pub at: LineColumn,
}

impl Start {
    /// The file's own start.
    pub const FILE: Self = Self { byte: 0, at: LineColumn { line: 1, column: 1 } };
}

/// A file that was read, or a part of one that is too large to be kept: its path and its text.
pub struct SourceFile {
    path: FilePath,
    text: String,
    start: Start,
    line_starts: OnceLock<Vec<u32>>,
    /// How many characters begin before each block of [`BLOCK`] bytes: columns of very long lines.
    characters: OnceLock<Vec<u32>>,
}

/// A column that is further than this many bytes into its line is counted by blocks.
const BLOCK: usize = 4096;

impl SourceFile {
    /// The file at `path` with `text`, which is what every span of the file counts in (a byte order mark included).
    #[must_use]
    pub fn new(path: FilePath, text: String) -> Arc<Self> {
        Self::part(path, text, Start::FILE)
    }

    /// The part of the file at `path` that begins at `start`. Spans count in `text`, lines and columns in the file.
    #[must_use]
    pub fn part(path: FilePath, text: String, start: Start) -> Arc<Self> {
        Arc::new(Self { path, text, start, line_starts: OnceLock::new(), characters: OnceLock::new() })
    }

    /// Where the text begins in its file.
    #[must_use]
    pub fn start(&self) -> Start {
        self.start
    }

    /// Where the file is in its tree.
    #[must_use]
    pub fn path(&self) -> &FilePath {
        &self.path
    }

    /// The whole text: the file's, or that of the part.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text under `span`; empty where the span is not inside the file or cuts a character.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// Where byte `offset` stands. An offset past the end is the end.
    #[must_use]
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let starts = self.line_starts();
        let index = starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = starts.get(index).copied().unwrap_or(0);
        let mut end = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end = end.saturating_sub(1);
        }
        let start = start as usize;
        let column = if end.saturating_sub(start) <= BLOCK {
            self.text.get(start..end).map_or(0, |line| line.chars().count())
        } else {
            self.characters_before(end).saturating_sub(self.characters_before(start))
        };
        // A byte order mark is a character of the file and none of its first line.
        let mark = usize::from(index == 0 && end > 0 && self.text.starts_with('\u{feff}'));
        let column = u32::try_from(column.saturating_sub(mark)).unwrap_or(u32::MAX);
        let first = if index == 0 { self.start.at.column } else { 1 };
        LineColumn {
            line: u32::try_from(index).unwrap_or(u32::MAX).saturating_add(self.start.at.line),
            column: column.saturating_add(first),
        }
    }

    /// The bytes of line `line` of the file (from one), without its end; empty for one that the text does not hold.
    #[must_use]
    pub fn line_span(&self, line: u32) -> Span {
        let starts = self.line_starts();
        let index = line.checked_sub(self.start.at.line).map(|index| index as usize);
        let Some((index, start)) = index.and_then(|index| Some((index, starts.get(index).copied()?))) else {
            return Span::default();
        };
        let end =
            starts.get(index.saturating_add(1)).copied().unwrap_or_else(|| Span::from_range(0..self.text.len()).end);
        let text = self.text.get(start as usize..end as usize).unwrap_or("");
        let kept = text.trim_end_matches(['\n', '\r']).len();
        Span::new(start, start.saturating_add(u32::try_from(kept).unwrap_or(u32::MAX)))
    }

    /// How many characters begin before byte `offset`, at the cost of one block.
    fn characters_before(&self, offset: usize) -> usize {
        let begins = |bytes: &[u8]| bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        let blocks = self.characters.get_or_init(|| {
            let counts =
                self.text.as_bytes().chunks(BLOCK).map(|block| u32::try_from(begins(block)).unwrap_or(u32::MAX));
            let sums = counts.scan(0_u32, |before, count| {
                let at = *before;
                *before = before.saturating_add(count);
                Some(at)
            });
            sums.collect::<Vec<u32>>()
        });
        let block = offset / BLOCK;
        let rest = self.text.as_bytes().get(block.saturating_mul(BLOCK)..offset).unwrap_or(&[]);
        let Some(before) = blocks.get(block) else {
            // Just past the last byte of a text that fills its last block.
            return begins(self.text.as_bytes().get(..offset).unwrap_or(&[]));
        };
        (*before as usize).saturating_add(begins(rest))
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let ends = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(ends.map(|(at, _)| Span::from_range(0..at.saturating_add(1)).end)).collect()
        })
    }
}

impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceFile").field("path", &self.path).field("bytes", &self.text.len()).finish()
    }
}

/// Bytes of a file: what every place ends up as, for people.
#[derive(Clone, Debug)]
pub struct Location {
    /// The file.
    pub file: Arc<SourceFile>,
    /// Bytes of the file's text.
    pub span: Span,
}

impl Location {
    /// Where the span begins.
    #[must_use]
    pub fn start(&self) -> LineColumn {
        self.file.line_column(self.span.start)
    }

    /// Where the span ends (the first character after it).
    #[must_use]
    pub fn end(&self) -> LineColumn {
        self.file.line_column(self.span.end)
    }

    /// The bytes themselves.
    #[must_use]
    pub fn text(&self) -> &str {
        self.file.slice(self.span)
    }

    /// Bytes of the file, also where only a part of it was kept.
    #[must_use]
    pub fn bytes(&self) -> Range<u64> {
        let byte = |offset: u32| self.file.start.byte.saturating_add(u64::from(offset));
        byte(self.span.start)..byte(self.span.end)
    }

    fn key(&self) -> (&FilePath, u64, u64) {
        let bytes = self.bytes();
        (&self.file.path, bytes.start, bytes.end)
    }
}

impl PartialEq for Location {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Location {}

impl PartialOrd for Location {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// By path, then by bytes.
impl Ord for Location {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl std::hash::Hash for Location {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

/// `path:line:column`.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = self.start();
        write!(f, "{}:{}:{}", self.file.path, start.line, start.column)
    }
}

#[cfg(test)]
mod tests {
    use super::{FilePath, LineColumn, Location, SourceFile, Start};
    use crate::Span;

    #[test]
    fn a_path_never_leaves_its_tree() {
        assert_eq!(FilePath::new("/ci/./jobs/../apply.yml").map(|p| p.to_string()).as_deref(), Some("ci/apply.yml"));
        assert_eq!(FilePath::new("../secret"), None);
        assert_eq!(FilePath::new("./"), None);
    }

    #[test]
    fn a_column_far_into_a_long_line_is_the_same_and_cheap() {
        let text = format!("a: 1\n{}", "é€x".repeat(20_000));
        let file = SourceFile::new(FilePath::new("a.json").unwrap(), text.clone());
        for offset in [5, 4096, 4101, 4102, 8192, 50_003, 119_999, 120_005] {
            let mut at = offset as usize;
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let column = u32::try_from(text.get(5..at).unwrap().chars().count()).unwrap() + 1;
            assert_eq!(file.line_column(offset), LineColumn { line: 2, column }, "{offset}");
        }
        let whole = SourceFile::new(FilePath::new("a").unwrap(), "x".repeat(8192));
        assert_eq!(whole.line_column(8192), LineColumn { line: 1, column: 8193 });
    }

    #[test]
    fn a_part_counts_lines_and_columns_in_its_file() {
        let start = Start { byte: 5_000_000_000, at: LineColumn { line: 7, column: 40 } };
        let part = SourceFile::part(FilePath::new("plan.json").unwrap(), "é: 1\nb: 2".into(), start);
        assert_eq!(part.line_column(2), LineColumn { line: 7, column: 41 });
        assert_eq!(part.line_column(6), LineColumn { line: 8, column: 1 });
        assert_eq!(part.slice(part.line_span(7)), "é: 1");
        assert_eq!(part.slice(part.line_span(8)), "b: 2");
        assert_eq!((part.line_span(1), part.line_span(9)), (Span::default(), Span::default()));
        let here = Location { file: part, span: Span::new(6, 7) };
        assert_eq!((here.to_string().as_str(), here.bytes()), ("plan.json:8:1", 5_000_000_006..5_000_000_007));
    }

    #[test]
    fn columns_count_characters_and_lines_count_from_one() {
        let file = SourceFile::new(FilePath::new("a.yml").unwrap(), "é: 1\r\nb: 2\n".into());
        assert_eq!(file.line_column(0), LineColumn { line: 1, column: 1 });
        assert_eq!(file.line_column(2), LineColumn { line: 1, column: 2 });
        assert_eq!(file.line_column(7), LineColumn { line: 2, column: 1 });
        assert_eq!(file.line_column(999), LineColumn { line: 3, column: 1 });
        assert_eq!(file.slice(file.line_span(1)), "é: 1");
        assert_eq!(file.slice(file.line_span(2)), "b: 2");
        assert_eq!(file.slice(file.line_span(9)), "");
        let marked = SourceFile::new(FilePath::new("b.yml").unwrap(), "\u{feff}a: 1\nb: 2\n".into());
        assert_eq!(marked.line_column(3), LineColumn { line: 1, column: 1 });
        assert_eq!(marked.line_column(8), LineColumn { line: 2, column: 1 });
    }
}
