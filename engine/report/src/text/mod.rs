//! An evaluation as people read it: first what was understood, then what is wrong, then what could not be decided, and
//! the verdict in the last line. Without colour the text is the same to the byte for the same evaluation.

mod draw;
mod fix;
mod paint;
mod rules;
#[cfg(test)]
mod tests;
mod undecided;

use engine_model::{Class, Evaluation, Finding, Location};

use crate::clean;
use paint::{HEADING, Loudness, Paint, QUIET, verdict_style};
pub use rules::{explain, rules_text};

/// How many findings are drawn with their source; the rest is listed.
const DRAWN: usize = 3;

/// How many further findings are listed, a line each; the rest is counted.
const LISTED: usize = 20;

/// Columns of the list are not widened beyond this many characters.
const WIDEST: usize = 40;

/// How a report is written.
#[derive(Clone, Debug)]
pub struct TextOptions {
    /// Whether styles are written, as ANSI escapes.
    pub color: bool,
    /// How wide the terminal is, in characters; longer source lines are cut. Other lines are not wrapped.
    pub width: usize,
    /// Whether every finding is drawn with its source, and every place listed.
    pub all: bool,
    /// What is written before every path, so that it can be opened from where the reader stands: empty, or a directory
    /// with its `/`.
    pub base: String,
}

impl TextOptions {
    /// The same for a file: without styles.
    #[must_use]
    pub fn plain(&self) -> Self {
        Self { color: false, ..self.clone() }
    }

    /// `path:line:column` from where the reader stands, safe for a terminal.
    fn place(&self, location: &Location) -> String {
        clean::line(&format!("{}{location}", self.base))
    }
}

impl Default for TextOptions {
    /// Plain text, 100 characters wide, the three findings that matter most drawn.
    fn default() -> Self {
        Self { color: false, width: 100, all: false, base: String::new() }
    }
}

/// The evaluation as text, ending with a line feed.
///
/// Nothing in it but styles (where asked for) is obeyed by a terminal, whatever files and policies hold.
#[must_use]
pub fn text(evaluation: &Evaluation, options: &TextOptions) -> String {
    let paint = Paint { color: options.color };
    let mut out = String::new();
    understood(evaluation, paint, &mut out);
    let drawn = if options.all { (0..evaluation.findings.len()).collect() } else { foremost(evaluation) };
    let (mut first, mut rest) = (Vec::new(), Vec::new());
    for (index, finding) in evaluation.findings.iter().enumerate() {
        if drawn.binary_search(&index).is_ok() { first.push(finding) } else { rest.push(finding) }
    }
    for finding in first {
        draw::finding(finding, evaluation.fail_on, options, &mut out);
        out.push('\n');
    }
    list(&rest, evaluation, options, &mut out);
    undecided::sections(evaluation, options, &mut out);
    counts(evaluation, paint, &mut out);
    let word = evaluation.verdict.as_str().to_uppercase();
    let word = paint.styled(verdict_style(evaluation.verdict), word);
    out.push_str(&format!("{word}: {}\n", clean::line(&evaluation.reason)));
    out
}

/// Something that keeps the engine from its work and has a place, ending with a line feed: an error in `engine.yaml`.
#[must_use]
pub fn problem(message: &str, location: &Location, help: Option<&str>, options: &TextOptions) -> String {
    let mut out = String::new();
    draw::problem(message, location, help, options, &mut out);
    out
}

/// The findings to draw, as sorted indices: the first of each rule among those that close the gate, so that thirty of
/// one rule do not hide another one, then the first of all.
fn foremost(evaluation: &Evaluation) -> Vec<usize> {
    let mut rules = Vec::new();
    let mut chosen = Vec::new();
    for (index, finding) in evaluation.findings.iter().enumerate() {
        if chosen.len() < DRAWN && evaluation.closes(finding) && !rules.contains(&&finding.rule) {
            rules.push(&finding.rule);
            chosen.push(index);
        }
    }
    for index in 0..evaluation.findings.len().min(DRAWN) {
        if chosen.len() < DRAWN && !chosen.contains(&index) {
            chosen.push(index);
        }
    }
    chosen.sort_unstable();
    chosen
}

/// What the engine understood, before what is wrong.
fn understood(evaluation: &Evaluation, paint: Paint, out: &mut String) {
    for sentence in &evaluation.understood {
        out.push_str(&paint.styled(HEADING, clean::line(sentence)));
        out.push('\n');
    }
    if !evaluation.understood.is_empty() {
        out.push('\n');
    }
}

/// Findings that are not drawn, a line each.
fn list(findings: &[&Finding], evaluation: &Evaluation, options: &TextOptions, out: &mut String) {
    let paint = Paint { color: options.color };
    if findings.is_empty() {
        return;
    }
    let more = plural(findings.len(), "more finding", "more findings");
    out.push_str(&format!("{}\n", paint.styled(HEADING, more)));
    let listed = findings.get(..LISTED).unwrap_or(findings);
    let places: Vec<String> = listed.iter().map(|finding| options.place(&finding.location)).collect();
    let place_width = widest(places.iter().map(String::as_str));
    let rule_width = widest(listed.iter().map(|finding| finding.rule.as_str()));
    for (finding, place) in listed.iter().zip(&places) {
        let loudness = Loudness::of(finding, evaluation.fail_on);
        let severity = paint.styled(loudness.style(), format_args!("{:<8}", finding.severity));
        let rule = finding.rule.as_str();
        let message = clean::line(&finding.message);
        let mandatory = mandatory(finding);
        out.push_str(&format!("  {place:<place_width$}  {severity}  {rule:<rule_width$}  {message}{mandatory}\n"));
    }
    if findings.len() > listed.len() {
        let left = findings.len().saturating_sub(listed.len());
        out.push_str(&paint.styled(QUIET, format_args!("  and {left} more\n")));
    }
    out.push('\n');
}

/// How much was read and run, in one line.
fn counts(evaluation: &Evaluation, paint: Paint, out: &mut String) {
    let counts = evaluation.counts;
    let rules = plural(counts.rules, "rule", "rules");
    let files = plural(counts.files, "file", "files");
    let documents = plural(counts.documents, "document", "documents");
    let mut line = format!("{} of {rules} evaluated", counts.evaluated);
    if !evaluation.not_applicable.is_empty() {
        line.push_str(&format!(", {} not applicable", evaluation.not_applicable.len()));
    }
    line.push_str(&format!("; {documents} in {files}"));
    out.push_str(&paint.styled(QUIET, line));
    out.push('\n');
}

/// What is said small of a finding that no waiver reaches.
fn mandatory(finding: &Finding) -> &'static str {
    if finding.class == Class::Mandatory { " (mandatory)" } else { "" }
}

/// `1 rule`, `2 rules`.
fn plural(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// The width of a column, in characters.
fn widest<'a>(cells: impl Iterator<Item = &'a str>) -> usize {
    cells.map(|cell| cell.chars().count()).filter(|width| *width <= WIDEST).max().unwrap_or(0)
}
