//! The values of a plan, as Terraform's own values with a place each.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine_model::{Document, Kind, NodeId, Place, Scalar, ScalarStyle, Why};

use super::redact;
pub(super) use super::redact::is_marked;
use crate::terraform::{Data, Evaluated};

/// Mirrors of a value, with `true` where a part of it is unknown or sensitive.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    pub(super) unknown: Option<NodeId>,
    pub(super) sensitive: Option<NodeId>,
}

impl Marks {
    fn at(self, document: &Document, name: &str) -> Self {
        let below = |marks: Option<NodeId>| marks.and_then(|marks| document.get(marks, name));
        Self { unknown: below(self.unknown), sensitive: below(self.sensitive) }
    }

    fn item(self, document: &Document, index: usize) -> Self {
        let below = |marks: Option<NodeId>| marks.and_then(|marks| document.items(marks).get(index).copied());
        Self { unknown: below(self.unknown), sensitive: below(self.sensitive) }
    }
}

fn is_true(document: &Document, mark: Option<NodeId>) -> bool {
    mark.and_then(|mark| document.scalar(mark)).is_some_and(|mark| mark.text == "true")
}

/// The value at `node`. Its depth is bounded by the JSON reader's.
pub(super) fn evaluated(document: &Arc<Document>, node: NodeId, marks: Marks) -> Evaluated {
    let place = Place::new(document, node);
    if is_marked(document, node, marks.sensitive) {
        return Evaluated::unknown(Why::Sensitive, name_of(document, node), place);
    }
    if is_marked(document, node, marks.unknown) {
        return Evaluated::unknown(Why::UntilApply, name_of(document, node), place);
    }
    match document.node(node).kind {
        Kind::Scalar(scalar) => self::scalar(document, scalar, place),
        Kind::Sequence(items) => {
            let item = |(index, item): (usize, &NodeId)| evaluated(document, *item, marks.item(document, index));
            Evaluated::known(Data::List(items.iter().enumerate().map(item).collect()), place)
        }
        Kind::Mapping(entries) => {
            let mut items = BTreeMap::new();
            for entry in entries {
                let name = document.scalar(entry.key).map_or("", |key| key.text);
                let value = if redact::is_secret(document, name, entry.value) {
                    Evaluated::unknown(Why::Sensitive, name, Place::new(document, entry.value))
                } else {
                    evaluated(document, entry.value, marks.at(document, name))
                };
                items.insert(name.to_owned(), value);
            }
            // What is not known before the apply is left out of the value itself.
            for mark in marks.unknown.map_or(&[][..], |marks| document.entries(marks)) {
                let name = document.scalar(mark.key).map_or("", |key| key.text);
                if is_true(document, Some(mark.value)) {
                    let place = Place::new(document, mark.key);
                    let unknown = || Evaluated::unknown(Why::UntilApply, name, place);
                    items.entry(name.to_owned()).or_insert_with(unknown);
                }
            }
            Evaluated::known(Data::Map(items), place)
        }
        Kind::Null | Kind::Alias(_) | Kind::Expression(..) => Evaluated::known(Data::Null, place),
    }
}

fn scalar(document: &Document, scalar: Scalar<'_>, place: Place) -> Evaluated {
    let data = match scalar.style {
        ScalarStyle::Plain => Data::of_plain(scalar.text),
        _ => Some(Data::Text(scalar.text.to_owned())),
    };
    match data {
        Some(data) => Evaluated::known(data, place),
        None => Evaluated::unknown(Why::NotEvaluated, name_of(document, place.node), place),
    }
}

/// The key that a value stands under.
fn name_of(document: &Document, node: NodeId) -> String {
    let key = document.key_of(node).and_then(|key| document.scalar(key));
    key.map_or_else(String::new, |key| key.text.to_owned())
}

/// The arguments of `expressions` of the configuration: literals are known, references are not.
pub(super) fn expressions(document: &Arc<Document>, node: NodeId) -> Evaluated {
    let place = Place::new(document, node);
    match document.node(node).kind {
        Kind::Mapping(entries) => {
            if let Some(literal) = document.get(node, "constant_value") {
                return evaluated(document, literal, Marks::default());
            }
            if let Some(references) = document.get(node, "references") {
                let first = document.items(references).first().and_then(|first| document.scalar(*first));
                return Evaluated::unknown(Why::Dynamic, first.map_or("", |first| first.text), place);
            }
            let named = entries.iter().map(|entry| {
                let name = document.scalar(entry.key).map_or("", |key| key.text);
                (name.to_owned(), expressions(document, entry.value))
            });
            Evaluated::known(Data::Map(named.collect()), place)
        }
        Kind::Sequence(items) => {
            Evaluated::known(Data::List(items.iter().map(|item| expressions(document, *item)).collect()), place)
        }
        _ => evaluated(document, node, Marks::default()),
    }
}
