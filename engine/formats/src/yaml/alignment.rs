//! From a scalar's decoded text back to its source: the source is read a second time, and whatever it gives must be
//! what the parser gave. Where the two differ, one coarse piece maps the whole; a wrong map is never made.

use std::ops::Range;

use engine_model::{ScalarStyle, Span, TextMap};

use super::gap::{line_break, line_end};

/// The map of a plain or quoted scalar whose bytes between the quotes are `inner`.
pub(super) fn flow(text: &str, inner: Range<usize>, style: ScalarStyle, decoded: &str) -> TextMap {
    let mut alignment = Alignment::new(text, decoded);
    match alignment.flow(inner.clone(), style) {
        Some(()) => alignment.map,
        None => coarse(decoded, Span::from_range(inner)),
    }
}

/// A block scalar: its whole span and the map of its text.
///
/// `header` is where its `|` or `>` stands, `end` where the parser stopped, `indent` how many spaces each of its lines
/// gives up. The line breaks at its end map to the empty span behind its last line.
pub(super) fn block(
    text: &str,
    header: usize,
    end: usize,
    indent: usize,
    folded: bool,
    decoded: &str,
) -> (Span, TextMap) {
    let mut alignment = Alignment::new(text, decoded);
    if let Some(content_end) = alignment.block(header, end, indent, folded) {
        return (Span::from_range(header..content_end), alignment.map);
    }
    let body = text.get(header..end).unwrap_or("");
    let span = Span::from_range(header..header + body.trim_end().len());
    (span, coarse(decoded, span))
}

/// One piece for the whole. A piece of equal length on both sides would be taken byte by byte, so that one is cut in
/// two that each map to the whole.
fn coarse(decoded: &str, span: Span) -> TextMap {
    let mut map = TextMap::default();
    let len = Span::from_range(0..decoded.len()).end;
    let first = decoded.chars().next().map_or(0, char::len_utf8);
    let first = if span.len() == len { Span::from_range(0..first).end } else { 0 };
    map.push(first, span);
    map.push(len.saturating_sub(first), span);
    map
}

struct Alignment<'t> {
    text: &'t str,
    /// What of the decoded text is not mapped yet.
    rest: &'t str,
    map: TextMap,
}

impl<'t> Alignment<'t> {
    fn new(text: &'t str, decoded: &'t str) -> Self {
        Self { text, rest: decoded, map: TextMap::default() }
    }

    /// Bytes that stand in the decoded text as they stand in the source.
    fn verbatim(&mut self, range: Range<usize>) -> Option<()> {
        let bytes = self.text.get(range.clone())?;
        self.decoded(bytes, Span::from_range(range))
    }

    fn decoded(&mut self, decoded: &str, source: Span) -> Option<()> {
        self.rest = self.rest.strip_prefix(decoded)?;
        self.map.push(Span::from_range(0..decoded.len()).end, source);
        Some(())
    }

    fn done(&self) -> Option<()> {
        self.rest.is_empty().then_some(())
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// The first byte from `at` on, before `end`, that is no space or tab.
    fn skip_blanks(&self, at: usize, end: usize) -> usize {
        let bytes = self.text.as_bytes().get(at..end).unwrap_or(&[]);
        at + bytes.iter().position(|b| !matches!(b, b' ' | b'\t')).unwrap_or(bytes.len())
    }

    fn flow(&mut self, inner: Range<usize>, style: ScalarStyle) -> Option<()> {
        let Range { start: mut at, end } = inner;
        while at < end {
            at = match (self.byte(at)?, style) {
                (b' ' | b'\t', _) => {
                    let next = self.skip_blanks(at, end);
                    // White space before a line break is not content.
                    if next == end || line_break(self.text, next) == 0 {
                        self.verbatim(at..next)?;
                    }
                    next
                }
                (b'\n' | b'\r', _) => {
                    let first = at..at + line_break(self.text, at);
                    let (next, blank_lines) = self.blank_lines(first.end, end)?;
                    if blank_lines == 0 {
                        self.decoded(" ", Span::from_range(first))?;
                    }
                    next
                }
                (b'\\', ScalarStyle::DoubleQuoted) => match line_break(self.text, at + 1) {
                    0 => self.escape(at)?,
                    broken => self.blank_lines(at + 1 + broken, end)?.0,
                },
                (b'\'', ScalarStyle::SingleQuoted) => {
                    self.decoded("'", Span::from_range(at..at + 2))?;
                    at + 2
                }
                _ => {
                    let bytes = self.text.as_bytes().get(at..end)?;
                    let special = |b: &u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | b'\\' | b'\'');
                    // A quote or a backslash that is content of another style is one byte of a run of its own.
                    let run = bytes.iter().skip(1).position(special).map_or(bytes.len(), |run| run + 1);
                    self.verbatim(at..at + run)?;
                    at + run
                }
            };
        }
        self.done()
    }

    /// Blank lines and the indentation behind a line break: each line is a line break of the text. Gives where the
    /// next content stands, and how many lines there were.
    fn blank_lines(&mut self, mut at: usize, end: usize) -> Option<(usize, usize)> {
        let mut lines = 0;
        loop {
            at = self.skip_blanks(at, end);
            let len = if at < end { line_break(self.text, at) } else { 0 };
            if len == 0 {
                return Some((at, lines));
            }
            self.decoded("\n", Span::from_range(at..at + len))?;
            at += len;
            lines += 1;
        }
    }

    /// An escape is one character, whichever: the text around it must fit, which pins it.
    fn escape(&mut self, at: usize) -> Option<usize> {
        let len = match self.byte(at + 1)? {
            b'x' => 4,
            b'u' => self.surrogates(at).unwrap_or(6),
            b'U' => 10,
            other if other.is_ascii() => 2,
            _ => return None,
        };
        let decoded = self.rest.get(..self.rest.chars().next()?.len_utf8())?;
        self.decoded(decoded, Span::from_range(at..at + len))?;
        Some(at + len)
    }

    /// The length of a surrogate pair in JSON's notation, `\ud83d\ude00`.
    fn surrogates(&self, at: usize) -> Option<usize> {
        let high = u32::from_str_radix(self.text.get(at + 2..at + 6)?, 16).ok()?;
        (0xd800..0xdc00).contains(&high).then_some(12)
    }

    /// Gives the end of the last line that has content, or of the header.
    fn block(&mut self, header: usize, end: usize, indent: usize, folded: bool) -> Option<usize> {
        let (_, mut at) = line_end(self.text, header);
        let indicators = self.text.get(header + 1..)?.bytes();
        let mut content_end = header + 1 + indicators.take_while(|b| b.is_ascii_digit() || b"+-".contains(b)).count();
        // The break behind the last content line, and those of the blank lines after it.
        let mut last: Option<Span> = None;
        let mut blank: Vec<Span> = Vec::new();
        let mut after_blank = false;
        // Without content, the parser's end says nothing of the indentation.
        let empty = self.rest.bytes().all(|b| b == b'\n');
        while at < end && !empty {
            let (line, next) = line_end(self.text, at);
            let spaces = self.text.as_bytes().get(at..line)?.iter().take(indent).take_while(|b| **b == b' ').count();
            let content = at + spaces;
            let breaks = Span::from_range(line..next);
            if content == line {
                if !breaks.is_empty() {
                    blank.push(breaks);
                }
                at = next;
                continue;
            }
            if spaces < indent {
                break;
            }
            let starts_blank = matches!(self.byte(content), Some(b' ' | b'\t'));
            let fold = folded && last.is_some() && !after_blank && !starts_blank;
            match last {
                Some(span) if fold && blank.is_empty() => self.decoded(" ", span)?,
                Some(span) if !fold => self.decoded("\n", span)?,
                _ => {}
            }
            for span in blank.drain(..) {
                self.decoded("\n", span)?;
            }
            self.verbatim(content..line)?;
            content_end = line;
            after_blank = starts_blank;
            last = Some(breaks);
            at = next;
        }
        let tail = self.rest;
        if !tail.bytes().all(|b| b == b'\n') {
            return None;
        }
        self.decoded(tail, Span::from_range(content_end..content_end))?;
        Some(content_end)
    }
}

#[cfg(test)]
mod tests {
    use engine_model::{ScalarStyle, Span};

    use super::{block, flow};

    #[test]
    fn what_does_not_fit_maps_as_a_whole() {
        for decoded in ["a\tc", "a\tcd", "x"] {
            let map = flow("'a b'", 1..4, ScalarStyle::SingleQuoted, decoded);
            let len = u32::try_from(decoded.len()).unwrap();
            assert_eq!(map.decoded_len(), len);
            assert_eq!(map.source_span(Span::new(0, 1)), Some(Span::new(1, 4)), "{decoded}");
            assert_eq!(map.source_span(Span::new(len - 1, len)), Some(Span::new(1, 4)), "{decoded}");
        }
        let (span, map) = block("|\n a\n", 0, 5, 1, false, "b\n");
        assert_eq!((span, map.source_span(Span::new(0, 1))), (Span::new(0, 4), Some(Span::new(0, 4))));
    }
}
