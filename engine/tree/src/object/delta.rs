//! Deltas: an object written as pieces of another one and new bytes. Which object the other one is, the pack says.
//!
//! Source: gitformat-pack(5), "Deltified representation".

use super::content::FIRST_BUFFER;
use crate::index::take;

/// What a delta says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sizes {
    /// The length of what it was made from, in bytes.
    pub(super) base: u64,
    /// The length of what it makes.
    pub(super) result: u64,
}

/// The sizes at the beginning of a delta.
pub(super) fn sizes(rest: &mut &[u8]) -> Option<Sizes> {
    Some(Sizes { base: size(rest)?, result: size(rest)? })
}

/// What `delta` makes of `base`, or `None` where it is damaged or its result would have more than `limit` bytes.
pub(super) fn apply(base: &[u8], delta: &[u8], limit: u64) -> Option<Vec<u8>> {
    let mut rest = delta;
    let Sizes { base: length, result } = sizes(&mut rest)?;
    if length != base.len() as u64 || result > limit {
        return None;
    }
    let mut made = Vec::with_capacity(usize::try_from(result.min(FIRST_BUFFER)).ok()?);
    let result = usize::try_from(result).ok()?;
    while let [command] = take(&mut rest, 1).unwrap_or_default() {
        let piece = match command {
            0 => return None,
            new if new & 0x80 == 0 => take(&mut rest, usize::from(*new))?,
            copy => {
                let start = sparse(&mut rest, copy & 0x0f)?;
                let length = match sparse(&mut rest, (copy >> 4) & 0x07)? {
                    0 => 0x1_0000,
                    length => length,
                };
                base.get(start..start.checked_add(length)?)?
            }
        };
        if made.len().checked_add(piece.len())? > result {
            return None;
        }
        made.extend_from_slice(piece);
    }
    (made.len() == result).then_some(made)
}

/// A number whose bytes are written only where `present` has their bit, least significant first.
fn sparse(rest: &mut &[u8], present: u8) -> Option<usize> {
    let mut value = 0_usize;
    for bit in 0..4 {
        if present & (1 << bit) != 0 {
            let [byte] = take(rest, 1)? else { return None };
            value |= usize::from(*byte) << (8 * bit);
        }
    }
    Some(value)
}

/// A number of seven bits a byte, least significant first.
pub(super) fn size(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..63).step_by(7) {
        let [byte] = take(rest, 1)? else { return None };
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Sizes, apply, sizes};

    /// Copies `3..6` of ten bytes, adds `xy`, and copies all.
    const DELTA: &[u8] = &[10, 15, 0x91, 3, 3, 2, b'x', b'y', 0x90, 10];
    const BASE: &[u8] = b"0123456789";

    #[test]
    fn pieces_and_new_bytes_make_an_object() {
        assert_eq!(sizes(&mut &DELTA[..]), Some(Sizes { base: 10, result: 15 }));
        assert_eq!(apply(BASE, DELTA, 15).unwrap(), b"345xy0123456789");
        // A length of nothing is 64 KiB.
        let base = vec![b'a'; 0x1_0001];
        assert_eq!(apply(&base, &[0x81, 0x80, 4, 0x80, 0x80, 4, 0x80], u64::MAX).unwrap(), base[..0x1_0000]);
    }

    #[test]
    fn lies_make_nothing() {
        let cases: [(&str, &[u8], u64); 7] = [
            ("over the limit", DELTA, 14),
            ("another base", &[11, 3, 0x90, 3], 99),
            ("beyond the base", &[10, 3, 0x91, 8, 3], 99),
            ("shorter than it says", &[10, 4, 0x90, 3], 99),
            ("longer than it says", &[10, 2, 0x90, 3], 99),
            ("a command that is reserved", &[10, 1, 0], 99),
            ("a size without end", &[0x80; 20], 99),
        ];
        for (name, delta, limit) in cases {
            assert_eq!(apply(BASE, delta, limit), None, "{name}");
        }
        for cut in 0..DELTA.len() {
            assert_eq!(apply(BASE, &DELTA[..cut], 99), None, "cut at {cut}");
        }
    }
}
