//! A step's text with what its expressions come to, and where each byte of it is written.
//!
//! An expression `${{ … }}` is filled in before anything reads the text, quotes or not. What is given in the tree is put
//! in; everything else is a hole.

use engine_model::Span;

use super::super::cursor::Cursor;
use crate::sourced::Origin;

/// What begins an expression, and what ends it.
const OPEN: &str = "${{";
const CLOSE: &str = "}}";

/// A text in pieces.
#[derive(Clone, Debug, Default)]
pub(super) struct Filled {
    text: String,
    pieces: Vec<Piece>,
    holes: Vec<Span>,
}

/// Bytes of a text, and where they are written.
#[derive(Clone, Debug)]
struct Piece {
    range: Span,
    /// Where its own text is written.
    own: Written,
    /// What it stands for in the text that is read: the expression.
    base: Written,
}

/// Bytes of a scalar.
#[derive(Clone, Debug)]
struct Written {
    origin: Origin,
    span: Span,
}

impl Filled {
    /// A scalar's text, with `value` of what is between the braces of an expression.
    pub(super) fn new(scalar: &Cursor<'_>, text: &str, value: &dyn Fn(&str) -> Option<Filled>) -> Self {
        let origin = scalar.origin();
        let mut out = Self::default();
        let mut at = 0_usize;
        for expression in expressions(text) {
            out.written(text, Span::from_range(at..expression.start as usize), &origin);
            at = expression.end as usize;
            let whole = text.get(expression.range()).unwrap_or("");
            let inside = whole.strip_prefix(OPEN).and_then(|rest| rest.strip_suffix(CLOSE)).unwrap_or("");
            let base = Written { origin: origin.clone(), span: expression };
            match value(inside.trim()) {
                Some(value) => out.append(&value, &base),
                None => out.hole(whole, base),
            }
        }
        out.written(text, Span::from_range(at..text.len()), &origin);
        out
    }

    /// A text that nobody knows, `shown` as it is written.
    pub(super) fn unknown(scalar: &Cursor<'_>, shown: &str) -> Self {
        let mut out = Self::default();
        out.hole(shown, Written { origin: scalar.origin(), span: Span::from_range(0..shown.len()) });
        out
    }

    /// A text that is written nowhere.
    pub(super) fn implied(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The bytes that nobody knows, in order.
    pub(super) fn holes(&self) -> &[Span] {
        &self.holes
    }

    /// The text, where all of it is known.
    pub(super) fn known(&self) -> Option<&str> {
        self.holes.is_empty().then_some(&self.text)
    }

    /// Where bytes of the text are written; what spreads over several scalars is at `whole`.
    pub(super) fn locate(&self, span: Span, whole: &Origin) -> Origin {
        let index = |byte: u32| self.pieces.partition_point(|piece| piece.range.end <= byte);
        let (first, last) = (index(span.start), index(span.end.saturating_sub(1).max(span.start)));
        let (first, last) = (self.pieces.get(first), self.pieces.get(last).or(self.pieces.last()));
        let Some((first, last)) = first.or(self.pieces.last()).zip(last) else { return whole.clone() };
        let part = |from: &Written, to: &Written| {
            let start = at(from, first.range, span.start);
            let end = at_end(to, last.range, span.end).max(start);
            Origin { place: from.origin.place.part(Span::new(start, end)), via: from.origin.via.clone() }
        };
        if first.range == last.range {
            return part(&first.own, &last.own);
        }
        if first.base.origin.place == last.base.origin.place {
            return part(&first.base, &last.base);
        }
        whole.clone()
    }

    /// Words that no shell reads, as a text that one would read as these words.
    pub(super) fn quoted(words: &[Self]) -> Self {
        let mut out = Self::default();
        for word in words {
            let edge = |piece: Option<&Piece>, end: bool| {
                let base = &piece?.base;
                let at = if end { base.span.end } else { base.span.start };
                Some(Written { origin: base.origin.clone(), span: Span::new(at, at) })
            };
            out.quote("'", edge(word.pieces.first(), false));
            let mut rest = 0_usize;
            for (quote, _) in word.text.match_indices('\'') {
                out.copy(word, Span::from_range(rest..quote));
                let here = word.pieces.iter().find(|piece| piece.range.end as usize > quote);
                out.quote("'\\''", here.map(|piece| piece.base.clone()));
                rest = quote.saturating_add(1);
            }
            out.copy(word, Span::from_range(rest..word.text.len()));
            out.quote("'", edge(word.pieces.last(), true));
            out.text.push(' ');
        }
        out
    }

    fn quote(&mut self, text: &str, written: Option<Written>) {
        let start = self.text.len();
        self.text.push_str(text);
        if let Some(written) = written {
            let range = Span::from_range(start..self.text.len());
            self.pieces.push(Piece { range, own: written.clone(), base: written });
        }
    }

    /// Adds bytes of another text.
    fn copy(&mut self, other: &Self, span: Span) {
        let start = self.end();
        let to = |inner: Span| Span::new(inner.start.max(span.start), inner.end.min(span.end));
        let here = |inner: Span| to(inner).shift(start).start.saturating_sub(span.start);
        for piece in other.pieces.iter().filter(|piece| to(piece.range).start < to(piece.range).end) {
            let cut = to(piece.range);
            let from = here(piece.range);
            let range = Span::new(from, from.saturating_add(cut.len()));
            let part = |written: &Written| Written {
                origin: written.origin.clone(),
                span: Span::new(at(written, piece.range, cut.start), at_end(written, piece.range, cut.end)),
            };
            self.pieces.push(Piece { range, own: part(&piece.own), base: part(&piece.base) });
        }
        for hole in other.holes.iter().filter(|hole| to(**hole).start < to(**hole).end) {
            let from = here(*hole);
            self.holes.push(Span::new(from, from.saturating_add(to(*hole).len())));
        }
        self.text.push_str(other.text.get(span.range()).unwrap_or(""));
    }

    /// Adds a value in the place of an expression.
    fn append(&mut self, value: &Self, base: &Written) {
        let start = self.end();
        let whole = Piece { range: Span::from_range(0..value.text.len()), own: base.clone(), base: base.clone() };
        // What is written nowhere is where it is asked for.
        let implied = value.pieces.is_empty().then_some(&whole);
        for piece in value.pieces.iter().chain(implied).filter(|piece| !piece.range.is_empty()) {
            let range = piece.range.shift(start);
            self.pieces.push(Piece { range, own: piece.own.clone(), base: base.clone() });
        }
        self.holes.extend(value.holes.iter().map(|hole| hole.shift(start)));
        self.text.push_str(&value.text);
    }

    fn hole(&mut self, text: &str, written: Written) {
        let start = self.text.len();
        self.text.push_str(text);
        let range = Span::from_range(start..self.text.len());
        self.holes.push(range);
        self.pieces.push(Piece { range, own: written.clone(), base: written });
    }

    fn written(&mut self, text: &str, span: Span, origin: &Origin) {
        let part = text.get(span.range()).unwrap_or("");
        if part.is_empty() {
            return;
        }
        let start = self.text.len();
        self.text.push_str(part);
        let written = Written { origin: origin.clone(), span };
        let range = Span::from_range(start..self.text.len());
        self.pieces.push(Piece { range, own: written.clone(), base: written });
    }

    fn end(&self) -> u32 {
        u32::try_from(self.text.len()).unwrap_or(u32::MAX)
    }
}

/// Where a byte of a piece stands in its scalar; all of a piece that is not written byte by byte.
fn at(written: &Written, range: Span, byte: u32) -> u32 {
    let offset = byte.saturating_sub(range.start).min(range.len());
    if written.span.len() == range.len() { written.span.start.saturating_add(offset) } else { written.span.start }
}

/// The same for the byte behind a part.
fn at_end(written: &Written, range: Span, byte: u32) -> u32 {
    if written.span.len() == range.len() { at(written, range, byte) } else { written.span.end }
}

/// The expressions of a text, those in one another as one. One that nothing closes goes on to the end.
fn expressions(text: &str) -> Vec<Span> {
    let mut out = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0_usize;
    let mut at = 0_usize;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(OPEN) {
            if depth == 0 {
                start = at;
            }
            depth = depth.saturating_add(1);
            at = at.saturating_add(OPEN.len());
        } else if depth > 0 && rest.starts_with(CLOSE) {
            depth = depth.saturating_sub(1);
            at = at.saturating_add(CLOSE.len());
            if depth == 0 {
                out.push(Span::from_range(start..at));
            }
        } else {
            at = at.saturating_add(rest.chars().next().map_or(1, char::len_utf8));
        }
    }
    if depth > 0 {
        out.push(Span::from_range(start..text.len()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::expressions;

    #[test]
    fn expressions_are_found_in_one_another() {
        let check = |text: &str, expect: &[&str]| {
            let found: Vec<&str> = expressions(text).into_iter().filter_map(|span| text.get(span.range())).collect();
            assert_eq!(found, expect, "{text}");
        };
        check("a ${{ b }} ${{c}}", &["${{ b }}", "${{c}}"]);
        check("${{ a[${{ b }}] }} }}", &["${{ a[${{ b }}] }}"]);
        check("a ${{ b", &["${{ b"]);
        check("$[[ a ]] ${A} {{ b }}", &[]);
    }
}
