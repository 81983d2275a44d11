//! A value and where it is written.

use engine_facts::sourced::{Origin, Sourced};
use engine_model::Place;

/// A value that stands in `engine.yaml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written<T> {
    /// The value.
    pub value: T,
    /// Where it is written.
    pub place: Place,
}

impl<T> Written<T> {
    /// The value as facts hold it.
    pub(crate) fn sourced(self) -> Sourced<T> {
        Sourced::known(self.value, Origin::written(self.place))
    }

    /// Another value, written in the same place.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Written<U> {
        Written { value: change(self.value), place: self.place }
    }
}

/// A value that stands in `engine.yaml`, or that holds without being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it is written; `None` where nobody did.
    pub place: Option<Place>,
}

impl<T> Setting<T> {
    /// What holds without being written.
    pub(crate) fn implied(value: T) -> Self {
        Self { value, place: None }
    }

    /// Where the value comes from, as facts hold it.
    #[must_use]
    pub fn origin(&self) -> Option<Origin> {
        self.place.clone().map(Origin::written)
    }
}

impl<T> From<Written<T>> for Setting<T> {
    fn from(written: Written<T>) -> Self {
        Self { value: written.value, place: Some(written.place) }
    }
}
