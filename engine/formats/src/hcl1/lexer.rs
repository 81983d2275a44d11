//! Bytes to tokens, as HCL 1 cuts them.

use engine_model::Span;

use crate::json::Problem;

/// A character that HCL 1 keeps for itself.
const RESERVED: char = '\u{e123}';

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Ident,
    Bool,
    Number,
    /// In `"`, which the span includes.
    Text,
    /// From `<<` to the end of the closing word.
    Heredoc,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
    Comma,
    Assign,
    End,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

pub(super) struct Lexer<'t> {
    text: &'t str,
    pub(super) at: usize,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t str, at: usize) -> Self {
        Self { text, at }
    }

    /// The next token, comments passed over.
    pub(super) fn token(&mut self) -> Result<Token, Problem> {
        self.blanks()?;
        let start = self.at;
        let Some(first) = self.peek() else { return Ok(self.end(Kind::End, start)) };
        let kind = match first {
            '{' => self.sign(Kind::LeftBrace),
            '}' => self.sign(Kind::RightBrace),
            '[' => self.sign(Kind::LeftBracket),
            ']' => self.sign(Kind::RightBracket),
            ',' => self.sign(Kind::Comma),
            '=' => self.sign(Kind::Assign),
            '"' => self.quoted(start)?,
            '<' => self.heredoc(start)?,
            '-' | '.' | '0'..='9' => self.number(start)?,
            c if is_letter(c) => {
                self.skip(|c| is_letter(c) || is_digit(c) || matches!(c, '-' | '.'));
                match self.text.get(start..self.at) {
                    Some("true" | "false") => Kind::Bool,
                    _ => Kind::Ident,
                }
            }
            c => {
                let shown = if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
                return Err(Problem::new(self.here(), format!("`{shown}` means nothing here")));
            }
        };
        Ok(self.end(kind, start))
    }

    fn end(&self, kind: Kind, start: usize) -> Token {
        Token { kind, span: Span::from_range(start..self.at) }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The next character, as a place.
    fn here(&self) -> Span {
        let len = self.peek().filter(|c| !c.is_control()).map_or(0, char::len_utf8);
        Span::from_range(self.at..self.at.saturating_add(len))
    }

    fn forward(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes).min(self.text.len());
    }

    fn skip(&mut self, is: impl Fn(char) -> bool) -> usize {
        let rest = self.rest();
        let len = rest.find(|c| !is(c)).unwrap_or(rest.len());
        self.forward(len);
        len
    }

    fn sign(&mut self, kind: Kind) -> Kind {
        self.forward(1);
        kind
    }

    fn blanks(&mut self) -> Result<(), Problem> {
        loop {
            self.skip(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
            let rest = self.rest();
            if rest.starts_with('#') || rest.starts_with("//") {
                self.skip(|c| c != '\n');
            } else if rest.starts_with("/*") {
                let Some(len) = rest.get(2..).and_then(|rest| rest.find("*/")) else {
                    let open = Span::from_range(self.at..self.at.saturating_add(2));
                    self.forward(rest.len());
                    return Err(Problem::new(open, "this comment never ends"));
                };
                self.forward(len.saturating_add(4));
            } else {
                return Ok(());
            }
        }
    }

    /// A text in quotes. Between `${` and its `}` quotes and line breaks are characters like any other.
    fn quoted(&mut self, start: usize) -> Result<Kind, Problem> {
        let open = Span::from_range(start..start.saturating_add(1));
        let mut braces = 0_usize;
        self.forward(1);
        loop {
            self.skip(|c| !matches!(c, '"' | '\\' | '\n' | '$' | '{' | '}' | '\0' | RESERVED));
            let rest = self.rest();
            match rest.chars().next() {
                Some('"') if braces == 0 => {
                    self.forward(1);
                    return Ok(Kind::Text);
                }
                Some('\n') if braces == 0 => {
                    return Err(Problem::new(open, "this text is not closed on its line"));
                }
                Some('$') if braces == 0 && rest.starts_with("${") => {
                    braces = 1;
                    self.forward(2);
                }
                Some('{') if braces > 0 => {
                    braces = braces.saturating_add(1);
                    self.forward(1);
                }
                Some('}') => {
                    braces = braces.saturating_sub(1);
                    self.forward(1);
                }
                Some('\\') => {
                    let len = super::text::escape(rest, self.at)?.1;
                    self.forward(len);
                }
                Some(c @ ('\0' | RESERVED)) => {
                    let shown = c.escape_default();
                    return Err(Problem::new(self.here(), format!("`{shown}` in a text, which Vault does not read")));
                }
                Some(c) => self.forward(c.len_utf8()),
                None if braces > 0 => return Err(Problem::new(open, "this text holds a `${` that is never closed")),
                None => return Err(Problem::new(open, "this text is never closed")),
            }
        }
    }

    fn number(&mut self, start: usize) -> Result<Kind, Problem> {
        let digits = |lexer: &mut Self| lexer.skip(|c| c.is_ascii_digit());
        if self.rest().starts_with('-') {
            self.forward(1);
            if !self.peek().is_some_and(|c| c.is_ascii_digit()) {
                let sign = Span::from_range(start..self.at);
                return Err(Problem::new(sign, "`-` stands before no number"));
            }
        }
        let whole = self.at;
        let mut good = true;
        if self.rest().starts_with("0x") || self.rest().starts_with("0X") {
            self.forward(2);
            good = self.skip(|c| c.is_ascii_hexdigit()) > 0;
        } else {
            let before = digits(self);
            let mut float = false;
            if self.rest().starts_with('.') {
                float = true;
                self.forward(1);
                // `1.` is a number, `.` is none.
                good = digits(self) > 0 || before > 0;
            }
            if self.rest().starts_with(['e', 'E']) && good {
                float = true;
                self.forward(1);
                if self.rest().starts_with(['+', '-']) {
                    self.forward(1);
                }
                good = digits(self) > 0;
            }
            let written = self.text.get(whole..self.at).unwrap_or("");
            // A whole number that begins with a zero is octal.
            good &= float || !written.starts_with('0') || !written.contains(['8', '9']);
        }
        if good {
            return Ok(Kind::Number);
        }
        let end = self.at.max(start.saturating_add(1));
        Err(Problem::new(Span::from_range(start..end), "this is no number that Vault reads"))
    }

    fn heredoc(&mut self, start: usize) -> Result<Kind, Problem> {
        let Some(after) = self.rest().strip_prefix("<<") else {
            return Err(Problem::new(self.here(), "`<` means nothing here"));
        };
        self.forward(2);
        let dash = after.starts_with('-');
        self.forward(usize::from(dash));
        let word = self.at;
        let len = self.skip(|c| is_letter(c) || is_digit(c));
        let word = self.text.get(word..self.at).unwrap_or("");
        let head = Span::from_range(start..self.at);
        if self.rest().starts_with("\r\n") {
            self.forward(1);
        }
        if !self.rest().starts_with('\n') && !self.rest().is_empty() {
            return Err(Problem::new(self.here(), "a heredoc's word ends its line"));
        }
        if len == 0 {
            return Err(Problem::new(head, "a heredoc without the word that ends it"));
        }
        self.forward(1);
        // Vault wants the closing line to be as long as what follows `<<`, and so a blank before the word after `<<-`.
        let least = len.saturating_add(usize::from(dash));
        let mut unindented = None;
        loop {
            let rest = self.rest();
            let Some(end) = rest.find('\n') else {
                let problem = Problem::new(head, "this heredoc has no end");
                self.forward(rest.len());
                return Err(match unindented {
                    Some(at) => problem
                        .help("after `<<-` Vault wants the closing word to be indented")
                        .opened(u32::try_from(at).unwrap_or(u32::MAX)),
                    None if rest.trim_matches(is_blank) == word => {
                        problem.help("Vault wants a line break behind the closing word")
                    }
                    None => problem,
                });
            };
            let line = rest.get(..end).unwrap_or("");
            let line = line.strip_suffix('\r').unwrap_or(line);
            let indent = line.len().saturating_sub(line.trim_start_matches(is_blank).len());
            if line
                .get(indent..)
                .and_then(|line| line.strip_prefix(word))
                .is_some_and(|tail| tail.trim_start_matches('\r').is_empty())
            {
                if line.len() >= least {
                    self.forward(indent.saturating_add(len));
                    return Ok(Kind::Heredoc);
                }
                unindented.get_or_insert(self.at);
            }
            self.forward(end.saturating_add(1));
        }
    }
}

/// What may stand before a heredoc's closing word.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii() && c.is_alphabetic()
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || !c.is_ascii() && c.is_numeric()
}
