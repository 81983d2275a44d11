//! One finding with its source, as compilers draw errors.

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Padding, Renderer, Snippet};
use engine_model::{FailOn, Finding, Location, Related};

use crate::clean;
use crate::excerpt::{excerpt, near};

use super::paint::Loudness;
use super::{TextOptions, fix, mandatory};

/// How many users and how many related places are named.
const NAMED: usize = 5;

/// Appends the finding, ending with a line feed.
pub(super) fn finding(finding: &Finding, fail_on: FailOn, options: &TextOptions, out: &mut String) {
    let level = match Loudness::of(finding, fail_on) {
        Loudness::Error => Level::ERROR,
        Loudness::Warning => Level::WARNING,
        Loudness::Note => Level::NOTE,
    };
    let title = format!("{}{}", clean::line(&finding.message), mandatory(finding));
    let limit = if options.all { usize::MAX } else { NAMED };
    let mut names = Vec::new();
    let mut group =
        level.primary_title(title).id(finding.rule.as_str()).elements(places(finding, limit, options, &mut names));
    let mut notes: Vec<Element<'_>> = Vec::new();
    let mut note = |name: &'static str, text: String| {
        notes.push(Level::NOTE.with_name(Some(name)).message(text).into());
    };
    if !finding.used_by.is_empty() {
        note("used by", users(finding, limit, options));
    }
    if finding.related.len() > limit {
        note("note", format!("and {} more places", finding.related.len().saturating_sub(limit)));
    }
    if let Some(help) = &finding.help {
        notes.push(Level::HELP.message(clean::line(help)).into());
    }
    if !notes.is_empty() {
        group = group.element(Padding);
    }
    let margin = render(group.elements(notes), &names, options, out);
    if let Some(found) = &finding.fix {
        fix::fix(found, margin, options, out);
    }
}

/// Appends something that is wrong and no finding, at its place, likewise.
pub(super) fn problem(message: &str, location: &Location, help: Option<&str>, options: &TextOptions, out: &mut String) {
    let mut names = Vec::new();
    let title = clean::line(message);
    let mut group = Level::ERROR.primary_title(title).elements(piece(location, &[], None, options, &mut names));
    if let Some(help) = help {
        group = group.element(Padding).element(Level::HELP.message(clean::line(help)));
    }
    render(group, &names, options, out);
}

/// Appends a group whose pieces are called `names`. Gives the width of the margin before what is noted.
fn render(group: Group<'_>, names: &[String], options: &TextOptions, out: &mut String) -> usize {
    let renderer = if options.color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.term_width(options.width.max(40));
    // Notes begin one character behind the arrow before the file's name; what is ours goes on from there.
    let mut margin = 0_usize;
    let mut indent = "";
    let mut drawn = 0;
    for (number, line) in renderer.render(&[group]).lines().enumerate() {
        if number == 1 {
            margin = line.chars().take_while(|c| *c == ' ').count();
            // Where no line of source is drawn there is no margin.
            indent = if margin == 0 { " " } else { "" };
            margin = margin.max(1).saturating_add(1);
        }
        out.push_str(indent);
        // The renderer counts columns in what is shown, not in the file: its own line and column give way.
        match names.get(drawn).and_then(|name| Some((line.split_once(&stand_in(drawn))?.0, name))) {
            Some((before, name)) => {
                out.push_str(before);
                out.push_str(name);
                drawn = drawn.saturating_add(1);
            }
            // Blanks at the end would make a poor thing to compare.
            None => out.push_str(line.trim_end()),
        }
        out.push('\n');
    }
    margin
}

/// What stands for the place of a piece until it is drawn. Its character is one that [`clean`] lets through nowhere, so
/// nothing in a file or a message is taken for it.
fn stand_in(index: usize) -> String {
    format!("\u{2060}{index}\u{2060}")
}

/// The place itself with the related places near it, then the other related ones, a piece each. Adds the name of each
/// piece that has a stand-in.
fn places<'a>(finding: &'a Finding, limit: usize, options: &TextOptions, names: &mut Vec<String>) -> Vec<Element<'a>> {
    let main = &finding.location;
    let related = finding.related.iter().take(limit);
    let (close, far): (Vec<&Related>, Vec<&Related>) = related.partition(|related| {
        let file = &related.location.file;
        let same = file.path() == main.file.path() && file.start() == main.file.start();
        same && near(&main.file, main.span, related.location.span)
    });
    let mut elements = piece(main, &close, None, options, names);
    for related in far {
        elements.extend(piece(&related.location, &[], Some(&related.message), options, names));
    }
    elements
}

/// One piece of a file: its name, its lines, and what is marked in them. `label` is that of a place that is not the
/// finding's own.
fn piece<'a>(
    location: &'a Location,
    close: &[&'a Related],
    label: Option<&str>,
    options: &TextOptions,
    names: &mut Vec<String>,
) -> Vec<Element<'a>> {
    let spans: Vec<_> =
        std::iter::once(location.span).chain(close.iter().map(|related| related.location.span)).collect();
    let shown = excerpt(&location.file, &spans);
    let label = label.map(clean::line);
    if shown.text.trim().is_empty() {
        // Nothing to mark: an empty file, or the end of one.
        let start = location.start();
        let path = clean::line(&format!("{}{}", options.base, location.file.path()));
        let origin = Origin::path(path).line(start.line as usize).char_column(start.column as usize);
        let mut elements = vec![origin.into()];
        elements.extend(label.map(|label| Level::NOTE.message(label).into()));
        return elements;
    }
    let kind = if label.is_some() { AnnotationKind::Context } else { AnnotationKind::Primary };
    let mut marks = shown.marks.into_iter();
    let mut annotations = Vec::new();
    annotations.extend(marks.next().map(|mark| kind.span(mark).label(label)));
    for (mark, related) in marks.zip(close) {
        annotations.push(AnnotationKind::Context.span(mark).label(Some(clean::line(&related.message))));
    }
    let snippet = Snippet::source(shown.text).path(stand_in(names.len())).line_start(shown.line).fold(true);
    names.push(options.place(location));
    vec![snippet.annotations(annotations).into()]
}

/// Who uses what was found: names with their places.
fn users(finding: &Finding, limit: usize, options: &TextOptions) -> String {
    let mut named: Vec<String> = Vec::new();
    for used in finding.used_by.iter().take(limit) {
        let place = used.location.start();
        let same = used.location.file.path() == finding.location.file.path();
        let place = if same { format!("line {}", place.line) } else { options.place(&used.location) };
        named.push(format!("{} at {place}", clean::line(&used.user)));
    }
    let left = finding.used_by.len().saturating_sub(named.len());
    let named = named.join(", ");
    if left > 0 { format!("{named} and {left} more") } else { named }
}
