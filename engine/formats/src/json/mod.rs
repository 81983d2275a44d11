//! JSON, as RFC 8259 has it and nothing more: text to a [`Document`] of [`Format::Json`]. What a member means is the
//! facts' business.
//!
//! # Shape
//! An object is a mapping whose keys are [`ScalarStyle::DoubleQuoted`] scalars, in the order of the text and with
//! keys that stand twice; an array is a sequence; a text is a [`ScalarStyle::DoubleQuoted`] scalar. A number, `true`,
//! `false` and `null` are [`ScalarStyle::Plain`] scalars as they are written: how large a number may be, and how
//! exact, is for who reads it. There is one root.
//!
//! # Broken text
//! The first thing that is wrong is a `broken-document` finding, and reading ends there: the document holds what was
//! complete before, without the members that the break cuts. Half of a surrogate pair is refused, as is nesting
//! deeper than [`MAX_DEPTH`]. A key that stands twice is legal, and is a `duplicate-key` finding.

mod problem;
mod reader;
mod text;

use std::sync::Arc;

#[cfg(doc)]
use engine_model::ScalarStyle;
use engine_model::{
    Builder, Document, Finding, Format, Frame, GapCause, Location, NodeId, Related, Route, SourceFile, Span,
};

use crate::{BROKEN_DOCUMENT, Parsed, duplicate};
pub(crate) use problem::Problem;
use reader::Reader;
pub(crate) use text::decode;

/// How deep arrays and objects may be nested.
pub const MAX_DEPTH: usize = 128;

/// Reads a file.
///
/// A byte order mark is skipped, and counted in the spans.
#[must_use]
pub fn parse(file: &Arc<SourceFile>) -> Parsed {
    let start = after_mark(file.text());
    read(Frame::File(Arc::clone(file)), start, None, &Route::default())
}

/// Reads the text of a scalar of another document.
///
/// Places lead to the outer file; the routes of findings are the scalar's own and then the steps inside. A node that
/// is no scalar is an empty text, which is no JSON.
#[must_use]
pub fn parse_embedded(outer: &Arc<Document>, node: NodeId) -> Parsed {
    let route = outer.route_of(node);
    read(Frame::Scalar { outer: Arc::clone(outer), node }, 0, None, &route)
}

/// Reads the bytes of a file under `span`, as if there were no others; places count from the file's start.
///
/// A span that is not inside the file, or that cuts a character, is an empty text, which is no JSON.
#[must_use]
pub fn parse_part(file: &Arc<SourceFile>, span: Span) -> Parsed {
    let inside = file.text().get(span.range()).is_some();
    let span = if inside { span } else { Span::new(0, 0) };
    read(Frame::File(Arc::clone(file)), span.start as usize, Some(span.end as usize), &Route::default())
}

/// What a text was read as, before anything is said of it.
pub(crate) struct Outcome {
    /// What was complete, or `None` where nothing was.
    pub(crate) document: Option<Document>,
    /// The objects in which a key may stand twice.
    pub(crate) mappings: Vec<NodeId>,
    /// What is wrong.
    pub(crate) problem: Option<Problem>,
}

/// Reads `text` from byte `start` on, which is the frame's text or ends before it does.
pub(crate) fn read_text(frame: Frame, text: &str, start: usize) -> Outcome {
    let mut reader = Reader::new(text, start, Builder::new(frame, Format::Json));
    let (root, problem) = match reader.run() {
        Ok(root) => (Some(root), reader.rest().err()),
        Err(problem) => (reader.salvage(), Some(problem)),
    };
    let (builder, mappings) = reader.into_parts();
    Outcome { document: root.map(|root| builder.finish(vec![root])), mappings, problem }
}

/// How many bytes the byte order mark of a text has.
pub(crate) fn after_mark(text: &str) -> usize {
    if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

fn read(frame: Frame, start: usize, end: Option<usize>, route: &Route) -> Parsed {
    let kept = frame.clone();
    let text = frame_text(&kept);
    let text = end.and_then(|end| text.get(..end)).unwrap_or(text);
    let Outcome { document, mappings, problem } = read_text(frame, text, start);
    let document = document.map(Arc::new);
    let mut findings = Vec::new();
    if let Some(document) = &document {
        findings = duplicate::findings(document, &mappings, route, "object", |_| false);
    }
    let broken = problem.is_some().then_some(GapCause::BrokenDocument);
    findings.extend(problem.and_then(|problem| finding(&kept, problem, route)));
    Parsed { document, findings, broken }
}

/// The text that a frame's spans count in.
pub(crate) fn frame_text(frame: &Frame) -> &str {
    match frame {
        Frame::File(file) => file.text(),
        Frame::Scalar { outer, node } => outer.scalar(*node).map_or("", |scalar| scalar.text),
    }
}

/// The finding that a problem is.
pub(crate) fn finding(frame: &Frame, problem: Problem, route: &Route) -> Option<Finding> {
    let locate = |span: Span| match frame {
        Frame::File(file) => Location { file: Arc::clone(file), span },
        Frame::Scalar { outer, node } => outer.locate_text(*node, span),
    };
    let mut finding = BROKEN_DOCUMENT.finding(locate(problem.span), route.clone(), problem.message)?;
    finding.help = problem.help.map(str::to_owned);
    let opened = |span| Related { message: "opened here".to_owned(), location: locate(span) };
    finding.related = problem.opened.map(opened).into_iter().collect();
    Some(finding)
}
