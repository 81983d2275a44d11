//! `spec:inputs` and `$[[ … ]]`: the text of a file with the values of its inputs put in, before it is read as YAML.
//!
//! GitLab replaces in the text, so that an input can be a key, a part of a word or a whole list. What a value was put in
//! for keeps the bytes of its `$[[ … ]]` as its place, and one hop more: where the value is written.

mod block;
mod json;
mod rule;
mod spec;

use std::collections::BTreeMap;
use std::sync::Arc;

use engine_formats::{Parsed, yaml};
use engine_model::{
    Builder, Document, Finding, Format, Frame, NodeId, Place, ScalarStyle, SourceFile, Span, Text, TextMap,
};

use super::include::Given;
use super::node::{Edge, Field};
use super::problem::Problem;
use super::script::script_document;

/// What an input is in the text of a file.
#[derive(Clone, Debug)]
pub(super) struct Input {
    pub(super) name: Arc<str>,
    /// What is put in; `None` where nobody can tell.
    pub(super) value: Option<Written>,
    /// Where the value is written.
    pub(super) place: Place,
}

/// A value as it stands in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// A string, as it is.
    Text(String),
    /// Anything else, as JSON.
    Json(String),
}

impl Written {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Text(text) | Self::Json(text) => text,
        }
    }
}

/// The component that a file is included as: what is known of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Component {
    pub(super) name: Option<String>,
    /// What stands behind `@`.
    pub(super) reference: Option<String>,
    pub(super) sha: Option<String>,
}

/// What is known where the content of a file is asked for.
pub(super) struct Asked<'a> {
    /// What the pipeline is started with, where the file is its own and nobody includes it.
    pub(super) root: Option<Option<&'a Given>>,
    /// The variables that there are before the pipeline has a text, where somebody says.
    pub(super) variables: Option<&'a BTreeMap<String, String>>,
    pub(super) component: Option<&'a Component>,
    /// Inputs of other files, which `spec:include` names.
    pub(super) included: &'a [Field],
    /// Whether one of those files is not here.
    pub(super) open: bool,
    /// Where the file is included, or itself.
    pub(super) at: &'a Place,
}

/// The content of a file with a header.
pub(super) struct Content {
    /// What is below the header, with the inputs put in.
    pub(super) document: Option<Arc<Document>>,
    /// The bytes of its text that an input was put in for, with the place of the value, in order.
    pub(super) inserted: Vec<(Span, Place)>,
    /// Why what was read is not YAML to its end.
    pub(super) broken: Option<Finding>,
    pub(super) problems: Vec<Problem>,
}

/// The header of a document that has one: `spec:`, in front of a line with `---`.
pub(super) fn header(document: &Document) -> Option<NodeId> {
    let header = *document.roots().first()?;
    document.get(header, "spec")?;
    let end = document.node(header).span.end as usize;
    divided(document.file().text(), end).map(|_| header)
}

/// Reads a file of a pipeline. What is below a header need not be YAML before its inputs are filled in, so that only
/// the header of such a file is read.
#[must_use]
pub fn parse(file: &Arc<SourceFile>) -> Parsed {
    let parsed = yaml::parse(file);
    if parsed.broken.is_none() {
        return parsed;
    }
    let text = file.text();
    // A file may begin with a line of its own.
    let start = text.find(|c: char| !c.is_whitespace()).unwrap_or(0);
    let first = if text.get(start..).is_some_and(|text| text.starts_with("---")) { start.saturating_add(3) } else { 0 };
    let end = divided(text, first).map(|end| end.saturating_sub(3));
    let beginning = end.map(|end| yaml::parse_beginning(file, end)).filter(|beginning| beginning.broken.is_none());
    beginning.filter(|beginning| beginning.document.as_deref().is_some_and(|it| header(it).is_some())).unwrap_or(parsed)
}

/// The content of `document`, whose header is `header`, for an include that gives `given`.
pub(super) fn content(
    document: &Arc<Document>,
    header: NodeId,
    loaded: &Edge,
    given: Option<&Edge>,
    asked: &Asked<'_>,
) -> Content {
    let mut content = Content { document: None, inserted: Vec::new(), broken: None, problems: Vec::new() };
    let at = asked.at;
    let (specs, declared) = spec::read(loaded, asked, &mut content.problems);
    if !content.problems.is_empty() {
        return content;
    }
    let inputs = match asked.root {
        Some(start) => spec::started(&specs, start, &mut content.problems),
        None => spec::filled(&specs, given, asked, &mut content.problems),
    };
    if !content.problems.is_empty() {
        return content;
    }
    let known = block::Known {
        inputs: &inputs,
        open: asked.open,
        declared: &declared,
        component: asked.component,
        variables: asked.variables,
    };
    let text = document.file().text();
    let Some(start) = divided(text, document.node(header).span.end as usize) else { return content };
    let body = text.get(start..).unwrap_or("");
    for spelled in [Spelled::Written, Spelled::Marked] {
        let mut filled = Filled::default();
        let mut refused = None;
        for found in block::find(body) {
            let span = Span::from_range(start.saturating_add(found.range.start)..start.saturating_add(found.range.end));
            match (block::evaluate(found.data, &known), spelled) {
                (Ok(Some((value, place))), _) => {
                    filled.put(body, &found.range, start, value.as_str());
                    content.inserted.push((filled.last(), place));
                }
                (Ok(None), Spelled::Written) => {}
                (Ok(None), Spelled::Marked) => {
                    filled.put(body, &found.range, start, &format!("{OPEN} {} {CLOSE}", found.data));
                }
                (Err(message), _) => {
                    refused.get_or_insert((span, message));
                }
            }
        }
        if let Some((span, message)) = refused {
            let whole = script_document(document.file());
            let place = whole.roots().first().map(|root| Place::new(&whole, *root).part(span));
            let problem = Problem::new(place.unwrap_or_else(|| at.clone()), message);
            content.problems.push(problem.related(at.clone(), "included here"));
            return content;
        }
        let parsed = filled.parsed(document, body, start);
        if parsed.broken.is_none() || spelled == Spelled::Marked {
            content.broken = parsed.broken.is_some().then(|| parsed.findings.into_iter().next()).flatten();
            content.document = parsed.document;
            return content;
        }
        content.inserted.clear();
    }
    content
}

/// What stands for a `$[[ … ]]` that nobody fills in, where its brackets would make the text no YAML.
const OPEN: &str = "$\u{e000}";
const CLOSE: &str = "\u{e001}";

/// How a block that nobody fills in is spelled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spelled {
    Written,
    Marked,
}

/// The first block of a text that nobody filled in, as it is written.
pub(super) fn unfilled(text: &str) -> Option<String> {
    if let Some(start) = text.find("$[[") {
        let rest = text.get(start..)?;
        let end = rest.find("]]").map_or(rest.len(), |end| end.saturating_add(2));
        return rest.get(..end).map(str::to_owned);
    }
    let rest = text.get(text.find(OPEN)?.saturating_add(OPEN.len())..)?;
    let data = rest.get(..rest.find(CLOSE)?)?;
    Some(format!("$[[{data}]]"))
}

/// A text with the variables of a matrix put in for its `$[[ matrix.NAME ]]`.
///
/// # Errors
///
/// The name of a variable that the matrix does not have.
pub(super) fn with_matrix<'v>(text: &str, value: &dyn Fn(&str) -> Option<&'v str>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    loop {
        let opens = [("$[[", "]]"), (OPEN, CLOSE)]
            .into_iter()
            .filter_map(|(open, close)| Some((rest.find(open)?, open, close)));
        let Some((at, open, close)) = opens.min() else { break };
        let (before, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let body = after.strip_prefix(open).unwrap_or("");
        let Some((data, behind)) = body.split_once(close) else {
            rest = after;
            break;
        };
        match data.trim().strip_prefix("matrix.") {
            Some(name) => out.push_str(value(name).ok_or_else(|| name.to_owned())?),
            None => out.push_str(after.get(..after.len().saturating_sub(behind.len())).unwrap_or("")),
        }
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

/// A text with values put in, and the way back to the file.
#[derive(Default)]
struct Filled {
    text: String,
    map: TextMap,
    /// How much of the body is in it.
    copied: usize,
    last: Span,
}

impl Filled {
    fn put(&mut self, body: &str, range: &std::ops::Range<usize>, start: usize, value: &str) {
        self.copy(body, range.start, start);
        let before = self.text.len();
        self.text.push_str(value);
        let span = Span::from_range(start.saturating_add(range.start)..start.saturating_add(range.end));
        self.map.push(length(value.len()), span);
        self.last = Span::from_range(before..self.text.len());
        self.copied = range.end;
    }

    fn copy(&mut self, body: &str, end: usize, start: usize) {
        let text = body.get(self.copied..end).unwrap_or("");
        self.text.push_str(text);
        let from = start.saturating_add(self.copied);
        self.map.push(length(text.len()), Span::from_range(from..from.saturating_add(text.len())));
    }

    /// The bytes that were put in last.
    fn last(&self) -> Span {
        self.last
    }

    fn parsed(mut self, document: &Arc<Document>, body: &str, start: usize) -> Parsed {
        self.copy(body, body.len(), start);
        let mut builder = Builder::new(Frame::File(Arc::clone(document.file())), Format::Script);
        let span = Span::from_range(start..start.saturating_add(body.len()));
        let root = builder.scalar(span, ScalarStyle::Plain, Text::Decoded(self.text, self.map));
        yaml::parse_embedded(&Arc::new(builder.finish(vec![root])), root)
    }
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// Where the text behind the first `---` at or after `from` begins.
fn divided(text: &str, from: usize) -> Option<usize> {
    let line = text.get(..from)?.rfind('\n').map_or(0, |at| at.saturating_add(1));
    let mut at = line;
    for line in text.get(line..)?.split_inclusive('\n') {
        let rest = line.strip_prefix("---");
        let start = at.saturating_add(3);
        at = at.saturating_add(line.len());
        if rest.is_some_and(|rest| rest.starts_with(char::is_whitespace)) {
            return Some(start);
        }
    }
    None
}

/// The fields of the `inputs:` of an include.
fn fields(given: Option<&Edge>) -> &[Field] {
    given.map_or(&[], |given| given.node.fields())
}
