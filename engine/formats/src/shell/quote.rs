//! Words without their expansions: unquoted text, quotes, escapes.

use std::ops::Range;

use engine_model::Span;

use super::reader::Reader;
use super::word::{Builder, Part, Word};

/// How far a word is looked at for what makes a `[` or `{` in it special, in bytes.
const LOOKAHEAD: usize = 64;

/// Where a word stands: what ends it, and what is special in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// An argument: globs and braces are special.
    Argument,
    /// The value of an assignment.
    Value,
    /// Inside `[[ ]]`: operators do not end it.
    Test,
}

/// Whether a byte outside of quotes ends a word, or may mean something in it.
fn is_special(byte: u8) -> bool {
    let ends = matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')');
    ends || matches!(byte, b'\'' | b'"' | b'`' | b'$' | b'\\' | b'*' | b'?' | b'[' | b'{')
}

impl Reader<'_> {
    /// Reads the word at the cursor; `None` where there is none.
    pub(super) fn word(&mut self) -> Option<Word> {
        let mut builder = Builder::new(self.pos);
        self.word_into(&mut builder);
        self.finish(builder)
    }

    /// The same, in `[[ ]]`.
    pub(super) fn test_word(&mut self) -> Option<Word> {
        let mut builder = Builder::new(self.pos);
        self.pieces(&mut builder, Place::Test);
        self.finish(builder)
    }

    fn finish(&mut self, builder: Builder) -> Option<Word> {
        if self.pos == builder.start() {
            return None;
        }
        self.count_part();
        Some(builder.finish(self.text, self.pos))
    }

    /// Reads the word at the cursor, if any, into `builder`.
    pub(super) fn word_into(&mut self, builder: &mut Builder) {
        self.pieces(builder, Place::Argument);
    }

    /// Reads the value of an assignment into `builder`.
    pub(super) fn value(&mut self, builder: &mut Builder) {
        self.pieces(builder, Place::Value);
    }

    fn pieces(&mut self, builder: &mut Builder, place: Place) {
        let start = self.pos;
        while let Some(byte) = self.byte() {
            match byte {
                b' ' | b'\t' | b'\n' => break,
                b'\r' if self.line_break(0) > 0 => break,
                b'<' | b'>' if self.ahead(1) == Some(b'(') && place != Place::Test => self.process(builder),
                b';' => break,
                b'(' if place == Place::Argument && self.extended_glob(builder, start) => {}
                b'&' | b'|' | b'<' | b'>' | b'(' | b')' if place != Place::Test => break,
                b'\'' => self.single(builder),
                b'"' => self.double(builder),
                b'`' => self.backticks(builder, false),
                b'$' => self.dollar(builder, false),
                b'\\' => self.escape(builder),
                b'~' if self.pos == start => self.tilde(builder),
                b'*' | b'?' | b'[' | b'{' if place == Place::Argument && self.special(byte) => {
                    self.other(builder, self.pos..self.pos + 1);
                }
                _ => self.run(builder, is_special),
            }
        }
        builder.flush(self.pos);
    }

    /// Moves past a part that only the shell can tell.
    pub(super) fn other(&mut self, builder: &mut Builder, span: Range<usize>) {
        builder.other(self.text, span.clone());
        self.pos = span.end;
        self.count_part();
    }

    /// Reads the character at the cursor, and what follows it up to a byte that is `special`, as it is.
    pub(super) fn run(&mut self, builder: &mut Builder, special: impl Fn(u8) -> bool) {
        let start = self.pos;
        self.skip_char();
        let rest = self.rest();
        self.pos += rest.bytes().position(special).unwrap_or(rest.len());
        builder.push(self.slice(start..self.pos), start..self.pos);
    }

    /// Whether a glob's or brace's character at the cursor means something there.
    fn special(&self, byte: u8) -> bool {
        let rest = self.rest().as_bytes();
        let mut word = rest.iter().skip(1).take(LOOKAHEAD).take_while(|byte| !b" \t\r\n;&|<>()".contains(byte));
        match byte {
            b'[' => word.any(|byte| *byte == b']'),
            b'{' => {
                let inside: Vec<u8> = word.copied().take_while(|byte| *byte != b'}').collect();
                let closed = rest.get(inside.len() + 1) == Some(&b'}');
                closed && (inside.contains(&b',') || inside.windows(2).any(|pair| pair == b".."))
            }
            _ => true,
        }
    }

    /// Reads `@(a|b)` and its kin; `false` where the `(` at the cursor begins none.
    fn extended_glob(&mut self, builder: &mut Builder, word: usize) -> bool {
        let before = self.pos.checked_sub(1).filter(|at| *at >= word).and_then(|at| self.byte_at(at));
        if !before.is_some_and(|byte| b"@+?*!".contains(&byte)) {
            return false;
        }
        let inside = self.rest().bytes().take(LOOKAHEAD).position(|byte| b" \t\n;&<>)".contains(&byte));
        let Some(len) = inside.filter(|len| self.ahead(*len) == Some(b')')) else { return false };
        self.other(builder, self.pos..self.pos + len + 1);
        true
    }

    fn tilde(&mut self, builder: &mut Builder) {
        let name = self.rest().bytes().skip(1).take_while(|byte| byte.is_ascii_alphanumeric() || b"_-+".contains(byte));
        let end = self.pos + 1 + name.count();
        self.other(builder, self.pos..end);
    }

    /// `\c` outside of quotes.
    pub(super) fn escape(&mut self, builder: &mut Builder) {
        let start = self.pos;
        self.pos += 1;
        let broken = self.line_break(0);
        if broken > 0 {
            builder.open(start);
            self.pos += broken;
            return;
        }
        if self.byte().is_none() {
            return builder.push("\\", start..self.pos);
        }
        let from = self.pos;
        self.skip_char();
        builder.push(self.slice(from..self.pos), start..self.pos);
    }

    /// `'..'`
    pub(super) fn single(&mut self, builder: &mut Builder) {
        let start = self.pos;
        builder.flush(start);
        let limit = self.limit(start);
        self.within(limit, |reader| {
            reader.pos += 1;
            builder.open(start);
            let len = reader.rest().find('\'');
            let content = reader.pos..reader.pos + len.unwrap_or(reader.rest().len());
            reader.pos = content.end;
            builder.push(reader.slice(content.clone()), content);
            if !reader.eat("'") {
                reader.never_closed(start, 1);
            }
        });
        builder.close(self.pos, true);
        self.count_part();
        self.closed(start);
    }

    /// `".."`
    pub(super) fn double(&mut self, builder: &mut Builder) {
        let start = self.pos;
        builder.flush(start);
        let parts = builder.part_count();
        let limit = self.limit(start);
        self.within(limit, |reader| {
            reader.pos += 1;
            builder.open(start);
            loop {
                match reader.byte() {
                    None => {
                        reader.never_closed(start, 1);
                        break;
                    }
                    Some(b'"') => {
                        reader.pos += 1;
                        break;
                    }
                    Some(byte) => reader.quoted_piece(builder, byte, b"$`\"\\"),
                }
            }
        });
        if builder.part_count() == parts {
            builder.open(start);
            builder.close(self.pos, true);
        } else {
            builder.flush(self.pos);
        }
        self.count_part();
        self.closed(start);
    }

    /// One piece of what is expanded as in double quotes: `byte` is at the cursor, `\` escapes one of `escaped`.
    pub(super) fn quoted_piece(&mut self, builder: &mut Builder, byte: u8, escaped: &[u8]) {
        match byte {
            b'$' => self.dollar(builder, true),
            b'`' => self.backticks(builder, true),
            b'\\' if self.line_break(1) > 0 => {
                builder.open(self.pos);
                self.pos += 1 + self.line_break(1);
            }
            b'\\' if self.ahead(1).is_some_and(|next| escaped.contains(&next)) => {
                builder.push(self.slice(self.pos + 1..self.pos + 2), self.pos..self.pos + 2);
                self.pos += 2;
            }
            _ => self.run(builder, |byte| matches!(byte, b'$' | b'`' | b'"' | b'\\')),
        }
    }

    /// The unquoted body of a here-document, to the region's end.
    pub(super) fn expanded(&mut self, builder: &mut Builder, tabs: bool) {
        self.leading_tabs(builder, tabs);
        while let Some(byte) = self.byte() {
            match byte {
                b'\n' => {
                    builder.push("\n", self.pos..self.pos + 1);
                    self.pos += 1;
                    self.leading_tabs(builder, tabs);
                }
                b'$' | b'`' | b'\\' => self.quoted_piece(builder, byte, b"$`\\"),
                _ => self.run(builder, |byte| matches!(byte, b'$' | b'`' | b'\\' | b'\n')),
            }
        }
        builder.flush(self.pos);
    }

    /// `$'..'`, whose `$` is at the cursor.
    pub(super) fn ansi(&mut self, builder: &mut Builder) {
        let start = self.pos;
        builder.flush(start);
        let limit = self.limit(start);
        self.within(limit, |reader| {
            builder.open(start);
            reader.pos += 2;
            loop {
                match reader.byte() {
                    None => {
                        reader.never_closed(start, 2);
                        break;
                    }
                    Some(b'\'') => {
                        reader.pos += 1;
                        break;
                    }
                    Some(b'\\') => reader.ansi_escape(builder),
                    Some(_) => reader.run(builder, |byte| matches!(byte, b'\\' | b'\'')),
                }
            }
        });
        builder.close(self.pos, true);
        self.count_part();
        self.closed(start);
    }

    /// One escape of `$'..'`; bytes above 127 that are written as numbers are read as characters.
    fn ansi_escape(&mut self, builder: &mut Builder) {
        let start = self.pos;
        self.pos += 1;
        let Some(byte) = self.byte() else { return builder.push("\\", start..self.pos) };
        let simple = match byte {
            b'a' => Some('\x07'),
            b'b' => Some('\x08'),
            b'e' | b'E' => Some('\x1b'),
            b'f' => Some('\x0c'),
            b'n' => Some('\n'),
            b'r' => Some('\r'),
            b't' => Some('\t'),
            b'v' => Some('\x0b'),
            b'\\' | b'\'' | b'"' | b'?' => Some(char::from(byte)),
            _ => None,
        };
        let decoded = match byte {
            b'x' => self.digits(1, 2, 16),
            b'u' => self.digits(1, 4, 16),
            b'U' => self.digits(1, 8, 16),
            b'0'..=b'7' => self.digits(0, 3, 8),
            _ => simple.inspect(|_| self.pos += 1),
        };
        match decoded {
            Some(c) => builder.push(c.encode_utf8(&mut [0; 4]), start..self.pos),
            None => {
                self.pos = start + 1;
                self.skip_char();
                builder.push(self.slice(start..self.pos), start..self.pos);
            }
        }
    }

    /// Reads at most `most` digits, `skip` bytes after the cursor, as a character.
    fn digits(&mut self, skip: usize, most: usize, radix: u32) -> Option<char> {
        let from = self.pos + skip;
        let digits = self.slice(from..self.end).bytes().take(most).take_while(|byte| char::from(*byte).is_digit(radix));
        let end = from + digits.count();
        let c = u32::from_str_radix(self.slice(from..end), radix).ok().and_then(char::from_u32)?;
        self.pos = end;
        Some(c)
    }

    /// A part from byte `start` to the cursor.
    pub(super) fn span_from(&self, start: usize) -> Span {
        Span::from_range(start..self.pos)
    }

    pub(super) fn push_part(&mut self, builder: &mut Builder, part: Part) {
        builder.part(part);
        self.count_part();
    }
}
