//! What an expression comes to: data with a place at every level, known, unknown or absent.

use std::collections::BTreeMap;

use engine_model::{Place, Unknown, Value, Why};

use super::Number;

/// What an expression comes to.
#[derive(Clone, Debug)]
pub struct Evaluated {
    /// The value, as far as it can be told without a plan.
    pub value: Value<Data>,
    /// The expression. What a reference leads to has the place of the reference; the items inside it have their own.
    pub place: Place,
    /// What could still change it when Terraform runs.
    pub basis: Basis,
}

/// What a known value rests on, from the surest to the least sure. A value rests on the least sure of its parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Basis {
    /// The code alone.
    #[default]
    Code,
    /// A variable that `terraform.tfvars` or an `*.auto.tfvars` sets: `-var` and `-var-file` override it.
    VariableFile,
    /// A variable's default: a caller, `TF_VAR_…`, `-var` and any variable file override it.
    Default,
}

/// Known data. Items inside may be unknown on their own.
#[derive(Clone, Debug)]
pub enum Data {
    /// `null`, which for an attribute is as good as nothing written.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    Text(String),
    /// A list or a tuple.
    List(Vec<Evaluated>),
    /// A set, sorted and without doubles.
    Set(Vec<Evaluated>),
    /// A map or an object. For a block: attributes by name, and for each type of nested blocks a list of maps. A
    /// `dynamic` block is one unknown item of that list, which stands for any number of blocks.
    Map(BTreeMap<String, Evaluated>),
}

impl Evaluated {
    /// A known value that rests on the code.
    #[must_use]
    pub fn known(data: Data, place: Place) -> Self {
        Self { value: Value::Known(data), place, basis: Basis::Code }
    }

    /// A value that cannot be told.
    #[must_use]
    pub fn unknown(why: Why, on: impl Into<String>, place: Place) -> Self {
        Self { value: Value::unknown(why, on), place, basis: Basis::Code }
    }

    /// The data, where it is known.
    #[must_use]
    pub fn get(&self) -> Option<&Data> {
        self.value.known()
    }

    /// The text, where it is known to be one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self.get() {
            Some(Data::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The item of a known map, or `None` where there is none or it is no map.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Self> {
        match self.get() {
            Some(Data::Map(items)) => items.get(name),
            _ => None,
        }
    }

    /// The items of a known list or set; empty for anything else.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match self.get() {
            Some(Data::List(items) | Data::Set(items)) => items,
            _ => &[],
        }
    }

    /// Whether the value rests on a variable's default, which a run may override.
    #[must_use]
    pub fn from_default(&self) -> bool {
        self.basis == Basis::Default
    }

    /// Why the value is unknown, where it is.
    #[must_use]
    pub fn why(&self) -> Option<&Unknown> {
        match &self.value {
            Value::Unknown(unknown) => Some(unknown),
            _ => None,
        }
    }

    /// How many values there are in it, this one included.
    pub(super) fn size(&self) -> usize {
        let inside: usize = match self.get() {
            Some(Data::List(items) | Data::Set(items)) => items.iter().map(Self::size).sum(),
            Some(Data::Map(items)) => items.values().map(Self::size).sum(),
            Some(Data::Text(text)) => text.len().checked_div(64).unwrap_or(0),
            _ => 0,
        };
        inside.saturating_add(1)
    }

    /// The same value, with everything in it resting on `basis` at best.
    pub(super) fn resting_on(mut self, basis: Basis) -> Self {
        if basis == Basis::Code {
            return self;
        }
        self.basis = self.basis.max(basis);
        self.value = self.value.map(|data| match data {
            Data::List(items) => Data::List(items.into_iter().map(|item| item.resting_on(basis)).collect()),
            Data::Set(items) => Data::Set(items.into_iter().map(|item| item.resting_on(basis)).collect()),
            Data::Map(items) => {
                Data::Map(items.into_iter().map(|(name, item)| (name, item.resting_on(basis))).collect())
            }
            data => data,
        });
        self
    }

    /// The kinds of the scalars in it, added to `kinds`. `None` where a part is unknown, and so may be of any kind.
    pub(super) fn scalar_kinds(&self, kinds: &mut ScalarKinds) -> Option<()> {
        match self.get()? {
            Data::Null => {}
            Data::Bool(_) => kinds.bools = true,
            Data::Number(_) => kinds.numbers = true,
            Data::Text(_) => kinds.texts = true,
            Data::List(items) | Data::Set(items) => items.iter().try_for_each(|item| item.scalar_kinds(kinds))?,
            Data::Map(items) => items.values().try_for_each(|item| item.scalar_kinds(kinds))?,
        }
        Some(())
    }
}

/// Which kinds of scalars a value holds. Where Terraform makes one type of several values, scalars of one kind stay
/// as they are and those of several kinds are converted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ScalarKinds {
    bools: bool,
    numbers: bool,
    texts: bool,
}

impl ScalarKinds {
    pub(super) fn is_text(self) -> bool {
        !self.bools && !self.numbers
    }

    pub(super) fn is_one(self) -> bool {
        let count = usize::from(self.bools).saturating_add(usize::from(self.numbers));
        count.saturating_add(usize::from(self.texts)) <= 1
    }
}

impl Data {
    /// The text that Terraform makes of a scalar in a template.
    pub(super) fn to_text(&self) -> Option<String> {
        match self {
            Self::Bool(value) => Some(value.to_string()),
            Self::Number(number) => Some(number.to_string()),
            Self::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// The boolean that Terraform makes of it.
    pub(super) fn to_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Text(text) => match text.as_str() {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// The number that Terraform makes of it.
    pub(super) fn to_number(&self) -> Option<Number> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => Number::parse(text),
            _ => None,
        }
    }
}

/// Whether Terraform, which keeps text in Unicode's composed form, leaves this text as it is. Says no in doubt.
pub(super) fn is_composed(text: &str) -> bool {
    text.chars().all(|c| {
        matches!(c,
            '\0'..='\u{2ff}' | '\u{400}'..='\u{482}' | '\u{2010}'..='\u{2027}' | '\u{20a0}'..='\u{20bf}'
            | '\u{2190}'..='\u{21ff}' | '\u{2500}'..='\u{27bf}' | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}'
            | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{1f300}'..='\u{1faff}')
    })
}
