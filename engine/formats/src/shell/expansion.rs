//! Expansions: variables, substitutions, arithmetic.

use super::list::BARRIER;
use super::reader::Reader;
use super::word::{Builder, Part};

/// The longest `$[[ input ]]`, in bytes.
const MAX_INPUT: usize = 256;

impl Reader<'_> {
    /// Reads what the `$` at the cursor begins.
    pub(super) fn dollar(&mut self, builder: &mut Builder, quoted: bool) {
        match self.ahead(1) {
            Some(b'(') => {
                if self.ahead(2) == Some(b'(')
                    && let Some(end) = self.arithmetic_end(self.pos + 3)
                {
                    let start = self.pos;
                    self.pos += 3;
                    self.arithmetic(end);
                    self.other(builder, start..end + 2);
                } else {
                    self.substitution(builder, quoted);
                }
            }
            Some(b'{') => self.braced(builder, quoted),
            Some(b'[') => self.input(builder),
            Some(b'\'') if !quoted => self.ansi(builder),
            Some(b'"') if !quoted => {
                builder.flush(self.pos);
                self.pos += 1;
                self.double(builder);
            }
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => {
                let len = 1 + name_len(self.slice(self.pos + 1..self.end));
                self.variable(builder, len, quoted);
            }
            Some(byte) if byte.is_ascii_digit() || b"@*#?-$!".contains(&byte) => self.variable(builder, 2, quoted),
            _ => {
                builder.push("$", self.pos..self.pos + 1);
                self.pos += 1;
            }
        }
    }

    /// `$NAME`, `len` bytes with the `$`.
    fn variable(&mut self, builder: &mut Builder, len: usize, quoted: bool) {
        let start = self.pos;
        builder.flush(start);
        self.pos += len;
        let name = self.slice(start + 1..self.pos).to_owned();
        let span = self.span_from(start);
        self.push_part(builder, Part::Variable { name, operator: None, default: None, quoted, span });
    }

    /// `${..}`
    fn braced(&mut self, builder: &mut Builder, quoted: bool) {
        let start = self.pos;
        builder.flush(start);
        if !self.enter() {
            return self.other(builder, start..start + 2);
        }
        let limit = self.limit(start);
        let part = self.within(limit, |reader| {
            reader.pos += 2;
            // `${#NAME}` and `${!NAME}` are not the variable; `${#}` and `${!}` are.
            let prefixed = matches!(reader.byte(), Some(b'#' | b'!')) && reader.ahead(1) != Some(b'}');
            reader.pos += usize::from(prefixed);
            let rest = reader.rest();
            let special = rest.bytes().next().is_some_and(|byte| b"@*#?-$!".contains(&byte));
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let len = if special { 1 } else { name_len(rest).max(digits) };
            let name = reader.slice(reader.pos..reader.pos + len);
            reader.pos += len;
            if matches!(reader.byte(), Some(b' ' | b'\t' | b'\n')) {
                // No operator begins with a blank: what closes this may stand far away, and is not its own.
                reader.problem(start..reader.pos, "`${` with a blank in its name");
                return Part::Other { text: reader.slice(start..reader.pos).to_owned(), span: reader.span_from(start) };
            }
            let operator = reader.pos;
            let defaults = reader.default_operator();
            let mut operand = Builder::new(reader.pos);
            let closed = reader.operand(&mut operand, quoted);
            let default = operand.literal().filter(|_| defaults);
            let raw = reader.slice(operator..reader.pos);
            if closed {
                reader.pos += 1;
            } else {
                reader.never_closed(start, 2);
            }
            let span = reader.span_from(start);
            if prefixed || name.is_empty() {
                if name.is_empty() {
                    reader.problem(start..start + 2, "`${` without a name");
                }
                return Part::Other { text: reader.slice(start..reader.pos).to_owned(), span };
            }
            let operator = Some(raw).filter(|raw| !raw.is_empty()).map(str::to_owned);
            Part::Variable { name: name.to_owned(), operator, default, quoted, span }
        });
        self.leave();
        self.closed(start);
        self.push_part(builder, part);
    }

    /// Moves past `-`, `:-`, `=` or `:=`.
    fn default_operator(&mut self) -> bool {
        let found = [":-", ":=", "-", "="].into_iter().find(|operator| self.looking_at(operator));
        self.pos += found.map_or(0, str::len);
        found.is_some()
    }

    /// Reads what follows an operator, up to `}`, which is left unread; `false` where there is none.
    fn operand(&mut self, builder: &mut Builder, quoted: bool) -> bool {
        loop {
            match self.byte() {
                None => return false,
                Some(b'}') => {
                    builder.flush(self.pos);
                    return true;
                }
                Some(b'"') => self.double(builder),
                Some(b'\'') if !quoted => self.single(builder),
                Some(b'$') => self.dollar(builder, quoted),
                Some(b'`') => self.backticks(builder, quoted),
                Some(b'\\') => self.escape(builder),
                Some(_) => self.run(builder, |byte| matches!(byte, b'}' | b'"' | b'\'' | b'$' | b'`' | b'\\')),
            }
        }
    }

    /// `$(..)`
    fn substitution(&mut self, builder: &mut Builder, quoted: bool) {
        let start = self.pos;
        builder.flush(start);
        let first = self.count();
        self.substituted(|reader| reader.subshell(2));
        let part = Part::Substitution { commands: first..self.count(), quoted, span: self.span_from(start) };
        self.push_part(builder, part);
    }

    /// `<(..)` and `>(..)`
    pub(super) fn process(&mut self, builder: &mut Builder) {
        let start = self.pos;
        builder.flush(start);
        self.substituted(|reader| reader.subshell(2));
        self.other(builder, start..self.pos);
    }

    /// Backticks. What is escaped inside them is read as written, so that backticks in backticks are no substitution
    /// of their own.
    pub(super) fn backticks(&mut self, builder: &mut Builder, quoted: bool) {
        let start = self.pos;
        builder.flush(start);
        let first = self.count();
        let limit = self.limit(start);
        self.within(limit, |reader| {
            reader.pos += 1;
            let mut close = reader.pos;
            while let Some(byte) = reader.byte_at(close).filter(|byte| *byte != b'`') {
                close += if byte == b'\\' { 2 } else { 1 };
            }
            let close = close.min(reader.end);
            reader.substituted(|reader| reader.within(close, |reader| reader.list(BARRIER)));
            reader.pos = close;
            if !reader.eat("`") {
                reader.never_closed(start, 1);
            }
        });
        self.closed(start);
        let part = Part::Substitution { commands: first..self.count(), quoted, span: self.span_from(start) };
        self.push_part(builder, part);
    }

    /// `$[[ inputs.x ]]` of GitLab, which is replaced before any shell runs, and bash's old `$[1 + 1]`.
    fn input(&mut self, builder: &mut Builder) {
        let mut open = 0_usize;
        for (at, byte) in self.rest().bytes().enumerate().take(MAX_INPUT) {
            match byte {
                b'[' => open += 1,
                b']' if open == 1 => return self.other(builder, self.pos..self.pos + at + 1),
                b']' => open -= 1,
                b'\n' => break,
                _ => {}
            }
        }
        builder.push("$", self.pos..self.pos + 1);
        self.pos += 1;
    }

    /// Reads arithmetic up to `end` for the substitutions in it.
    pub(super) fn arithmetic(&mut self, end: usize) {
        if self.enter() {
            self.within(end, |reader| {
                let mut unused = Builder::new(reader.pos);
                while let Some(byte) = reader.byte() {
                    match byte {
                        b'"' => reader.pos += 1,
                        _ => reader.quoted_piece(&mut unused, byte, b"$`\\"),
                    }
                }
            });
            self.leave();
        }
        self.pos = end;
    }

    fn count(&self) -> u32 {
        u32::try_from(self.script.commands.len()).unwrap_or(u32::MAX)
    }
}

/// How many bytes of an identifier `text` begins with.
fn name_len(text: &str) -> usize {
    let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if first { text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count() } else { 0 }
}
