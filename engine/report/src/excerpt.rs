//! The part of a file that is shown for a place: whole lines, or a window of a very long one, safe for a terminal.

use std::ops::Range;

use engine_model::{SourceFile, Span};

use crate::clean;

/// A line of more bytes than this is shown in part.
pub(crate) const LONG_LINE: u32 = 400;

/// How many bytes are kept before a place in a long line, and after it.
const AROUND: u32 = 60;

/// How many bytes of a place in a long line are kept.
const OF_PLACE: u32 = 160;

/// How far apart two places may be, in lines, to be shown in one piece.
const NEAR: u32 = 8;

/// Some lines of a file, and where the marked places stand in them.
#[derive(Debug)]
pub(crate) struct Excerpt {
    /// The first line, from one.
    pub(crate) line: usize,
    /// The lines, joined by line feeds.
    pub(crate) text: String,
    /// A range of `text` for each place, in the order they were given.
    pub(crate) marks: Vec<Range<usize>>,
}

/// The lines that hold `spans`, which are [`near`] each other. A place of several lines is marked in its first one.
pub(crate) fn excerpt(file: &SourceFile, spans: &[Span]) -> Excerpt {
    let line_of = |span: &Span| file.line_column(span.start).line;
    let first = spans.iter().map(line_of).min().unwrap_or(1);
    let last = spans.iter().map(line_of).max().unwrap_or(first).min(first.saturating_add(NEAR));
    let mut text = String::new();
    let mut marks = vec![0..0; spans.len()];
    for number in first..=last {
        if number > first {
            text.push('\n');
        }
        let line = file.line_span(number);
        let here: Vec<(usize, Span)> = spans
            .iter()
            .enumerate()
            .filter(|(_, span)| line_of(span) == number)
            .map(|(index, span)| (index, within(*span, line)))
            .collect();
        show(file, line, &here, &mut text, &mut marks);
    }
    Excerpt { line: first as usize, text, marks }
}

/// Whether a second place can be shown in one piece with the first: some lines apart, and no long line between.
pub(crate) fn near(file: &SourceFile, one: Span, other: Span) -> bool {
    let (one, other) = (file.line_column(one.start).line, file.line_column(other.start).line);
    let (first, last) = (one.min(other), one.max(other));
    last.saturating_sub(first) <= NEAR && (first..=last).all(|line| file.line_span(line).len() <= LONG_LINE)
}

/// A window of `line` around `span`, one line of text; what is left out is an ellipsis.
pub(crate) fn window(file: &SourceFile, line: Span, span: Span) -> String {
    let mut text = String::new();
    show(file, line, &[(0, within(span, line))], &mut text, &mut [Range::default()]);
    text
}

/// The part of `span` that is in `line`.
fn within(span: Span, line: Span) -> Span {
    let start = span.start.clamp(line.start, line.end);
    Span::new(start, span.end.clamp(start, line.end))
}

/// Appends one line, or the part of it around its first mark, and notes where the marks are in `text`.
fn show(file: &SourceFile, line: Span, here: &[(usize, Span)], text: &mut String, marks: &mut [Range<usize>]) {
    let mut shown = line;
    if line.len() > LONG_LINE {
        let place = here.first().map_or(Span::new(line.start, line.start), |(_, span)| *span);
        let end = place.end.min(place.start.saturating_add(OF_PLACE));
        shown = within(Span::new(place.start.saturating_sub(AROUND), end.saturating_add(AROUND)), line);
        shown = Span::new(boundary(file, shown.start), boundary(file, shown.end));
    }
    // A part of a file may begin in the middle of a line.
    if shown.start > line.start || (line.start == 0 && file.start().at.column > 1) {
        text.push('…');
    }
    let begin = text.len();
    let at = |byte: usize, text: &str, marks: &mut [Range<usize>]| {
        for (index, span) in here {
            let Some(mark) = marks.get_mut(*index) else { continue };
            if span.start as usize >= byte {
                mark.start = text.len();
            }
            if span.end as usize >= byte {
                mark.end = text.len();
            }
        }
    };
    // Marks move along until the byte they stand at; those outside the window stay at its ends.
    for (index, _) in here {
        if let Some(mark) = marks.get_mut(*index) {
            *mark = begin..begin;
        }
    }
    let mut byte = shown.start as usize;
    for c in file.slice(shown).chars() {
        at(byte, text, marks);
        // A byte order mark is no part of the first line for people.
        if byte > 0 || c != '\u{feff}' {
            text.push(clean::character(c));
        }
        byte = byte.saturating_add(c.len_utf8());
    }
    at(byte, text, marks);
    if shown.end < line.end {
        text.push('…');
    }
}

/// The start of the character that byte `offset` is in.
fn boundary(file: &SourceFile, offset: u32) -> u32 {
    let inside = (0..4).map(|back| offset.saturating_sub(back));
    let mut starts = inside.filter(|start| file.text().is_char_boundary(*start as usize));
    starts.next().unwrap_or(offset)
}

#[cfg(test)]
mod tests {
    use engine_model::{FilePath, SourceFile, Span};

    use super::{Excerpt, excerpt};

    /// The excerpt of a text for the place that `«` and `»` enclose, with the same signs.
    #[track_caller]
    fn check(marked: &str, line: usize, expected: &str) {
        let start = marked.find('«').unwrap();
        let end = marked.find('»').unwrap() - '«'.len_utf8();
        let file = SourceFile::new(FilePath::new("a").unwrap(), marked.replace(['«', '»'], ""));
        let Excerpt { line: first, mut text, marks } = excerpt(&file, &[Span::from_range(start..end)]);
        text.insert(marks[0].end, '»');
        text.insert(marks[0].start, '«');
        assert_eq!((first, text.as_str()), (line, expected));
    }

    #[test]
    fn a_place_keeps_its_line_whole() {
        check("a\nb: «c» d\ne", 2, "b: «c» d");
        check("a\r\nb: «c»\r\n", 2, "b: «c»");
        check("a: «\n  b»: c\n", 1, "a: «»");
        check("é: «€» \u{1b}[0m", 1, "é: «€» ␛[0m");
        check("\u{feff}«a»: b", 1, "«a»: b");
        check("«\u{feff}a»: b", 1, "«a»: b");
        check("«»", 1, "«»");
        check("a\n«»", 2, "«»");
        check("a«»", 1, "a«»");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let (before, after) = ("é".repeat(50_000), "b".repeat(50_000));
        let expected = format!("…{}«x»{}…", "é".repeat(30), "b".repeat(60));
        check(&format!("{before}«x»{after}"), 1, &expected);
        let inside = "y".repeat(1000);
        check(&format!("{after}«{inside}»"), 1, &format!("…{}«{}»…", "b".repeat(60), "y".repeat(220)));
        check(&format!("«»{after}"), 1, &format!("«»{}…", "b".repeat(60)));
    }

    #[test]
    fn places_outside_the_file_are_shown_at_its_end() {
        let file = SourceFile::new(FilePath::new("a").unwrap(), "a: é".into());
        for (start, end) in [(90, 99), (4, 99), (5, 5), (0, 99)] {
            let shown = excerpt(&file, &[Span::new(start, end)]);
            assert_eq!(shown.text, "a: é");
            assert!(shown.text.get(shown.marks[0].clone()).is_some());
        }
    }
}
