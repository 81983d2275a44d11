//! A pipeline as a picture: stages, jobs, what needs what, which refs light a job, and where a hand is asked for.
//!
//! One SVG that needs nothing else: no script, no font, no address.

use std::collections::HashMap;
use std::fmt::Write as _;

use engine_facts::gitlab::{Changes, Job, Pipeline, RefKind};

use super::Pipelines;

/// Sizes in pixels of the picture.
const COLUMN: usize = 300;
const BOX: usize = 240;
const LINE: usize = 17;
const GAP: usize = 16;
const MARGIN: usize = 24;
const HEAD: usize = 56;

/// How many characters of a line are drawn; all of it is in the box's tooltip.
const SHOWN: usize = 34;

/// How many jobs are drawn of one pipeline.
const MOST: usize = 600;

const STYLE: &str = "\
text{font:13px system-ui,sans-serif;fill:#1f2328}\
.title{font-weight:600;font-size:15px}.stage{font-weight:600;fill:#59636e}.name{font-weight:600}.small{font-size:12px;fill:#59636e}\
.job{fill:#f6f8fa;stroke:#8c959f}.changes{fill:#fff1e5;stroke:#bc4c00;stroke-width:2}.never{fill:none;stroke-dasharray:4 3}\
.need{fill:none;stroke:#8c959f;stroke-width:1.5;marker-end:url(#head)}.branch{fill:#0969da}.tag{fill:#8250df}.request{fill:#1a7f37}\
.hand{fill:#bc4c00;font-size:12px}.page{fill:#ffffff}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.page{fill:#0d1117}.job{fill:#161b22;stroke:#6e7681}\
.changes{fill:#3d1300;stroke:#db6d28}.stage,.small{fill:#9198a1}.hand{fill:#f0883e}.branch{fill:#58a6ff}.tag{fill:#bc8cff}.request{fill:#3fb950}}";

impl Pipelines {
    /// All of it as one SVG, a pipeline below the other.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let mut body = String::new();
        let (mut width, mut height) = (0_usize, MARGIN);
        for resolved in &self.resolved {
            let drawn = Drawing::of(&resolved.pipeline);
            let _ = write!(body, "<g transform=\"translate({MARGIN} {height})\">{}</g>", drawn.text);
            width = width.max(drawn.width);
            height = height.saturating_add(drawn.height).saturating_add(MARGIN);
        }
        let width = width.saturating_add(2 * MARGIN);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             role=\"img\"><title>Pipeline</title><style>{STYLE}</style>\
             <defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
             orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#8c959f\"/></marker></defs><rect class=\"page\" width=\"{width}\" \
             height=\"{height}\"/>{body}</svg>\n"
        )
    }
}

struct Drawing {
    text: String,
    width: usize,
    height: usize,
}

/// Where a job's box is.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    x: usize,
    y: usize,
    height: usize,
}

/// A line of a box.
#[derive(PartialEq, Eq)]
struct Line {
    class: &'static str,
    text: String,
}

impl Drawing {
    fn of(pipeline: &Pipeline) -> Self {
        let used = |position: usize| pipeline.jobs.iter().any(|job| job.stage_position == Some(position));
        let stages = pipeline.stages.iter().enumerate().filter(|(position, _)| used(*position));
        let mut columns: Vec<(Option<usize>, String)> = stages
            .map(|(position, stage)| (Some(position), stage.get().cloned().unwrap_or_else(|| "?".to_owned())))
            .collect();
        if pipeline.jobs.iter().any(|job| job.stage_position.is_none()) {
            columns.push((None, "of no stage".to_owned()));
        }
        let mut places: HashMap<&str, Place> = HashMap::new();
        let mut boxes = String::new();
        let mut text = String::new();
        let mut bottom = HEAD;
        let more = pipeline.jobs.len().saturating_sub(MOST);
        let left = if more == 0 { String::new() } else { format!(", {more} jobs more are not drawn") };
        let _ = write!(text, "<text class=\"title\" y=\"14\">{}{left}</text>", escaped(&pipeline.path));
        for (index, (position, stage)) in columns.iter().enumerate() {
            let x = index.saturating_mul(COLUMN);
            let _ = write!(text, "<text class=\"stage\" x=\"{x}\" y=\"42\">{}</text>", escaped(&cut(stage)));
            let mut y = HEAD;
            for (jobs, lines) in alike(pipeline.jobs.iter().take(MOST).filter(|job| job.stage_position == *position)) {
                let Some(job) = jobs.first() else { continue };
                let height = lines.len().saturating_mul(LINE).saturating_add(12);
                let place = Place { x, y, height };
                places.extend(jobs.iter().map(|job| (job.name.as_str(), place)));
                boxed(job, &lines, place, &mut boxes);
                y = y.saturating_add(height).saturating_add(GAP);
            }
            bottom = bottom.max(y);
        }
        let mut arrows: Vec<(Place, Place)> = Vec::new();
        for job in &pipeline.jobs {
            let Some(to) = places.get(job.name.as_str()) else { continue };
            let needs = job.needs.iter().flat_map(|needs| &needs.jobs).filter(|need| !need.foreign);
            for from in needs.filter_map(|need| places.get(need.job.get()?.as_str())) {
                // Jobs in one box have one arrow.
                if !arrows.contains(&(*from, *to)) {
                    arrows.push((*from, *to));
                    arrow(*from, *to, &mut text);
                }
            }
        }
        text.push_str(&boxes);
        let width = columns.len().saturating_mul(COLUMN).saturating_sub(COLUMN.saturating_sub(BOX)).max(BOX);
        Self { text, width, height: bottom }
    }
}

/// Jobs with what is said of them; those of a matrix that start alike are one.
fn alike<'p>(jobs: impl Iterator<Item = &'p Job>) -> Vec<(Vec<&'p Job>, Vec<Line>)> {
    let mut out: Vec<(Vec<&Job>, Vec<Line>)> = Vec::new();
    for job in jobs {
        let lines = lines(job);
        let same = |(known, of_known): &&mut (Vec<&Job>, Vec<Line>)| {
            known.iter().all(|known| known.key == job.key && known.name != job.name)
                && of_known.get(1..) == lines.get(1..)
        };
        match out.last_mut().filter(same) {
            Some((known, of_known)) => {
                known.push(job);
                if let Some(name) = of_known.first_mut() {
                    name.text = format!("{} × {}", job.key, known.len());
                }
            }
            None => out.push((vec![job], lines)),
        }
    }
    out
}

/// From the right of one box to the left of another; within a column around the left side.
fn arrow(from: Place, to: Place, out: &mut String) {
    let middle = |place: Place| place.y.saturating_add(place.height / 2);
    let (y1, y2) = (middle(from), middle(to));
    if from.x == to.x {
        let x = from.x;
        let bend = x.saturating_sub(18);
        let _ = write!(out, "<path class=\"need\" d=\"M{x} {y1}C{bend} {y1} {bend} {y2} {x} {y2}\"/>");
        return;
    }
    let (x1, x2) = (from.x.saturating_add(BOX), to.x);
    let half = x1.midpoint(x2);
    let _ = write!(out, "<path class=\"need\" d=\"M{x1} {y1}C{half} {y1} {half} {y2} {x2} {y2}\"/>");
}

fn boxed(job: &Job, lines: &[Line], place: Place, out: &mut String) {
    let changes = job
        .changes()
        .any(|command| command.invocation.as_ref().is_some_and(|invocation| invocation.changes == Changes::Yes));
    let starts = job.starts.iter().any(|start| !start.refs.is_empty());
    let class = match (changes, starts) {
        (true, true) => "job changes",
        (true, false) => "job changes never",
        (false, true) => "job",
        (false, false) => "job never",
    };
    let Place { x, y, height } = place;
    let tip: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    let _ = write!(
        out,
        "<g><title>{}</title><rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{BOX}\" height=\"{height}\" rx=\"6\"/>",
        escaped(&tip.join("\n"))
    );
    for (index, line) in lines.iter().enumerate() {
        let (x, y) =
            (x.saturating_add(10), y.saturating_add(index.saturating_add(1).saturating_mul(LINE)).saturating_add(2));
        let _ = write!(out, "<text class=\"{}\" x=\"{x}\" y=\"{y}\">{}</text>", line.class, escaped(&cut(&line.text)));
    }
    out.push_str("</g>");
}

/// What is said of a job: its name, and for each way to start who starts it and for which refs.
fn lines(job: &Job) -> Vec<Line> {
    let mut out = vec![Line { class: "name", text: job.name.clone() }];
    if job.starts.iter().all(|start| start.refs.is_empty()) {
        out.push(Line { class: "small", text: "nothing starts it".to_owned() });
    }
    for start in job.starts.iter().filter(|start| !start.refs.is_empty()) {
        let (class, when) = match start.when.get().map(String::as_str) {
            Some("manual") if start.allow_failure.get() == Some(&true) => ("hand", "◆ by hand, nothing waits"),
            Some("manual") => ("hand", "◆ by hand, the pipeline waits"),
            Some("delayed") => ("small", "by itself after a delay"),
            Some("on_failure") => ("small", "by itself after a failure"),
            Some(_) if start.held.always.known() == Some(&true) => ("hand", "◆ behind a job started by hand"),
            Some(_) => ("small", "by itself"),
            None => ("small", "nobody can tell how"),
        };
        out.push(Line { class, text: when.to_owned() });
        for entry in &start.refs {
            let class = match entry.kind {
                RefKind::Branch => "branch",
                RefKind::Tag => "tag",
                RefKind::MergeRequest => "request",
            };
            let perhaps = if entry.doubt.is_some() { "perhaps " } else { "" };
            let line = Line { class, text: format!("● {perhaps}{}", entry.sentence().replace('`', "")) };
            if !out.iter().any(|known| known.text == line.text && known.class == class) {
                out.push(line);
            }
        }
    }
    out
}

/// The beginning of a long text.
fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or("")),
        None => text.to_owned(),
    }
}

/// A text in XML; characters that XML does not have are left out.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push('\n'),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{cut, escaped};

    #[test]
    fn what_a_name_holds_stays_text() {
        assert_eq!(escaped("<script>\"&\u{1b}[31m"), "&lt;script&gt;&quot;&amp;[31m");
        assert_eq!(cut(&"ä".repeat(40)), format!("{}…", "ä".repeat(34)));
    }
}
