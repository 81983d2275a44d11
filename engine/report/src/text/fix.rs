//! A fix as people take it over: the lines it changes, or a block to copy.

use anstyle::Style;
use engine_model::{Applicability, Edit, Fix, Span};

use crate::{clean, excerpt};

use super::TextOptions;
use super::paint::{ADDED, CODE, GUTTER, HEADING, Paint, QUIET, REMOVED};

/// How many edits of one fix are shown.
const EDITS: usize = 4;

/// How many lines of one block are shown.
const LINES: usize = 30;

/// Appends the fix; `margin` is the number of blanks before a note of the finding.
pub(super) fn fix(fix: &Fix, margin: usize, options: &TextOptions, out: &mut String) {
    let paint = Paint { color: options.color };
    let word = match fix.applicability {
        Applicability::Safe => "fix",
        Applicability::Review => "fix, to be reviewed",
    };
    let (sign, word) = (paint.styled(GUTTER, "="), paint.styled(HEADING, word));
    out.push_str(&format!("{:margin$}{sign} {word}: {}\n", "", clean::line(&fix.title)));
    let mut page = Page { indent: margin.saturating_add(4), paint, out };
    for edit in fix.edits.iter().take(EDITS) {
        page.change(edit, options);
    }
    if fix.edits.len() > EDITS {
        page.line(QUIET, &format!("and {} more edits", fix.edits.len().saturating_sub(EDITS)));
    }
    if let Some(snippet) = &fix.snippet {
        page.block(CODE, "", clean::lines(snippet));
    }
}

/// Where indented lines go.
struct Page<'a> {
    indent: usize,
    paint: Paint,
    out: &'a mut String,
}

impl Page<'_> {
    /// The lines that an edit takes away, and those it puts there, below the line before them.
    fn change(&mut self, edit: &Edit, options: &TextOptions) {
        let place = &edit.location;
        self.line(QUIET, &options.place(place));
        let first = place.file.line_span(place.start().line);
        let last = place.file.line_span(place.end().line);
        if first.len() > excerpt::LONG_LINE || last.len() > excerpt::LONG_LINE {
            self.block(REMOVED, "- ", std::iter::once(excerpt::window(&place.file, first, place.span)));
            self.block(ADDED, "+ ", clean::lines(&edit.replacement));
            return;
        }
        let before = place.file.slice(Span::new(first.start, place.span.start.max(first.start)));
        let after = place.file.slice(Span::new(place.span.end.min(last.end), last.end));
        let new = format!("{before}{}{after}", edit.replacement);
        let old: Vec<&str> = place.file.slice(first.cover(last)).lines().collect();
        let new: Vec<&str> = new.lines().collect();
        // What both have in common at either end is no change.
        let head = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
        let context = old.get(..head).and_then(<[&str]>::last);
        let (old, new) = (old.get(head..).unwrap_or(&[]), new.get(head..).unwrap_or(&[]));
        let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
        let changed = |lines: &[&str]| -> Vec<String> {
            let kept = lines.len().saturating_sub(tail);
            lines.iter().take(kept).map(|line| line.chars().map(clean::character).collect()).collect()
        };
        self.block(QUIET, "  ", context.into_iter().flat_map(|line| clean::lines(line)));
        self.block(REMOVED, "- ", changed(old).into_iter());
        self.block(ADDED, "+ ", changed(new).into_iter());
    }

    /// Indented lines, not too many of them.
    fn block(&mut self, style: Style, sign: &str, mut lines: impl Iterator<Item = String>) {
        for line in lines.by_ref().take(LINES) {
            self.line(style, &format!("{sign}{line}"));
        }
        let left = lines.count();
        if left > 0 {
            self.line(QUIET, &format!("… {left} more lines"));
        }
    }

    fn line(&mut self, style: Style, line: &str) {
        let line = line.trim_end();
        if !line.is_empty() {
            let indent = self.indent;
            self.out.push_str(&format!("{:indent$}{}", "", self.paint.styled(style, line)));
        }
        self.out.push('\n');
    }
}
