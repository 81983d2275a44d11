//! Resolved pipelines as YAML for people: what GitLab makes of the files, and behind each value where it comes from.

use engine_facts::gitlab::{Field, Merged, Resolved, Shape};
use engine_facts::sourced::Origin;
use engine_formats::yaml::is_plain;

use super::Pipelines;

/// How comments are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comments {
    /// Not at all.
    None,
    /// As text.
    Plain,
    /// Dimmed, for a terminal.
    Dimmed,
}

impl Pipelines {
    /// All of it as YAML, a document each pipeline.
    #[must_use]
    pub fn to_yaml(&self, comments: Comments) -> String {
        let mut out = Printer { out: String::new(), comments };
        for (index, resolved) in self.resolved.iter().enumerate() {
            out.pipeline(resolved, index > 0 || self.resolved.len() > 1);
        }
        out.out
    }
}

struct Printer {
    out: String,
    comments: Comments,
}

impl Printer {
    fn pipeline(&mut self, resolved: &Resolved, several: bool) {
        if several {
            self.out.push_str("---");
            self.comment(&resolved.pipeline.path);
            self.out.push('\n');
        }
        self.out.push_str("stages:\n");
        for stage in &resolved.pipeline.stages {
            let text = stage.get().map_or("null", String::as_str);
            self.out.push_str("- ");
            self.scalar(text);
            self.origin(stage.origin.as_ref());
            self.out.push('\n');
        }
        for field in &resolved.shared {
            self.field(field, 0);
        }
        for job in &resolved.jobs {
            self.out.push('\n');
            self.field(job, 0);
        }
    }

    fn field(&mut self, field: &Field, depth: usize) {
        self.indent(depth);
        self.scalar(&field.name);
        self.out.push(':');
        let nested = match &field.value.shape {
            Shape::Mapping(fields) => !fields.is_empty(),
            Shape::List(items) => !items.is_empty(),
            _ => false,
        };
        if nested {
            self.origin(Some(&field.key));
            self.out.push('\n');
            self.below(&field.value, depth);
        } else {
            self.out.push(' ');
            self.leaf(&field.value, depth);
        }
    }

    /// The fields or items of a value.
    fn below(&mut self, value: &Merged, depth: usize) {
        match &value.shape {
            Shape::Mapping(fields) => fields.iter().for_each(|field| self.field(field, depth.saturating_add(1))),
            Shape::List(items) => items.iter().for_each(|item| self.item(item, depth)),
            _ => {}
        }
    }

    fn item(&mut self, item: &Merged, depth: usize) {
        let inner = depth.saturating_add(1);
        match &item.shape {
            Shape::Mapping(fields) if !fields.is_empty() => {
                let start = self.out.len();
                fields.iter().for_each(|field| self.field(field, inner));
                // The first field stands behind the dash.
                let dash = start.saturating_add(inner.saturating_mul(2)).saturating_sub(2);
                if self.out.is_char_boundary(dash) {
                    self.out.replace_range(dash..dash.saturating_add(1), "-");
                }
            }
            Shape::List(items) if !items.is_empty() => {
                self.indent(depth);
                self.out.push_str("-\n");
                items.iter().for_each(|item| self.item(item, inner));
            }
            _ => {
                self.indent(depth);
                self.out.push_str("- ");
                self.leaf(item, depth);
            }
        }
    }

    fn leaf(&mut self, value: &Merged, depth: usize) {
        let written = match &value.shape {
            Shape::Null => "null".to_owned(),
            Shape::Boolean(value) => value.to_string(),
            Shape::Integer(value) => value.to_string(),
            Shape::Float(value) => serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned()),
            Shape::Mapping(_) => "{}".to_owned(),
            Shape::List(_) => "[]".to_owned(),
            Shape::Unknown(unknown) => {
                self.out.push_str("null");
                self.comment(&format!("not known: {}", unknown.on));
                self.out.push('\n');
                return;
            }
            Shape::Text(text) if is_block(text) => {
                self.block(text, value, depth);
                return;
            }
            Shape::Text(text) => {
                self.scalar(text);
                String::new()
            }
        };
        self.out.push_str(&written);
        self.origin(Some(&value.origin));
        self.out.push('\n');
    }

    /// A text of several lines.
    fn block(&mut self, text: &str, value: &Merged, depth: usize) {
        let kept = text.trim_end_matches('\n');
        self.out.push_str(match text.len().saturating_sub(kept.len()) {
            0 => "|-",
            1 => "|",
            _ => "|+",
        });
        self.origin(Some(&value.origin));
        self.out.push('\n');
        let body = if text.ends_with("\n\n") { text.strip_suffix('\n').unwrap_or(text) } else { kept };
        for line in body.split('\n') {
            if !line.is_empty() {
                self.indent(depth.saturating_add(1));
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
    }

    fn scalar(&mut self, text: &str) {
        if is_plain(text) {
            self.out.push_str(text);
        } else {
            // What JSON writes between quotes, YAML reads.
            for c in serde_json::to_string(text).unwrap_or_default().chars() {
                if obeyed(c) { self.out.push_str(&format!("\\u{:04x}", u32::from(c))) } else { self.out.push(c) }
            }
        }
    }

    fn indent(&mut self, depth: usize) {
        for _ in 0..depth {
            self.out.push_str("  ");
        }
    }

    fn origin(&mut self, origin: Option<&Origin>) {
        if let Some(origin) = origin.filter(|_| self.comments != Comments::None) {
            let mut text = shown(&origin.place);
            let mut hop = origin.via.as_deref();
            while let Some(known) = hop {
                text.push_str(&format!(", by {} at {}", known.how.as_str(), shown(&known.place)));
                hop = known.next.as_deref();
            }
            self.comment(&text);
        }
    }

    fn comment(&mut self, text: &str) {
        // A name may hold anything.
        let text: String = text.chars().map(|c| if obeyed(c) { '\u{fffd}' } else { c }).collect();
        match self.comments {
            Comments::None => {}
            Comments::Plain => self.out.push_str(&format!(" # {text}")),
            Comments::Dimmed => self.out.push_str(&format!(" \u{1b}[2m# {text}\u{1b}[0m")),
        }
    }
}

fn shown(place: &engine_model::Place) -> String {
    let location = place.location();
    format!("{}:{}", location.file.path(), location.start().line)
}

/// Whether a terminal would do something else with a character than show it, or a reader of YAML take it for the end of
/// a line.
fn obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Whether a text is best written as a block: lines, none of which begins or ends with a blank that a block would lose.
fn is_block(text: &str) -> bool {
    let odd = |c: char| obeyed(c) && c != '\n';
    let first = text.split('\n').next().unwrap_or("");
    text.contains('\n')
        && !text.chars().any(odd)
        && !first.is_empty()
        && !first.starts_with([' ', '#'])
        && text.split('\n').all(|line| line.is_empty() || !line.trim().is_empty())
}
