//! What the parser refuses: known gaps are bridged, and the rest is read piece by piece.
//!
//! Every change is made to a copy of the same length, so that spans hold; nodes take their text from the original.

use std::collections::HashSet;
use std::ops::Range;

use hcl_edit::parser::{self, Error};
use hcl_edit::structure::{Body, Structure};

use super::scan::{self, Item};

/// What is wrong with a text, and where.
#[derive(Debug)]
pub(super) struct Fault {
    /// Bytes of the text.
    pub(super) at: Range<usize>,
    /// One sentence.
    pub(super) message: String,
    /// Whether it is a key that stands twice, which Terraform accepts.
    pub(super) duplicate: bool,
}

/// The longest message that is shown, in characters.
const MAX_MESSAGE: usize = 200;

/// How often one item may be parsed again with another key out of the way.
const MAX_RENAMES: usize = 64;

/// The body of all of `text` from byte `start` on.
pub(super) fn whole(text: &str, start: usize) -> Result<Body, Fault> {
    let source = text.get(start..).unwrap_or("");
    let body = parser::parse_body(source).map_err(|error| fault(source, start, &error))?;
    match scan::refused(text, start) {
        Some(problem) => Err(Fault { at: problem.at, message: problem.message.to_owned(), duplicate: false }),
        None => Ok(body),
    }
}

/// Parses every top-level item alone, hands over what could be read with the byte it begins at, and notes the rest.
///
/// `refused` is why the whole was refused: it is reported where the items alone show nothing wrong.
pub(super) fn piecewise(
    text: &str,
    start: usize,
    refused: Fault,
    faults: &mut Vec<Fault>,
    mut read: impl FnMut(&Body, usize),
) {
    let mut names: HashSet<String> = HashSet::new();
    let mut bridged = false;
    // Parsing again is paid from one purse, so that many broken items cost no more than a few whole passes.
    let mut purse = text.len().saturating_mul(8).saturating_add(1 << 16);
    for item in scan::items(text, start) {
        let source = text.get(item.range.clone()).unwrap_or("");
        let base = item.range.start;
        let mut duplicates = Vec::new();
        match bridge(source, &item, &mut purse, &mut duplicates) {
            Ok((body, changed)) => {
                if let Some(problem) = item.refused {
                    faults.push(Fault { at: problem.at, message: problem.message.to_owned(), duplicate: false });
                    continue;
                }
                bridged |= changed;
                faults.append(&mut duplicates);
                for attribute in body.iter().filter_map(Structure::as_attribute) {
                    let name = attribute.key.as_str();
                    if !names.insert(name.to_owned()) {
                        let at = base..base.saturating_add(name.len());
                        let message = format!("`{name}` is set twice, which Terraform refuses");
                        faults.push(Fault { at, message, duplicate: false });
                    }
                }
                read(&body, base);
            }
            Err(error) => faults.push(match item.problem {
                Some(problem) => Fault { at: problem.at, message: problem.message.to_owned(), duplicate: false },
                None => fault(source, base, &error),
            }),
        }
    }
    if faults.is_empty() && !bridged {
        faults.push(refused);
    }
}

/// Parses one item, around what the parser refuses and Terraform accepts. Says whether that was needed.
fn bridge(source: &str, item: &Item, purse: &mut usize, duplicates: &mut Vec<Fault>) -> Result<(Body, bool), Error> {
    let mut copy: Option<String> = None;
    let mut folded = item.folds.is_empty();
    loop {
        let error = match parser::parse_body(copy.as_deref().unwrap_or(source)) {
            Ok(body) => return Ok((body, copy.is_some())),
            Err(error) => error,
        };
        let Some(left) = purse.checked_sub(source.len()) else { return Err(error) };
        *purse = left;
        let text = copy.take().unwrap_or_else(|| source.to_owned());
        if error.message().contains("redefined object key") && duplicates.len() < MAX_RENAMES {
            let at = error.location().offset();
            let Some((renamed, key)) = rename(&text, at, duplicates.len()) else { return Err(error) };
            let base = item.range.start;
            let shown = source.get(key.clone()).unwrap_or("").trim_matches(['"', '(', '$', '{', ' ']);
            let message = format!("`{}` stands twice in one object, and the last value counts", shorten(shown));
            let at = key.start.saturating_add(base)..key.end.saturating_add(base);
            duplicates.push(Fault { at, message, duplicate: true });
            copy = Some(renamed);
        } else if !folded {
            folded = true;
            copy = Some(fold(text, item));
        } else {
            return Err(error);
        }
    }
}

/// The same text with the line breaks and comments inside `{ for … }` blanked.
fn fold(text: String, item: &Item) -> String {
    let mut bytes = text.into_bytes();
    for fold in &item.folds {
        let range = fold.start.saturating_sub(item.range.start)..fold.end.saturating_sub(item.range.start);
        if let Some(bytes) = bytes.get_mut(range) {
            bytes.fill(b' ');
        }
    }
    // Whole characters were replaced, so this is still text.
    String::from_utf8(bytes).unwrap_or_default()
}

/// The same text with another key of the same length at `at`, and where that key stands. What is changed is the first
/// word of the key, be it bare, in quotes, in parentheses or in an interpolation.
fn rename(text: &str, at: usize, turn: usize) -> Option<(String, Range<usize>)> {
    let rest = text.get(at..)?;
    let word = rest.trim_start_matches(['"', '(', '$', '{', ' ', '\t']);
    let head = rest.len().saturating_sub(word.len());
    let quoted = rest.get(..head)?.ends_with('"');
    let in_word = |c: char| if quoted { !"\"$%\\\n".contains(c) } else { c.is_alphanumeric() || "_-".contains(c) };
    let len = word.find(|c: char| !in_word(c)).filter(|len| *len > 0)?;
    let (start, end) = (at.saturating_add(head), at.saturating_add(head).saturating_add(len));
    let renamed = format!("{}{}{}", text.get(..start)?, fresh_name(len, turn), text.get(end..)?);
    let whole = at..end.saturating_add(usize::from(quoted && head == 1 && text.get(end..)?.starts_with('"')));
    Some((renamed, whole))
}

/// A name of `len` bytes that no other turn gives and that nobody writes.
fn fresh_name(len: usize, turn: usize) -> String {
    const LETTERS: &[u8] = b"QZXJVKWYqzxjvkwyUOIEAuoieaBCDFGHLMNPRSTbcdfghlmnprst_";
    let mut number = turn;
    let mut name = String::with_capacity(len);
    for _ in 0..len {
        let letter = LETTERS.get(number.checked_rem(LETTERS.len()).unwrap_or(0)).copied().unwrap_or(b'Q');
        name.push(char::from(letter));
        number = number.checked_div(LETTERS.len()).unwrap_or(0);
    }
    name
}

fn fault(source: &str, base: usize, error: &Error) -> Fault {
    let offset = error.location().offset();
    let first = source.lines().next().unwrap_or("").trim_end();
    if first.ends_with('=') && first.len() == source.trim_end().len() {
        let end = base.saturating_add(first.len());
        return Fault { at: end.saturating_sub(1)..end, message: "no value follows".to_owned(), duplicate: false };
    }
    if offset == 0 {
        // The parser gave the whole of it up, and does not say where.
        let message = "this is neither a block nor an attribute that can be read".to_owned();
        return Fault { at: base..base.saturating_add(first.len()), message, duplicate: false };
    }
    let here = source.get(offset..).and_then(|rest| rest.chars().next());
    // At a line's end there is nothing to underline: the place is the end of what stands before it.
    let len = here.filter(|c| !c.is_control()).map_or(0, char::len_utf8);
    let start = base.saturating_add(offset);
    Fault { at: start..start.saturating_add(len), message: plain(error.message()), duplicate: false }
}

/// The parser's message in plain words.
pub(super) fn plain(message: &str) -> String {
    if message.contains("at most 64 nested levels") {
        return "more than 64 levels are nested here".to_owned();
    }
    if message.contains("chained binary operators") {
        return "more than 128 operators follow each other here".to_owned();
    }
    if message.contains("redefined attribute") {
        return "this attribute is set twice, which Terraform refuses".to_owned();
    }
    match message.split_once("expected ") {
        Some((_, expected)) => format!("this is not HCL: expected {expected}"),
        None => "this is not HCL".to_owned(),
    }
}

/// At most so much of a text as a message may hold.
pub(super) fn shorten(text: &str) -> String {
    let text = text.lines().next().unwrap_or("");
    let mut kept: String = text.chars().take(MAX_MESSAGE).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    kept
}
