//! The facts of one call: JSON text read once per struct, however many rules read that struct.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::rc::Rc;

use serde_json::value::RawValue;

use crate::{Facts, Item, Place, known};

/// The facts of one call.
#[derive(Debug, Default)]
pub(crate) struct Input {
    facts: Vec<(String, String)>,
    read: RefCell<Vec<(TypeId, Rc<dyn Any>)>>,
}

/// All items of a kind, read into one struct.
#[derive(Debug)]
pub(crate) struct Batch<T> {
    pub(crate) items: Vec<Item<T>>,
    /// Items that do not read into the struct, and why: the rule is undecided there, never silent.
    pub(crate) unread: Vec<(Place, String)>,
}

impl Input {
    /// Pairs of a kind and a JSON array.
    pub(crate) fn new(facts: Vec<(String, String)>) -> Self {
        Self { facts, read: RefCell::default() }
    }

    /// Whether this call holds the kind.
    pub(crate) fn has(&self, kind: &str) -> bool {
        self.facts.iter().any(|(held, _)| held == kind)
    }

    /// All items of the struct's kind.
    pub(crate) fn batch<T: Facts>(&self) -> Rc<Batch<T>> {
        let id = TypeId::of::<T>();
        let held = self.read.borrow().iter().find(|(held, _)| *held == id).map(|(_, batch)| Rc::clone(batch));
        if let Some(Ok(batch)) = held.map(Rc::downcast) {
            return batch;
        }
        let batch = Rc::new(self.read_batch());
        self.read.borrow_mut().push((id, Rc::<Batch<T>>::clone(&batch)));
        batch
    }

    fn read_batch<T: Facts>(&self) -> Batch<T> {
        let mut batch = Batch { items: Vec::new(), unread: Vec::new() };
        for (facts, (_, json)) in (0u32..).zip(&self.facts).filter(|(_, (kind, _))| kind == T::KIND) {
            match serde_json::from_str::<Vec<T>>(json) {
                Ok(values) => {
                    batch.items.extend((0u32..).zip(values).map(|(item, value)| Item { facts, item, value }));
                }
                Err(_) => read_one_by_one(facts, json, &mut batch),
            }
        }
        batch
    }
}

/// The slow way, where something is wrong: each item on its own, so that one bad item hides no other.
fn read_one_by_one<T: Facts>(facts: u32, json: &str, batch: &mut Batch<T>) {
    let items: Vec<&RawValue> = match serde_json::from_str(json) {
        Ok(items) => items,
        Err(error) => {
            let message = format!("the facts `{}` are not a JSON array: {}", T::KIND, known::plain(&error));
            batch.unread.push((Place::new(facts, 0), message));
            return;
        }
    };
    for (item, text) in (0u32..).zip(items) {
        match serde_json::from_str(text.get()) {
            Ok(value) => batch.items.push(Item { facts, item, value }),
            Err(error) => {
                let message = format!("the fact does not read as the rule expects it: {}", known::plain(&error));
                let read = T::fields().paths();
                batch.unread.push((unread_place(Place::new(facts, item), text.get(), &read), message));
            }
        }
    }
}

/// The item, or the one field read of it that is unknown: then that is what the struct had no room for.
fn unread_place(item: Place, json: &str, read: &[String]) -> Place {
    let Ok(fields) = serde_json::from_str::<std::collections::BTreeMap<String, &RawValue>>(json) else { return item };
    let is_read = |name: &str| read.iter().any(|path| path.split('.').next().is_some_and(|part| part == name));
    let mut unknown = fields.iter().filter(|(name, value)| is_read(name) && known::unknown(value.get()).is_some());
    match (unknown.next(), unknown.next()) {
        (Some((name, _)), None) => item.key(name.as_str()),
        _ => item,
    }
}
