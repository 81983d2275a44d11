//! Terraform's JSON syntax: `.tf.json` and `.tfvars.json` to the very shape that the native syntax has.
//!
//! - Where Terraform's own schema says that a member is blocks, it is: an object or an array of objects for each
//!   block, below one object for each label. Any other member is an attribute. Inside a resource, a provider or a
//!   `dynamic` block's `content` the schema that decides is the provider's, which is not known here: an object or an
//!   array of objects stays what it is, a mapping or a sequence, where the native syntax may show blocks.
//! - A key in a body is the quoted scalar. A block begins at its last label, or at its body where it has none or
//!   shares it; its type and its other labels stand before it. `"//"` is a comment in a body and a key in a value.
//! - A text is a template, a literal or an expression, as its attribute wants it. A text that Terraform cannot read as
//!   what it should be is a template without anything in it that can be evaluated, never the text as it stands.
//! - A key that stands twice in a value, or twice as an attribute of one body, is a `broken-document` finding, since
//!   Terraform refuses it. Blocks may be spread over as many keys as one likes.

use std::collections::HashSet;
use std::sync::Arc;

use engine_model::{
    Builder, Document, Entry, Format, Frame, GapCause, Kind, NodeId, Op, Route, Scalar, ScalarStyle, SourceFile, Span,
    Text, TextMap,
};
use hcl_edit::parser;
use hcl_edit::template::Element;

use super::body::Reader;
use super::recovery::{Fault, shorten};
use super::schema::{self, Body, Member, Reading};
use super::sink::{Sink, Through};
use super::template::Mode;
use crate::block::{Members, block};
use crate::{Parsed, json};

/// The longest label, in bytes: it may be written once and stand in every block.
const MAX_LABEL: usize = 1024;

/// Reads a `.tf.json`, or a `.tfvars.json` by its name.
///
/// A byte order mark is refused, as Terraform does, and passed over. The document is of [`Format::Hcl`].
#[must_use]
pub fn parse(file: &Arc<SourceFile>) -> Parsed {
    let frame = Frame::File(Arc::clone(file));
    let body = if file.path().file_name().ends_with(".tfvars.json") { Body::Values } else { Body::Root };
    let start = json::after_mark(file.text());
    let json::Outcome { document, problem, .. } = json::read_text(frame.clone(), file.text(), start);
    let mark =
        json::Problem::new(Span::from_range(0..start), "a byte order mark, which Terraform does not read in JSON");
    let mark = Some(mark.help("save the file as UTF-8 without one")).filter(|_| start > 0);
    let mut broken = problem.is_some() || mark.is_some();
    let mut findings: Vec<_> = [mark, problem]
        .into_iter()
        .flatten()
        .filter_map(|problem| json::finding(&frame, problem, &Route::default()))
        .collect();
    let document = document.and_then(|document| {
        let root = *document.roots().first()?;
        let builder = Builder::new(frame.clone(), Format::Hcl);
        let mut converter = Converter { json: &document, builder, faults: Vec::new() };
        let (root, is_body) = converter.root(root, body);
        broken |= !converter.faults.is_empty();
        findings.extend(super::findings(&frame, file.text(), converter.faults));
        is_body.then(|| Arc::new(converter.builder.finish(vec![root])))
    });
    findings.sort_by_key(|finding| finding.location.span);
    Parsed { document, findings, broken: broken.then_some(GapCause::BrokenDocument) }
}

/// Makes the nodes of the HCL document out of those of the JSON document. It recurses as deep as JSON may be nested.
struct Converter<'j> {
    json: &'j Document,
    builder: Builder,
    faults: Vec<Fault>,
}

/// One block type's key, and what of its blocks was read so far.
struct Type<'j> {
    key: NodeId,
    name: &'j str,
    body: Body,
    labels: Vec<NodeId>,
}

impl<'j> Converter<'j> {
    /// The root, and whether it is a body at all.
    fn root(&mut self, node: NodeId, body: Body) -> (NodeId, bool) {
        let faults = self.faults.len();
        let entries = self.members_of(node, "the whole of the file");
        let is_body = !entries.is_empty() || self.faults.len() == faults;
        (self.body(&entries, self.json.node(node).span, body), is_body)
    }

    fn fault(&mut self, node: NodeId, message: String) {
        let at = self.json.node(node).span;
        // An object over many lines is named by the bracket that opens it.
        let range = match self.json.node(node).kind {
            Kind::Scalar(_) => at.range(),
            _ => Span::new(at.start, at.start.saturating_add(1)).range(),
        };
        self.faults.push(Fault { at: range, message, duplicate: false });
    }

    /// The members of an object, or of all the objects in an array.
    fn members_of(&mut self, node: NodeId, what: &str) -> Vec<Entry> {
        match self.json.node(node).kind {
            Kind::Mapping(entries) => return entries.to_vec(),
            Kind::Scalar(scalar) if is_null(scalar) => return Vec::new(),
            Kind::Sequence(items) => {
                let mut all = Vec::new();
                for item in items {
                    match self.json.node(*item).kind {
                        Kind::Mapping(entries) => all.extend_from_slice(entries),
                        _ => self.fault(*item, format!("{what} is an object, or an array of objects")),
                    }
                }
                return all;
            }
            _ => {}
        }
        self.fault(node, format!("{what} is an object, or an array of objects"));
        Vec::new()
    }

    fn body(&mut self, entries: &[Entry], span: Span, body: Body) -> NodeId {
        let mut members = Members::default();
        let mut names = HashSet::new();
        for entry in entries {
            let name = self.json.scalar(entry.key).map_or("", |key| key.text);
            if name == "//" {
                continue;
            }
            match schema::member(body, name) {
                Member::Blocks(labels, body) => {
                    let mut blocks = Type { key: entry.key, name, body, labels: Vec::new() };
                    self.blocks(&mut members, &mut blocks, entry.value, labels);
                }
                Member::Attribute(reading) => {
                    if !names.insert(name) {
                        let message = format!("`{}` is set twice, which Terraform refuses", shorten(name));
                        self.fault(entry.key, message);
                    }
                    let key = self.literal(entry.key);
                    let value = self.value(entry.value, reading);
                    members.attribute(Entry { key, value });
                }
            }
        }
        members.finish_over(&mut self.builder, span)
    }

    /// The blocks below `node`, where so many labels are still to come.
    fn blocks(&mut self, members: &mut Members, of: &mut Type<'j>, node: NodeId, labels: usize) {
        let what = format!("a `{}` block", of.name);
        if let Some(left) = labels.checked_sub(1) {
            let (faults, entries) = (self.faults.len(), self.members_of(node, &what));
            if entries.is_empty() && self.faults.len() == faults {
                self.fault(node, format!("{what} wants a label, and there is none here"));
            }
            for entry in entries {
                if self.json.scalar(entry.key).is_none_or(|key| key.text.len() > MAX_LABEL) {
                    self.fault(entry.key, format!("a label of more than {MAX_LABEL} bytes"));
                    continue;
                }
                of.labels.push(entry.key);
                self.blocks(members, of, entry.value, left);
                of.labels.pop();
            }
            return;
        }
        let span = self.json.node(node).span;
        match self.json.node(node).kind {
            Kind::Mapping(_) => {
                let start = of.labels.last().copied().unwrap_or(of.key);
                let whole = self.json.node(start).span.cover(span);
                self.one_block(members, of, node, whole);
            }
            Kind::Sequence(items) => {
                for item in items {
                    self.one_block(members, of, *item, self.json.node(*item).span);
                }
            }
            Kind::Scalar(scalar) if is_null(scalar) => {}
            _ => self.fault(node, format!("{what} is an object, or an array of objects")),
        }
    }

    fn one_block(&mut self, members: &mut Members, of: &Type<'j>, node: NodeId, whole: Span) {
        let entries = self.members_of(node, &format!("a `{}` block", of.name));
        let kind = self.json.node(of.key).span;
        let mut labels = Vec::with_capacity(of.labels.len());
        let mut covered: Option<Span> = None;
        for label in &of.labels {
            let span = self.json.node(*label).span;
            covered = Some(covered.map_or(span, |before| before.cover(span)));
            labels.push(self.literal(*label));
        }
        let covered = covered.unwrap_or_else(|| Span::new(kind.end, kind.end));
        let labels = self.builder.sequence(covered, &labels);
        let body = self.body(&entries, self.json.node(node).span, of.body);
        let made = block(&mut self.builder, whole, kind, labels, body);
        members.block(of.name, made, whole, || literal(self.json, &mut self.builder, of.key));
    }

    /// A value, with its texts read as `reading` says.
    fn value(&mut self, node: NodeId, reading: Reading) -> NodeId {
        let span = self.json.node(node).span;
        match self.json.node(node).kind {
            Kind::Sequence(items) => {
                let items: Vec<NodeId> = items.iter().map(|item| self.value(*item, reading)).collect();
                self.builder.sequence(span, &items)
            }
            Kind::Mapping(entries) => self.object(span, entries, reading),
            Kind::Scalar(scalar) if scalar.style == ScalarStyle::DoubleQuoted => self.text(node, scalar, reading),
            Kind::Scalar(_) => self.builder.scalar(span, ScalarStyle::Plain, Text::Source(span)),
            _ => self.builder.null(span),
        }
    }

    fn object(&mut self, span: Span, entries: &'j [Entry], reading: Reading) -> NodeId {
        let mut names = HashSet::with_capacity(entries.len());
        let mut made = Vec::with_capacity(entries.len());
        for entry in entries {
            let Some(key) = self.json.scalar(entry.key) else { continue };
            if !names.insert(key.text) {
                let message = format!("`{}` stands twice in this object, which Terraform refuses", shorten(key.text));
                self.fault(entry.key, message);
            }
            let inner = match reading {
                Reading::Requirement if key.text == "configuration_aliases" => Reading::Expression,
                other => other,
            };
            let node = match reading {
                // A name is a name, as where it stands bare in the native syntax.
                Reading::Expression if is_name(key.text) => self.literal(entry.key),
                _ => self.text(entry.key, key, reading),
            };
            made.push(Entry { key: node, value: self.value(entry.value, inner) });
        }
        self.builder.mapping(span, &made)
    }

    fn literal(&mut self, node: NodeId) -> NodeId {
        literal(self.json, &mut self.builder, node)
    }

    fn text(&mut self, node: NodeId, scalar: Scalar<'j>, reading: Reading) -> NodeId {
        let span = self.json.node(node).span;
        let inner = inside(span);
        let raw = self.json.text().get(inner.range()).unwrap_or("");
        let template = scalar.text.contains("${") || scalar.text.contains("%{");
        match reading {
            Reading::Expression => {}
            Reading::Template | Reading::Requirement if template => {}
            _ => return self.literal(node),
        }
        if !raw.contains('\\') {
            let text = self.json.text();
            let reader = Reader { builder: Sink::straight(&mut self.builder), text, base: inner.start as usize };
            let read = read(reader, span, raw, inner, reading);
            return self.read_or_opaque(node, read, scalar);
        }
        // An escape that hides a sign of the template's own grammar is nobody's who writes in good faith.
        let Some((decoded, map)) = self.decoded(inner).filter(|_| !hides_signs(raw)) else { return self.opaque(span) };
        let through = Through { decoded: &decoded, source: self.json.text(), map: &map };
        let reader = Reader { builder: Sink::through(&mut self.builder, through), text: &decoded, base: 0 };
        let read = read(reader, span, &decoded, Span::from_range(0..decoded.len()), reading);
        self.read_or_opaque(node, read, scalar)
    }

    fn decoded(&self, inner: Span) -> Option<(String, TextMap)> {
        json::decode(self.json.text(), inner).ok()
    }

    fn read_or_opaque(&mut self, node: NodeId, read: Result<NodeId, String>, scalar: Scalar<'_>) -> NodeId {
        match read {
            Ok(node) => node,
            Err(why) => {
                // The parser underneath refuses some `for` expressions over several lines, which Terraform reads.
                if !scalar.text.contains("for") {
                    self.fault(node, format!("Terraform cannot read this text: {why}"));
                }
                self.opaque(self.json.node(node).span)
            }
        }
    }

    /// A template that cannot be evaluated.
    fn opaque(&mut self, span: Span) -> NodeId {
        let inner = self.builder.expression(inside(span), Op::Interpolation, &[]);
        self.builder.expression(span, Op::Template, &[inner])
    }
}

/// Parses `source`, which is what the reader's spans count in from its base, as what `reading` says; `whole` is the
/// text with its quotes in the document.
fn read(
    mut reader: Reader<'_, '_>,
    whole: Span,
    source: &str,
    inner: Span,
    reading: Reading,
) -> Result<NodeId, String> {
    if super::weight::is_heavy(source) {
        return Err("there are more assignments in it than are read".to_owned());
    }
    if reading == Reading::Expression {
        let expression = parser::parse_expr(source).map_err(|error| super::recovery::plain(error.message()))?;
        return Ok(reader.expression(&expression));
    }
    let template = parser::parse_template(source).map_err(|error| super::recovery::plain(error.message()))?;
    // In a JSON text a `\` of the decoded text is a character like any other, as in a heredoc.
    let mode = Mode::Heredoc { start: inner.start, strip: 0 };
    if template.iter().all(|element| matches!(element, Element::Literal(_))) {
        let text = reader.decode(inner, mode);
        let text = reader.builder.outer_text(text);
        return Ok(reader.builder.inner().scalar(whole, ScalarStyle::DoubleQuoted, text));
    }
    let parts = reader.parts(inner, &template, mode);
    Ok(reader.builder.inner().expression(whole, Op::Template, &parts))
}

/// A text as it stands.
fn literal(json: &Document, builder: &mut Builder, node: NodeId) -> NodeId {
    let span = json.node(node).span;
    let inner = inside(span);
    let text = match json.text().get(inner.range()) {
        Some(raw) if raw.contains('\\') => match json::decode(json.text(), inner) {
            Ok((text, map)) => Text::Decoded(text, map),
            // It was decoded once before, so it can be again.
            Err(_) => Text::Source(inner),
        },
        _ => Text::Source(inner),
    };
    builder.scalar(span, ScalarStyle::DoubleQuoted, text)
}

/// Whether a `\u` stands for a character of ASCII.
fn hides_signs(raw: &str) -> bool {
    raw.match_indices("\\u00").any(|(at, _)| {
        let digits = raw.get(at.saturating_add(4)..at.saturating_add(6));
        digits.is_some_and(|digits| digits.starts_with(|c: char| ('0'..'8').contains(&c)))
    })
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

fn is_null(scalar: Scalar<'_>) -> bool {
    scalar.style == ScalarStyle::Plain && scalar.text == "null"
}

fn inside(span: Span) -> Span {
    Span::new(span.start.saturating_add(1), span.end.saturating_sub(1))
}
