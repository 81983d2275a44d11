//! The cursor over a script: bytes, blanks, limits, and what is done about openers that nothing closes.

use std::collections::BTreeSet;
use std::ops::Range;

use engine_model::Span;

use super::heredoc::Pending;
use super::{Context, MAX_BYTES, MAX_DEPTH, MAX_PARTS, MAX_PROBLEMS, Problem, Script, Word};

/// How many openers may be taken to end with their line before the rest is read as it is.
const ROUNDS: usize = 8;
/// How many bytes may be read, all attempts together, and how many attempts there may be.
const MAX_READ: usize = 4 << 20;
const MAX_ATTEMPTS: usize = 64;
/// How many openers at either end of those that may be wrong are tried.
const SUSPECTS: usize = 6;
/// How many openers that span lines are noted.
const MAX_LONG: usize = 1000;

/// Reads a text; where it has problems, again with one opener ending with its line: the one that leaves the fewest.
pub(super) fn parse(text: &str) -> Script {
    let kept = text.get(..text.floor_char_boundary(MAX_BYTES)).unwrap_or("");
    let mut attempts = (MAX_READ / kept.len().max(1)).min(MAX_ATTEMPTS);
    let mut confined = BTreeSet::new();
    let mut best = Reader::attempt(kept, &confined);
    for _ in 0..ROUNDS {
        let mut better = None;
        for suspect in best.suspects() {
            let Some(left) = attempts.checked_sub(1) else { break };
            attempts = left;
            let mut tried = confined.clone();
            tried.insert(suspect);
            let attempt = Reader::attempt(kept, &tried);
            if attempt.rank() < better.as_ref().map_or(best.rank(), |(other, _): &(Attempt, _)| other.rank()) {
                better = Some((attempt, tried));
            }
        }
        let Some((attempt, tried)) = better else { break };
        (best, confined) = (attempt, tried);
    }
    let mut script = best.script;
    script.truncated |= kept.len() < text.len();
    script.problems.sort_by_key(|problem| problem.span);
    script
}

/// What reading a text once came to.
struct Attempt {
    script: Script,
    unclosed: Option<usize>,
    long: Vec<usize>,
    /// Those of them that end in the middle of a word.
    odd: Vec<usize>,
}

impl Attempt {
    /// The openers that may be what is wrong: the one that nothing closes, and those before the first problem that
    /// span lines, because what closes them may be meant for another.
    fn suspects(&self) -> BTreeSet<usize> {
        let Some(problem) = self.script.problems.iter().map(|problem| problem.span.start as usize).min() else {
            return BTreeSet::new();
        };
        if self.unclosed.is_none() && self.odd.is_empty() {
            return BTreeSet::new();
        }
        let before = || self.long.iter().copied().filter(|opener| *opener <= problem);
        let last = before().count().saturating_sub(SUSPECTS);
        before()
            .take(SUSPECTS)
            .chain(before().skip(last))
            .chain(self.unclosed)
            .chain(self.odd.iter().min().copied())
            .collect()
    }

    /// Lower is better: few quotes that end in the middle of a word, many commands, few problems.
    fn rank(&self) -> (usize, usize, usize, bool) {
        let commands = usize::MAX - self.script.commands.len();
        (self.odd.len(), commands, self.script.problems.len(), self.unclosed.is_some())
    }
}

/// Reads one text once.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) pos: usize,
    /// Where the text, or the region of it that is being read, ends.
    pub(super) end: usize,
    pub(super) script: Script,
    /// Under what the next command runs.
    pub(super) context: Context,
    /// The command whose words are being read.
    pub(super) owner: Option<u32>,
    /// What ends each list that is being read, innermost last.
    pub(super) closers: Vec<u16>,
    pub(super) pending: Vec<Pending>,
    /// Bodies of here-documents: command, redirect, text.
    pub(super) bodies: Vec<(usize, usize, Word)>,
    pub(super) pipelines: u32,
    parts_left: usize,
    /// How many bytes may still be looked at ahead of reading them.
    lookahead: usize,
    depth: u32,
    stopped: bool,
    too_deep: bool,
    confined: &'a BTreeSet<usize>,
    last_newline: usize,
    /// The outermost opener that nothing closes though lines follow it.
    unclosed: Option<usize>,
    /// Openers whose content spans lines.
    long: Vec<usize>,
    odd: Vec<usize>,
}

impl<'a> Reader<'a> {
    fn attempt(text: &'a str, confined: &'a BTreeSet<usize>) -> Attempt {
        let mut reader = Reader {
            text,
            pos: 0,
            end: text.len(),
            script: Script::default(),
            context: Context::default(),
            owner: None,
            closers: Vec::new(),
            pending: Vec::new(),
            bodies: Vec::new(),
            pipelines: 0,
            parts_left: MAX_PARTS,
            lookahead: text.len().saturating_mul(8).saturating_add(64 * 1024),
            depth: 0,
            stopped: false,
            too_deep: false,
            confined,
            last_newline: text.rfind('\n').unwrap_or(0),
            unclosed: None,
            long: Vec::new(),
            odd: Vec::new(),
        };
        reader.list(0);
        reader.read_pending();
        let Self { mut script, bodies, unclosed, mut long, odd, too_deep, stopped, .. } = reader;
        for (command, redirect, body) in bodies {
            let redirects = script.commands.get_mut(command).map(|command| &mut command.redirects);
            if let Some(redirect) = redirects.and_then(|redirects| redirects.get_mut(redirect)) {
                redirect.body = Some(body);
            }
        }
        script.truncated = stopped;
        long.sort_unstable();
        if too_deep || stopped {
            return Attempt { script, unclosed: None, long: Vec::new(), odd: Vec::new() };
        }
        Attempt { script, unclosed, long, odd }
    }

    /// The byte at the cursor; `None` where the region ends.
    pub(super) fn byte(&self) -> Option<u8> {
        self.byte_at(self.pos)
    }

    /// The byte `ahead` of the cursor.
    pub(super) fn ahead(&self, ahead: usize) -> Option<u8> {
        self.byte_at(self.pos + ahead)
    }

    /// The byte at `at`; `None` beyond the region and once a limit stopped the reading.
    pub(super) fn byte_at(&self, at: usize) -> Option<u8> {
        if at >= self.end || self.stopped {
            return None;
        }
        self.text.as_bytes().get(at).copied()
    }

    /// Whether the region goes on with `what`.
    pub(super) fn looking_at(&self, what: &str) -> bool {
        !self.stopped && self.rest().as_bytes().starts_with(what.as_bytes())
    }

    /// Moves past `what`, if the region goes on with it.
    pub(super) fn eat(&mut self, what: &str) -> bool {
        let found = self.looking_at(what);
        if found {
            self.pos += what.len();
        }
        found
    }

    /// The region from the cursor on.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.pos..self.end).unwrap_or("")
    }

    pub(super) fn slice(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or("")
    }

    /// Moves past one character.
    pub(super) fn skip_char(&mut self) {
        self.pos += self.rest().chars().next().map_or(1, char::len_utf8);
    }

    /// How many bytes long the line break at the cursor is: `\n`, `\r\n`, or a `\r` that ends the region; or zero.
    pub(super) fn line_break(&self, ahead: usize) -> usize {
        match (self.ahead(ahead), self.ahead(ahead + 1)) {
            (Some(b'\n'), _) => 1,
            (Some(b'\r'), Some(b'\n')) => 2,
            (Some(b'\r'), None) => 1,
            _ => 0,
        }
    }

    /// Moves past blanks, continued lines and a comment.
    pub(super) fn blanks(&mut self) {
        while let Some(byte) = self.byte() {
            match byte {
                b' ' | b'\t' => self.pos += 1,
                b'\\' if self.line_break(1) > 0 => self.pos += 1 + self.line_break(1),
                b'\r' if self.line_break(0) > 0 => self.pos += 1,
                b'#' => self.pos += self.rest().find('\n').unwrap_or(self.rest().len()),
                _ => break,
            }
        }
    }

    /// Moves past blanks, comments and line breaks; here-documents that begin after a line break are read.
    pub(super) fn newlines(&mut self) {
        loop {
            self.blanks();
            if self.byte() != Some(b'\n') {
                break;
            }
            self.pos += 1;
            self.read_pending();
        }
    }

    /// The unquoted characters at the cursor, up to what ends a word: a reserved word, a function's name.
    pub(super) fn peek_word(&self) -> &'a str {
        let rest = self.rest();
        let ends = |byte| {
            let blank = matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
            blank || matches!(byte, b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>' | b'\'' | b'"' | b'\\' | b'`' | b'$')
        };
        let end = rest.bytes().position(ends).unwrap_or(rest.len());
        if self.stopped { "" } else { rest.get(..end).unwrap_or("") }
    }

    /// Whether the word at the cursor is `word`, unquoted and whole.
    pub(super) fn at_word(&self, word: &str) -> bool {
        // Most words do not even begin so.
        self.looking_at(word)
            && self.peek_word() == word
            && !matches!(self.ahead(word.len()), Some(b'\'' | b'"' | b'\\' | b'`' | b'$'))
    }

    /// Reads with the region ending at `end`, or where it ended if that is nearer.
    pub(super) fn within<T>(&mut self, end: usize, read: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.end;
        self.end = end.min(outer);
        let result = read(self);
        self.end = outer;
        result
    }

    /// Where what the opener at `start` begins has to end: with its line, if an earlier reading found it unclosed.
    pub(super) fn limit(&self, start: usize) -> usize {
        if !self.confined.contains(&start) {
            return self.end;
        }
        self.slice(start..self.end).find('\n').map_or(self.end, |newline| start + newline)
    }

    /// Says that nothing closes the opener of `len` bytes at `start`.
    pub(super) fn never_closed(&mut self, start: usize, len: usize) {
        if self.stopped {
            return;
        }
        let opener = self.slice(start..start + len);
        self.problem(start..start + len, format!("`{opener}` is never closed"));
        let lines_follow = (start..self.end).contains(&self.last_newline);
        if lines_follow && !self.confined.contains(&start) {
            self.unclosed = Some(self.unclosed.map_or(start, |other| other.min(start)));
        }
    }

    /// Notes the opener at `start`, whose content ends at the cursor, if it spans lines.
    pub(super) fn closed(&mut self, start: usize) {
        let noted = self.long.len() >= MAX_LONG || self.confined.contains(&start);
        if !noted && self.slice(start..self.pos).contains('\n') {
            self.long.push(start);
            // A quote that begins right after a word, or ends right before one, was rather meant the other way round.
            let quote = matches!(self.byte_at(start), Some(b'"' | b'\'' | b'`'));
            let before = start.checked_sub(1).and_then(|at| self.byte_at(at)).filter(u8::is_ascii_alphanumeric);
            let after = self.byte().filter(|next| next.is_ascii_alphanumeric() || b"-_$\\[{%!.,:=".contains(next));
            if quote && (before.is_some() || after.is_some()) {
                self.odd.push(start);
            }
        }
    }

    pub(super) fn problem(&mut self, span: Range<usize>, message: impl Into<String>) {
        if self.script.problems.len() < MAX_PROBLEMS && !self.stopped {
            let span = Span::from_range(span.start.min(self.text.len())..span.end.min(self.text.len()));
            self.script.problems.push(Problem { span, message: message.into() });
        }
    }

    /// Goes one level deeper; `false`, with a problem the first time, where the limit is met.
    pub(super) fn enter(&mut self) -> bool {
        if self.depth < MAX_DEPTH {
            self.depth += 1;
            return true;
        }
        if !self.too_deep {
            self.too_deep = true;
            self.problem(self.pos..self.pos, format!("nested deeper than {MAX_DEPTH} levels"));
        }
        false
    }

    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Counts a part of a word; where there are too many the reading stops.
    pub(super) fn count_part(&mut self) {
        match self.parts_left.checked_sub(1) {
            Some(left) => self.parts_left = left,
            None => self.stop(),
        }
    }

    /// Ends the reading: a limit was met.
    pub(super) fn stop(&mut self) {
        self.stopped = true;
    }

    /// Where the `))` is that closes the `((` whose content begins at `from`; `None` where that is no arithmetic.
    pub(super) fn arithmetic_end(&mut self, from: usize) -> Option<usize> {
        let mut open = 0_usize;
        let mut at = from;
        let found = loop {
            if self.lookahead == 0 {
                break None;
            }
            self.lookahead -= 1;
            match self.byte_at(at) {
                None => break None,
                Some(b'\\') => at += 1,
                Some(b'(') => open += 1,
                Some(b')') if open > 0 => open -= 1,
                Some(b')') => break Some(at).filter(|_| self.byte_at(at + 1) == Some(b')')),
                Some(_) => {}
            }
            at += 1;
        };
        found.filter(|end| *end < self.limit(from.saturating_sub(2)))
    }
}
