//! The reader: one pass over the bytes, with a stack of its own, so that depth costs no stack of the thread.

use std::collections::HashSet;

use engine_model::{Builder, Entry, NodeId, ScalarStyle, Span, Text};

use super::problem::{Expected, Problem, missing, spot};
use super::{MAX_DEPTH, text};

/// Objects of at most this many members have their keys compared pair by pair.
const SMALL: usize = 32;

/// An array or an object that is not closed yet.
#[derive(Clone, Copy, Debug)]
struct Open {
    object: bool,
    start: u32,
    /// Where its children begin among those of all that is open.
    first: usize,
    /// Where its keys begin among those of all that is open.
    first_key: usize,
    /// Whether a key has an escape in it.
    escaped: bool,
}

pub(super) struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    builder: Builder,
    open: Vec<Open>,
    /// Children of all that is open, with the byte that each ends at; those of an object are keys and values in turn.
    children: Vec<(NodeId, u32)>,
    /// Keys of all that is open, as they are written.
    keys: Vec<&'t [u8]>,
    items: Vec<NodeId>,
    entries: Vec<Entry>,
    mappings: Vec<NodeId>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str, start: usize, builder: Builder) -> Self {
        let (open, children, items, entries) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (bytes, keys, mappings) = (text.as_bytes(), Vec::new(), Vec::new());
        Self { text, bytes, at: start, builder, open, children, keys, items, entries, mappings }
    }

    /// The builder, and the objects in which a key may stand twice.
    pub(super) fn into_parts(self) -> (Builder, Vec<NodeId>) {
        (self.builder, self.mappings)
    }

    /// Reads one value.
    pub(super) fn run(&mut self) -> Result<NodeId, Problem> {
        let mut expected = Expected::Document;
        let mut comma = None;
        loop {
            self.blanks();
            let mut node = match self.peek() {
                Some(b'"') => self.string()?.0,
                Some(b'{') => {
                    self.enter(true)?;
                    self.blanks();
                    if self.peek() != Some(b'}') {
                        self.key(Expected::FirstKey, None)?;
                        expected = Expected::Value;
                        continue;
                    }
                    self.leave()
                }
                Some(b'[') => {
                    self.enter(false)?;
                    self.blanks();
                    if self.peek() != Some(b']') {
                        expected = Expected::Item;
                        continue;
                    }
                    self.leave()
                }
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(b't') => self.word("true", expected)?,
                Some(b'f') => self.word("false", expected)?,
                Some(b'n') => self.word("null", expected)?,
                _ => return Err(self.missing(expected, comma)),
            };
            // The value is there: close what it closes, up to the next `,`.
            loop {
                let Some(open) = self.open.last().copied() else { return Ok(node) };
                self.children.push((node, offset(self.at)));
                self.blanks();
                match (self.peek(), open.object) {
                    (Some(b'}'), true) | (Some(b']'), false) => node = self.leave(),
                    (Some(b','), object) => {
                        comma = Some(self.at);
                        self.bump();
                        if object {
                            self.blanks();
                            self.key(Expected::NextKey, comma)?;
                        }
                        expected = if object { Expected::Value } else { Expected::NextItem };
                        break;
                    }
                    (_, true) => return Err(self.missing(Expected::MemberEnd, None)),
                    (_, false) => return Err(self.missing(Expected::ItemEnd, None)),
                }
            }
        }
    }

    /// Whether nothing follows the value.
    pub(super) fn rest(&mut self) -> Result<(), Problem> {
        self.blanks();
        if self.peek().is_none() { Ok(()) } else { Err(self.missing(Expected::End, None)) }
    }

    /// What is complete of the outermost value.
    pub(super) fn salvage(&mut self) -> Option<NodeId> {
        let mut inner: Option<(NodeId, u32)> = None;
        while let Some(open) = self.open.last().copied() {
            self.children.extend(inner);
            if open.object && self.children.len().saturating_sub(open.first) % 2 == 1 {
                self.children.pop();
            }
            let last = self.children.get(open.first..).and_then(<[_]>::last);
            let end = last.map_or(open.start.saturating_add(1), |(_, end)| *end);
            inner = Some((self.close(end), end));
        }
        inner.map(|(node, _)| node)
    }

    fn missing(&self, expected: Expected, comma: Option<usize>) -> Problem {
        missing(self.text, self.at, expected, comma, self.open.last().map(|open| open.start))
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn bump(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.bump();
        }
    }

    fn enter(&mut self, object: bool) -> Result<(), Problem> {
        if self.open.len() >= MAX_DEPTH {
            let message = format!("nested more than {MAX_DEPTH} levels deep");
            return Err(Problem::new(Span::from_range(self.at..self.at.saturating_add(1)), message));
        }
        let (start, first, first_key) = (offset(self.at), self.children.len(), self.keys.len());
        self.open.push(Open { object, start, first, first_key, escaped: false });
        self.bump();
        Ok(())
    }

    fn leave(&mut self) -> NodeId {
        self.bump();
        self.close(offset(self.at))
    }

    fn close(&mut self, end: u32) -> NodeId {
        let Some(open) = self.open.pop() else { return self.builder.null(Span::default()) };
        let span = Span::new(open.start, end);
        let children = self.children.drain(open.first..);
        if !open.object {
            self.items.clear();
            self.items.extend(children.map(|(node, _)| node));
            return self.builder.sequence(span, &self.items);
        }
        self.entries.clear();
        let mut key = None;
        for (node, _) in children {
            match key.take() {
                None => key = Some(node),
                Some(key) => self.entries.push(Entry { key, value: node }),
            }
        }
        let node = self.builder.mapping(span, &self.entries);
        let keys = self.keys.get(open.first_key..).unwrap_or(&[]);
        if open.escaped || may_repeat(keys) {
            self.mappings.push(node);
        }
        self.keys.truncate(open.first_key);
        node
    }

    /// A key and its `:`.
    fn key(&mut self, expected: Expected, comma: Option<usize>) -> Result<(), Problem> {
        if self.peek() != Some(b'"') {
            return Err(self.missing(expected, comma));
        }
        let start = self.at;
        let (key, escaped) = self.string()?;
        self.children.push((key, offset(self.at)));
        self.keys.push(self.bytes.get(start..self.at).unwrap_or(&[]));
        if let Some(open) = self.open.last_mut().filter(|_| escaped) {
            open.escaped = true;
        }
        self.blanks();
        if self.peek() != Some(b':') {
            return Err(self.missing(Expected::Colon, None));
        }
        self.bump();
        Ok(())
    }

    /// A text, and whether it has an escape in it.
    fn string(&mut self) -> Result<(NodeId, bool), Problem> {
        let start = self.at;
        let mut at = start.saturating_add(1);
        let mut escaped = false;
        loop {
            at = at.saturating_add(text::plain(self.bytes, at));
            match self.bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    // What is escaped may be a character of several bytes: the rest of it is no quote.
                    at = at.saturating_add(2);
                }
                Some(_) => {
                    let here = Span::from_range(at..at.saturating_add(1));
                    let problem = match self.bytes.get(at) {
                        Some(b'\n' | b'\r') => Problem::new(Span::from_range(at..at), "a line ends inside a text")
                            .help("close the quote, or write the line break as `\\n`"),
                        _ => Problem::new(here, "a control character inside a text").help("write it as an escape"),
                    };
                    return Err(problem.opened(offset(start)));
                }
                None => {
                    let end = Span::from_range(self.bytes.len()..self.bytes.len());
                    let problem = Problem::new(end, "the text ends here, and its last quote is not closed");
                    return Err(problem.opened(offset(start)));
                }
            }
        }
        let inner = Span::from_range(start.saturating_add(1)..at);
        let text = if escaped {
            let (decoded, map) = text::decode(self.text, inner)?;
            Text::Decoded(decoded, map)
        } else {
            Text::Source(inner)
        };
        self.at = at.saturating_add(1);
        let span = Span::from_range(start..self.at);
        Ok((self.builder.scalar(span, ScalarStyle::DoubleQuoted, text), escaped))
    }

    fn number(&mut self) -> Result<NodeId, Problem> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.bump();
        }
        let zero = self.peek() == Some(b'0');
        let whole = self.digits();
        let mut good = whole > 0 && (!zero || whole == 1);
        if self.peek() == Some(b'.') {
            self.bump();
            good &= self.digits() > 0;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.bump();
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.bump();
            }
            good &= self.digits() > 0;
        }
        if !good {
            let message = match zero && whole > 1 {
                true => "a number does not begin with a zero in JSON",
                false => "digits are missing in this number",
            };
            return Err(Problem::new(spot(self.text, start), message));
        }
        Ok(self.plain(start))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.bump();
        }
        self.at.saturating_sub(start)
    }

    fn word(&mut self, word: &str, expected: Expected) -> Result<NodeId, Problem> {
        let start = self.at;
        let end = start.saturating_add(word.len());
        let longer = self.bytes.get(end).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        if longer || self.bytes.get(start..end) != Some(word.as_bytes()) {
            return Err(self.missing(expected, None));
        }
        self.at = end;
        Ok(self.plain(start))
    }

    fn plain(&mut self, start: usize) -> NodeId {
        let span = Span::from_range(start..self.at);
        self.builder.scalar(span, ScalarStyle::Plain, Text::Source(span))
    }
}

/// Whether two keys are written alike.
fn may_repeat(keys: &[&[u8]]) -> bool {
    if keys.len() > SMALL {
        let mut seen = HashSet::with_capacity(keys.len());
        return !keys.iter().all(|key| seen.insert(*key));
    }
    keys.iter().enumerate().any(|(index, key)| keys.iter().take(index).any(|before| before == key))
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
