//! What an expression comes to: data with a place at every level, known, unknown or absent.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine_model::{Place, Unknown, Value, Why};

use super::Number;
use crate::sourced::{Origin, Sourced};
use crate::wire::{Json, Node};

/// What an expression comes to.
#[derive(Clone, Debug)]
pub struct Evaluated {
    /// The value, as far as it can be told without a plan.
    pub value: Value<Data>,
    /// The expression. What a reference leads to has the place of the reference; the items inside it have their own.
    pub place: Place,
    /// What could still change it when Terraform runs.
    pub basis: Basis,
    /// How it is written, where it is a text that does not simply stand at `place`.
    pub wording: Option<Arc<Wording>>,
}

/// How a text is written that is put together from pieces, or that a reference leads to. A text that is unknown has
/// one too where a part of it is known.
#[derive(Clone, Debug)]
pub struct Wording {
    /// The scalar that holds the text. For a template it is the only node of a document of its own, over the same
    /// file: each byte of it leads to where it is written, and what an interpolation gives leads to the
    /// interpolation.
    pub scalar: Place,
    /// Why a part of the text is unknown: the first one stands in the text as [`Wording::MARK`], the next one as the
    /// character after that, and so on.
    pub missing: Vec<Unknown>,
}

impl Wording {
    /// The character that stands for the first part of a text that is unknown. No text that is known holds it.
    pub const MARK: char = '\u{e000}';

    /// How many parts can be told apart; more are not followed.
    pub(super) const MAX_MISSING: usize = 6000;

    /// The text, with a mark for each part that is unknown.
    #[must_use]
    pub fn text(&self) -> &str {
        self.scalar.document.scalar(self.scalar.node).map_or("", |scalar| scalar.text)
    }

    /// Why the part is unknown that `mark` stands for; `None` for a character that is no mark.
    #[must_use]
    pub fn missing(&self, mark: char) -> Option<&Unknown> {
        let index = u32::from(mark).checked_sub(u32::from(Self::MARK))?;
        self.missing.get(usize::try_from(index).ok()?)
    }

    /// The mark of the part at `index`.
    pub(super) fn mark(index: usize) -> Option<char> {
        let index = u32::try_from(index).ok().filter(|_| index < Self::MAX_MISSING)?;
        char::from_u32(u32::from(Self::MARK).checked_add(index)?)
    }
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
    /// The text that `jsonencode` makes of this value. It is a text like any other, but not one that is told here.
    Json(Box<Evaluated>),
}

impl Evaluated {
    /// A known value that rests on the code.
    #[must_use]
    pub fn known(data: Data, place: Place) -> Self {
        Self::new(Value::Known(data), place, Basis::Code)
    }

    /// A value that stands at `place` and rests on `basis`.
    #[must_use]
    pub fn new(value: Value<Data>, place: Place, basis: Basis) -> Self {
        Self { value, place, basis, wording: None }
    }

    /// A value that cannot be told.
    #[must_use]
    pub fn unknown(why: Why, on: impl Into<String>, place: Place) -> Self {
        Self::new(Value::unknown(why, on), place, Basis::Code)
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

    /// The value as text: a number or a boolean as Terraform writes it, `null` as absent, anything else as unknown.
    #[must_use]
    pub fn to_sourced_text(&self) -> Sourced<String> {
        self.sourced(Data::to_text)
    }

    /// The value as a boolean, likewise.
    #[must_use]
    pub fn to_sourced_bool(&self) -> Sourced<bool> {
        self.sourced(Data::to_bool)
    }

    /// The value on the wire: `null` only where a list must keep its positions.
    #[must_use]
    pub fn node(&self) -> Node {
        let json = match &self.value {
            Value::Absent | Value::Known(Data::Null) => Json::Null,
            Value::Known(Data::Bool(value)) => Json::Boolean(*value),
            Value::Known(Data::Number(number)) => Json::Number(number.to_string().into()),
            Value::Known(Data::Text(text)) => Json::String(text.as_str().into()),
            Value::Known(Data::List(items) | Data::Set(items)) => Json::List(items.iter().map(Self::node).collect()),
            Value::Known(Data::Map(items)) => {
                let written = items.iter().filter(|(_, item)| !matches!(item.get(), Some(Data::Null)));
                Json::Object(written.map(|(name, item)| (name.as_str().into(), item.node())).collect())
            }
            // The text itself is nothing that anybody reads; what it was made of is somewhere else.
            Value::Known(Data::Json(_)) => {
                Json::Unknown(Unknown { why: Why::NotEvaluated, on: "jsonencode(…)".to_owned() })
            }
            Value::Unknown(unknown) => Json::Unknown(unknown.clone()),
        };
        Node::new(json, Some(Origin::written(self.place.clone())))
    }

    /// The value as a whole number, likewise.
    #[must_use]
    pub fn to_sourced_integer(&self) -> Sourced<i64> {
        self.sourced(|data| data.to_number()?.to_string().parse().ok())
    }

    fn sourced<T>(&self, read: impl FnOnce(&Data) -> Option<T>) -> Sourced<T> {
        let value = match &self.value {
            Value::Known(Data::Null) | Value::Absent => Value::Absent,
            Value::Known(Data::Json(_)) => Value::unknown(Why::NotEvaluated, "jsonencode(…)"),
            Value::Known(data) => {
                read(data).map_or_else(|| Value::unknown(Why::NotEvaluated, "a value of another type"), Value::Known)
            }
            Value::Unknown(unknown) => Value::Unknown(unknown.clone()),
        };
        Sourced { value, origin: Some(Origin::written(self.place.clone())) }
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

    /// The same value as it is used at another place; a text keeps the way to where it is written.
    pub(super) fn used_at(mut self, place: Place) -> Self {
        if self.wording.is_none() && self.text().is_some() && self.place != place {
            self.wording = Some(Arc::new(Wording { scalar: self.place, missing: Vec::new() }));
        }
        self.place = place;
        self
    }

    /// How many values there are in it, this one included.
    pub(super) fn size(&self) -> usize {
        let inside: usize = match self.get() {
            Some(Data::List(items) | Data::Set(items)) => items.iter().map(Self::size).sum(),
            Some(Data::Map(items)) => items.values().map(Self::size).sum(),
            Some(Data::Text(text)) => text.len().checked_div(64).unwrap_or(0),
            Some(Data::Json(inner)) => inner.size(),
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
            Data::Json(inner) => Data::Json(Box::new(inner.resting_on(basis))),
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
            Data::Text(_) | Data::Json(_) => kinds.texts = true,
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
    /// What a scalar without quotes means; `None` where it is none of these words and no number.
    pub(super) fn of_plain(text: &str) -> Option<Self> {
        match text {
            "null" => Some(Self::Null),
            "true" => Some(Self::Bool(true)),
            "false" => Some(Self::Bool(false)),
            _ => Number::parse(text).map(Self::Number),
        }
    }

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
