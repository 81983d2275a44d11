//! User text made safe for a terminal: whatever could move the cursor, change a colour or turn the reading direction
//! becomes a visible character. One character stays one character, so that columns hold.

/// The longest message that is shown, in characters.
const MAX_MESSAGE: usize = 2000;

/// The character to show for `c`; tabs stay.
pub(crate) fn character(c: char) -> char {
    match c {
        '\t' => c,
        '\0'..='\x1f' => char::from_u32(0x2400_u32.saturating_add(c.into())).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        // Controls of the second set, marks of direction and of no width, line separators, tags.
        '\u{80}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => '\u{fffd}',
        c => c,
    }
}

/// `text` in one line: line ends and tabs are spaces, and what is very long is cut.
pub(crate) fn line(text: &str) -> String {
    let shown = |c: char| if matches!(c, '\n' | '\t') { ' ' } else { character(c) };
    let mut line: String = text.trim().chars().filter(|c| *c != '\r').take(MAX_MESSAGE).map(shown).collect();
    if text.chars().nth(MAX_MESSAGE).is_some() {
        line.push('…');
    }
    line
}

/// `text` with its lines kept, without the line ends.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = String> {
    text.lines().map(|line| line.chars().map(character).collect())
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        let hostile: String = (0..=0x1_0000_u32).chain(0xe_0000..0xe_0100).filter_map(char::from_u32).collect();
        let pieces: Vec<char> = hostile.chars().collect();
        for piece in pieces.chunks(1000) {
            let shown = line(&piece.iter().collect::<String>());
            assert!(
                !shown.contains(
                    |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
                )
            );
        }
        assert_eq!(line("a\x1b[31mb\r\nc\u{9b}m"), "a␛[31mb c\u{fffd}m");
    }

    #[test]
    fn what_is_very_long_is_cut() {
        assert_eq!(line(&"é".repeat(3000)).chars().count(), 2001);
    }
}
