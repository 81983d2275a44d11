//! What a check gives back: how much it looked at, and what is wrong where.

use std::fmt::Write as _;

/// Something wrong, at a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The file, relative to the root of the repository.
    pub(crate) file: String,
    /// Counted from one; one as well where the file as a whole is meant.
    pub(crate) line: usize,
    /// What is wrong.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) hint: &'static str,
}

/// How much a check looked at, and what it found.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// How many of what. A check that found nothing to look at has not passed.
    pub(crate) checked: Vec<(usize, &'static str)>,
    /// In the order of the files.
    pub(crate) problems: Vec<Problem>,
}

impl Outcome {
    /// Adds a problem.
    pub(crate) fn problem(&mut self, file: &str, line: usize, message: impl Into<String>, hint: &'static str) {
        self.problems.push(Problem { file: file.to_owned(), line, message: message.into(), hint });
    }

    /// Whether there was something to look at, and nothing is wrong with it.
    pub(crate) fn passed(&self) -> bool {
        self.problems.is_empty() && self.empty().is_none()
    }

    /// The outcome as people read it: the problems, then one line that sums up.
    pub(crate) fn text(&self, name: &str) -> String {
        let mut text = String::new();
        for Problem { file, line, message, hint } in &self.problems {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{file}:{line}: {message}\n  hint: {hint}");
        }
        let counts: Vec<String> = self.checked.iter().map(|(count, what)| format!("{count} {what}")).collect();
        let end = match (self.problems.len(), self.empty()) {
            (0, None) => "ok".to_owned(),
            (0, Some(what)) => format!("failed, there are no {what} to look at"),
            (count, _) => format!("failed, {count} wrong"),
        };
        let _ = writeln!(text, "{name}: {}: {end}", counts.join(", "));
        text
    }

    fn empty(&self) -> Option<&'static str> {
        self.checked.iter().find(|(count, _)| *count == 0).map(|(_, what)| *what)
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome;

    #[test]
    fn a_problem_is_printed_with_its_place_and_hint() {
        let mut outcome = Outcome { checked: vec![(2, "files")], ..Outcome::default() };
        assert_eq!((outcome.passed(), outcome.text("tidy").as_str()), (true, "tidy: 2 files: ok\n"));
        outcome.problem("a.rs", 3, "a tab", "use spaces");
        assert!(!outcome.passed());
        assert_eq!(outcome.text("tidy"), "a.rs:3: a tab\n  hint: use spaces\ntidy: 2 files: failed, 1 wrong\n");
    }

    #[test]
    fn nothing_to_look_at_is_no_pass() {
        let outcome = Outcome { checked: vec![(2, "files"), (0, "rules")], ..Outcome::default() };
        assert!(!outcome.passed());
        assert!(outcome.text("rules").ends_with("failed, there are no rules to look at\n"));
    }
}
