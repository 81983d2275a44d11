//! From a scalar's decoded text back to the bytes it was written as, through indentation, folds and escapes.

use crate::Span;

/// One piece: `decoded` bytes of the decoded text come from `source` bytes of the outer text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    decoded: Span,
    source: Span,
}

impl Piece {
    /// Whether the bytes are the same on both sides, so that a part maps to a part.
    fn is_verbatim(self) -> bool {
        self.decoded.len() == self.source.len()
    }
}

/// A piecewise map from a scalar's decoded text to the bytes of the text around it.
///
/// A piece of equal length on both sides maps byte by byte; any other (an escape, a folded line break) maps as a
/// whole. Source bytes that no piece names (indentation, a `\` before a line break) belong to nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextMap {
    pieces: Vec<Piece>,
}

impl TextMap {
    /// Says that the next `decoded` bytes of the decoded text come from `source`. Empty pieces are dropped.
    pub fn push(&mut self, decoded: u32, source: Span) {
        if decoded == 0 {
            return;
        }
        let start = self.decoded_len();
        let piece = Piece { decoded: Span::new(start, start.saturating_add(decoded)), source };
        match self.pieces.last_mut() {
            Some(last) if last.is_verbatim() && piece.is_verbatim() && last.source.end == source.start => {
                last.decoded.end = piece.decoded.end;
                last.source.end = source.end;
            }
            _ => self.pieces.push(piece),
        }
    }

    /// Says that what `other` covers comes next, from where `other` says.
    pub fn append(&mut self, other: &Self) {
        for piece in &other.pieces {
            self.push(piece.decoded.len(), piece.source);
        }
    }

    /// How many bytes of decoded text the map covers.
    #[must_use]
    pub fn decoded_len(&self) -> u32 {
        self.pieces.last().map_or(0, |piece| piece.decoded.end)
    }

    /// The source bytes that `decoded` was written as; an empty range gives the empty span where it would begin.
    ///
    /// `None` where the range reaches past what the map covers.
    #[must_use]
    pub fn source_span(&self, decoded: Span) -> Option<Span> {
        if decoded.is_empty() {
            let Some(piece) = self.piece_at(decoded.start) else {
                let end = self.pieces.last().filter(|piece| piece.decoded.end == decoded.start)?.source.end;
                return Some(Span::new(end, end));
            };
            let start = start_in(piece, decoded.start);
            return Some(Span::new(start, start));
        }
        let first = self.piece_at(decoded.start)?;
        let last_byte = decoded.end.saturating_sub(1);
        let last = self.piece_at(last_byte)?;
        let end = if last.is_verbatim() { start_in(last, last_byte).saturating_add(1) } else { last.source.end };
        Some(Span::new(start_in(first, decoded.start), end))
    }

    fn piece_at(&self, byte: u32) -> Option<Piece> {
        let index = self.pieces.partition_point(|piece| piece.decoded.end <= byte);
        self.pieces.get(index).copied().filter(|piece| piece.decoded.start <= byte)
    }
}

fn start_in(piece: Piece, byte: u32) -> u32 {
    if piece.is_verbatim() {
        piece.source.start.saturating_add(byte.saturating_sub(piece.decoded.start))
    } else {
        piece.source.start
    }
}

#[cfg(test)]
mod tests {
    use super::TextMap;
    use crate::Span;

    /// `"a\tb"` at byte 10: quote, a, escape of two bytes, b.
    fn escaped() -> TextMap {
        let mut map = TextMap::default();
        map.push(1, Span::new(11, 12));
        map.push(1, Span::new(12, 14));
        map.push(1, Span::new(14, 15));
        map
    }

    #[test]
    fn a_part_of_the_decoded_text_is_found_where_it_was_written() {
        let map = escaped();
        assert_eq!(map.source_span(Span::new(0, 1)), Some(Span::new(11, 12)));
        assert_eq!(map.source_span(Span::new(1, 2)), Some(Span::new(12, 14)));
        assert_eq!(map.source_span(Span::new(0, 3)), Some(Span::new(11, 15)));
        assert_eq!(map.source_span(Span::new(2, 2)), Some(Span::new(14, 14)));
        assert_eq!(map.source_span(Span::new(3, 3)), Some(Span::new(15, 15)));
        assert_eq!(map.source_span(Span::new(3, 4)), None);
    }

    #[test]
    fn neighbouring_verbatim_pieces_are_one() {
        let mut map = TextMap::default();
        map.push(2, Span::new(4, 6));
        map.push(3, Span::new(6, 9));
        assert_eq!(map.pieces.len(), 1);
        assert_eq!(map.decoded_len(), 5);
    }

    #[test]
    fn maps_are_joined_in_order() {
        let mut map = TextMap::default();
        map.push(2, Span::new(0, 2));
        map.append(&escaped());
        assert_eq!(map.source_span(Span::new(1, 4)), Some(Span::new(1, 14)));
        assert_eq!(map.source_span(Span::new(4, 5)), Some(Span::new(14, 15)));
    }
}
