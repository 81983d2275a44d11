//! What one `engine.yaml` says that another one does not. Whether that is for the better is not judged.

use std::sync::Arc;

use engine_model::{Document, Kind, NodeId, Place};

use crate::Config;
use crate::error::shown;

/// The most differences that are told one by one.
const MAX_DIFFERENCES: usize = 50;

/// Something that two files do not say alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// One sentence: lower case, no full stop, the user's text in backticks.
    pub message: String,
    /// Where, in the file that is compared; in the other one where this one has no such place.
    pub place: Place,
}

/// One side of a comparison.
#[derive(Clone, Copy)]
struct Side<'d> {
    document: &'d Arc<Document>,
    node: NodeId,
}

impl<'d> Side<'d> {
    fn of(place: &'d Place) -> Self {
        Self { document: &place.document, node: place.node }
    }

    fn at(self, node: NodeId) -> Self {
        Self { node, ..self }
    }

    fn place(self) -> Place {
        Place::new(self.document, self.node)
    }

    /// The way to it, between backticks.
    fn name(self) -> String {
        shown(&self.document.route_of(self.node).to_string())
    }

    /// Its first line, between backticks.
    fn text(self) -> String {
        shown(self.document.source_text(self.node).lines().next().unwrap_or("").trim())
    }

    /// Whether both are the same value. Comments and the way it is written do not count.
    fn equals(self, other: Self) -> bool {
        match (self.document.node(self.node).kind, other.document.node(other.node).kind) {
            (Kind::Scalar(one), Kind::Scalar(another)) => one.text == another.text,
            (Kind::Sequence(some), Kind::Sequence(others)) => {
                let mut pairs = some.iter().zip(others);
                some.len() == others.len() && pairs.all(|(one, another)| self.at(*one).equals(other.at(*another)))
            }
            (Kind::Mapping(some), Kind::Mapping(others)) => {
                let mut values = some.iter().map(|entry| (self.key(entry.key), entry.value));
                some.len() == others.len()
                    && values.all(|(key, value)| {
                        let same = other.document.get(other.node, key);
                        same.is_some_and(|same| self.at(value).equals(other.at(same)))
                    })
            }
            (Kind::Null, Kind::Null) => true,
            _ => false,
        }
    }

    fn key(self, node: NodeId) -> &'d str {
        self.document.scalar(node).map_or("", |scalar| scalar.text)
    }
}

/// What `new` says otherwise than `old`, which people know as `whence`, in the order of `new`. Both hold what their
/// files say without an error.
#[must_use]
pub fn differences(old: &Config, new: &Config, whence: &str) -> Vec<Difference> {
    let mut found = Differences { whence, list: Vec::new(), more: 0 };
    match (&old.root, &new.root) {
        (Some(old), Some(new)) => found.compare(Side::of(old), Side::of(new)),
        (None, Some(new)) => found.add(Side::of(new), format!("this file holds settings, and {whence} has none")),
        (Some(old), None) => found.add(Side::of(old), format!("these settings of {whence} are gone")),
        (None, None) => {}
    }
    let Differences { mut list, more, .. } = found;
    if let Some(last) = list.last_mut().filter(|_| more > 0) {
        last.message.push_str(&format!("; {more} more differences are not told"));
    }
    list
}

struct Differences<'w> {
    whence: &'w str,
    list: Vec<Difference>,
    more: usize,
}

impl Differences<'_> {
    fn add(&mut self, at: Side<'_>, message: String) {
        if self.list.len() >= MAX_DIFFERENCES {
            self.more = self.more.saturating_add(1);
        } else {
            self.list.push(Difference { message, place: at.place() });
        }
    }

    /// A key that only the new file has; a list is told item by item.
    fn new_value(&mut self, value: Side<'_>) {
        match value.document.items(value.node) {
            [] => self.add(value, format!("{} is set here, and not in {}", value.name(), self.whence)),
            items => items.iter().for_each(|item| self.new_item(value.at(*item))),
        }
    }

    fn new_item(&mut self, item: Side<'_>) {
        self.add(item, format!("{} is not in {}: {}", item.name(), self.whence, item.text()));
    }

    fn compare(&mut self, old: Side<'_>, new: Side<'_>) {
        let whence = self.whence;
        match (old.document.node(old.node).kind, new.document.node(new.node).kind) {
            (Kind::Mapping(before), Kind::Mapping(after)) => {
                for entry in after {
                    let value = new.at(entry.value);
                    match old.document.get(old.node, new.key(entry.key)) {
                        Some(known) => self.compare(old.at(known), value),
                        None => self.new_value(value),
                    }
                }
                let gone = before.iter().filter(|entry| new.document.get(new.node, old.key(entry.key)).is_none());
                for entry in gone {
                    let value = old.at(entry.value);
                    self.add(new, format!("{} is set in {whence}, and no longer here", value.name()));
                }
            }
            (Kind::Sequence(before), Kind::Sequence(after)) => {
                let mut left: Vec<NodeId> = before.to_vec();
                for item in after {
                    let item = new.at(*item);
                    match left.iter().position(|known| old.at(*known).equals(item)) {
                        Some(known) => {
                            left.swap_remove(known);
                        }
                        None => self.new_item(item),
                    }
                }
                left.sort_unstable();
                for item in left {
                    let text = old.at(item).text();
                    self.add(new, format!("{} of {whence} holds {text}, and this one does not", new.name()));
                }
            }
            _ if old.equals(new) => {}
            _ => {
                let message = format!("{} is {}, and {} in {whence}", new.name(), new.text(), old.text());
                self.add(new, message);
            }
        }
    }
}
