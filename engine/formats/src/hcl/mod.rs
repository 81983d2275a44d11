//! HCL as Terraform writes it, 0.11 to 1.11: text to a [`Document`] of [`Format::Hcl`]. What a block means, and what
//! an expression comes to, is the facts' business; no other module names the parser underneath.
//!
//! # Shape
//! Fixed for ever, since routes and rules hang on it:
//!
//! - A **body** is a mapping, in the order in which its names first appear.
//! - An **attribute** is an entry: the name, a plain scalar, and its expression.
//! - All **blocks of one type** in one body are one entry. Its key is the type's name where the first of them stands,
//!   its value a sequence of blocks in order, from the first one's start to the last one's end. An attribute of the
//!   same name is an entry of its own.
//! - A **block** is a mapping over the whole block with exactly two entries, in this order: `labels`, a sequence of
//!   scalars (empty where there is none), and `body`. The keys `labels` and `body` are written nowhere: their place is
//!   the block's type. A body's place is `{` to `}`.
//!
//! So `resource[2].body.name` and `resource[2].labels[1]` are routes.
//!
//! # Expressions
//! Text without interpolation, numbers, `true`, `false` and `null` are scalars; `[…]` is a sequence; `{…}` a mapping
//! whose bare keys are plain scalars and whose other keys are expressions. Everything else is a
//! [`Kind::Expression`](engine_model::Kind::Expression) with the parts that [`Op`](engine_model::Op) names, and:
//!
//! - the variables of a `for`, expression or directive, are one sequence of one or two plain scalars;
//! - [`Op::ForObject`](engine_model::Op::ForObject) is variables, collection, key, value, then the plain scalar `...`
//!   where the values are grouped, then the condition, if any;
//! - a directive's parts are condition, template and the `else` template if any, or variables, collection, template;
//! - the name of a provider's function is one scalar, `provider::aws::arn_parse`;
//! - `-1` is a scalar, `- 1` and `-x` are [`Op::Unary`](engine_model::Op::Unary);
//! - fragments of a template are as written: what a `~` strips is still there, and who needs the template's value
//!   looks for the `~` in the text of the interpolation or directive.
//!
//! # Broken text
//! A top-level block or attribute that cannot be read is a `broken-document` finding and is left out; the others are
//! read. A key that stands twice in one object is legal, the last one counts: both entries are there, with a
//! `duplicate-key` finding. Nesting deeper than 64 levels and more than 128 operators in a row are refused, and so is a text with some twenty
//! thousand assignments in one block, which the parser would take minutes for.

mod body;
mod expression;
mod json;
mod recovery;
mod scan;
mod schema;
mod sink;
mod template;
mod weight;

use std::ops::Range;
use std::sync::Arc;

use engine_model::{Builder, Document, Finding, Format, Frame, GapCause, Location, NodeId, Route, SourceFile, Span};

use crate::block::Members;
use crate::{BROKEN_DOCUMENT, DUPLICATE_KEY, Parsed};
pub use json::parse as parse_json;
use recovery::Fault;

/// The most findings that one text gets; what is beyond is counted in the last one.
const MAX_FINDINGS: usize = 100;

/// Reads a file.
///
/// A byte order mark is skipped, and counted in the spans. The text is not bounded here: callers refuse files over
/// [`MAX_FILE_BYTES`](crate::MAX_FILE_BYTES).
#[must_use]
pub fn parse(file: &Arc<SourceFile>) -> Parsed {
    read(Frame::File(Arc::clone(file)))
}

/// Reads the text of a scalar of another document. Findings are located in the outermost file.
#[must_use]
pub fn parse_embedded(outer: &Arc<Document>, node: NodeId) -> Parsed {
    read(Frame::Scalar { outer: Arc::clone(outer), node })
}

fn read(frame: Frame) -> Parsed {
    let kept = frame.clone();
    let text = match &kept {
        Frame::File(file) => file.text(),
        Frame::Scalar { outer, node } => outer.scalar(*node).map_or("", |scalar| scalar.text),
    };
    let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut builder = Builder::new(frame, Format::Hcl);
    let mut members = Members::default();
    let mut faults = Vec::new();
    if let Some((at, count)) = weight::too_heavy(text, start) {
        let message = format!("{count} assignments stand in this one block, more than are read");
        faults.push(Fault { at: first_line(text, at), message, duplicate: false });
        let findings = findings(&kept, text, faults);
        return Parsed { document: None, findings, broken: Some(GapCause::BrokenDocument) };
    }
    match recovery::whole(text, start) {
        Ok(body) => body::add(&mut members, &mut builder, text, &body, start),
        Err(fault) => recovery::piecewise(text, start, fault, &mut faults, |body, base| {
            body::add(&mut members, &mut builder, text, body, base);
        }),
    }
    let empty = members.is_empty();
    let root = members.finish(&mut builder, start);
    let broken = faults.iter().any(|fault| !fault.duplicate);
    let document = (!(empty && broken)).then(|| Arc::new(builder.finish(vec![root])));
    Parsed { document, findings: findings(&kept, text, faults), broken: broken.then_some(GapCause::BrokenDocument) }
}

/// The part of a range that is on its first line.
fn first_line(text: &str, range: Range<usize>) -> Range<usize> {
    let length = text.get(range.clone()).and_then(|text| text.lines().next()).map_or(0, str::len);
    range.start..range.start.saturating_add(length)
}

fn findings(frame: &Frame, text: &str, faults: Vec<Fault>) -> Vec<Finding> {
    let more = faults.len().saturating_sub(MAX_FINDINGS);
    let locate = |range: Range<usize>| {
        let span = Span::from_range(on_boundaries(text, range));
        match frame {
            Frame::File(file) => Location { file: Arc::clone(file), span },
            Frame::Scalar { outer, node } => outer.locate_text(*node, span),
        }
    };
    let shown = faults.into_iter().take(MAX_FINDINGS).enumerate().filter_map(|(index, fault)| {
        let rule = if fault.duplicate { DUPLICATE_KEY } else { BROKEN_DOCUMENT };
        let mut message = recovery::shorten(&fault.message);
        if more > 0 && index.saturating_add(1) == MAX_FINDINGS {
            message.push_str(&format!(" (and {more} more in this file)"));
        }
        rule.finding(locate(fault.at), Route::default(), message)
    });
    shown.collect()
}

/// The range, made to lie inside the text and to cut no character.
fn on_boundaries(text: &str, range: Range<usize>) -> Range<usize> {
    let mut start = range.start.min(text.len());
    while !text.is_char_boundary(start) {
        start = start.saturating_sub(1);
    }
    let mut end = range.end.clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_add(1);
    }
    start..end
}
