//! What is wrong with a policy of somebody's: a sentence, a place and a hint.

use engine_model::Location;

/// What is wrong with a Rego policy. Its rules are undecided, and others are not touched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PolicyError {
    /// The rule's id where it is known, else a name for what could not be read.
    pub policy: String,
    /// One sentence: lower case, no full stop, the user's text in backticks.
    pub message: String,
    /// Where it is written.
    pub location: Option<Location>,
    /// What to do, one sentence.
    pub help: Option<String>,
}

impl PolicyError {
    pub(crate) fn at(location: Location, message: impl Into<String>) -> Self {
        let policy = location.file.path().to_string();
        Self { policy, message: message.into(), location: Some(location), help: None }
    }

    pub(crate) fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}
