//! Texts that differ from a source in one edit, always the same ones.

use std::collections::BTreeSet;

/// A text that was made.
pub(super) struct Mutant {
    /// The text.
    pub(super) text: String,
    /// Which source it was made from.
    pub(super) source: usize,
    /// What was done: ``line 3: deleted `=` ``.
    pub(super) edit: String,
}

/// What is put in, or in the place of something.
const PIECES: [&str; 56] = [
    "\"", "\"x\"", "\"${", "${", "%{", "$${", "{", "}", "[", "]", "(", ")", "=", "==", "=>", ",", ".", "..", "...",
    "?", ":", ";", "::", "!", "-", "+", "*", "/", "%", "&&", "||", "<", ">", "|", "&", "\\", "'", "`", "@", "#", "//",
    "/*", "*/", "<<EOT", "<<-EOT\n", "\n", " ", "\t", "\r", "null", "for", "1", "0x1", "1.5e3", "a", "\u{e9}",
];

/// `count` different texts, each one edit away from one of `sources`, which hold the larger part of it.
pub(super) fn made(sources: &[&str], count: usize) -> Vec<Mutant> {
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let mut known: BTreeSet<String> = sources.iter().map(|source| (*source).to_owned()).collect();
    let total: usize = sources.iter().map(|source| source.len()).sum();
    let mut made = Vec::new();
    // Where nearly everything is made already, what is left is hard to hit.
    let tries = count.saturating_mul(50);
    for _ in 0..tries {
        if made.len() == count {
            break;
        }
        let mut at = dice.below(total);
        for (source, text) in sources.iter().enumerate() {
            if at >= text.len() {
                at = at.saturating_sub(text.len());
                continue;
            }
            let (text, edit) = edited(text, at, &mut dice);
            if known.insert(text.clone()) {
                made.push(Mutant { text, source, edit });
            }
            break;
        }
    }
    made
}

/// A text with one edit at the token, or the character, at byte `at`, and what was done.
fn edited(text: &str, at: usize, dice: &mut Dice) -> (String, String) {
    let spans = if dice.below(3) == 0 { characters(text) } else { tokens(text) };
    let place = spans.iter().position(|(start, end)| (*start..*end).contains(&at)).unwrap_or_default();
    let piece = |place: usize| spans.get(place).and_then(|(start, end)| text.get(*start..*end)).unwrap_or_default();
    let (start, end) = spans.get(place).copied().unwrap_or_default();
    let before = text.get(..start).unwrap_or_default();
    let after = text.get(end..).unwrap_or_default();
    let (this, other) = (piece(place), PIECES.get(dice.below(PIECES.len())).copied().unwrap_or_default());
    let line = before.matches('\n').count().saturating_add(1);
    let (middle, edit) = match dice.below(5) {
        0 => (String::new(), format!("deleted {this:?}")),
        1 => (format!("{this}{this}"), format!("doubled {this:?}")),
        2 => (format!("{other}{this}"), format!("put {other:?} before {this:?}")),
        3 => (other.to_owned(), format!("put {other:?} in the place of {this:?}")),
        _ => {
            // Another token of the same text in its place.
            let other = piece(dice.below(spans.len()));
            (other.to_owned(), format!("put {other:?} in the place of {this:?}"))
        }
    };
    (format!("{before}{middle}{after}"), format!("line {line}: {edit}"))
}

fn characters(text: &str) -> Vec<(usize, usize)> {
    text.char_indices().map(|(at, c)| (at, at.saturating_add(c.len_utf8()))).collect()
}

/// Words, runs of blanks, and every other character by itself.
fn tokens(text: &str) -> Vec<(usize, usize)> {
    let kind = |c: char| match c {
        _ if c.is_alphanumeric() || c == '_' || c == '-' => 1,
        ' ' => 2,
        _ => 0,
    };
    let mut tokens: Vec<(usize, usize)> = Vec::new();
    let mut last = 0;
    for (at, c) in text.char_indices() {
        let end = at.saturating_add(c.len_utf8());
        match tokens.last_mut() {
            Some(token) if kind(c) == last && last != 0 => token.1 = end,
            _ => tokens.push((at, end)),
        }
        last = kind(c);
    }
    tokens
}

/// Numbers that look like chance and are always the same: Marsaglia's xorshift.
struct Dice(u64);

impl Dice {
    /// A number below `bound`; 0 where that is 0.
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default().checked_rem(bound).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{made, tokens};

    #[test]
    fn texts_are_many_and_different_and_always_the_same() {
        let sources = ["a = 1\n", "resource \"b\" \"c\" {\n  d = [e.f, \"${g}\"]\n}\n"];
        let texts = |count| made(&sources, count).into_iter().map(|mutant| mutant.text).collect::<Vec<_>>();
        let first = texts(1_000);
        assert_eq!(first.len(), 1_000);
        assert!(first.iter().all(|text| !sources.contains(&text.as_str())));
        assert_eq!(first, texts(1_000));
        // A part is the beginning of the whole.
        assert!(first.starts_with(&texts(100)));
    }

    #[test]
    fn a_source_that_gives_no_more_is_no_endless_loop() {
        assert!(made(&["a"], 2_000).len() < 1_000);
        assert!(made(&[""], 10).is_empty() && made(&[], 10).is_empty());
    }

    #[test]
    fn tokens_hold_the_whole_text() {
        let text = "a_1 = \"${b}\"\n  \u{e9}\u{20ac}";
        let pieces: Vec<&str> = tokens(text).iter().map(|(start, end)| text.get(*start..*end).unwrap()).collect();
        assert_eq!(pieces, ["a_1", " ", "=", " ", "\"", "$", "{", "b", "}", "\"", "\n", "  ", "\u{e9}", "\u{20ac}"]);
        assert_eq!(pieces.concat(), text);
    }
}
