//! Texts with holes: bytes that something else fills in before a shell reads them.

use engine_model::Span;

use super::word::Word;
use super::{Script, reader};

/// What stands in a hole while the text is read: nothing that means anything to a shell, one byte long.
pub(super) const FILLER: char = '\u{1a}';

/// Reads a text in which the bytes of `holes` are not the shell's.
pub(super) fn parse(text: &str, holes: &[Span]) -> Script {
    let mut filled = String::with_capacity(text.len());
    for hole in holes {
        let (start, end) = (hole.start as usize, hole.end as usize);
        filled.push_str(text.get(filled.len()..start).unwrap_or(""));
        filled.extend(std::iter::repeat_n(FILLER, end.saturating_sub(filled.len())));
    }
    filled.push_str(text.get(filled.len()..).unwrap_or(""));
    let mut script = reader::parse(&filled);
    for command in &mut script.commands {
        let redirects = command.redirects.iter_mut();
        let redirected = redirects.flat_map(|redirect| redirect.body.iter_mut().chain(Some(&mut redirect.target)));
        let assigned = command.assignments.iter_mut().map(|assignment| &mut assignment.value);
        let words: Vec<&mut Word> = command.words.iter_mut().chain(assigned).chain(redirected).collect();
        for word in words {
            word.open(&filled, text);
        }
    }
    script
}

/// The bytes of each run of filler, in order.
pub(super) fn runs(filled: &str) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::new();
    for (at, _) in filled.match_indices(FILLER) {
        let span = Span::from_range(at..at + 1);
        match out.last_mut() {
            Some(last) if last.end == span.start => last.end = span.end,
            _ => out.push(span),
        }
    }
    out
}
