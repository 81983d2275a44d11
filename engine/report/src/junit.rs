//! JUnit XML: a test case for each rule. Source: GitLab documentation, "Unit test report examples"; the names are those
//! that its reader looks at.
//!
//! A rule fails with a finding that closes the gate, is an error where it could not be decided, and is skipped where it
//! has nothing to look at or all that it found is waived. No time is written: the same evaluation gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use engine_model::{Evaluation, Finding, RuleId};

/// What is told of a rule.
#[derive(Debug, Default)]
struct Case<'a> {
    closing: Vec<&'a Finding>,
    open: Vec<&'a Finding>,
    undecided: Vec<String>,
    waived: Vec<String>,
    runs: bool,
}

pub(crate) fn render(evaluation: &Evaluation) -> String {
    let mut cases: BTreeMap<&RuleId, Case<'_>> = BTreeMap::new();
    for rule in &evaluation.evaluated {
        cases.entry(rule).or_default().runs = true;
    }
    for rule in &evaluation.not_applicable {
        cases.entry(rule).or_default();
    }
    for finding in &evaluation.findings {
        let case = cases.entry(&finding.rule).or_default();
        case.runs = true;
        if evaluation.closes(finding) { case.closing.push(finding) } else { case.open.push(finding) }
    }
    for one in &evaluation.undecided {
        for rule in &one.rules {
            let way_out = one.way_out.as_deref().map(|way_out| format!(": {way_out}")).unwrap_or_default();
            let place = one.location.as_ref().map(|location| format!("{location}: ")).unwrap_or_default();
            cases.entry(rule).or_default().undecided.push(format!("{place}{}{way_out}", one.message));
        }
    }
    for waived in &evaluation.waived {
        let finding = &waived.finding;
        let line = format!(
            "{}: {} (waived by {} until {}: {})",
            finding.location, finding.message, waived.owner, waived.expires, waived.reason
        );
        cases.entry(&finding.rule).or_default().waived.push(line);
    }
    let policy =
        |rule: &RuleId| evaluation.rules.iter().find(|info| info.id == *rule).map_or("engine", |info| &*info.policy);
    let policies: BTreeSet<&str> = cases.keys().map(|rule| policy(rule)).collect();
    let mut suites = String::new();
    let mut total = Counts::default();
    for name in policies {
        let (mut counts, mut body) = (Counts::default(), String::new());
        for (rule, case) in cases.iter().filter(|(rule, _)| policy(rule) == name) {
            counts.add(case);
            write_case(name, rule, case, &mut body);
        }
        suites.push_str(&format!("  <testsuite name=\"{}\" {}>\n{body}  </testsuite>\n", escape(name), counts.text()));
        total.sum(&counts);
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"engine\" {}>\n{suites}</testsuites>\n",
        total.text()
    )
}

#[derive(Debug, Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn add(&mut self, case: &Case<'_>) {
        self.tests += 1;
        self.failures += usize::from(!case.closing.is_empty());
        self.errors += usize::from(case.is_error());
        self.skipped += usize::from(case.is_skipped());
    }

    fn sum(&mut self, other: &Self) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
    }

    fn text(&self) -> String {
        let Self { tests, failures, errors, skipped } = self;
        format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"")
    }
}

impl Case<'_> {
    fn is_error(&self) -> bool {
        self.closing.is_empty() && !self.undecided.is_empty()
    }

    fn is_skipped(&self) -> bool {
        self.closing.is_empty() && self.undecided.is_empty() && (!self.runs || !self.waived.is_empty())
    }
}

fn write_case(policy: &str, rule: &RuleId, case: &Case<'_>, out: &mut String) {
    let file =
        case.closing.first().map(|finding| format!(" file=\"{}\"", escape(finding.location.file.path().as_str())));
    let mut body = String::new();
    let lines = |findings: &[&Finding]| {
        let line = |finding: &&Finding| {
            let help = finding.help.as_deref().map(|help| format!("\n  help: {help}")).unwrap_or_default();
            format!("{}: {}: {}{help}", finding.location, finding.severity, finding.message)
        };
        findings.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    if let Some(first) = case.closing.first() {
        let (kind, message) = (first.severity.as_str(), escape(&first.message));
        let text = escape(&lines(&case.closing));
        let _ = writeln!(body, "      <failure message=\"{message}\" type=\"{kind}\">{text}</failure>");
    } else if let Some(first) = case.undecided.first() {
        let text = escape(&case.undecided.join("\n"));
        let _ =
            writeln!(body, "      <error message=\"undecided: {}\" type=\"undecided\">{text}</error>", escape(first));
    } else if let Some(first) = case.waived.first() {
        let _ = writeln!(body, "      <skipped message=\"{}\"/>", escape(first));
    } else if !case.runs {
        body.push_str("      <skipped message=\"not applicable: there is nothing that it looks at\"/>\n");
    }
    let beside = [lines(&case.open), case.waived.join("\n")].join("\n");
    if !beside.trim().is_empty() {
        let _ = writeln!(body, "      <system-out>{}</system-out>", escape(beside.trim()));
    }
    let name = escape(rule.as_str());
    let head = format!("    <testcase classname=\"{}\" name=\"{name}\"{}", escape(policy), file.unwrap_or_default());
    if body.is_empty() {
        let _ = writeln!(out, "{head}/>");
    } else {
        let _ = write!(out, "{head}>\n{body}    </testcase>\n");
    }
}

/// Text as XML holds it: its signs escaped, and what it may not hold at all replaced.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(crate::clean::character(c)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{escape, render};
    use crate::sample::{clean, full, id};

    #[test]
    fn a_rule_is_a_test_case() {
        let mut evaluation = full();
        evaluation.evaluated = vec![id("apply-without-hand"), id("quiet-rule")];
        let report = render(&evaluation);
        for expected in [
            "<testsuites name=\"engine\" tests=\"10\" failures=\"3\" errors=\"2\" skipped=\"2\">",
            "<testcase classname=\"engine\" name=\"quiet-rule\"/>",
            "<testcase classname=\"apply-via-ci\" name=\"apply-without-hand\" file=\".gitlab-ci.yml\">",
            "<skipped message=\"not applicable: there is nothing that it looks at\"/>",
            "(waived by jane@example.com until 2027-01-31: the vendor has no checksum)\"/>",
            "<error message=\"undecided: .gitlab-ci.yml:2:5: `platform/ci` at its default branch is not here: run \
             `engine vendor`\" type=\"undecided\">",
        ] {
            assert!(report.contains(expected), "{expected}\n{report}");
        }
        assert!(render(&clean()).contains("tests=\"0\""));
    }

    #[test]
    fn nothing_breaks_out_of_a_text() {
        assert_eq!(escape("<a b=\"c\">&'\n"), "&lt;a b=&quot;c&quot;&gt;&amp;&apos;&#10;");
        assert_eq!(escape("\u{0}\u{1b}[31m\u{ffff}"), "\u{2400}\u{241b}[31m\u{fffd}");
    }
}
