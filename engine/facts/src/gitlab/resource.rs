//! A block of Terraform that sets something of GitLab's: its arguments, or why they are not known.

use engine_model::{Unknown, Value};

use crate::credential::Source;
use crate::sourced::{Origin, Sourced};
use crate::terraform::{Evaluated, Resource};

/// A block.
pub(super) struct Block<'r> {
    pub(super) resource: &'r Resource,
    /// Where it was read.
    pub(super) source: Source,
}

impl Block<'_> {
    pub(super) fn title(&self) -> String {
        format!("`{}`", self.resource.address)
    }

    pub(super) fn origin(&self) -> Origin {
        Origin::written(self.resource.place.clone())
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&Evaluated> {
        self.resource.attributes.attribute(name)
    }

    /// Why nothing of the block is known, where that is so.
    pub(super) fn hidden(&self) -> Option<&Unknown> {
        self.resource.attributes.why()
    }

    pub(super) fn text(&self, name: &str) -> Sourced<String> {
        self.read(name, Evaluated::to_sourced_text)
    }

    /// A flag; `default` is what the provider sends where it is not written.
    pub(super) fn boolean(&self, name: &str, default: Option<bool>) -> Sourced<bool> {
        let written = self.read(name, Evaluated::to_sourced_bool);
        match default {
            Some(default) if written.is_absent() => Sourced::implied(default),
            _ => written,
        }
    }

    pub(super) fn read<T: Default>(&self, name: &str, read: impl FnOnce(&Evaluated) -> Sourced<T>) -> Sourced<T> {
        match (self.hidden(), self.attribute(name)) {
            (Some(why), _) => Sourced { value: Value::Unknown(why.clone()), origin: Some(self.origin()) },
            (None, Some(value)) => read(value),
            (None, None) => Sourced::default(),
        }
    }
}
