//! Facts as a rule sees them: a value that knows its place.

use std::ops::Deref;
use std::rc::Rc;

use crate::Place;
use crate::input::Batch;

/// One fact: the struct that the rule declared, and where it came from.
#[derive(Debug)]
pub struct Item<T> {
    pub(crate) facts: u32,
    pub(crate) item: u32,
    pub(crate) value: T,
}

impl<T> Item<T> {
    /// The item as a whole.
    #[must_use]
    pub fn place(&self) -> Place {
        Place::new(self.facts, self.item)
    }

    /// A field of the item, by its name in JSON.
    #[must_use]
    pub fn at(&self, name: impl Into<String>) -> Place {
        self.place().key(name)
    }
}

impl<T> Deref for Item<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// All facts of one kind, in the engine's order. A slice of [`Item`]s.
#[derive(Debug)]
pub struct Items<T>(pub(crate) Rc<Batch<T>>);

impl<T> Deref for Items<T> {
    type Target = [Item<T>];

    fn deref(&self) -> &[Item<T>] {
        &self.0.items
    }
}

impl<'a, T> IntoIterator for &'a Items<T> {
    type Item = &'a Item<T>;
    type IntoIter = std::slice::Iter<'a, Item<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.items.iter()
    }
}
