//! Templates as one text: literal text with `${` and `%{` escaped again, interpolations of literals replaced by them,
//! conditionals written as `%{if}` even where `${a ? b : c}` stands, directives without blanks, and what a `~` strips
//! left out.

use engine_model::{Document, Kind, NodeId, Op, ScalarStyle};

use super::number;

/// The text of an expression that is no value of its own.
pub(super) fn text(document: &Document, node: NodeId) -> String {
    match document.node(node).kind {
        Kind::Expression(Op::Template, parts) => {
            let heredoc = document.source_text(node).starts_with("<<");
            Template { document, heredoc }.parts(parts, false, false)
        }
        _ => wrapped(document, node),
    }
}

/// The source text between `${` and `}`.
pub(super) fn wrapped(document: &Document, node: NodeId) -> String {
    format!("${{{}}}", document.source_text(node))
}

/// Literal text in which nothing is left that begins an interpolation or a directive.
pub(super) fn escaped(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

/// Whether a part of a template is an interpolation.
pub(super) fn is_interpolation(document: &Document, part: NodeId) -> bool {
    matches!(document.node(part).kind, Kind::Expression(Op::Interpolation, _))
}

/// The name of an object's entry.
pub(super) fn key(document: &Document, node: NodeId) -> String {
    match document.node(node).kind {
        // A number is a number here too, and a name with a step behind it stands as it is written.
        Kind::Expression(Op::Traversal, parts) if is_static(document, parts) => document.source_text(node).to_owned(),
        Kind::Expression(Op::Variable, _) => document.source_text(node).to_owned(),
        _ => part(document, node),
    }
}

/// Whether a traversal begins with a name and goes on with steps that are written out.
fn is_static(document: &Document, parts: &[NodeId]) -> bool {
    let Some((root, steps)) = parts.split_first() else { return false };
    let is_step = |step: &NodeId| match document.node(*step).kind {
        Kind::Scalar(_) => true,
        Kind::Expression(Op::Index, &[index]) => matches!(document.node(index).kind, Kind::Scalar(_)),
        _ => false,
    };
    matches!(document.node(*root).kind, Kind::Expression(Op::Variable, _)) && steps.iter().all(is_step)
}

/// An expression inside of a text.
fn part(document: &Document, node: NodeId) -> String {
    match document.node(node).kind {
        // Minus one is an operation on one.
        Kind::Scalar(scalar) if scalar.style == ScalarStyle::Plain && scalar.text.starts_with('-') => {
            wrapped(document, node)
        }
        Kind::Scalar(scalar) if scalar.style == ScalarStyle::Plain => {
            number::plain(scalar.text).unwrap_or_else(|| scalar.text.to_owned())
        }
        Kind::Scalar(scalar) => escaped(scalar.text),
        Kind::Expression(Op::Template, &[only]) if is_interpolation(document, only) => part(document, only),
        Kind::Expression(Op::Interpolation, &[inner]) => part(document, inner),
        Kind::Expression(Op::Conditional, &[condition, yes, no]) => {
            conditional(document.source_text(condition), &part(document, yes), &part(document, no))
        }
        _ => text(document, node),
    }
}

fn conditional(condition: &str, yes: &str, no: &str) -> String {
    let no = if no.is_empty() { String::new() } else { format!("%{{else}}{no}") };
    format!("%{{if {condition}}}{yes}{no}%{{endif}}")
}

/// A template that is being written.
#[derive(Clone, Copy)]
struct Template<'d> {
    document: &'d Document,
    heredoc: bool,
}

impl Template<'_> {
    /// The parts in order; `open` and `close` say whether a `~` stands before the first and behind the last.
    fn parts(self, parts: &[NodeId], open: bool, close: bool) -> String {
        let source = |index: usize| parts.get(index).map(|part| self.document.source_text(*part));
        let mut out = String::new();
        for (index, node) in parts.iter().enumerate() {
            match self.document.node(*node).kind {
                Kind::Scalar(scalar) if scalar.style == ScalarStyle::Fragment => {
                    let before = index.checked_sub(1).and_then(source);
                    let behind = index.checked_add(1).and_then(source);
                    let left = before.map_or(open, |text| text.ends_with("~}"));
                    let right = behind.map_or(close, |text| text.starts_with("${~") || text.starts_with("%{~"));
                    out.push_str(&escaped(&self.stripped(scalar.text, left, right)));
                }
                Kind::Expression(Op::Directive, inner) => out.push_str(&self.directive(*node, inner)),
                _ => out.push_str(&part(self.document, *node)),
            }
        }
        out
    }

    /// Literal text without the white space that a `~` on its left or right strips: in a heredoc, of one line.
    fn stripped(self, text: &str, left: bool, right: bool) -> String {
        let mut text = text.to_owned();
        if left {
            let line =
                if self.heredoc { text.find('\n').map_or(text.len(), |at| at.saturating_add(1)) } else { text.len() };
            let (first, rest) = text.split_at_checked(line).unwrap_or((&text, ""));
            text = format!("{}{rest}", first.trim_start());
        }
        if right {
            let body = text.strip_suffix('\n').unwrap_or(&text);
            let line = if self.heredoc { body.rfind('\n').map_or(0, |at| at.saturating_add(1)) } else { 0 };
            let (rest, last) = text.split_at_checked(line).unwrap_or(("", &text));
            text = format!("{rest}{}", last.trim_end());
        }
        text
    }

    fn directive(self, node: NodeId, parts: &[NodeId]) -> String {
        match *parts {
            [variables, collection, template] if matches!(self.document.node(variables).kind, Kind::Sequence(_)) => {
                let names = self.document.items(variables).iter().map(|name| self.document.source_text(*name));
                let names: Vec<&str> = names.collect();
                let [content] = self.nested(node, [template]);
                let collection = self.document.source_text(collection);
                format!("%{{for {} in {collection}}}{content}%{{endfor}}", names.join(", "))
            }
            [condition, yes] => {
                let [yes] = self.nested(node, [yes]);
                conditional(self.document.source_text(condition), &yes, "")
            }
            [condition, yes, no] => {
                let [yes, no] = self.nested(node, [yes, no]);
                conditional(self.document.source_text(condition), &yes, &no)
            }
            _ => wrapped(self.document, node),
        }
    }

    /// The templates inside of a directive, with what the marks before and behind each strip.
    fn nested<const N: usize>(self, directive: NodeId, templates: [NodeId; N]) -> [String; N] {
        let whole = self.document.node(directive).span;
        let mut start = whole.start;
        let spans = templates.map(|template| self.document.node(template).span);
        let marks = spans.map(|span| {
            let mark = start..span.start;
            start = span.end;
            mark
        });
        let text = |from: u32, to: u32| self.document.text().get(from as usize..to as usize).unwrap_or("");
        let mut index = 0_usize;
        templates.map(|template| {
            let before = marks.get(index).map_or("", |mark| text(mark.start, mark.end));
            index = index.saturating_add(1);
            let behind = match (marks.get(index), spans.last()) {
                (Some(mark), _) => text(mark.start, mark.end),
                (None, last) => text(last.map_or(whole.end, |last| last.end), whole.end),
            };
            match self.document.node(template).kind {
                Kind::Expression(Op::Template, parts) => {
                    self.parts(parts, before.ends_with("~}"), behind.starts_with("%{~"))
                }
                _ => part(self.document, template),
            }
        })
    }
}
