//! Tests of rules, without an engine: facts in, findings out.
//!
//! ```text
//! silent-failure @ gitlab.job[0].allow_failure: job `scan` may fail unseen
//!   = help: remove `allow_failure`
//! silent-failure ? gitlab.job[1].allow_failure: whether it may fail unseen depends on `$X` (dynamic)
//! ```
//! `@` is a finding and `?` something undecided; `[0]` is the item. Lines with `=` say more of the finding above them:
//! `= help: ..`, `= related KIND[0].field: ..`, `= fix: TITLE`, `= replace KIND[0].field: ..`, `= snippet: ..`.

use std::cell::RefCell;
use std::fmt;

use crate::input::Input;
use crate::log::Level;
use crate::{Place, Plugin, Reads, Report, Rule, Scope, Step};

/// What the rules came to. Its text is the lines that the [module](self) describes, findings first.
#[derive(Debug)]
pub struct Outcome {
    kinds: Vec<String>,
    reports: Vec<Report>,
    /// What was logged, in order.
    pub log: Vec<(Level, String)>,
}

/// Runs rules, a whole [`Plugin`] or some `[rule()]`, over facts: pairs of a kind and a JSON array.
///
/// # Panics
/// Where a rule's page is wrong, or a rule points at a field that it does not read.
pub fn run<K: Into<String>, J: Into<String>>(
    rules: impl IntoIterator<Item = Rule>,
    facts: impl IntoIterator<Item = (K, J)>,
) -> Outcome {
    let plugin = Plugin::new("testing", "0.0.0", rules.into_iter().collect());
    let reads: Vec<(&str, Vec<Reads>)> = plugin.describe().iter().map(|(page, rule)| (page.id, rule.reads())).collect();
    let facts: Vec<(String, String)> = facts.into_iter().map(|(kind, json)| (kind.into(), json.into())).collect();
    let kinds = facts.iter().map(|(kind, _)| kind.clone()).collect();
    let input = Input::new(facts);
    LINES.take();
    let reports = [Scope::Item, Scope::Repository].map(|scope| plugin.check(scope, &input));
    let outcome = Outcome { kinds, reports: reports.into(), log: LINES.take() };
    for (rule, place) in outcome.places() {
        let kind = outcome.kind(place);
        let mut read = reads.iter().filter(|(id, _)| *id == rule).flat_map(|(_, reads)| reads);
        let handed_over = read.any(|reads| reads.kind == kind && reads.fields.iter().any(|path| reaches(path, place)));
        assert!(
            place.route.is_empty() || handed_over,
            "rule `{rule}` points at `{kind}{place}`, which it does not read: the engine could only show the item"
        );
    }
    outcome
}

/// Runs rules as [`run`] does, and compares what they came to with `expect`, line by line and without regard to order
/// or indentation. Where `expect` has no line with `=`, only `@` and `?` are compared; `""` expects nothing at all.
///
/// # Panics
/// Where the two differ, with both; where [`run`] does.
#[track_caller]
pub fn check<K: Into<String>, J: Into<String>>(
    rules: impl IntoIterator<Item = Rule>,
    facts: impl IntoIterator<Item = (K, J)>,
    expect: &str,
) {
    let all = run(rules, facts).to_string();
    let details = expect.lines().any(|line| line.trim_start().starts_with('='));
    let groups = |text: &str| {
        let mut groups: Vec<String> = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            match groups.last_mut().filter(|_| line.starts_with('=')) {
                Some(group) if details => *group += &format!("\n  {line}"),
                Some(_) => {}
                None => groups.push(line.into()),
            }
        }
        groups.sort_unstable();
        groups
    };
    let (found, wanted) = (groups(&all), groups(expect));
    assert!(
        found == wanted,
        "the rules came to something else\n--- expected\n{}\n--- found\n{}\n---",
        wanted.join("\n"),
        found.join("\n")
    );
}

/// Whether the path, once cut out, holds the place or something below it.
fn reaches(path: &str, place: &Place) -> bool {
    path.split('.').zip(&place.route).all(|(part, step)| match step {
        Step::Key(name) => part == "*" || part == name,
        Step::Index(_) => part == "*",
    })
}

impl Outcome {
    /// Every place that was pointed at, by which rule.
    fn places(&self) -> impl Iterator<Item = (&'static str, &Place)> {
        let undecided = self.reports.iter().flat_map(|report| &report.undecided).map(|one| (one.rule, &one.place));
        let findings = self.reports.iter().flat_map(|report| &report.findings).flat_map(|finding| {
            let edits = finding.fix.iter().flat_map(|fix| &fix.edits);
            let more = finding.related.iter().chain(edits).map(|(place, _)| place);
            std::iter::once(&finding.place).chain(more).map(|place| (finding.rule, place))
        });
        findings.chain(undecided)
    }

    fn kind(&self, place: &Place) -> &str {
        let kind = usize::try_from(place.facts).ok().and_then(|facts| self.kinds.get(facts));
        kind.map_or("?", String::as_str)
    }

    fn at(&self, place: &Place) -> String {
        format!("{}{place}", self.kind(place))
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in self.reports.iter().flat_map(|report| &report.findings) {
            writeln!(f, "{} @ {}: {}", finding.rule, self.at(&finding.place), finding.message)?;
            for (place, message) in &finding.related {
                writeln!(f, "  = related {}: {message}", self.at(place))?;
            }
            if let Some(help) = &finding.help {
                writeln!(f, "  = help: {help}")?;
            }
            if let Some(fix) = &finding.fix {
                writeln!(f, "  = {}: {}", if fix.safe { "safe fix" } else { "fix" }, fix.title)?;
                for (place, text) in &fix.edits {
                    writeln!(f, "  = replace {}: {}", self.at(place), text.escape_debug())?;
                }
                if let Some(text) = &fix.snippet {
                    writeln!(f, "  = snippet: {}", text.escape_debug())?;
                }
            }
        }
        for undecided in self.reports.iter().flat_map(|report| &report.undecided) {
            writeln!(f, "{} ? {}: {}", undecided.rule, self.at(&undecided.place), undecided.message)?;
        }
        Ok(())
    }
}

thread_local! {
    static LINES: RefCell<Vec<(Level, String)>> = const { RefCell::new(Vec::new()) };
}

pub(crate) fn write(level: Level, message: &str) {
    LINES.with_borrow_mut(|lines| lines.push((level, message.into())));
}
