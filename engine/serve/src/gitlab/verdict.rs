//! What a merge request is told: a commit status, and a note with the report.

use engine_model::{Class, Evaluation, RuleId, Undecided, Verdict};
use engine_report::{Kind, TextOptions};
use sha2::{Digest as _, Sha256};

/// The longest name of a branch that is part of a status' name as it is, in bytes.
const BRANCH: usize = 200;

/// What one's own note is known by, besides its author.
pub(crate) const MARK: &str = "<!-- engine: the verdict on this merge request -->";

/// The most characters of a status' description.
const DESCRIPTION: usize = 255;

/// The most bytes of a note; GitLab takes a million characters, and nobody reads so many.
const NOTE: usize = 100_000;

/// How the status of a merge request is called that would go into `branch`. A commit may be in several merge requests, and
/// the one into a branch of laxer rules must not speak for the others.
pub(crate) fn name(branch: &str) -> String {
    if branch.len() <= BRANCH {
        return format!("engine: {branch}");
    }
    let digest = Sha256::digest(branch.as_bytes());
    let digest: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("engine: {} {digest}", branch.get(..branch.floor_char_boundary(BRANCH)).unwrap_or(""))
}

/// A status: its state, and one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) state: &'static str,
    pub(crate) description: String,
}

impl Told {
    /// That a check is under way.
    pub(crate) fn running() -> Self {
        Self { state: "running", description: "the check is under way".to_owned() }
    }

    /// What a check came to.
    pub(crate) fn of(evaluation: &Evaluation) -> Self {
        let is_mandatory = |rule: &RuleId| evaluation.class_of(rule) == Class::Mandatory;
        let closes = |one: &&Undecided| one.closes || one.rules.iter().any(is_mandatory);
        let cause = evaluation.undecided.iter().find(closes).or(evaluation.undecided.first());
        let cause = cause.filter(|_| evaluation.verdict == Verdict::Undecided);
        let cause = cause.map(|one| format!(": {}", one.message)).unwrap_or_default();
        let (state, word) = match evaluation.verdict {
            Verdict::Pass => ("success", "pass"),
            Verdict::Fail => ("failed", "fail"),
            Verdict::Undecided => ("failed", "undecided"),
        };
        Self { state, description: shortened(&format!("{word}: {}{cause}", evaluation.reason)) }
    }

    /// That a check came to nothing, and why.
    pub(crate) fn failed(reason: &str) -> Self {
        Self { state: "failed", description: shortened(&format!("undecided: {reason}")) }
    }
}

/// One line of at most [`DESCRIPTION`] characters.
fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String = line.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if line.chars().count() <= DESCRIPTION {
        return line;
    }
    let cut: String = line.chars().take(DESCRIPTION.saturating_sub(1)).collect();
    format!("{cut}…")
}

/// The text of a note. `judge` is the branch whose configuration it was, and its commit.
pub(crate) fn note(evaluation: &Evaluation, version: &str, commit: &str, judge: (&str, &str)) -> String {
    let options = TextOptions { color: false, width: 100, all: false, base: String::new() };
    let report = Kind::Markdown.render(evaluation, version, &options);
    let short = |commit: &str| commit.get(..8).unwrap_or(commit).to_owned();
    let branch: String = judge.0.chars().filter(|c| !matches!(c, '`' | '\n' | '\r')).collect();
    let end = format!(
        "\nOf commit {}, judged by the configuration of `{branch}` at {}, engine {version}.\n",
        short(commit),
        short(judge.1)
    );
    let mut text = format!("{MARK}\n{report}");
    let room = NOTE.saturating_sub(end.len());
    if text.len() > room {
        let cut = text.floor_char_boundary(room);
        let line = text.get(..cut).and_then(|text| text.rfind('\n')).unwrap_or(cut);
        text.truncate(line);
        text.push_str("\n\nThe rest does not fit here; `engine check` shows it.\n");
    }
    text + &end
}

#[cfg(test)]
mod tests {
    use super::{DESCRIPTION, Told, name, shortened};

    #[test]
    fn two_branches_never_share_a_status() {
        assert_eq!(name("main"), "engine: main");
        let long = "é".repeat(150);
        assert!(name(&long).len() < 255 && name(&long) != name(&format!("{long}x")));
    }

    #[test]
    fn a_description_is_one_line_that_fits() {
        assert_eq!(Told::failed("a\n b\u{1b}").description, "undecided: a b\u{fffd}");
        let long = shortened(&"é ".repeat(400));
        assert_eq!(long.chars().count(), DESCRIPTION);
        assert!(long.ends_with('…'));
    }
}
