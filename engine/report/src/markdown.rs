//! Markdown for a note on a merge request: the verdict, what was understood, what was found, what is undecided.
//!
//! Files and policies must not be able to write the note: their text stands in code spans, and outside of them every
//! sign that Markdown or GitLab would obey is escaped. No line begins with their text, so that none is a quick action.

use std::fmt::Write as _;

use engine_model::{Evaluation, Finding, Verdict};

use crate::clean;

/// How many findings are in the table; the rest is counted.
const LISTED: usize = 50;

/// How many lines of anything else are shown.
const LINES: usize = 20;

pub(crate) fn render(evaluation: &Evaluation) -> String {
    let mut out = String::new();
    let word = match evaluation.verdict {
        Verdict::Pass => "passes",
        Verdict::Fail => "fails",
        Verdict::Undecided => "is undecided",
    };
    let _ = writeln!(out, "## The gate {word}\n\n{}\n", prose(&evaluation.reason));
    for sentence in &evaluation.understood {
        let _ = writeln!(out, "- {}", prose(sentence));
    }
    table(&evaluation.findings, evaluation, &mut out);
    if !evaluation.undecided.is_empty() {
        out.push_str("\n### Undecided\n\n");
        for one in evaluation.undecided.iter().take(LINES) {
            let place = one.location.as_ref().map(|location| format!("{} ", code(&location.to_string())));
            let way_out = one.way_out.as_deref().map(|way_out| format!(": {}", prose(way_out))).unwrap_or_default();
            let rules: Vec<String> = one.rules.iter().map(|rule| code(rule.as_str())).collect();
            let (place, rules) = (place.unwrap_or_default(), rules.join(", "));
            let _ = writeln!(out, "- {place}{}{way_out} ({rules})", prose(&one.message));
        }
        more(evaluation.undecided.len(), LINES, &mut out);
    }
    if !evaluation.waived.is_empty() {
        out.push_str("\n### Waived\n\n");
        for one in evaluation.waived.iter().take(LINES) {
            let finding = &one.finding;
            let (place, rule) = (code(&finding.location.to_string()), code(finding.rule.as_str()));
            let (message, owner, reason) = (prose(&finding.message), prose(&one.owner), prose(&one.reason));
            let _ = writeln!(out, "- {place} {rule}: {message}, by {owner} until {}: {reason}", one.expires);
        }
        more(evaluation.waived.len(), LINES, &mut out);
    }
    if !evaluation.assumed.is_empty() {
        out.push_str("\n### Assumed\n\n");
        for one in evaluation.assumed.iter().take(LINES) {
            let (message, owner, reason) = (prose(&one.message), prose(&one.owner), prose(&one.reason));
            let _ = writeln!(out, "- {message}, by {owner} until {}: {reason}", one.expires);
        }
        more(evaluation.assumed.len(), LINES, &mut out);
    }
    let counts = evaluation.counts;
    let _ = writeln!(
        out,
        "\n{} of {} rules evaluated, {} not applicable; {} documents in {} files",
        counts.evaluated,
        counts.rules,
        evaluation.not_applicable.len(),
        counts.documents,
        counts.files
    );
    out
}

fn table(findings: &[Finding], evaluation: &Evaluation, out: &mut String) {
    if findings.is_empty() {
        return;
    }
    out.push_str("\n| | severity | rule | place | what |\n|---|---|---|---|---|\n");
    for finding in findings.iter().take(LISTED) {
        let closes = if evaluation.closes(finding) { "closes" } else { "" };
        let (rule, place) = (code(finding.rule.as_str()), code(&finding.location.to_string()));
        let help = finding.help.as_deref().map(|help| format!("<br>{}", prose(help))).unwrap_or_default();
        let message = prose(&finding.message);
        let _ = writeln!(out, "| {closes} | {} | {rule} | {place} | {message}{help} |", finding.severity);
    }
    more(findings.len(), LISTED, out);
}

fn more(count: usize, shown: usize, out: &mut String) {
    if count > shown {
        let _ = writeln!(out, "\nand {} more", count.saturating_sub(shown));
    }
}

/// A code span that its text cannot leave: between more backticks than it has in a row. A `|` would end the cell of a
/// table even there.
fn code(text: &str) -> String {
    let line = clean::line(text).replace('|', "\u{2223}");
    let longest = line.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.saturating_add(1));
    // A space at both ends is taken away again, and keeps a backtick there from joining the fence.
    let pad = if line.starts_with('`') || line.ends_with('`') || line.is_empty() { " " } else { "" };
    format!("{fence}{pad}{line}{pad}{fence}")
}

/// A sentence: what stands between backticks is code, and the rest is no Markdown.
fn prose(text: &str) -> String {
    let line = clean::line(text);
    let mut out = String::new();
    let mut parts = line.split('`').peekable();
    let mut inside = false;
    while let Some(part) = parts.next() {
        // A backtick without another one is a backtick.
        if inside && parts.peek().is_none() {
            out.push_str("&#96;");
            out.push_str(&escape(part));
        } else if inside {
            out.push_str(&code(part));
        } else {
            out.push_str(&escape(part));
        }
        inside = !inside;
    }
    out
}

/// Signs of Markdown and HTML as entities; a sign that GitLab reads as the start of a reference is parted from what
/// follows, since an entity does not hide it.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '@' | '#' | '!' | '~' | '%' | '$' | '&' => {
                let _ = write!(out, "&#{};\u{2060}", u32::from(c));
            }
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '+' | '|' | '"' | '^' | '=' => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            // An address would become a link.
            ':' => out.push_str(":\u{2060}"),
            c => out.push(c),
        }
    }
    // So does this.
    out.replace("www.", "www\u{2060}.")
}

#[cfg(test)]
mod tests {
    use super::{code, prose, render};
    use crate::sample::{clean, full};

    #[test]
    fn no_address_becomes_a_link() {
        let shown = prose("see www.example.com and https://example.com");
        assert!(!shown.contains("www.") && !shown.contains("https://"), "{shown}");
    }

    #[test]
    fn the_verdict_comes_first_and_every_finding_is_a_row() {
        let note = render(&full());
        assert!(note.starts_with("## The gate fails\n\n2 mandatory findings"), "{note}");
        assert_eq!(note.lines().filter(|line| line.starts_with("| ")).count(), full().findings.len() + 1);
        assert!(note.contains("| closes | critical | `apply-without-hand` | `.gitlab-ci.yml:9:7` |"), "{note}");
        assert!(note.contains("(`apply-by-anyone`, `foreign-plan`)"), "{note}");
        assert!(render(&clean()).starts_with("## The gate passes\n"));
    }

    #[test]
    fn user_text_cannot_write_the_note() {
        for hostile in [
            "a` @all **b** `c",
            "`x` | y | z",
            "<img src=x onerror=alert(1)>",
            "[a](https://evil.example.com)",
            "/merge\n/approve",
            "job `a`` @all ``b`",
            "![i](https://evil.example.com/i.png)",
            "!123 #45 ~label %milestone",
        ] {
            let text = prose(hostile);
            let outside: String = text.split('`').step_by(2).collect();
            for sign in ["@a", "<img", "](", "**", "![", "!1", "#4", "~l", "%m", "|"] {
                assert!(!outside.contains(sign), "{hostile}: {text}");
            }
            assert!(!text.contains('\n') && !text.contains('|'), "{text}");
        }
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`"), "`` ` ``");
    }
}
