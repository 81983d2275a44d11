//! What is wrong with an `engine.yaml`: a sentence, a place and a hint.

use engine_model::{Class, Location, Place, RuleId, nearest};

use crate::{Override, Written};

/// Something that is wrong with an `engine.yaml`. The gate does not start with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{location}: {message}")]
pub struct ConfigError {
    /// One sentence: lower case, no full stop, the user's text in backticks.
    pub message: String,
    /// Where it is written.
    pub location: Location,
    /// What to do, one sentence.
    pub help: Option<String>,
}

impl ConfigError {
    /// An error at a place.
    #[must_use]
    pub fn new(place: &Place, message: impl Into<String>) -> Self {
        Self { message: message.into(), location: place.location(), help: None }
    }

    /// The same with a hint.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// A rule that no policy has; `known` are the ids of those that are loaded.
    #[must_use]
    pub fn unknown_rule<'k>(rule: &Written<RuleId>, known: impl IntoIterator<Item = &'k str>) -> Self {
        Self::unknown("rule", "`engine rules` lists them", rule, known)
    }

    /// A policy that is not built in; `known` are those that are.
    #[must_use]
    pub fn unknown_policy<'k>(policy: &Written<RuleId>, known: impl IntoIterator<Item = &'k str>) -> Self {
        Self::unknown("built-in policy", "`engine rules` lists them", policy, known)
    }

    fn unknown<'k>(
        what: &str,
        otherwise: &str,
        found: &Written<RuleId>,
        known: impl IntoIterator<Item = &'k str>,
    ) -> Self {
        let help = meant(found.value.as_str(), known).unwrap_or_else(|| otherwise.to_owned());
        Self::new(&found.place, format!("there is no {what} `{}`", found.value)).with_help(help)
    }

    /// Why `rules:` may not say this of a rule whose own class is `own`; nothing where it may.
    #[must_use]
    pub fn refusal(change: &Override, own: Class) -> Option<Self> {
        let refused = || {
            let message = format!("the rule `{}` is mandatory, and nothing changes it", change.rule.value);
            Self::new(&change.rule.place, message).with_help("remove the entry")
        };
        (own == Class::Mandatory).then(refused)
    }

    /// Why `waive:` may not name a rule of this class, its own or the one that `rules:` gives it; nothing where it may.
    #[must_use]
    pub fn unwaivable(rule: &Written<RuleId>, class: Class) -> Option<Self> {
        let refused = || {
            let message = format!("the rule `{}` is mandatory, and nothing waives it", rule.value);
            Self::new(&rule.place, message).with_help("mend what it finds, and take it out of the waiver")
        };
        (class == Class::Mandatory).then(refused)
    }
}

/// The hint that names the known word nearest to `word`, where one is near.
pub(crate) fn meant<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<String> {
    nearest(word, known).map(|known| format!("did you mean `{known}`?"))
}

/// The user's text between backticks, cut where it is long, on one line.
pub(crate) fn shown(text: &str) -> String {
    const MAX_CHARS: usize = 80;
    let mut out: String = text.chars().take(MAX_CHARS).flat_map(visible).collect();
    if text.chars().nth(MAX_CHARS).is_some() {
        out.push('…');
    }
    format!("`{out}`")
}

/// A character, or the escape of one that would break a line or hide in it.
fn visible(c: char) -> Vec<char> {
    if c.is_control() { c.escape_default().collect() } else { vec![c] }
}
