//! Words: what they are made of, and what can be told of them without running anything.

use std::ops::Range;

use engine_model::{Span, TextMap};

use super::hole;

/// How many characters [`Word::display`] shows.
const SHOWN: usize = 80;

/// One word of a command, made of parts that stand next to each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// The bytes it is written at, quotes included.
    pub span: Span,
    /// Its parts, in order; none where the word is empty.
    pub parts: Vec<Part>,
    map: TextMap,
    shown: Option<Box<str>>,
}

/// One part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text that stands for itself.
    Literal {
        /// The text, quotes removed and escapes decoded.
        text: String,
        /// The bytes it is written at, with the quotes that begin or end there.
        span: Span,
    },
    /// `$NAME`, `${NAME}`, `${NAME:-default}`.
    Variable {
        /// The name: an identifier, a number, or one of `@*#?-$!`.
        name: String,
        /// What follows the name inside the braces, as written: `:-default`, `%.*`, `[0]`.
        operator: Option<String>,
        /// What stands after `-`, `:-`, `=` or `:=`, where that is literal.
        default: Option<String>,
        /// Whether it stands in double quotes, so that its value stays one word.
        quoted: bool,
        /// The bytes from `$` on.
        span: Span,
    },
    /// `$( )` or backticks.
    Substitution {
        /// Indices into [`Script::commands`](super::Script::commands): the commands in it, nested ones included.
        commands: Range<u32>,
        /// Whether it stands in double quotes.
        quoted: bool,
        /// The bytes with their delimiters.
        span: Span,
    },
    /// What only the shell can tell: arithmetic, a glob, a brace expansion, a tilde, a process substitution, an array's
    /// parentheses, a `$[[ input ]]` of GitLab.
    Other {
        /// As written.
        text: String,
        /// The bytes it is written at.
        span: Span,
    },
}

impl Part {
    /// The bytes it is written at.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Self::Literal { span, .. }
            | Self::Variable { span, .. }
            | Self::Substitution { span, .. }
            | Self::Other { span, .. } => *span,
        }
    }
}

impl Word {
    /// The word with quotes removed and escapes decoded; `None` where a part of it is not literal.
    #[must_use]
    pub fn literal(&self) -> Option<String> {
        let literals = self.parts.iter().map(|part| match part {
            Part::Literal { text, .. } => Some(text.as_str()),
            _ => None,
        });
        literals.collect()
    }

    /// The same with the map from its bytes to those of the script, for `sh -c '..'` and `eval`.
    #[must_use]
    pub fn literal_map(&self) -> Option<(String, TextMap)> {
        self.literal().map(|text| (text, self.map.clone()))
    }

    /// Whether the word is exactly `text`, quoted or not.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        match self.parts.as_slice() {
            [Part::Literal { text: only, .. }] => only == text,
            _ => self.literal().is_some_and(|word| word == text),
        }
    }

    /// The literal text that the word begins with, up to the first part that is not literal.
    #[must_use]
    pub fn literal_prefix(&self) -> String {
        let literals = self.parts.iter().map_while(|part| match part {
            Part::Literal { text, .. } => Some(text.as_str()),
            _ => None,
        });
        literals.collect()
    }

    /// Whether the literal text at its beginning begins with `prefix`.
    #[must_use]
    pub fn starts_with(&self, prefix: &str) -> bool {
        self.literal_prefix().starts_with(prefix)
    }

    /// The literal with variables replaced by what `lookup` says; `None` where anything stays unknown.
    ///
    /// `${NAME:-default}` and its kin are evaluated where the default is literal: the default counts where `lookup`
    /// gives `None`, that is, a variable that it does not know counts as unset. `${NAME:?message}` is the variable.
    /// Every other operator stays unknown.
    #[must_use]
    pub fn text_with(&self, lookup: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Literal { text, .. } => out.push_str(text),
                Part::Variable { name, operator, default, .. } => {
                    out.push_str(&expand(lookup(name), operator.as_deref(), default.as_deref())?);
                }
                Part::Substitution { .. } | Part::Other { .. } => return None,
            }
        }
        Some(out)
    }

    /// The word for a message: as written, on one line, at most 80 characters.
    #[must_use]
    pub fn display(&self) -> String {
        if let Some(shown) = &self.shown {
            return shown.to_string();
        }
        self.literal_prefix()
    }

    /// Takes the holes of a text out of its literals. `filled` is the text that it was read from, `text` what is written.
    pub(super) fn open(&mut self, filled: &str, text: &str) {
        let of = |text: &str, span: Span| text.get(span.range()).unwrap_or("").to_owned();
        if !of(filled, self.span).contains(hole::FILLER) {
            return;
        }
        let mut parts = Vec::with_capacity(self.parts.len());
        for part in std::mem::take(&mut self.parts) {
            match part {
                Part::Literal { text: literal, span } if literal.contains(hole::FILLER) => {
                    let written = hole::runs(filled.get(span.range()).unwrap_or("")).into_iter();
                    let mut written = written.map(|run| of(text, run.shift(span.start)));
                    let mut at = 0_usize;
                    for run in hole::runs(&literal) {
                        parts.extend(literal_part(literal.get(at..run.start as usize), span));
                        parts.push(Part::Other { text: written.next().unwrap_or_default(), span });
                        at = run.end as usize;
                    }
                    parts.extend(literal_part(literal.get(at..), span));
                }
                Part::Variable { name, operator: Some(operator), span, quoted, .. }
                    if operator.contains(hole::FILLER) =>
                {
                    let whole = of(text, span);
                    let operator = whole.get(name.len() + 2..whole.len().saturating_sub(1)).map(str::to_owned);
                    parts.push(Part::Variable { name, operator, default: None, quoted, span });
                }
                Part::Other { span, .. } => parts.push(Part::Other { text: of(text, span), span }),
                part => parts.push(part),
            }
        }
        self.parts = parts;
        self.map = TextMap::default();
        self.shown = Some(shown(&of(text, self.span)));
    }

    /// The indices of the commands in its substitutions, those inside `${ }` and arithmetic left out.
    pub fn substitutions(&self) -> impl Iterator<Item = Range<u32>> + '_ {
        self.parts.iter().filter_map(|part| match part {
            Part::Substitution { commands, .. } => Some(commands.clone()),
            _ => None,
        })
    }
}

fn literal_part(text: Option<&str>, span: Span) -> Option<Part> {
    text.filter(|text| !text.is_empty()).map(|text| Part::Literal { text: text.to_owned(), span })
}

fn expand(value: Option<String>, operator: Option<&str>, default: Option<&str>) -> Option<String> {
    let Some(operator) = operator else { return value };
    if let Some(default) = default {
        let unset = value.as_ref().is_none_or(|value| operator.starts_with(':') && value.is_empty());
        return if unset { Some(default.to_owned()) } else { value };
    }
    let same = [":-", ":=", ":?", "-", "=", "?"].iter().any(|known| operator.starts_with(known));
    value.filter(|value| same && (!value.is_empty() || !operator.starts_with(':')))
}

/// A word being read.
#[derive(Debug, Default)]
pub(super) struct Builder {
    parts: Vec<Part>,
    start: usize,
    text: String,
    /// Where the literal being read begins.
    open: Option<usize>,
    /// How many bytes of decoded text came from where.
    pieces: Vec<(u32, Span)>,
}

impl Builder {
    /// A word that begins at byte `start`.
    pub(super) fn new(start: usize) -> Self {
        Self { start, ..Self::default() }
    }

    pub(super) fn start(&self) -> usize {
        self.start
    }

    pub(super) fn part_count(&self) -> usize {
        self.parts.len()
    }

    /// Begins a literal at byte `at`, unless one is being read.
    pub(super) fn open(&mut self, at: usize) {
        self.open.get_or_insert(at);
    }

    /// Adds decoded text that was written as `source`.
    pub(super) fn push(&mut self, text: &str, source: Range<usize>) {
        self.open(source.start);
        self.text.push_str(text);
        self.pieces.push((u32::try_from(text.len()).unwrap_or(u32::MAX), Span::from_range(source)));
    }

    /// Ends the literal being read before byte `end`; it is dropped where it says nothing.
    pub(super) fn flush(&mut self, end: usize) {
        let empty = self.text.is_empty();
        self.close(end, !empty);
    }

    /// Ends the literal being read before byte `end`; it is kept even where it is empty, if `keep`.
    pub(super) fn close(&mut self, end: usize, keep: bool) {
        let Some(start) = self.open.take() else { return };
        let text = std::mem::take(&mut self.text);
        if keep {
            self.parts.push(Part::Literal { text, span: Span::from_range(start..end) });
        }
    }

    pub(super) fn part(&mut self, part: Part) {
        self.parts.push(part);
    }

    /// Adds what only the shell can tell.
    pub(super) fn other(&mut self, script: &str, span: Range<usize>) {
        self.flush(span.start);
        let text = script.get(span.clone()).unwrap_or("").to_owned();
        self.parts.push(Part::Other { text, span: Span::from_range(span) });
    }

    /// The literal text, where all of it is literal.
    pub(super) fn literal(&self) -> Option<String> {
        let mut out = String::new();
        for part in &self.parts {
            let Part::Literal { text, .. } = part else { return None };
            out.push_str(text);
        }
        out.push_str(&self.text);
        Some(out)
    }

    /// The word, which ends before byte `end` of `script`.
    pub(super) fn finish(mut self, script: &str, end: usize) -> Word {
        self.flush(end);
        let span = self.start..end;
        build(script, span, self.parts, &self.pieces)
    }

    /// The word, and the same with the `head` before it, which stands for itself: `NAME=` and a value.
    pub(super) fn finish_with_head(mut self, script: &str, head: Range<usize>, end: usize) -> (Word, Word) {
        self.flush(end);
        let text = script.get(head.clone()).unwrap_or("").to_owned();
        let mut pieces = vec![(u32::try_from(text.len()).unwrap_or(u32::MAX), Span::from_range(head.clone()))];
        pieces.extend_from_slice(&self.pieces);
        let mut parts = vec![Part::Literal { text, span: Span::from_range(head.clone()) }];
        parts.extend_from_slice(&self.parts);
        let whole = build(script, head.start..end, parts, &pieces);
        (build(script, self.start..end, self.parts, &self.pieces), whole)
    }
}

fn build(script: &str, span: Range<usize>, mut parts: Vec<Part>, pieces: &[(u32, Span)]) -> Word {
    parts.shrink_to_fit();
    let mut map = TextMap::default();
    if parts.iter().all(|part| matches!(part, Part::Literal { .. })) {
        for (decoded, source) in pieces {
            map.push(*decoded, *source);
        }
    }
    let raw = script.get(span.clone()).unwrap_or("");
    let verbatim = matches!(parts.as_slice(), [Part::Literal { text, .. }] if text == raw);
    let shown = if verbatim && raw.len() <= SHOWN && !raw.contains(char::is_control) { None } else { Some(shown(raw)) };
    Word { span: Span::from_range(span), parts, map, shown }
}

/// `raw` on one line, capped.
fn shown(raw: &str) -> Box<str> {
    let mut out = String::with_capacity(raw.len().min(SHOWN));
    for (count, c) in raw.chars().enumerate() {
        if count + 1 >= SHOWN && raw.chars().nth(SHOWN).is_some() {
            out.push('…');
            break;
        }
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            c if c.is_control() => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
    out.into_boxed_str()
}
