//! Bytes to text: size, encoding, what is not text at all. What the text means is the readers' business.

use std::sync::Arc;

use engine_model::{FilePath, Finding, Location, Route, SourceFile, Span};

use crate::BROKEN_DOCUMENT;

/// The most bytes one file may have: a parsed HCL file takes sixty times its size in memory.
pub const MAX_FILE_BYTES: u64 = 8 * 1024 * 1024;

/// A file's text, or what stood in the way.
#[derive(Debug)]
pub enum Source {
    /// The text, a byte order mark included: readers skip it, spans count it.
    Text(Arc<SourceFile>),
    /// It is not text, and this is said of it.
    Broken(Option<Box<Finding>>),
}

/// The text of a file's bytes.
///
/// Bytes that are not UTF-8 are refused with the place of the first of them; no encoding is guessed.
#[must_use]
pub fn source(path: &FilePath, bytes: Vec<u8>) -> Source {
    let error = match String::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => return Source::Text(SourceFile::new(path.clone(), text)),
        Ok(text) => {
            let at = text.find('\0').unwrap_or(0);
            return broken(path, text, at, "a NUL byte: this is binary data, not text");
        }
        Err(error) => error,
    };
    let at = error.utf8_error().valid_up_to();
    let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
    broken(path, text, at, "not UTF-8 from here on")
}

fn broken(path: &FilePath, text: String, at: usize, message: &str) -> Source {
    // Only the line that holds the place is kept: the rest of it is nothing that anybody wants to see.
    let start = text.get(..at).and_then(|head| head.rfind('\n')).map_or(0, |newline| newline.saturating_add(1));
    let lines = text.get(..start).map_or(0, |head| head.matches('\n').count());
    let line: String = text.get(start..).unwrap_or("").chars().take_while(|c| *c != '\n').take(200).collect();
    // One byte for one byte, so that the column stays what it was.
    let line = line.replace(|c: char| c.is_ascii_control(), "?");
    let column = at.saturating_sub(start).min(line.len());
    let file = SourceFile::new(path.clone(), format!("{}{line}\n", "\n".repeat(lines)));
    let at = lines.saturating_add(column);
    let location = Location { file, span: Span::from_range(at..at.saturating_add(1)) };
    Source::Broken(BROKEN_DOCUMENT.finding(location, Route::default(), message).map(Box::new))
}

#[cfg(test)]
mod tests {
    use engine_model::FilePath;

    use super::{Source, source};

    fn check(bytes: &[u8], expect: &str) {
        match source(&FilePath::new("a.yml").unwrap(), bytes.to_vec()) {
            Source::Text(file) => assert_eq!(file.text(), expect),
            Source::Broken(finding) => {
                let finding = finding.unwrap();
                assert_eq!(format!("{}: {}", finding.location, finding.message), expect);
            }
        }
    }

    #[test]
    fn text_is_kept_and_anything_else_is_said_at_its_place() {
        check("a: é\r\n".as_bytes(), "a: é\r\n");
        check(b"\xef\xbb\xbfa: 1\n", "\u{feff}a: 1\n");
        check(b"a: 1\nb: \xff\xfe\n", "a.yml:2:4: not UTF-8 from here on");
        check(b"\x7fELF\x00\x01", "a.yml:1:5: a NUL byte: this is binary data, not text");
    }
}
