//! Tokens to bodies, and on past what cannot be read.

use engine_model::{Builder, Entry, NodeId, ScalarStyle, Span, Text};

use super::lexer::{Kind, Lexer, Token};
use super::{Keys, MAX_DEPTH, Outcome, Twice, text};
use crate::block::{Members, block};
use crate::json::Problem;

/// Reads `text` from byte `start` on.
pub(super) fn read(text: &str, start: usize, builder: Builder) -> Outcome {
    let mut reader = Reader { text, lexer: Lexer::new(text, start), builder, next: None, twice: Vec::new() };
    let mut body = Body::default();
    let mut problems: Vec<Problem> = Vec::new();
    // Reading again from the next item on is paid from one purse, so that many broken items cost a few passes at most.
    let mut purse = text.len().saturating_mul(8).saturating_add(1 << 16);
    loop {
        let from = reader.position();
        let problem = match reader.item(&mut body, 0) {
            Ok(Some(())) => continue,
            Ok(None) => break,
            Err(problem) => problem,
        };
        let read = reader.lexer.at.saturating_sub(from);
        // What is never closed is named by where it begins, and what follows it was read as a part of it.
        let resume = (problem.span.start as usize).max(from);
        problems.push(problem);
        match (purse.checked_sub(read), next_item(text, resume)) {
            (Some(left), Some(at)) => {
                purse = left;
                reader.lexer = Lexer::new(text, at);
                reader.next = None;
            }
            _ => break,
        }
    }
    let Reader { mut builder, twice, .. } = reader;
    let nothing = body.members.is_empty() && !problems.is_empty();
    let root = body.members.finish(&mut builder, start);
    let document = (!nothing).then(|| builder.finish(vec![root]));
    Outcome { document, problems, twice }
}

/// Where the next line after byte `from` begins that begins at the margin with a key, and with more than a word.
fn next_item(text: &str, from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let line = text.get(at..)?.find('\n')?;
        at = at.saturating_add(line).saturating_add(1);
        let rest = text.get(at..)?;
        let is_key = rest.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '"');
        if is_key && rest.lines().next().is_some_and(|line| line.contains(['{', '=', '"'])) {
            return Some(at);
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    lexer: Lexer<'t>,
    builder: Builder,
    /// A token that was looked at and not taken.
    next: Option<Token>,
    twice: Vec<Twice>,
}

/// A body while it is read, and the keys that were set in it.
#[derive(Default)]
struct Body {
    members: Members,
    set: Keys,
}

/// A key that is no node yet: that of a block is one only where it is the first of its type.
struct Key {
    style: ScalarStyle,
    text: Text,
    name: String,
    span: Span,
}

impl Key {
    fn node(self, builder: &mut Builder) -> NodeId {
        builder.scalar(self.span, self.style, self.text)
    }
}

impl Reader<'_> {
    fn position(&self) -> usize {
        self.next.map_or(self.lexer.at, |token| token.span.start as usize)
    }

    fn take(&mut self) -> Result<Token, Problem> {
        match self.next.take() {
            Some(token) => Ok(token),
            None => self.lexer.token(),
        }
    }

    fn look(&mut self) -> Result<Token, Problem> {
        let token = self.take()?;
        self.next = Some(token);
        Ok(token)
    }

    fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    /// Reads one item into `body`; `None` at the end of the text, or before the `}` that ends the body.
    fn item(&mut self, body: &mut Body, depth: usize) -> Result<Option<()>, Problem> {
        let first = self.look()?;
        match first.kind {
            Kind::End => return Ok(None),
            Kind::RightBrace if depth > 0 => return Ok(None),
            Kind::RightBrace => return Err(Problem::new(first.span, "this closes nothing that is open here")),
            _ => {}
        }
        let mut keys: Vec<Key> = Vec::with_capacity(2);
        let sign = loop {
            let token = self.take()?;
            match token.kind {
                Kind::Ident => {
                    let (span, name) = (token.span, self.slice(token.span).to_owned());
                    keys.push(Key { style: ScalarStyle::Plain, text: Text::Source(span), name, span });
                }
                Kind::Text => keys.push(self.quoted_key(token)?),
                Kind::LeftBrace if !keys.is_empty() => break token,
                Kind::Assign if keys.len() == 1 => break token,
                Kind::Assign if keys.len() > 1 => {
                    return Err(Problem::new(token.span, "only one key stands before a `=`"));
                }
                Kind::End => return Err(Problem::new(token.span, "the text ends here, behind a key without a value")),
                _ if keys.is_empty() => return Err(Problem::new(token.span, "a key is missing here")),
                _ => return Err(Problem::new(token.span, "a `{` or a `=` is missing here")),
            }
        };
        let mut keys = keys.into_iter();
        let Some(key) = keys.next() else { return Ok(None) };
        let labels: Vec<Key> = keys.collect();
        match sign.kind {
            Kind::LeftBrace => {
                self.block(body, key, labels, sign.span, depth)?;
            }
            _ => {
                let (name, span) = (key.name.clone(), key.span);
                let token = self.take()?;
                let value = match token.kind {
                    Kind::LeftBrace => self.block(body, key, labels, token.span, depth)?,
                    Kind::End => return Err(Problem::new(sign.span, "no value follows")),
                    _ => {
                        let (value, to) = self.value(token, depth)?;
                        body.members.cover(span.cover(to));
                        body.members.attribute(Entry { key: key.node(&mut self.builder), value });
                        value
                    }
                };
                body.set.set(&name, span, value, &mut self.twice);
            }
        }
        if self.look()?.kind == Kind::Comma {
            self.next = None;
        }
        Ok(Some(()))
    }

    fn quoted_key(&mut self, token: Token) -> Result<Key, Problem> {
        let text = text::quoted(self.text, token.span)?;
        let name = match &text {
            Text::Source(span) => self.slice(*span).to_owned(),
            Text::Decoded(text, _) => text.clone(),
        };
        Ok(Key { style: ScalarStyle::DoubleQuoted, text, name, span: token.span })
    }

    /// A block whose keys and `{` were taken.
    fn block(
        &mut self,
        body: &mut Body,
        key: Key,
        labels: Vec<Key>,
        open: Span,
        depth: usize,
    ) -> Result<NodeId, Problem> {
        let span = key.span;
        let covered = labels.iter().map(|label| label.span).reduce(Span::cover);
        let covered = covered.unwrap_or_else(|| Span::new(span.end, span.end));
        let labels: Vec<NodeId> = labels.into_iter().map(|label| label.node(&mut self.builder)).collect();
        let (inner, to) = self.body(open, depth)?;
        let labels = self.builder.sequence(covered, &labels);
        let whole = span.cover(to);
        let node = block(&mut self.builder, whole, span, labels, inner);
        body.members.cover(whole);
        let name = key.name.clone();
        body.members.block(&name, node, whole, || key.node(&mut self.builder));
        Ok(node)
    }

    /// The body behind a `{` that was taken, up to its `}`.
    fn body(&mut self, open: Span, depth: usize) -> Result<(NodeId, Span), Problem> {
        let depth = deeper(depth, open)?;
        let mut body = Body::default();
        while self.item(&mut body, depth)?.is_some() {}
        let close = self.take()?;
        if close.kind != Kind::RightBrace {
            return Err(Problem::new(open, "this is opened and never closed"));
        }
        let span = open.cover(close.span);
        Ok((body.members.finish_over(&mut self.builder, span), span))
    }

    fn value(&mut self, token: Token, depth: usize) -> Result<(NodeId, Span), Problem> {
        let span = token.span;
        let (style, text) = match token.kind {
            Kind::Number | Kind::Bool => (ScalarStyle::Plain, Text::Source(span)),
            Kind::Text => (ScalarStyle::DoubleQuoted, text::quoted(self.text, span)?),
            Kind::Heredoc => (ScalarStyle::Heredoc, text::heredoc(self.text, span)),
            Kind::LeftBracket => return self.list(span, depth),
            Kind::LeftBrace => return self.body(span, depth),
            Kind::Ident => {
                let message = format!("`{}` is no value", shorten(self.slice(span)));
                return Err(Problem::new(span, message).help("write a text in double quotes"));
            }
            Kind::End => return Err(Problem::new(span, "the text ends here, before a value")),
            _ => return Err(Problem::new(span, "a value is missing here")),
        };
        Ok((self.builder.scalar(span, style, text), span))
    }

    /// The list behind a `[` that was taken. Vault takes any number of commas, but no item without one before it.
    fn list(&mut self, open: Span, depth: usize) -> Result<(NodeId, Span), Problem> {
        let depth = deeper(depth, open)?;
        let mut items = Vec::new();
        let mut comma = true;
        loop {
            let token = self.take()?;
            match token.kind {
                Kind::Comma => comma = true,
                Kind::RightBracket => {
                    let span = open.cover(token.span);
                    return Ok((self.builder.sequence(span, &items), span));
                }
                Kind::End => return Err(Problem::new(open, "this is opened and never closed")),
                _ if !comma => return Err(Problem::new(token.span, "a comma or `]` is missing here")),
                kind => {
                    items.push(self.value(token, depth)?.0);
                    // Nothing need separate what follows a list.
                    comma = kind == Kind::LeftBracket;
                }
            }
        }
    }
}

fn deeper(depth: usize, open: Span) -> Result<usize, Problem> {
    let depth = depth.saturating_add(1);
    if depth > MAX_DEPTH {
        return Err(Problem::new(open, format!("nested more than {MAX_DEPTH} levels deep")));
    }
    Ok(depth)
}

/// At most so much of a text as a message may hold.
fn shorten(text: &str) -> String {
    text.chars().take(80).collect()
}
