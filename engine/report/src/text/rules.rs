//! Rules as a list, and one rule's page.

use engine_model::{Class, RuleInfo};

use crate::clean;

use super::paint::{CODE, HEADING, Paint, QUIET};
use super::{TextOptions, widest};

/// A line for each rule: id, class, severity, practices, title. Empty for no rules.
#[must_use]
pub fn rules_text(rules: &[RuleInfo], options: &TextOptions) -> String {
    let paint = Paint { color: options.color };
    let width = widest(rules.iter().map(|rule| rule.id.as_str()));
    let practices: Vec<String> = rules.iter().map(|rule| clean::line(&rule.practices.join(" "))).collect();
    let practices_width = widest(practices.iter().map(String::as_str));
    let mut out = String::new();
    for (rule, practices) in rules.iter().zip(&practices) {
        let id = paint.styled(HEADING, format_args!("{:<width$}", rule.id.as_str()));
        let weight =
            paint.styled(QUIET, format_args!("{:<9}  {:<8}  {practices:<practices_width$}", rule.class, rule.severity));
        out.push_str(&format!("{id}  {weight}  {}\n", clean::line(&rule.title)));
    }
    out
}

/// One rule's page: what it is, then its Markdown, lightly styled where colour is asked for and as it is where not.
#[must_use]
pub fn explain(rule: &RuleInfo, options: &TextOptions) -> String {
    let paint = Paint { color: options.color };
    let effect = match rule.class {
        Class::Mandatory => "mandatory: always closes the gate",
        Class::Default => "closes the gate at or above the threshold",
        Class::Advice => "advice: never closes the gate",
    };
    let mut out = format!("{}: {}\n", paint.styled(HEADING, &rule.id), clean::line(&rule.title));
    let mut about = format!("{}, {effect}; policy `{}`", rule.severity, clean::line(&rule.policy));
    if !rule.practices.is_empty() {
        about.push_str(&format!("; {}", clean::line(&rule.practices.join(", "))));
    }
    out.push_str(&paint.styled(QUIET, about));
    out.push('\n');
    let page = rule.page.trim();
    if !page.is_empty() {
        out.push('\n');
        markdown(page, paint, &mut out);
    }
    out
}

fn markdown(page: &str, paint: Paint, out: &mut String) {
    let mut in_code = false;
    for line in clean::lines(page) {
        let fence = line.trim_start().starts_with("```");
        if fence {
            in_code = !in_code;
        }
        let styled = if !paint.color {
            line
        } else if fence {
            paint.styled(QUIET, line)
        } else if in_code {
            paint.styled(CODE, line)
        } else if line.starts_with('#') {
            paint.styled(HEADING, line.trim_start_matches('#').trim_start())
        } else {
            code_spans(&line, paint)
        };
        out.push_str(styled.trim_end());
        out.push('\n');
    }
}

/// A line with what stands between backticks in the colour of code; a last lone backtick opens nothing.
fn code_spans(line: &str, paint: Paint) -> String {
    let parts: Vec<&str> = line.split('`').collect();
    let mut out = String::new();
    for (index, part) in parts.iter().enumerate() {
        let closed = index.saturating_add(1) < parts.len();
        match index % 2 {
            1 if closed => out.push_str(&paint.styled(CODE, part)),
            1 => out.push_str(&format!("`{part}")),
            _ => out.push_str(part),
        }
    }
    out
}
