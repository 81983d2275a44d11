//! What a struct reads of a fact: its kind, and the fields it names. `#[derive(Facts)]` writes both.

use std::collections::{BTreeMap, HashMap};

use serde::de::DeserializeOwned;

use crate::Known;

/// A struct that one item of a kind is read into. Derived, with `#[facts(kind = "gitlab.job")]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which facts it reads",
    note = "derive it: `#[derive(Deserialize, Facts)]` and `#[facts(kind = \"..\")]`"
)]
pub trait Facts: Shape + DeserializeOwned + 'static {
    /// The kind of fact: `gitlab.job`. `docs/facts.md` lists them.
    const KIND: &'static str;
}

/// What of a value is read. Derived for structs; held by numbers, strings, lists, maps and options of such.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which fields it reads",
    note = "derive `Facts` for it, or put `#[facts(whole)]` on the field to read all below it"
)]
pub trait Shape {
    /// The fields that are read.
    fn fields() -> Fields;
}

/// What of a value is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fields {
    /// All of it.
    Whole,
    /// Only what is at these paths: names and `*`, joined by dots.
    Parts(Vec<String>),
}

impl Fields {
    /// The same one step further down: below `name`, or below every item for `*`.
    #[must_use]
    pub fn below(self, name: &str) -> Vec<String> {
        match self {
            Self::Whole => vec![name.into()],
            Self::Parts(paths) => paths.iter().map(|path| format!("{name}.{path}")).collect(),
        }
    }

    /// The same for every item of a list or every value of an object.
    #[must_use]
    pub fn each(self) -> Self {
        match self {
            Self::Whole => Self::Whole,
            parts @ Self::Parts(_) => Self::Parts(parts.below("*")),
        }
    }

    /// As the interface wants them, sorted, each once.
    #[must_use]
    pub fn paths(self) -> Vec<String> {
        let mut paths = match self {
            Self::Whole => vec!["*".into()],
            Self::Parts(paths) => paths,
        };
        paths.sort_unstable();
        paths.dedup();
        paths
    }
}

macro_rules! whole {
    ($($type:ty),+ $(,)?) => { $(impl Shape for $type {
        fn fields() -> Fields { Fields::Whole }
    })+ };
}

whole!(bool, u8, u16, u32, u64, usize, i8, i16, i32, i64, isize, f32, f64, char, String, serde_json::Value, ());

macro_rules! same {
    ($($type:ident),+ $(,)?) => { $(impl<T: Shape> Shape for $type<T> {
        fn fields() -> Fields { T::fields() }
    })+ };
}

same!(Option, Box, Known);

impl<T: Shape> Shape for Vec<T> {
    fn fields() -> Fields {
        T::fields().each()
    }
}

impl<T: Shape> Shape for BTreeMap<String, T> {
    fn fields() -> Fields {
        T::fields().each()
    }
}

impl<T: Shape, S> Shape for HashMap<String, T, S> {
    fn fields() -> Fields {
        T::fields().each()
    }
}
