//! Three values everywhere: known, unknown and why, absent.

use std::fmt;

/// Why a value is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Why {
    /// Known after `apply`, or by the provider.
    UntilApply,
    /// Known and hidden.
    Sensitive,
    /// It comes from a file that is not here.
    NotVendored,
    /// It is decided when the pipeline or the plan runs: a variable without a value, an input.
    Dynamic,
    /// The engine does not evaluate this construct.
    NotEvaluated,
}

impl Why {
    /// A word for wires and messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UntilApply => "until-apply",
            Self::Sensitive => "sensitive",
            Self::NotVendored => "not-vendored",
            Self::Dynamic => "dynamic",
            Self::NotEvaluated => "not-evaluated",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A value that is there but cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Why not.
    pub why: Why,
    /// What it depends on: a variable's name, an expression's text.
    pub on: String,
}

/// A value, or the knowledge that there is none, or the knowledge that it cannot be told. Unknown never quietly
/// becomes absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Value<T> {
    /// It is this.
    Known(T),
    /// It is something, and why it cannot be told.
    Unknown(Unknown),
    /// Nothing is written.
    #[default]
    Absent,
}

impl<T> Value<T> {
    /// An unknown value.
    pub fn unknown(why: Why, on: impl Into<String>) -> Self {
        Self::Unknown(Unknown { why, on: on.into() })
    }

    /// The value, where it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            _ => None,
        }
    }

    /// The same with the known value changed.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Value<U> {
        match self {
            Self::Known(value) => Value::Known(change(value)),
            Self::Unknown(unknown) => Value::Unknown(unknown),
            Self::Absent => Value::Absent,
        }
    }

    /// A view of the value.
    pub fn as_ref(&self) -> Value<&T> {
        match self {
            Self::Known(value) => Value::Known(value),
            Self::Unknown(unknown) => Value::Unknown(unknown.clone()),
            Self::Absent => Value::Absent,
        }
    }
}
