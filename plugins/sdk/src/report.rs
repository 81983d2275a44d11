//! What a rule says: findings, and what it could not decide.

use crate::Place;

/// Where a rule writes what it found. One call of a rule's function may report any number of findings.
#[derive(Debug, Default)]
pub struct Report {
    pub(crate) rule: &'static str,
    pub(crate) findings: Vec<Finding>,
    pub(crate) undecided: Vec<Undecided>,
}

/// Something that a rule found wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub(crate) rule: &'static str,
    pub(crate) place: Place,
    pub(crate) message: String,
    pub(crate) related: Vec<(Place, String)>,
    pub(crate) help: Option<String>,
    pub(crate) fix: Option<Fix>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Undecided {
    pub(crate) rule: &'static str,
    pub(crate) place: Place,
    pub(crate) message: String,
}

/// A change that mends a finding: text to copy, or replacements, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    pub(crate) title: String,
    pub(crate) safe: bool,
    pub(crate) edits: Vec<(Place, String)>,
    pub(crate) snippet: Option<String>,
}

impl Report {
    /// Reports that something is wrong at the place, and gives the finding to say more of it.
    ///
    /// `message` is one sentence: lower case, no full stop, the user's text in backticks.
    pub fn finding(&mut self, place: Place, message: impl Into<String>) -> &mut Finding {
        let rule = self.rule;
        self.findings.push_mut(Finding {
            rule,
            place,
            message: message.into(),
            related: Vec::new(),
            help: None,
            fix: None,
        })
    }

    /// Reports that the rule cannot tell, because the value at the place would have to be known. Never a pass: for a
    /// mandatory rule it closes the gate.
    ///
    /// `message` says why it matters, one sentence without a full stop.
    pub fn undecided(&mut self, place: Place, message: impl Into<String>) {
        self.undecided.push(Undecided { rule: self.rule, place, message: message.into() });
    }
}

impl Finding {
    /// Says what to do about it, one sentence.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// Adds another place that belongs to the story, and in a few words what stands there.
    pub fn related(&mut self, place: Place, message: impl Into<String>) -> &mut Self {
        self.related.push((place, message.into()));
        self
    }

    /// Offers a change that mends it. A second one takes the place of the first.
    pub fn fix(&mut self, fix: Fix) -> &mut Self {
        self.fix = Some(fix);
        self
    }
}

impl Fix {
    /// Text to copy, where no value can be named that it replaces. `title` says in the imperative what it does.
    #[must_use]
    pub fn snippet(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { title: title.into(), safe: false, edits: Vec::new(), snippet: Some(text.into()) }
    }

    /// Replaces the value at the place, as it is written in the file, by `text`, as it shall stand there.
    #[must_use]
    pub fn replace(title: impl Into<String>, place: Place, text: impl Into<String>) -> Self {
        Self { title: title.into(), safe: false, edits: vec![(place, text.into())], snippet: None }
    }

    /// Replaces one more value; places may not overlap.
    #[must_use]
    pub fn and_replace(mut self, place: Place, text: impl Into<String>) -> Self {
        self.edits.push((place, text.into()));
        self
    }

    /// Says that it may be applied without a look: it keeps everything else as it is.
    #[must_use]
    pub fn safe(mut self) -> Self {
        self.safe = true;
        self
    }
}
