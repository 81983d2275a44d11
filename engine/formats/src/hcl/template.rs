//! Strings, heredocs and templates: decoded text with its way back to the bytes, fragments, interpolations, directives.
//!
//! Everything is decoded from the document's own text by the spans of what was parsed; the parser's strings are not
//! looked at. Indentation of `<<-` is stripped as Terraform does it, line by line, which is not as the parser does it.

use engine_model::{NodeId, Op, ScalarStyle, Span, Text, TextMap};
use hcl_edit::Span as _;
use hcl_edit::template::{Directive, Element, Template};

use super::body::Reader;

/// How the literal text around interpolations is written.
#[derive(Clone, Copy)]
pub(super) enum Mode {
    /// Between quotes: `\` escapes.
    Quoted,
    /// In a heredoc whose text begins at byte `start` and whose lines lose `strip` characters of white space.
    Heredoc { start: u32, strip: usize },
}

impl Reader<'_, '_> {
    /// A string without interpolation; the span includes its quotes.
    pub(super) fn quoted(&mut self, span: Span) -> NodeId {
        let text = self.decode(inside_quotes(span), Mode::Quoted);
        self.builder.scalar(span, ScalarStyle::DoubleQuoted, text)
    }

    /// A string with interpolation or directives; the span includes its quotes.
    pub(super) fn string_template(&mut self, span: Span, template: &Template) -> NodeId {
        self.template(span, inside_quotes(span), template, Mode::Quoted)
    }

    /// A heredoc, from `<<` to the end of its closing word.
    pub(super) fn heredoc(&mut self, span: Span, template: &Template) -> NodeId {
        let whole = self.slice(span);
        let first = whole.find('\n').map_or(whole.len(), |at| at.saturating_add(1));
        let last = whole.rfind('\n').map_or(whole.len(), |at| at.saturating_add(1));
        let inner = Span::from_range(first..last.max(first)).shift(span.start);
        let indented = whole.starts_with("<<-");

        let mut literals = Vec::new();
        self.literals(inner, template, &mut literals);
        let strip = if indented { self.common_indent(inner, &literals) } else { 0 };
        let mode = Mode::Heredoc { start: inner.start, strip };
        if template.iter().all(|element| matches!(element, Element::Literal(_))) {
            let text = self.decode(inner, mode);
            return self.builder.scalar(span, ScalarStyle::Heredoc, text);
        }
        self.template(span, inner, template, mode)
    }

    fn template(&mut self, span: Span, inner: Span, template: &Template, mode: Mode) -> NodeId {
        let parts = self.parts(inner, template, mode);
        self.builder.expression(span, Op::Template, &parts)
    }

    /// The fragments, interpolations and directives of a template, whose text is `inner`.
    pub(super) fn parts(&mut self, inner: Span, template: &Template, mode: Mode) -> Vec<NodeId> {
        let mut parts = Vec::with_capacity(template.len());
        let mut at = inner.start;
        for element in template {
            let part = match element {
                Element::Literal(_) => continue,
                Element::Interpolation(_) | Element::Directive(_) => self.span(element.span()),
            };
            self.fragment(Span::new(at, part.start), mode, &mut parts);
            at = part.end;
            match element {
                Element::Literal(_) => {}
                Element::Interpolation(interpolation) => {
                    let inner = self.expression(&interpolation.expr);
                    parts.push(self.builder.expression(part, Op::Interpolation, &[inner]));
                }
                Element::Directive(directive) => parts.push(self.directive(part, directive, mode)),
            }
        }
        self.fragment(Span::new(at, inner.end), mode, &mut parts);
        parts
    }

    fn directive(&mut self, span: Span, directive: &Directive, mode: Mode) -> NodeId {
        let parts = match directive {
            Directive::If(directive) => {
                let mut parts = vec![self.expression(&directive.if_expr.cond_expr)];
                parts.push(self.nested(&directive.if_expr.template, mode));
                if let Some(other) = &directive.else_expr {
                    parts.push(self.nested(&other.template, mode));
                }
                parts
            }
            Directive::For(directive) => {
                let head = &directive.for_expr;
                let variables = self.variables(head.key_var.as_ref(), &head.value_var);
                let collection = self.expression(&head.collection_expr);
                vec![variables, collection, self.nested(&head.template, mode)]
            }
        };
        self.builder.expression(span, Op::Directive, &parts)
    }

    fn nested(&mut self, template: &Template, mode: Mode) -> NodeId {
        let span = self.span(template.span());
        self.template(span, span, template, mode)
    }

    fn fragment(&mut self, span: Span, mode: Mode, parts: &mut Vec<NodeId>) {
        if span.is_empty() {
            return;
        }
        let text = self.decode(span, mode);
        if !matches!(&text, Text::Decoded(text, _) if text.is_empty()) {
            parts.push(self.builder.scalar(span, ScalarStyle::Fragment, text));
        }
    }

    /// The stretches of literal text of a template and of those inside its directives, in order, empty ones included.
    fn literals(&self, inner: Span, template: &Template, found: &mut Vec<Span>) {
        let mut at = inner.start;
        for element in template {
            let directive = match element {
                Element::Literal(_) => continue,
                Element::Interpolation(_) => None,
                Element::Directive(directive) => Some(directive),
            };
            let part = self.span(element.span());
            found.push(Span::new(at, part.start));
            at = part.end;
            let inside = |template: &Template, found: &mut Vec<Span>| {
                self.literals(self.span(template.span()), template, found);
            };
            match directive.map(AsRef::as_ref) {
                None => {}
                Some(Directive::For(directive)) => inside(&directive.for_expr.template, found),
                Some(Directive::If(directive)) => {
                    inside(&directive.if_expr.template, found);
                    if let Some(other) = &directive.else_expr {
                        inside(&other.template, found);
                    }
                }
            }
        }
        found.push(Span::new(at, inner.end));
    }

    /// How many characters of white space every line begins with. Blank lines do not count; a line that begins with
    /// an interpolation or a directive has none.
    fn common_indent(&self, inner: Span, literals: &[Span]) -> usize {
        let mut least = usize::MAX;
        for literal in literals {
            let text = self.slice(*literal);
            let mut at = literal.start;
            for line in text.split_inclusive('\n') {
                if self.begins_line(at, inner.start) && !is_blank_line(line) {
                    least = least.min(line.chars().take_while(|c| c.is_whitespace()).count());
                }
                at = at.saturating_add(u32::try_from(line.len()).unwrap_or(u32::MAX));
            }
            if at < inner.end && self.begins_line(at, inner.start) {
                least = 0;
            }
        }
        if least == usize::MAX { 0 } else { least }
    }

    fn begins_line(&self, at: u32, start: u32) -> bool {
        at == start || self.slice(Span::new(at.saturating_sub(1), at)) == "\n"
    }

    /// The text that a stretch of literal text stands for.
    pub(super) fn decode(&self, span: Span, mode: Mode) -> Text {
        let source = self.slice(span);
        let marked = source.contains("$${") || source.contains("%%{");
        let plain = match mode {
            Mode::Quoted => !source.contains('\\'),
            Mode::Heredoc { strip, .. } => strip == 0,
        };
        if plain && !marked {
            return Text::Source(span);
        }
        let mut out = Decoded { text: String::with_capacity(source.len()), map: TextMap::default() };
        let mut at = span.start;
        for line in source.split_inclusive('\n') {
            let mut rest = line;
            if let Mode::Heredoc { start, strip } = mode
                && strip > 0
                && self.begins_line(at, start)
                && !is_blank_line(line)
            {
                let cut: usize = line.chars().take(strip).map(char::len_utf8).sum();
                rest = line.get(cut..).unwrap_or("");
                at = at.saturating_add(u32::try_from(cut).unwrap_or(0));
            }
            at = out.pieces(rest, at, matches!(mode, Mode::Quoted));
        }
        Text::Decoded(out.text, out.map)
    }
}

struct Decoded {
    text: String,
    map: TextMap,
}

impl Decoded {
    /// Decodes `rest`, which begins at byte `at`; gives the byte after it.
    fn pieces(&mut self, mut rest: &str, mut at: u32, escapes: bool) -> u32 {
        while let Some(first) = rest.chars().next() {
            let (text, len) = match first {
                '$' if rest.starts_with("$${") => ("${".to_owned(), 3),
                '%' if rest.starts_with("%%{") => ("%{".to_owned(), 3),
                '\\' if escapes => escape(rest),
                _ => {
                    let next = rest.char_indices().skip(1).find(|(_, c)| matches!(c, '$' | '%' | '\\'));
                    let len = next.map_or(rest.len(), |(at, _)| at);
                    (rest.get(..len).unwrap_or("").to_owned(), len)
                }
            };
            let end = at.saturating_add(u32::try_from(len).unwrap_or(u32::MAX));
            self.map.push(u32::try_from(text.len()).unwrap_or(u32::MAX), Span::new(at, end));
            self.text.push_str(&text);
            rest = rest.get(len..).unwrap_or("");
            at = end;
        }
        at
    }
}

/// The character of the escape that `rest` begins with, and how many bytes it is written as.
fn escape(rest: &str) -> (String, usize) {
    let short = |c: char| (String::from(c), 2);
    let long = |digits: usize| {
        let end = digits.saturating_add(2);
        let value = rest.get(2..end).and_then(|hex| u32::from_str_radix(hex, 16).ok()).and_then(char::from_u32);
        value.map_or_else(|| (String::from('\\'), 1), |c| (String::from(c), end))
    };
    match rest.chars().nth(1) {
        Some('n') => short('\n'),
        Some('r') => short('\r'),
        Some('t') => short('\t'),
        Some('"') => short('"'),
        Some('\\') => short('\\'),
        Some('u') => long(4),
        Some('U') => long(8),
        // The parser refuses any other escape, so this is never reached by a document.
        _ => (String::from('\\'), 1),
    }
}

fn inside_quotes(span: Span) -> Span {
    Span::new(span.start.saturating_add(1), span.end.saturating_sub(1))
}

fn is_blank_line(line: &str) -> bool {
    line.ends_with('\n') && line.trim_start().is_empty()
}
