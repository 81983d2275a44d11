//! Where a derived value comes from: the place it is written, and the hops by which it came to be used.

use std::sync::Arc;

use engine_model::{Place, Value};

/// A value and where it comes from.
#[derive(Clone, Debug, Default)]
pub struct Sourced<T> {
    /// The value.
    pub value: Value<T>,
    /// Where it comes from; `None` for a product's default that nobody wrote.
    pub origin: Option<Origin>,
}

impl<T> Sourced<T> {
    /// A known value that is written somewhere.
    pub fn known(value: T, origin: Origin) -> Self {
        Self { value: Value::Known(value), origin: Some(origin) }
    }

    /// A known value that nobody wrote: the product's default.
    pub fn implied(value: T) -> Self {
        Self { value: Value::Known(value), origin: None }
    }

    /// The value, where it is known.
    pub fn get(&self) -> Option<&T> {
        self.value.known()
    }

    /// Whether nothing is written.
    pub fn is_absent(&self) -> bool {
        matches!(self.value, Value::Absent)
    }
}

/// Where a value is written, and how it came to where it is used.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Where it is written.
    pub place: Place,
    /// The hops from the user to that place, outermost first; empty where the user wrote it itself.
    pub via: Option<Arc<Hop>>,
}

/// One hop on the way from where a value is used to where it is written.
#[derive(Debug)]
pub struct Hop {
    /// What kind of hop.
    pub how: How,
    /// Where the hop is written: the alias, the `extends`, the include.
    pub place: Place,
    /// The next hop, nearer to where the value is written.
    pub next: Option<Arc<Hop>>,
}

/// How a value comes to be used where it is not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum How {
    /// A YAML alias or merge key.
    Alias,
    /// `extends:`.
    Extends,
    /// `!reference`.
    Reference,
    /// `default:`, or a keyword at the top level that acts like it.
    Default,
    /// `include:`.
    Include,
    /// `$[[ inputs.name ]]`: the value is written where the input is given, or its default.
    Input,
    /// A command that runs a script of the repository.
    Script,
}

impl How {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alias => "alias",
            Self::Extends => "extends",
            Self::Reference => "reference",
            Self::Default => "default",
            Self::Include => "include",
            Self::Script => "script",
            Self::Input => "input",
        }
    }
}

impl Origin {
    /// A value that is written where it is used.
    #[must_use]
    pub fn written(place: Place) -> Self {
        Self { place, via: None }
    }

    /// The outermost hop that is not an include, or the outermost include: where the user names what it uses.
    #[must_use]
    pub fn entrance(&self) -> Option<&Hop> {
        let mut hop = self.via.as_deref();
        let mut last_include = None;
        while let Some(at) = hop {
            if at.how != How::Include {
                return Some(at);
            }
            last_include = last_include.or(Some(at));
            hop = at.next.as_deref();
        }
        last_include
    }
}

/// `inner` seen through `outer`: the hops of both, outer ones first.
#[must_use]
pub fn join(outer: Option<&Arc<Hop>>, inner: Option<&Arc<Hop>>) -> Option<Arc<Hop>> {
    let Some(first) = outer else {
        return inner.cloned();
    };
    let Some(inner) = inner else {
        return Some(Arc::clone(first));
    };
    let mut chain = Vec::new();
    let mut at = Some(first);
    while let Some(hop) = at {
        chain.push(hop);
        at = hop.next.as_ref();
    }
    let mut joined = Arc::clone(inner);
    for hop in chain.into_iter().rev() {
        joined = Arc::new(Hop { how: hop.how, place: hop.place.clone(), next: Some(joined) });
    }
    Some(joined)
}
