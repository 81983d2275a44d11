//! Compound commands: groups, branches, loops, functions.

use std::mem;
use std::ops::Range;

use engine_model::Span;

use super::list::{BRACE, BREAK, DO, DONE, ELSE, ESAC, FI, THEN};
use super::reader::Reader;
use super::word::Part;
use super::{Command, Context};

impl Reader<'_> {
    /// Reads one command of a pipeline, under `place`. Gives the index of what of it belongs to the pipeline itself:
    /// the simple command, or the redirects after a compound one.
    pub(super) fn command(&mut self, place: Context) -> Option<usize> {
        self.blanks();
        if self.at_word("coproc") {
            return self.coprocess(place);
        }
        if self.function() || self.compound() {
            return self.trailing_redirects(place);
        }
        if self.looking_at("((")
            && let Some(end) = self.arithmetic_end(self.pos + 2)
        {
            return self.arithmetic_command(place, end);
        }
        if self.looking_at("(") {
            self.subshell(1);
            return self.trailing_redirects(place);
        }
        self.simple(place)
    }

    /// Reads the compound command that a reserved word or `(` begins; `false` where there is none.
    fn compound(&mut self) -> bool {
        let start = self.pos;
        let word = self.peek_word();
        if word.len() > 6 || !self.at_word(word) {
            return false;
        }
        let span = start..start + word.len();
        let read: fn(&mut Self, Range<usize>) = match word {
            "{" => Self::group,
            "if" => Self::conditional,
            "while" | "until" => Self::repeat,
            "for" | "select" => Self::each,
            "case" => Self::case,
            _ => return false,
        };
        self.pos = span.end;
        read(self, span);
        true
    }

    /// Moves past the terminator `bit`, if it stands at the cursor.
    fn close(&mut self, bit: u16) -> bool {
        match self.terminator() {
            Some((found, len)) if found == bit => {
                self.pos += len;
                true
            }
            _ => false,
        }
    }

    /// The same; where it does not stand there, says that the word at `opener` needs `closer`.
    fn expect(&mut self, bit: u16, opener: &Range<usize>, closer: &str) -> bool {
        let found = self.close(bit);
        if !found {
            let word = self.slice(opener.clone());
            self.problem(opener.clone(), format!("`{word}` without `{closer}`"));
        }
        found
    }

    fn group(&mut self, opener: Range<usize>) {
        self.list(BRACE);
        self.expect(BRACE, &opener, "}");
    }

    fn conditional(&mut self, opener: Range<usize>) {
        self.list(THEN | ELSE | FI);
        let outer = mem::replace(&mut self.context.conditional, true);
        loop {
            if self.expect(THEN, &opener, "then") {
                self.list(ELSE | FI);
            }
            if self.at_word("elif") {
                self.pos += 4;
                self.list(THEN | ELSE | FI);
                continue;
            }
            if self.close(ELSE) {
                self.list(FI);
            }
            break;
        }
        self.context.conditional = outer;
        self.expect(FI, &opener, "fi");
    }

    fn repeat(&mut self, opener: Range<usize>) {
        self.list(DO | DONE);
        self.body(&opener);
    }

    /// `do .. done`
    fn body(&mut self, opener: &Range<usize>) {
        if self.expect(DO, opener, "do") {
            self.branch(DONE);
            self.expect(DONE, opener, "done");
        }
    }

    /// `for NAME in ..; do`, `for NAME; do`, `for ((..)); do`, and a group instead of `do`.
    fn each(&mut self, opener: Range<usize>) {
        self.blanks();
        if self.looking_at("((") {
            match self.arithmetic_end(self.pos + 2) {
                Some(end) => {
                    self.pos += 2;
                    self.arithmetic(end);
                    self.pos = end + 2;
                }
                None => return self.problem(opener, "`for` without `))`"),
            }
        } else {
            let name = self.pos;
            if self.word().is_none() {
                let word = self.slice(opener.clone());
                return self.problem(name..name, format!("`{word}` without a name"));
            }
            self.newlines();
            if self.at_word("in") {
                self.pos += 2;
                self.blanks();
                while self.word().is_some() {
                    self.blanks();
                }
            }
        }
        self.blanks();
        if self.byte() == Some(b';') && !self.looking_at(";;") {
            self.pos += 1;
        }
        self.newlines();
        if self.at_word("{") {
            let span = self.pos..self.pos + 1;
            self.pos += 1;
            self.branch(BRACE);
            self.expect(BRACE, &span, "}");
        } else {
            self.body(&opener);
        }
    }

    fn case(&mut self, opener: Range<usize>) {
        self.blanks();
        let subject = self.word().is_some();
        self.newlines();
        if !subject || !self.at_word("in") {
            return self.problem(opener, "`case` without `in`");
        }
        self.pos += 2;
        loop {
            self.newlines();
            if self.close(ESAC) {
                return;
            }
            let pattern = self.pos;
            let opened = self.eat("(");
            loop {
                self.blanks();
                let read = self.word().is_some();
                self.blanks();
                if !read || self.looking_at("||") || !self.eat("|") {
                    break;
                }
            }
            if !self.eat(")") {
                // What was taken for a pattern is a command, of a script that forgot `esac`.
                self.pos = if opened { pattern + 1 } else { pattern };
                break;
            }
            self.branch(BREAK | ESAC);
            if !self.close(BREAK) {
                break;
            }
        }
        self.expect(ESAC, &opener, "esac");
    }

    /// `NAME() ..` and `function NAME ..`; `false` where there is none.
    fn function(&mut self) -> bool {
        let start = self.pos;
        let keyword = self.at_word("function");
        if keyword {
            self.pos += "function".len();
            self.blanks();
        }
        let name = self.peek_word();
        let named = self.pos..self.pos + name.len();
        self.pos = named.end;
        let parentheses = self.parentheses();
        if name.is_empty() || !(keyword || parentheses) || name.contains('=') {
            self.pos = start;
            return false;
        }
        self.script.functions.push((name.to_owned(), Span::from_range(named.clone())));
        self.newlines();
        let outer = self.context.clone();
        self.context.in_function = Some(name.to_owned());
        self.context.after = None;
        self.context.conditional = false;
        if self.looking_at("(") {
            match self.arithmetic_end(self.pos + 2).filter(|_| self.looking_at("((")) {
                Some(end) => {
                    self.pos += 2;
                    self.arithmetic(end);
                    self.pos = end + 2;
                }
                None => self.subshell(1),
            }
        } else if self.at_word("[[") {
            let place = self.context.clone();
            self.simple(place);
        } else if !self.compound() {
            self.problem(named, format!("function `{name}` without a body"));
        }
        self.context = outer;
        true
    }

    /// Moves past `()`.
    fn parentheses(&mut self) -> bool {
        self.blanks();
        if !self.eat("(") {
            return false;
        }
        self.blanks();
        self.eat(")")
    }

    /// `coproc ..`, `coproc NAME { .. }`
    fn coprocess(&mut self, place: Context) -> Option<usize> {
        let first = self.script.commands.len();
        while self.at_word("coproc") {
            self.pos += "coproc".len();
            self.blanks();
        }
        let name = self.pos;
        self.pos += self.peek_word().len();
        self.blanks();
        if !self.at_word("{") && !self.looking_at("(") {
            self.pos = name;
        }
        let slot = if self.looking_at("(") {
            self.subshell(1);
            self.trailing_redirects(place)
        } else if self.compound() {
            self.trailing_redirects(place)
        } else {
            self.simple(place)
        };
        for command in self.script.commands.iter_mut().skip(first) {
            command.context.background = true;
        }
        slot
    }

    /// `(( .. ))`, whose content ends before `end`.
    fn arithmetic_command(&mut self, context: Context, end: usize) -> Option<usize> {
        let start = self.pos;
        let slot = self.reserve(context)?;
        let owner = self.owner.replace(u32::try_from(slot).unwrap_or(u32::MAX));
        self.pos += 2;
        self.arithmetic(end);
        self.owner = owner;
        self.pos = end + 2;
        let words = vec![
            self.verbatim(start..start + 2, |text, span| Part::Literal { text, span }),
            self.verbatim(start + 2..end, |text, span| Part::Other { text, span }),
            self.verbatim(end..end + 2, |text, span| Part::Literal { text, span }),
        ];
        let command = Command { span: Span::from_range(start..self.pos), words, ..Command::default() };
        self.fill(slot, command);
        self.trailing_redirects_of(slot);
        Some(slot)
    }

    /// The redirects after a compound command, as a command without words; `None` where there are none.
    fn trailing_redirects(&mut self, context: Context) -> Option<usize> {
        self.blanks();
        if !self.at_redirect() {
            return None;
        }
        let slot = self.reserve(context)?;
        self.trailing_redirects_of(slot);
        Some(slot)
    }

    fn trailing_redirects_of(&mut self, slot: usize) {
        let owner = self.owner.replace(u32::try_from(slot).unwrap_or(u32::MAX));
        self.blanks();
        let mut index = 0;
        while let Some(redirect) = self.redirect(slot, index) {
            index += 1;
            if let Some(command) = self.script.commands.get_mut(slot) {
                let fresh = command.span.is_empty();
                command.span = if fresh { redirect.span } else { command.span.cover(redirect.span) };
                command.redirects.push(redirect);
            }
            self.blanks();
        }
        self.owner = owner;
    }
}
