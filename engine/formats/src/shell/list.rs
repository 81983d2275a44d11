//! Lists, `&&` and `||`, pipelines: what a command runs under.

use std::mem;

use super::reader::Reader;
use super::{After, Context};

/// What may end a list, as bits.
pub(super) const THEN: u16 = 1;
pub(super) const ELSE: u16 = 1 << 1;
pub(super) const FI: u16 = 1 << 2;
pub(super) const DO: u16 = 1 << 3;
pub(super) const DONE: u16 = 1 << 4;
pub(super) const ESAC: u16 = 1 << 5;
pub(super) const BRACE: u16 = 1 << 6;
pub(super) const PAREN: u16 = 1 << 7;
pub(super) const BREAK: u16 = 1 << 8;
/// What ends a list outside of this one does not end it.
pub(super) const BARRIER: u16 = 1 << 15;

impl Reader<'_> {
    /// Reads commands until one of `stop` stands where a command could, which is left unread, or the region ends.
    pub(super) fn list(&mut self, stop: u16) {
        if !self.enter() {
            return;
        }
        self.closers.push(stop);
        loop {
            self.newlines();
            if self.byte().is_none() {
                break;
            }
            let before = self.pos;
            if let Some((bit, len)) = self.terminator() {
                if self.closes(bit) {
                    break;
                }
                let found = self.slice(before..before + len);
                self.problem(before..before + len, format!("`{found}` closes nothing"));
                self.pos += len;
                continue;
            }
            self.and_or();
            self.separator(before);
        }
        self.closers.pop();
        self.leave();
    }

    /// What stands at the cursor and ends lists: its bit and its length.
    pub(super) fn terminator(&self) -> Option<(u16, usize)> {
        match self.byte()? {
            b')' => return Some((PAREN, 1)),
            b';' => {
                let len = if self.looking_at(";;&") { 3 } else { 2 };
                return (self.looking_at(";;") || self.looking_at(";&")).then_some((BREAK, len));
            }
            b't' | b'e' | b'f' | b'd' | b'}' => {}
            _ => return None,
        }
        let words: [(&str, u16); 8] = [
            ("then", THEN),
            ("else", ELSE),
            ("elif", ELSE),
            ("fi", FI),
            ("do", DO),
            ("done", DONE),
            ("esac", ESAC),
            ("}", BRACE),
        ];
        words.into_iter().find(|(word, _)| self.at_word(word)).map(|(word, bit)| (bit, word.len()))
    }

    /// Whether a list that is being read waits for `bit`.
    fn closes(&self, bit: u16) -> bool {
        for stop in self.closers.iter().rev() {
            if stop & bit != 0 {
                return true;
            }
            if stop & BARRIER != 0 {
                break;
            }
        }
        false
    }

    /// Moves past what separates two commands; `before` is where the one before began.
    fn separator(&mut self, before: usize) {
        self.blanks();
        let Some(byte) = self.byte() else { return };
        if byte == b'\n' || self.terminator().is_some() {
            return;
        }
        if byte == b';' && self.pos > before {
            self.pos += 1;
            return;
        }
        if self.pos > before && !matches!(byte, b'|' | b'&' | b'(' | b')' | b'<' | b'>') {
            return;
        }
        if self.pos == before {
            // A missing command has been told of.
            return self.skip_char();
        }
        let shown = self.slice(self.pos..self.pos + 1);
        self.problem(self.pos..self.pos + 1, format!("unexpected `{shown}`"));
        if byte != b'(' {
            self.pos += 1;
        }
    }

    /// Reads pipelines joined by `&&` and `||`, and a `&` after them.
    fn and_or(&mut self) {
        let first = self.script.commands.len();
        let outer = (self.context.after, self.context.conditional);
        loop {
            self.pipeline();
            self.blanks();
            let operator = self.pos;
            let after = if self.eat("&&") {
                After::And
            } else if self.eat("||") {
                After::Or
            } else {
                break;
            };
            self.newlines();
            if self.byte().is_none() || self.terminator().is_some() {
                self.problem(operator..operator + 2, "no command follows");
                break;
            }
            self.context.after = Some(after);
            self.context.conditional = true;
        }
        (self.context.after, self.context.conditional) = outer;
        if self.byte() == Some(b'&') {
            self.pos += 1;
            for command in self.script.commands.iter_mut().skip(first) {
                command.context.background = true;
            }
        }
    }

    /// Reads commands joined by `|`.
    fn pipeline(&mut self) {
        let mut negated = false;
        let start = self.pos;
        loop {
            self.blanks();
            if self.at_word("!") {
                negated = !negated;
                self.pos += 1;
            } else if self.at_word("time") {
                self.pos += 4;
                self.blanks();
                if self.at_word("-p") {
                    self.pos += 2;
                }
            } else {
                break;
            }
        }
        let pipeline = self.pipelines;
        self.pipelines += 1;
        let mut members = Vec::new();
        let mut position = 0;
        loop {
            let before = self.pos;
            let place = Context { pipeline, position, negated, ..self.context.clone() };
            members.extend(self.command(place));
            if self.pos == before && (before == start || position > 0) {
                self.missing();
            }
            self.blanks();
            let operator = self.pos;
            if self.looking_at("||") || !(self.eat("|&") || self.eat("|")) {
                break;
            }
            self.newlines();
            if self.byte().is_none() || self.terminator().is_some() {
                self.problem(operator..operator + 1, "no command follows");
                break;
            }
            position += 1;
        }
        for member in members {
            if let Some(command) = self.script.commands.get_mut(member) {
                command.context.pipeline_len = position + 1;
            }
        }
    }

    /// Says that a command should stand at the cursor.
    fn missing(&mut self) {
        let at = self.pos;
        let len = self.rest().chars().next().map_or(0, char::len_utf8);
        let found = self.slice(at..at + len);
        self.problem(at..at + len, format!("a command is missing before `{found}`"));
    }

    /// Reads the commands of a body that may not run.
    pub(super) fn branch(&mut self, stop: u16) {
        let outer = mem::replace(&mut self.context.conditional, true);
        self.list(stop);
        self.context.conditional = outer;
    }

    /// Reads a list in a subshell: after the opener at the cursor, `len` bytes long, up to its `)`.
    pub(super) fn subshell(&mut self, len: usize) {
        let start = self.pos;
        let outer = mem::replace(&mut self.context.subshell, true);
        let limit = self.limit(start);
        self.within(limit, |reader| {
            reader.pos += len;
            reader.list(PAREN | BARRIER);
            if !reader.eat(")") {
                reader.never_closed(start, len);
            }
        });
        self.closed(start);
        self.context.subshell = outer;
    }

    /// Reads what a substitution runs, for the command whose word it stands in.
    pub(super) fn substituted(&mut self, read: impl FnOnce(&mut Self)) {
        let owner = self.owner.take();
        let outer = (self.context.in_substitution, self.context.subshell);
        self.context.subshell = true;
        if owner.is_some() {
            self.context.in_substitution = owner;
        }
        read(self);
        (self.context.in_substitution, self.context.subshell) = outer;
        self.owner = owner;
    }
}
