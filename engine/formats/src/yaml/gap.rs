//! What stands between two tokens: white space, comments, properties, indicators. Events name no indicator, and a
//! block scalar's span begins only after its own.

/// The first byte in `from..to` that is in `wanted` and belongs to no comment, tag or anchor.
///
/// `from..to` must hold nothing else than white space, comments, properties and indicators.
pub(super) fn find(text: &str, from: usize, to: usize, wanted: &[u8]) -> Option<usize> {
    let gap = text.as_bytes().get(from..to)?;
    let mut at = 0;
    while let Some(byte) = gap.get(at).copied() {
        if wanted.contains(&byte) {
            return Some(from + at);
        }
        let rest = gap.get(at..)?;
        at += match byte {
            b'#' => rest.iter().position(|b| matches!(b, b'\n' | b'\r'))?,
            b'!' | b'&' => rest.iter().position(u8::is_ascii_whitespace)?,
            _ => 1,
        };
    }
    None
}

/// The end of the line that `at` stands in, its break not counted, and the start of the next one.
pub(super) fn line_end(text: &str, at: usize) -> (usize, usize) {
    let rest = text.as_bytes().get(at..).unwrap_or(&[]);
    let end = at + rest.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(rest.len());
    (end, end + line_break(text, end))
}

/// How many bytes the line break at `at` has: 2 for CRLF, 0 where there is none.
pub(super) fn line_break(text: &str, at: usize) -> usize {
    match text.as_bytes().get(at..).unwrap_or(&[]) {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{find, line_end};

    #[test]
    fn an_indicator_is_found_past_comments_and_properties() {
        let text = "k: !a|b &c>d # >\n  | # |\n";
        assert_eq!(find(text, 1, text.len(), b"|>"), text.find("| # |"));
        assert_eq!(find(text, 1, 4, b"|>"), None);
        assert_eq!(find(text, 9, 2, b"|>"), None);
    }

    #[test]
    fn a_line_ends_before_its_break() {
        assert_eq!(line_end("a\r\nb", 0), (1, 3));
        assert_eq!(line_end("a\r\nb", 3), (4, 4));
    }
}
