//! JSON from a reader, structure by structure, in a window that moves along: what is skipped is never held, what is
//! captured is held alone.
//!
//! Brackets, commas, colons and the ends of strings are checked everywhere. Strings are not decoded here, numbers and
//! words not judged: whoever takes a captured text does that.

use std::io::Read;

use engine_model::{LineColumn, Start};

use super::{Broken, MAX_FIELD_BYTES, Piece};

/// How much is read at once.
const WINDOW: usize = 64 << 10;

/// Arrays and objects inside each other.
const MAX_DEPTH: usize = 512;

/// A place in a file that is not held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Bytes before it.
    pub byte: u64,
    /// Line and column, from one; the column in characters.
    pub at: LineColumn,
}

impl Position {
    pub(super) fn of(start: Start) -> Self {
        Self { byte: start.byte, at: start.at }
    }

    /// The same place as the start of a part.
    #[must_use]
    pub fn start(self) -> Start {
        Start { byte: self.byte, at: self.at }
    }

    /// The place after `bytes`.
    fn after(self, bytes: &[u8]) -> Self {
        let characters = |bytes: &[u8]| {
            let begins = bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
            u32::try_from(begins).unwrap_or(u32::MAX)
        };
        let byte = self.byte.saturating_add(bytes.len() as u64);
        let at = match memchr::memrchr(b'\n', bytes) {
            None => LineColumn { line: self.at.line, column: self.at.column.saturating_add(characters(bytes)) },
            Some(last) => {
                let lines = u32::try_from(memchr::memchr_iter(b'\n', bytes).count()).unwrap_or(u32::MAX);
                let rest = bytes.get(last.saturating_add(1)..).unwrap_or(&[]);
                let column = characters(rest).saturating_add(1);
                LineColumn { line: self.at.line.saturating_add(lines), column }
            }
        };
        Self { byte, at }
    }
}

/// A reader of JSON text.
pub(super) struct Scanner<R> {
    source: R,
    window: Vec<u8>,
    /// The next byte, in the window.
    next: usize,
    /// How much of the window is filled.
    filled: usize,
    /// Where the value that is being captured begins in the window.
    kept: Option<usize>,
    /// How much of the window may be kept.
    limit: usize,
    what: &'static str,
    /// The place of byte `counted` of the window.
    position: Position,
    counted: usize,
    finished: bool,
}

type Result<T> = std::result::Result<T, Broken>;

impl<R: Read> Scanner<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            window: vec![0; WINDOW],
            next: 0,
            filled: 0,
            kept: None,
            limit: MAX_FIELD_BYTES,
            what: "a field",
            position: Position { byte: 0, at: Start::FILE.at },
            counted: 0,
            finished: false,
        }
    }

    /// Reads more; says whether there was any.
    #[cold]
    fn fill(&mut self) -> Result<bool> {
        if self.finished {
            return Ok(false);
        }
        let from = self.kept.unwrap_or(self.next);
        self.count(from);
        if from > 0 {
            self.window.copy_within(from..self.filled, 0);
            self.filled = self.filled.saturating_sub(from);
            self.next = self.next.saturating_sub(from);
            self.counted = self.counted.saturating_sub(from);
            self.kept = self.kept.map(|_| 0);
        }
        if self.kept.is_some() && self.filled > self.limit {
            let at = self.position;
            return Err(Broken::TooLarge { what: self.what, limit: self.limit, at });
        }
        if self.window.len().saturating_sub(self.filled) < WINDOW / 2 {
            self.window.resize(self.window.len().saturating_mul(2), 0);
        } else if self.kept.is_none() && self.window.len() > WINDOW.saturating_mul(16) {
            // One large piece is over: its memory goes back.
            self.window.truncate(WINDOW.max(self.filled.saturating_mul(2)));
            self.window.shrink_to_fit();
        }
        loop {
            let room = self.window.get_mut(self.filled..).unwrap_or(&mut []);
            match self.source.read(room) {
                Ok(0) => {
                    self.finished = true;
                    return Ok(false);
                }
                Ok(read) => {
                    self.filled = self.filled.saturating_add(read);
                    return Ok(true);
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Broken::Unread(error.to_string())),
            }
        }
    }

    /// Moves the counted place up to byte `to` of the window.
    fn count(&mut self, to: usize) {
        if let Some(bytes) = self.window.get(self.counted..to) {
            self.position = self.position.after(bytes);
            self.counted = to;
        }
    }

    /// The place of the next byte.
    pub(super) fn here(&self) -> Position {
        self.window.get(self.counted..self.next).map_or(self.position, |bytes| self.position.after(bytes))
    }

    fn fail<T>(&self, message: impl Into<String>) -> Result<T> {
        Err(Broken::Json { message: message.into(), at: self.here() })
    }

    /// The next byte that is no white space, not taken; `None` at the end.
    #[inline]
    pub(super) fn peek(&mut self) -> Result<Option<u8>> {
        loop {
            let rest = self.window.get(self.next..self.filled).unwrap_or(&[]);
            match rest.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
                Some(blank) => {
                    self.next = self.next.saturating_add(blank);
                    return Ok(rest.get(blank).copied());
                }
                None => {
                    self.next = self.filled;
                    if !self.fill()? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    fn take(&mut self) {
        self.next = self.next.saturating_add(1);
    }

    pub(super) fn byte_order_mark(&mut self) -> Result<()> {
        while self.filled < 4 && self.fill()? {}
        match self.window.get(..self.filled) {
            Some([0xef, 0xbb, 0xbf, ..]) => {
                self.next = 3;
                self.counted = 3;
                self.position.byte = 3;
                Ok(())
            }
            Some([0xff, 0xfe, ..] | [0xfe, 0xff, ..]) => {
                self.fail("this is UTF-16: write the plan as UTF-8 (PowerShell's `>` does not)")
            }
            _ => Ok(()),
        }
    }

    /// Whatever the file is, it is no JSON object.
    pub(super) fn not_an_object(&mut self) -> Result<()> {
        let other = |what: &str| Err(Broken::Other(what.to_owned()));
        match self.peek()? {
            None => self.fail("the file is empty"),
            Some(b'[') => other("a JSON array"),
            Some(b'P') if self.window.get(self.next..self.next.saturating_add(4)) == Some(b"PK\x03\x04") => {
                other("a binary plan; give it to `terraform show -json` and check what that writes")
            }
            Some(b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => other("a single JSON value"),
            Some(_) => self.fail("this is not JSON: `{` is expected"),
        }
    }

    /// Nothing may follow.
    pub(super) fn end(&mut self) -> Result<()> {
        match self.peek()? {
            None => Ok(()),
            Some(_) => self.fail("something follows the end of the plan"),
        }
    }

    /// The entries of the object that begins here: `entry` gets the key and must take the value.
    pub(super) fn object(&mut self, entry: &mut dyn FnMut(&mut Self, &str) -> Result<()>) -> Result<()> {
        self.take();
        if self.peek()? == Some(b'}') {
            self.take();
            return Ok(());
        }
        loop {
            if self.peek()? != Some(b'"') {
                return self.missing("a key in quotes is expected");
            }
            let key = self.capture("a key", MAX_FIELD_BYTES)?;
            let key: String = serde_json::from_str(key.text).unwrap_or_default();
            if self.peek()? != Some(b':') {
                return self.missing("`:` is expected after a key");
            }
            self.take();
            entry(self, &key)?;
            match self.peek()? {
                Some(b',') => self.take(),
                Some(b'}') => {
                    self.take();
                    return Ok(());
                }
                _ => return self.missing("`,` or `}` is expected"),
            }
            self.peek()?;
        }
    }

    /// The items of the array that begins here: `item` must take one.
    pub(super) fn array(&mut self, item: &mut dyn FnMut(&mut Self) -> Result<()>) -> Result<()> {
        self.take();
        if self.peek()? == Some(b']') {
            self.take();
            return Ok(());
        }
        loop {
            item(self)?;
            match self.peek()? {
                Some(b',') => self.take(),
                Some(b']') => {
                    self.take();
                    return Ok(());
                }
                _ => return self.missing("`,` or `]` is expected"),
            }
        }
    }

    /// What is wrong here: the end of the file, or something else than what is expected.
    pub(super) fn missing<T>(&mut self, expected: &str) -> Result<T> {
        match self.peek()? {
            None => self.fail(format!("the plan ends too early: {expected}")),
            Some(_) => self.fail(format!("this is not JSON: {expected}")),
        }
    }

    /// Takes the value that begins here and gives its text.
    pub(super) fn capture(&mut self, what: &'static str, limit: usize) -> Result<Piece<'_>> {
        self.peek()?;
        self.count(self.next);
        let start = self.position.start();
        (self.kept, self.limit, self.what) = (Some(self.next), limit, what);
        let skipped = self.skip();
        let from = self.kept.take().unwrap_or(self.next);
        skipped?;
        let bytes = self.window.get(from..self.next).unwrap_or(&[]);
        if bytes.len() > limit {
            let at = Position::of(start);
            return Err(Broken::TooLarge { what, limit, at });
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Piece { text, start }),
            Err(error) => {
                let at = Position::of(start).after(bytes.get(..error.valid_up_to()).unwrap_or(&[]));
                Err(Broken::Json { message: "not UTF-8 from here on".to_owned(), at })
            }
        }
    }

    /// Takes the value that begins here.
    pub(super) fn skip(&mut self) -> Result<()> {
        // What each level is: an object where the bit is set.
        let mut levels: Vec<bool> = Vec::new();
        loop {
            // A value begins.
            match self.peek()? {
                Some(open @ (b'{' | b'[')) => {
                    if levels.len() >= MAX_DEPTH {
                        return self.fail(format!("more than {MAX_DEPTH} levels are nested here"));
                    }
                    self.take();
                    let close = if open == b'{' { b'}' } else { b']' };
                    if self.peek()? == Some(close) {
                        self.take();
                    } else {
                        levels.push(open == b'{');
                        if open == b'{' {
                            self.key()?;
                        }
                        continue;
                    }
                }
                Some(b'"') => self.string()?,
                Some(b'-' | b'0'..=b'9' | b'a'..=b'z') => self.word()?,
                _ => return self.missing("a value is expected"),
            }
            // A value has ended.
            loop {
                let Some(is_object) = levels.last().copied() else { return Ok(()) };
                match (self.peek()?, is_object) {
                    (Some(b','), _) => {
                        self.take();
                        if is_object {
                            self.key()?;
                        }
                        break;
                    }
                    (Some(b'}'), true) | (Some(b']'), false) => {
                        self.take();
                        levels.pop();
                    }
                    (_, true) => return self.missing("`,` or `}` is expected"),
                    (_, false) => return self.missing("`,` or `]` is expected"),
                }
            }
        }
    }

    fn key(&mut self) -> Result<()> {
        if self.peek()? != Some(b'"') {
            return self.missing("a key in quotes is expected");
        }
        self.string()?;
        if self.peek()? != Some(b':') {
            return self.missing("`:` is expected after a key");
        }
        self.take();
        Ok(())
    }

    /// Takes a string.
    fn string(&mut self) -> Result<()> {
        self.take();
        loop {
            let rest = self.window.get(self.next..self.filled).unwrap_or(&[]);
            match memchr::memchr2(b'"', b'\\', rest) {
                Some(at) if rest.get(at) == Some(&b'"') => {
                    self.next = self.next.saturating_add(at).saturating_add(1);
                    return Ok(());
                }
                Some(at) => {
                    self.next = self.next.saturating_add(at);
                    // The escaped character may be beyond the window.
                    while self.filled.saturating_sub(self.next) < 2 {
                        if !self.fill()? {
                            self.next = self.filled;
                            return self.fail("the plan ends too early: a string has no end");
                        }
                    }
                    self.next = self.next.saturating_add(2);
                }
                None => {
                    self.next = self.filled;
                    if !self.fill()? {
                        return self.fail("the plan ends too early: a string has no end");
                    }
                }
            }
        }
    }

    /// Takes a number, `true`, `false` or `null`.
    fn word(&mut self) -> Result<()> {
        // As much of it as tells a word from another.
        let mut word = Vec::with_capacity(8);
        let mut letters = false;
        loop {
            let rest = self.window.get(self.next..self.filled).unwrap_or(&[]);
            let inside = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
            let end = rest.iter().position(|byte| !inside(byte));
            let taken = rest.get(..end.unwrap_or(rest.len())).unwrap_or(&[]);
            word.extend(taken.iter().take(8_usize.saturating_sub(word.len())));
            letters |= taken.iter().any(|byte| byte.is_ascii_alphabetic() && !matches!(byte, b'e' | b'E'));
            self.next = self.next.saturating_add(taken.len());
            if end.is_some() {
                break;
            }
            if !self.fill()? {
                // Whoever goes on finds the end.
                return Ok(());
            }
        }
        if !letters || matches!(word.as_slice(), b"true" | b"false" | b"null") {
            return Ok(());
        }
        self.fail("this is not JSON: a value is expected before this")
    }
}
