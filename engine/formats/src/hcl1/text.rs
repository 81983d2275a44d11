//! Texts in quotes and heredocs: what they stand for, with the way back.

use engine_model::{Span, Text, TextMap};

use super::lexer::is_blank;
use crate::json::Problem;

/// What a text in quotes stands for; `span` includes the quotes.
///
/// # Errors
/// Bytes written as escapes that are no UTF-8 together.
pub(super) fn quoted(text: &str, span: Span) -> Result<Text, Problem> {
    let inner = Span::new(span.start.saturating_add(1), span.end.saturating_sub(1));
    let source = text.get(inner.range()).unwrap_or("");
    if !source.contains(['\\', '\r']) {
        return Ok(Text::Source(inner));
    }
    let mut out = Decoded::default();
    let mut rest = source;
    let mut at = inner.start as usize;
    let mut braces = 0_usize;
    while let Some(first) = rest.chars().next() {
        let len = match first {
            '$' if braces == 0 && rest.starts_with("${") => {
                braces = 1;
                out.verbatim("${", at)
            }
            // Between `${` and its `}` a `\` is a character like any other.
            '\\' if braces == 0 => {
                let (bytes, len) = escape(rest, at)?;
                out.push(&bytes, at, len)
            }
            '\r' if rest.starts_with("\r\n") => out.push(b"\n", at, 2),
            _ => {
                match first {
                    '{' if braces > 0 => braces = braces.saturating_add(1),
                    '}' => braces = braces.saturating_sub(1),
                    _ => {}
                }
                let next = rest.char_indices().skip(1).find(|(_, c)| matches!(c, '$' | '\\' | '\r' | '{' | '}'));
                let len = next.map_or(rest.len(), |(len, _)| len);
                out.verbatim(rest.get(..len).unwrap_or(""), at)
            }
        };
        rest = rest.get(len..).unwrap_or("");
        at = at.saturating_add(len);
    }
    out.finish(span)
}

/// What a heredoc stands for; `span` is from `<<` to the end of its closing word.
pub(super) fn heredoc(text: &str, span: Span) -> Text {
    let whole = text.get(span.range()).unwrap_or("");
    let body = whole.find('\n').map_or(whole.len(), |at| at.saturating_add(1));
    let last = whole.rfind('\n').map_or(whole.len(), |at| at.saturating_add(1)).max(body);
    let closing = whole.get(last..).unwrap_or("");
    let indent = closing.len().saturating_sub(closing.trim_start_matches(is_blank).len());
    let dash = whole.starts_with("<<-");
    let end = if dash { last } else { last.saturating_add(indent) };
    let source = whole.get(body..end).unwrap_or("");
    let prefix = closing.get(..indent).unwrap_or("");
    // One line that is not indented like the closing word, an empty one too, and none loses its indentation.
    let strip = dash && source.split_inclusive('\n').all(|line| line.starts_with(prefix));
    let start = (span.start as usize).saturating_add(body);
    let verbatim = !source.contains('\r') && (!strip || indent == 0);
    if verbatim {
        return Text::Source(Span::from_range(start..start.saturating_add(source.len())));
    }
    let mut out = Decoded::default();
    let mut at = start;
    for line in source.split_inclusive('\n') {
        let cut = if strip { indent } else { 0 };
        let content = line.get(cut..).unwrap_or("");
        let kept = content.strip_suffix("\r\n").unwrap_or(content);
        let mut from = at.saturating_add(cut);
        from = from.saturating_add(out.verbatim(kept, from));
        if kept.len() < content.len() {
            out.push(b"\n", from, 2);
        }
        at = at.saturating_add(line.len());
    }
    // What is put together from pieces of a text is one.
    out.finish(span).unwrap_or(Text::Source(span))
}

/// The bytes of the escape that `rest` begins with at byte `at`, and how many bytes it is written as.
///
/// # Errors
/// An escape that HCL 1 does not have.
pub(super) fn escape(rest: &str, at: usize) -> Result<(Vec<u8>, usize), Problem> {
    let one = |byte: u8| Ok((vec![byte], 2));
    let refused = |len: usize| {
        let mut shown: String = rest.chars().take(len).take_while(|c| !c.is_control()).collect();
        let span = Span::from_range(at..at.saturating_add(shown.len()));
        if shown.len() == 1 {
            shown.push('…');
        }
        Err(Problem::new(span, format!("`{shown}` is no escape that Vault reads")).help("write `\\\\` for a `\\`"))
    };
    let number = |from: usize, digits: usize, radix: u32| {
        let digits = rest.get(from..from.saturating_add(digits))?;
        let good = digits.chars().all(|digit| digit.is_digit(radix));
        if good { u32::from_str_radix(digits, radix).ok() } else { None }
    };
    let unicode = |digits: usize| {
        let len = digits.saturating_add(2);
        match number(2, digits, 16).and_then(char::from_u32) {
            Some(c) => Ok((c.to_string().into_bytes(), len)),
            None => refused(len),
        }
    };
    match rest.as_bytes().get(1) {
        Some(b'a') => one(7),
        Some(b'b') => one(8),
        Some(b'f') => one(12),
        Some(b'n') => one(b'\n'),
        Some(b'r') => one(b'\r'),
        Some(b't') => one(b'\t'),
        Some(b'v') => one(11),
        Some(b'\\') => one(b'\\'),
        Some(b'"') => one(b'"'),
        Some(b'0'..=b'7') => match number(1, 3, 8).and_then(|value| u8::try_from(value).ok()) {
            Some(byte) => Ok((vec![byte], 4)),
            None => refused(4),
        },
        Some(b'x') => match number(2, 2, 16).and_then(|value| u8::try_from(value).ok()) {
            Some(byte) => Ok((vec![byte], 4)),
            None => refused(4),
        },
        Some(b'u') => unicode(4),
        Some(b'U') => unicode(8),
        _ => refused(2),
    }
}

/// Bytes and where they were written.
#[derive(Default)]
struct Decoded {
    bytes: Vec<u8>,
    map: TextMap,
}

impl Decoded {
    fn push(&mut self, bytes: &[u8], at: usize, len: usize) -> usize {
        self.bytes.extend_from_slice(bytes);
        let span = Span::from_range(at..at.saturating_add(len));
        self.map.push(u32::try_from(bytes.len()).unwrap_or(u32::MAX), span);
        len
    }

    fn verbatim(&mut self, text: &str, at: usize) -> usize {
        self.push(text.as_bytes(), at, text.len())
    }

    fn finish(self, whole: Span) -> Result<Text, Problem> {
        match String::from_utf8(self.bytes) {
            Ok(text) => Ok(Text::Decoded(text, self.map)),
            Err(_) => Err(Problem::new(whole, "the escapes of this text are bytes that are no UTF-8")),
        }
    }
}
