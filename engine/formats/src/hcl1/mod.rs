//! HCL of the first version, as Vault and OpenBao read their policies: text to a [`Document`] of [`Format::Hcl1`].
//! What a stanza grants is the facts' business.
//!
//! # Shape
//! That of [`hcl`](crate::hcl), as far as there are no expressions:
//!
//! - A **body** is a mapping. A bare key is a plain scalar, one in quotes a quoted scalar.
//! - What has an **object** for its value is a block, with or without a `=` before the object, since Vault reads
//!   both alike: blocks of one type are one entry, a sequence of mappings `labels` and `body`. The first key is the
//!   type, the others are the labels; there may be none, or several.
//! - Anything else is an **attribute**, an entry of its own: a number or a boolean as written, a text, a heredoc, or a
//!   list. An object inside a list is a body.
//! - An attribute that is set twice is two entries. Lists add up when Vault reads them, and of anything else the last
//!   one counts: who reads a document must look at every entry of a name.
//!
//! So `path[0].labels[0]` and `path[0].body.capabilities[1]` are routes.
//!
//! A text that begins with `{` is JSON, and has the same shape: an object with nothing but objects in it gives their
//! keys as labels, an array of objects stands for each of them. Vault reads much that is no JSON there (a bracket that
//! is missing, anything behind the end) and drops what it does not expect (booleans in a list): a text of which this
//! is true is broken here.
//!
//! # Broken text
//! A top-level item that cannot be read is a `broken-document` finding and is left out; reading goes on at the next
//! line that begins at the margin. A key that is set twice is a `duplicate-key` finding: Vault refuses it from 1.21
//! on, OpenBao does not. What Vault refuses for its meaning (a capability that does not exist, a key that is none) is
//! read here. Nesting deeper than [`MAX_DEPTH`] is refused. A byte order mark is refused, as Vault does, and passed
//! over.

mod json;
mod lexer;
mod reader;
mod text;

use std::collections::HashMap;
use std::sync::Arc;

use engine_model::{Builder, Document, Finding, Format, Frame, GapCause, NodeId, Related, Route, SourceFile, Span};

use crate::json::{self as plain_json, Problem};
use crate::{DUPLICATE_KEY, Parsed};

/// How deep objects and lists may be nested.
pub const MAX_DEPTH: usize = 64;

/// The most findings of one rule that one text gets; what is beyond is counted in the last one.
const MAX_FINDINGS: usize = 100;

/// Reads a file.
#[must_use]
pub fn parse(file: &Arc<SourceFile>) -> Parsed {
    read(Frame::File(Arc::clone(file)), &Route::default())
}

/// Reads the text of a scalar of another document.
///
/// Places lead to the outer file; the routes of findings are the scalar's own and then the steps inside. A node that
/// is no scalar gives an empty document.
#[must_use]
pub fn parse_embedded(outer: &Arc<Document>, node: NodeId) -> Parsed {
    let route = outer.route_of(node);
    read(Frame::Scalar { outer: Arc::clone(outer), node }, &route)
}

/// What a text was read as, before anything is said of it.
struct Outcome {
    /// What could be read, or `None` where nothing could.
    document: Option<Document>,
    problems: Vec<Problem>,
    twice: Vec<Twice>,
}

/// A key that is set twice.
struct Twice {
    name: String,
    first: Span,
    second: Span,
    /// What the second is set to.
    value: NodeId,
}

/// The keys that are set in one body.
#[derive(Default)]
struct Keys(HashMap<String, Span>);

impl Keys {
    /// Notes that `name` is set to `value` at `key`.
    fn set(&mut self, name: &str, key: Span, value: NodeId, twice: &mut Vec<Twice>) {
        match self.0.get(name) {
            Some(first) => twice.push(Twice { name: name.to_owned(), first: *first, second: key, value }),
            None => {
                self.0.insert(name.to_owned(), key);
            }
        }
    }
}

fn read(frame: Frame, route: &Route) -> Parsed {
    let kept = frame.clone();
    let text = plain_json::frame_text(&kept);
    let start = plain_json::after_mark(text);
    let builder = Builder::new(frame, Format::Hcl1);
    let is_json = text.get(start..).is_some_and(|rest| rest.trim_start().starts_with('{'));
    let Outcome { document, mut problems, twice } =
        if is_json { json::read(&kept, text, start, builder) } else { reader::read(text, start, builder) };
    if start > 0 {
        let mark = Problem::new(Span::from_range(0..start), "a byte order mark, which Vault does not read");
        problems.insert(0, mark.help("save the file as UTF-8 without one"));
    }
    let broken = (!problems.is_empty()).then_some(GapCause::BrokenDocument);
    let document = document.map(Arc::new);
    let mut findings = Vec::new();
    if let Some(document) = &document {
        let more = twice.len().saturating_sub(MAX_FINDINGS);
        let refused = if is_json { "" } else { "Vault refuses it from 1.21 on; else " };
        findings.extend(twice.into_iter().take(MAX_FINDINGS).filter_map(|twice| {
            let name: String = twice.name.chars().take(80).collect();
            let message =
                format!("`{name}` is set twice: {refused}lists add up, and of anything else the last one counts");
            let mut within = route.clone();
            within.0.extend(document.route_of(twice.value).0);
            let mut finding = DUPLICATE_KEY.finding(document.locate(twice.second), within, message)?;
            let first = Related { message: "first set here".to_owned(), location: document.locate(twice.first) };
            finding.related = vec![first];
            Some(finding)
        }));
        count_more(&mut findings, more, "keys that are set twice");
    }
    let more = problems.len().saturating_sub(MAX_FINDINGS);
    let mut refused: Vec<Finding> = problems
        .into_iter()
        .take(MAX_FINDINGS)
        .filter_map(|problem| plain_json::finding(&kept, problem, route))
        .collect();
    count_more(&mut refused, more, "items that cannot be read");
    findings.append(&mut refused);
    findings.sort_by_key(|finding| finding.location.span);
    Parsed { document, findings, broken }
}

fn count_more(findings: &mut [Finding], more: usize, what: &str) {
    if let Some(last) = findings.last_mut().filter(|_| more > 0) {
        last.help = Some(format!("{more} more {what} are not shown"));
    }
}
