//! Texts in quotes: where they end, and what their escapes stand for.

use engine_model::{Span, TextMap};

use super::problem::Problem;

/// Every byte of a word is this one.
const ONES: u64 = u64::MAX / 255;

/// The highest bit of every byte.
const HIGH: u64 = ONES * 128;

/// How many bytes from `at` on are neither a quote, nor a `\`, nor a control character.
pub(super) fn plain(bytes: &[u8], at: usize) -> usize {
    let mut end = at;
    // Eight bytes at once; the lowest byte that is marked is marked truly.
    while let Some(word) = bytes.get(end..end.saturating_add(8)).and_then(|word| <[u8; 8]>::try_from(word).ok()) {
        let word = u64::from_le_bytes(word);
        let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
        let control = word.wrapping_sub(ONES * 32) & !word & HIGH;
        let marked = zero(word ^ (ONES * u64::from(b'"'))) | zero(word ^ (ONES * u64::from(b'\\'))) | control;
        if marked != 0 {
            return end.saturating_add((marked.trailing_zeros() / 8) as usize).saturating_sub(at);
        }
        end = end.saturating_add(8);
    }
    while bytes.get(end).is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..=31)) {
        end = end.saturating_add(1);
    }
    end.saturating_sub(at)
}

/// What the bytes of `text` under `inner`, which stand between quotes, stand for, with the way back.
///
/// # Errors
/// An escape that JSON does not have, or half of a surrogate pair.
pub(crate) fn decode(text: &str, inner: Span) -> Result<(String, TextMap), Problem> {
    let mut rest = text.get(inner.range()).unwrap_or("");
    let mut at = inner.start;
    let mut decoded = String::with_capacity(rest.len());
    let mut map = TextMap::default();
    while !rest.is_empty() {
        let len = rest.find('\\').unwrap_or(rest.len());
        let (verbatim, tail) = rest.split_at_checked(len).unwrap_or((rest, ""));
        decoded.push_str(verbatim);
        let end = at.saturating_add(size(len));
        map.push(size(len), Span::new(at, end));
        at = end;
        rest = tail;
        if rest.is_empty() {
            break;
        }
        let (found, len) = escape(rest, at)?;
        let end = at.saturating_add(size(len));
        decoded.push(found);
        map.push(size(found.len_utf8()), Span::new(at, end));
        at = end;
        rest = rest.get(len..).unwrap_or("");
    }
    Ok((decoded, map))
}

/// The character of the escape that `rest` begins with at byte `at`, and how many bytes it is written as.
fn escape(rest: &str, at: u32) -> Result<(char, usize), Problem> {
    let short = match rest.as_bytes().get(1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode(rest, at),
        _ => {
            let shown: String = rest.chars().take(2).filter(|c| !c.is_control()).collect();
            let span = Span::new(at, at.saturating_add(size(shown.len())));
            return Err(Problem::new(span, format!("`{shown}` is no escape in JSON")).help("write `\\\\` for a `\\`"));
        }
    };
    Ok((short, 2))
}

fn unicode(rest: &str, at: u32) -> Result<(char, usize), Problem> {
    let place = |len: u32| Span::new(at, at.saturating_add(len));
    let Some(first) = unit(rest) else {
        return Err(Problem::new(place(2), "`\\u` needs four hexadecimal digits"));
    };
    if let Some(found) = char::from_u32(first) {
        return Ok((found, 6));
    }
    let second = rest.get(6..).filter(|rest| rest.starts_with("\\u")).and_then(unit);
    let low = second.filter(|second| first < 0xdc00 && (0xdc00..0xe000).contains(second));
    let found = low.and_then(|low| {
        let high = first.checked_sub(0xd800)?.checked_mul(0x400)?;
        char::from_u32(high.checked_add(low.checked_sub(0xdc00)?)?.checked_add(0x1_0000)?)
    });
    match found {
        Some(found) => Ok((found, 12)),
        None => Err(Problem::new(place(6), "half of a surrogate pair, and the other half does not follow")),
    }
}

/// The number that a `\uXXXX` stands for.
fn unit(rest: &str) -> Option<u32> {
    let digits = rest.get(2..6).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

fn size(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
