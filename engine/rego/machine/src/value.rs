//! Values of Rego, made from facts.

use std::fmt;
use std::sync::Arc;

/// A value of Rego. Copying one is cheap: what it holds is shared.
#[derive(Clone, PartialEq, Eq)]
pub struct Value(pub(crate) regorus::Value);

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Value {
    /// `null`.
    #[must_use]
    pub fn null() -> Self {
        Self(regorus::Value::Null)
    }

    /// `true` or `false`.
    #[must_use]
    pub fn boolean(value: bool) -> Self {
        Self(value.into())
    }

    /// A whole number.
    #[must_use]
    pub fn integer(value: i64) -> Self {
        Self(value.into())
    }

    /// A number as JSON writes it; a text that is none becomes a string.
    #[must_use]
    pub fn number(text: &str) -> Self {
        Self(regorus::Value::from_json_str(text).unwrap_or_else(|_| text.into()))
    }

    /// A string.
    #[must_use]
    pub fn string(text: &str) -> Self {
        Self(regorus::Value::String(Arc::from(text)))
    }

    /// A string that is shared already.
    #[must_use]
    pub fn shared(text: &Arc<str>) -> Self {
        Self(regorus::Value::String(Arc::clone(text)))
    }

    /// An array.
    #[must_use]
    pub fn array(items: impl IntoIterator<Item = Self>) -> Self {
        Self(items.into_iter().map(|item| item.0).collect::<Vec<_>>().into())
    }

    /// An object. Of a key that comes twice the last value counts.
    #[must_use]
    pub fn object(fields: impl IntoIterator<Item = (Self, Self)>) -> Self {
        let mut object = regorus::Value::new_object();
        if let Ok(map) = object.as_object_mut() {
            for (key, value) in fields {
                map.insert(key.0, value.0);
            }
        }
        Self(object)
    }

    /// The value of a JSON text.
    ///
    /// # Errors
    /// Where the text is no JSON.
    pub fn from_json(text: &str) -> Result<Self, crate::Error> {
        regorus::Value::from_json_str(text).map(Self).map_err(|error| crate::Error::of(&error.to_string()))
    }

    /// The value as JSON without white space; sets are arrays in the order of Rego.
    ///
    /// # Errors
    /// Where the value is undefined.
    pub fn to_json(&self) -> Result<String, crate::Error> {
        serde_json::to_string(&self.0).map_err(|error| crate::Error::of(&error.to_string()))
    }

    /// The items of an array or a set; none of anything else.
    #[must_use]
    pub fn items(&self) -> Vec<Self> {
        match &self.0 {
            regorus::Value::Array(array) => array.iter().cloned().map(Self).collect(),
            regorus::Value::Set(set) => set.iter().cloned().map(Self).collect(),
            _ => Vec::new(),
        }
    }

    /// The value of an object's field; undefined where there is none.
    pub(crate) fn field(&self, name: &str) -> Self {
        let field = self.0.as_object().ok().and_then(|object| object.get(&name.into()));
        Self(field.cloned().unwrap_or(regorus::Value::Undefined))
    }

    /// Whether it is an object.
    pub(crate) fn is_object(&self) -> bool {
        matches!(self.0, regorus::Value::Object(_))
    }

    /// The text of a string; empty of anything else.
    pub(crate) fn text(&self) -> String {
        self.0.as_string().map(ToString::to_string).unwrap_or_default()
    }

    /// Whether there is no value.
    #[must_use]
    pub fn is_undefined(&self) -> bool {
        self.0 == regorus::Value::Undefined
    }
}
