//! One check in both formats, held to each other.

use std::path::Path;

use serde_json::Value;

use super::engine;

/// What a check came to.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The exit code.
    pub(crate) code: i32,
    /// The text, every finding drawn.
    pub(crate) text: String,
    /// The JSON.
    pub(crate) report: Value,
    /// Every finding, undecided line and gap as a line of its own: `rule file:line: message`,
    /// `undecided cause file:line: message` or `gap cause file:line: message`, without the place where there is none.
    pub(crate) said: Vec<String>,
}

impl Checked {
    /// Whether a line of what was said begins so.
    pub(crate) fn says(&self, line: &str) -> bool {
        self.said.iter().any(|said| said.starts_with(line))
    }
}

/// Runs `engine check` with these arguments in `dir`, as text and as JSON, and holds one to the other.
pub(crate) fn checked(dir: &Path, args: &[&str]) -> Checked {
    let run = |more: &[&str]| engine(dir, &[&["check"], args, more].concat());
    let (text, json) = (run(&["--all"]), run(&["--format", "json"]));
    assert_eq!(text.code, json.code, "{args:?}: text and JSON end differently");
    let report: Value = serde_json::from_str(&json.out).unwrap_or_else(|error| panic!("{args:?}: {error}"));
    let checked = Checked { code: text.code.unwrap(), said: said(&report), text: text.out, report };
    agree(&checked);
    checked
}

fn said(report: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for (list, word) in [("findings", ""), ("undecided", "undecided "), ("gaps", "gap ")] {
        for one in report[list].as_array().unwrap() {
            let name = one.get("rule").unwrap_or(&one["cause"]).as_str().unwrap();
            let location = &one["location"];
            let place = match location["path"].as_str() {
                Some(path) => format!(" {path}:{}", location["start"]["line"]),
                None => String::new(),
            };
            lines.push(format!("{word}{name}{place}: {}", one["message"].as_str().unwrap()));
        }
    }
    lines
}

/// Counts, verdict and reason of the text are those of the JSON, and the exit code is that of the verdict.
fn agree(checked: &Checked) {
    let Checked { code, text, report, .. } = checked;
    let counts = &report["counts"];
    let begin = |word: &str| text.lines().filter(|line| line.starts_with(word)).count();
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(counts["findings"], findings.len());
    assert_eq!(counts["findings"], begin("error[") + begin("warning[") + begin("note["), "{text}");
    let closing = findings.iter().filter(|finding| finding["closes"] == true).count();
    assert_eq!(counts["closing"], closing);
    assert_eq!(closing, begin("error["), "{text}");

    let verdict = report["verdict"].as_str().unwrap();
    let expected = ["pass", "fail", "undecided"].iter().position(|word| *word == verdict);
    assert_eq!(usize::try_from(*code).ok(), expected, "{text}");
    let reason = report["reason"].as_str().unwrap();
    assert_eq!(text.lines().last(), Some(format!("{}: {reason}", verdict.to_uppercase()).as_str()));
    assert_eq!(closing > 0, verdict == "fail", "{text}");

    let noun = |what: &str, word: &str| format!("{} {word}{}", counts[what], if counts[what] == 1 { "" } else { "s" });
    let evaluated = format!("{} of {} evaluated", counts["evaluated"], noun("rules", "rule"));
    assert!(begin(&evaluated) == 1, "no `{evaluated}` in\n{text}");
    let read = format!("{} in {}", noun("documents", "document"), noun("files", "file"));
    assert!(text.contains(&read), "no `{read}` in\n{text}");
    for (list, title) in [("undecided", "undecided"), ("gaps", "not seen")] {
        assert_eq!(begin(title) == 1, report[list] != Value::Array(Vec::new()), "`{title}` in\n{text}");
    }
}
