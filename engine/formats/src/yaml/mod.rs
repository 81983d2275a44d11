//! YAML (and so JSON): events of `granit-parser` into a [`Document`] with raw scalars and exact places.
//!
//! What a scalar means depends on who reads it, so it is kept as text; [`scalar_value`] says what it is to a given
//! reader. `<<` stands as it was written; [`merged_entries`] applies it. A document that breaks off keeps what was
//! complete before, and the documents after it.
//!
//! A node's span is the node's own bytes: its tag and its anchor, written before it, are not in it.

mod alignment;
mod gap;
mod go;
mod merge;
mod message;
mod reader;
mod ruby;
mod template;
mod value;

use std::sync::Arc;

use engine_model::{Document, Finding, Format, Frame, GapCause, NodeId, Route, SourceFile, Span};

pub use merge::{MAX_MERGE_DEPTH, MAX_MERGED_ENTRIES, Merged, MergedEntry, merged_entries};
pub use ruby::{is_ruby_date, ruby_text};
pub use value::{Dialect, ScalarValue, is_plain, scalar_value};

use crate::{BROKEN_DOCUMENT, Parsed, duplicate};
use reader::Reader;

/// The most findings of one rule that one text gives.
const MAX_FINDINGS: usize = 100;

/// Reads a whole stream: one root a YAML document.
///
/// An empty file is a document without a root. A text that is broken because it is a template (Helm, Jinja) is no
/// finding: [`GapCause::NotRendered`].
#[must_use]
pub fn parse(file: &Arc<SourceFile>) -> Parsed {
    read(file.text(), Frame::File(Arc::clone(file)), Route::default())
}

/// Reads the first `bytes` of a file, which are whole YAML documents, and nothing of the rest.
#[must_use]
pub fn parse_beginning(file: &Arc<SourceFile>, bytes: usize) -> Parsed {
    read(file.text().get(..bytes).unwrap_or(""), Frame::File(Arc::clone(file)), Route::default())
}

/// Reads YAML or JSON that is the text of the scalar `node` of another document.
///
/// Places lead to the outer file; the routes of findings are the scalar's own and then the steps inside. A node that
/// is no scalar gives an empty document.
#[must_use]
pub fn parse_embedded(outer: &Arc<Document>, node: NodeId) -> Parsed {
    let text = outer.scalar(node).map_or("", |scalar| scalar.text);
    read(text, Frame::Scalar { outer: Arc::clone(outer), node }, outer.route_of(node))
}

fn read(text: &str, frame: Frame, route: Route) -> Parsed {
    let mut parsed = read_lines(text, frame, route.clone());
    // YAML 1.1 ends a line at these, 1.2 does not: what one reader takes for a comment is a key for another.
    if let Some((at, found)) = text.char_indices().find(|(_, c)| matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}'))
        && let Some(document) = &parsed.document
    {
        let location = document.locate(Span::from_range(at..at.saturating_add(found.len_utf8())));
        let message = "a character that ends a line for some readers of YAML and not for others";
        parsed.findings.extend(BROKEN_DOCUMENT.finding(location, route, message));
        parsed.broken = Some(GapCause::BrokenDocument);
    }
    parsed
}

fn read_lines(text: &str, frame: Frame, route: Route) -> Parsed {
    let stream = Reader::new(text, engine_model::Builder::new(frame, Format::Yaml)).read();
    let document = Arc::new(stream.document);
    if stream.problems.is_empty() {
        let findings = twice(&document, &stream.mappings, &route);
        return Parsed { document: Some(document), findings, broken: None };
    }
    if stream.syntax_error && template::is_template(text) {
        return Parsed { document: Some(document), findings: Vec::new(), broken: Some(GapCause::NotRendered) };
    }
    let mut findings = twice(&document, &stream.mappings, &route);
    findings.extend(stream.problems.into_iter().filter_map(|problem| {
        let location = document.locate(problem.span);
        let mut finding = BROKEN_DOCUMENT.finding(location, route.clone(), problem.message)?;
        finding.help = problem.help.map(str::to_owned);
        finding.related = problem.opened.into_iter().map(|span| message::opened(&document, span)).collect();
        Some(finding)
    }));
    findings.sort_by_key(|finding| finding.location.span);
    Parsed { document: Some(document), findings, broken: Some(GapCause::BrokenDocument) }
}

/// What is said of the keys that stand twice. `<<` may stand as often as it likes.
fn twice(document: &Document, mappings: &[NodeId], route: &Route) -> Vec<Finding> {
    duplicate::findings(document, mappings, route, "mapping", |key| merge::is_merge_key(document, key))
}
