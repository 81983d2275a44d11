//! Three values: known, unknown and why, absent. Unknown never quietly becomes absent.

use std::fmt;

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, de};
use serde_json::value::RawValue;

/// A value, or the knowledge that there is none, or the knowledge that it cannot be told.
///
/// In JSON an unknown value is `{"$unknown": WHY, "on": TEXT}`, and an absent one is left out; a field of this type
/// needs no `serde(default)`. It reads from JSON text alone, so not below `serde(flatten)` or in an untagged enum.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Known<T> {
    /// It is this.
    Known(T),
    /// It is something, and why it cannot be told.
    Unknown(Unknown),
    /// Nothing is written.
    #[default]
    Absent,
}

/// A value that is there but cannot be told. Shown as `` `$VAR` (dynamic) ``.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Why not, in one word: `until-apply`, `sensitive`, `not-vendored`, `dynamic`, `not-evaluated`. More may come.
    pub why: String,
    /// What it depends on: a variable's name, an expression's text. May be empty.
    pub on: String,
}

impl<T> Known<T> {
    /// The value, where it is known. Absent and unknown look alike here: see [`Known::settled`].
    #[must_use]
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) | Self::Absent => None,
        }
    }

    /// The value, or `None` where nothing is written.
    ///
    /// # Errors
    /// Where it cannot be told: the rule is then undecided, or must come to the same end whatever it is.
    pub fn settled(&self) -> Result<Option<&T>, &Unknown> {
        match self {
            Self::Known(value) => Ok(Some(value)),
            Self::Unknown(unknown) => Err(unknown),
            Self::Absent => Ok(None),
        }
    }

    /// Why it cannot be told, if it cannot.
    #[must_use]
    pub fn unknown(&self) -> Option<&Unknown> {
        self.settled().err()
    }

    /// Whether nothing is written.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.on.is_empty() {
            return write!(f, "a value that is not known ({})", self.why);
        }
        write!(f, "`{}` ({})", self.on, self.why)
    }
}

#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "$unknown")]
    why: Option<String>,
    on: Option<String>,
}

/// The unknown value that the text stands for, if it stands for one.
pub(crate) fn unknown(json: &str) -> Option<Unknown> {
    if !json.starts_with('{') || !json.contains("\"$unknown\"") {
        return None;
    }
    let wire: Wire = serde_json::from_str(json).ok()?;
    Some(Unknown { why: wire.why?, on: wire.on.unwrap_or_default() })
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Known<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Asking for an option is what makes a field that is left out absent and not an error.
        deserializer.deserialize_option(KnownVisitor(std::marker::PhantomData))
    }
}

struct KnownVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for KnownVisitor<T> {
    type Value = Known<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, or why it is unknown")
    }

    fn visit_none<E: de::Error>(self) -> Result<Known<T>, E> {
        Ok(Known::Absent)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Known<T>, D::Error> {
        let json = <&'de RawValue>::deserialize(deserializer)?.get();
        match unknown(json) {
            Some(unknown) => Ok(Known::Unknown(unknown)),
            None => serde_json::from_str(json).map(Known::Known).map_err(|error| D::Error::custom(plain(&error))),
        }
    }
}

/// The error without its line and column, which mean nothing in facts.
pub(crate) fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(message, _)| message.into())
}

#[cfg(test)]
mod tests {
    use super::{Known, Unknown};
    use serde::Deserialize;

    #[derive(Deserialize, PartialEq, Debug)]
    struct Job {
        when: Known<String>,
        tags: Known<Vec<Known<String>>>,
    }

    fn job(json: &str) -> Result<Job, String> {
        serde_json::from_str(json).map_err(|error| super::plain(&error))
    }

    #[test]
    fn the_three_values_are_told_apart() {
        let dynamic = Unknown { why: "dynamic".into(), on: "$WHEN".into() };
        let json = r#"{"when": { "on": "$WHEN", "$unknown": "dynamic" }, "tags": ["a", {"$unknown": "dynamic", "on": "$WHEN"}]}"#;
        let tags = Known::Known(vec![Known::Known("a".into()), Known::Unknown(dynamic.clone())]);
        assert_eq!(job(json), Ok(Job { when: Known::Unknown(dynamic), tags }));
        assert_eq!(job("{}"), Ok(Job { when: Known::Absent, tags: Known::Absent }));
        assert_eq!(job(r#"{"when": null}"#), job("{}"));
    }

    #[test]
    fn what_is_neither_is_an_error() {
        assert_eq!(job(r#"{"when": 3}"#), Err("invalid type: integer `3`, expected a string".into()));
        assert_eq!(
            job(r#"{"when": {"why": "dynamic"}}"#),
            Err("invalid type: map, expected a string".into()),
            "an object that does not say `$unknown` is known, and here of the wrong type"
        );
    }

    #[test]
    fn settled_keeps_unknown_apart_from_absent() {
        assert_eq!(Known::Known(3).settled(), Ok(Some(&3)));
        assert_eq!(Known::<u8>::Absent.settled(), Ok(None));
        let unknown = Unknown { why: "sensitive".into(), on: String::new() };
        assert_eq!(Known::<u8>::Unknown(unknown.clone()).settled(), Err(&unknown));
        assert_eq!(unknown.to_string(), "a value that is not known (sensitive)");
    }
}
