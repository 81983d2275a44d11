//! The text of a policy to its stanzas, wherever the text stands: in a file, in a string or a heredoc of Terraform, in
//! what `jsonencode` is given, in the rules of a policy document.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use engine_formats::Parsed;
use engine_model::{Builder, Document, Entry, Kind, NodeId, Place, ScalarStyle, Text, TextMap, Unknown, Value};

use super::stanza::{Raw, Stanzas, Written};
use crate::sourced::{Origin, Sourced};
use crate::terraform::{Data, Evaluated, Wording};

/// Reads the document of a policy file.
pub(super) fn document(document: &Arc<Document>, stanzas: &mut Stanzas) {
    Reader { document, wording: None, stanzas }.read();
}

/// Reads the text of an attribute.
pub(super) fn value(value: &Evaluated, stanzas: &mut Stanzas) {
    if let Some(Data::Json(inner)) = value.get() {
        json(inner, stanzas);
        return;
    }
    let wording = value.wording.as_deref();
    let scalar = match (value.text(), wording) {
        (Some(text), _) if text.trim().is_empty() => {
            stanzas.refuse(&value.place, "the policy is empty".to_owned(), None);
            return;
        }
        (Some(text), wording) => standing(text, wording.map_or(&value.place, |wording| &wording.scalar)),
        (None, Some(wording)) if !wording.missing.is_empty() => wording.scalar.clone(),
        (None, _) => {
            stanzas.complete = false;
            return;
        }
    };
    let Parsed { document, findings, broken } = super::parse_embedded(&scalar.document, scalar.node);
    // Where a part of the text is unknown, it may be that part which cannot be read here.
    if value.text().is_some() {
        stanzas.findings.extend(findings);
    }
    stanzas.complete &= broken.is_none();
    if let Some(document) = &document {
        Reader { document, wording, stanzas }.read();
    }
}

/// The scalar that holds the text: the one at `place`, or where that one is another, one of its own.
fn standing(text: &str, place: &Place) -> Place {
    let outer = &place.document;
    if outer.scalar(place.node).is_some_and(|scalar| scalar.text == text) {
        return place.clone();
    }
    let span = outer.node(place.node).span;
    let mut map = TextMap::default();
    map.push(u32::try_from(text.len()).unwrap_or(u32::MAX), span);
    let mut builder = Builder::new(outer.frame().clone(), outer.format());
    let node = builder.scalar(span, ScalarStyle::Plain, Text::Decoded(text.to_owned(), map));
    Place::new(&Arc::new(builder.finish(vec![node])), node)
}

struct Reader<'r> {
    document: &'r Arc<Document>,
    wording: Option<&'r Wording>,
    stanzas: &'r mut Stanzas,
}

impl Reader<'_> {
    fn read(&mut self) {
        let document = Arc::clone(self.document);
        let entries = document.roots().first().map_or(&[][..], |root| document.entries(*root));
        for entry in entries {
            let name = document.scalar(entry.key).map_or("", |key| key.text);
            if self.unknown(name).is_some() {
                self.stanzas.complete = false;
                continue;
            }
            match name {
                "path" => self.paths(*entry),
                "name" if document.scalar(entry.value).is_some() => {}
                "name" => {
                    let place = Place::new(&document, entry.value);
                    self.stanzas.refuse(&place, "`name` is not a string".to_owned(), None);
                }
                other => {
                    let message = format!("`{other}` is nothing that a policy holds");
                    let help = "a policy holds `path` blocks".to_owned();
                    self.stanzas.refuse(&Place::new(&document, entry.key), message, Some(help));
                }
            }
        }
    }

    fn paths(&mut self, entry: Entry) {
        let document = Arc::clone(self.document);
        let Kind::Sequence(items) = document.node(entry.value).kind else {
            let place = Place::new(&document, entry.value);
            self.stanzas.refuse(&place, "`path` is not a block".to_owned(), None);
            return;
        };
        for item in items {
            let parts = (document.get(*item, "labels"), document.get(*item, "body"));
            let ((Some(labels), Some(body)), true) = (parts, is_block(&document, *item)) else {
                let place = Place::new(&document, *item);
                self.stanzas.refuse(&place, "`path` is not a block".to_owned(), None);
                continue;
            };
            let path = match document.items(labels).first() {
                Some(label) => self.text(*label),
                // Vault takes the name of the block for the path.
                None => Sourced::known("path".to_owned(), Origin::written(Place::new(&document, *item))),
            };
            let mut arguments = Vec::new();
            for entry in document.entries(body) {
                let name = document.scalar(entry.key).map_or("", |key| key.text);
                if self.unknown(name).is_some() {
                    self.stanzas.complete = false;
                    continue;
                }
                arguments.push((name.to_owned(), Place::new(&document, entry.key), self.raw(entry.value)));
            }
            let lead = document.items(labels).first().and_then(|label| self.lead(*label));
            self.stanzas.add(Written { path, lead, place: Place::new(&document, *item), arguments });
        }
    }

    /// Why a text is unknown that holds a part which is.
    fn unknown(&self, text: &str) -> Option<&Unknown> {
        let wording = self.wording?;
        text.chars().find_map(|c| wording.missing(c))
    }

    /// The text before the first unknown part; `None` where there is none, or nothing before it.
    fn lead(&self, node: NodeId) -> Option<String> {
        let text = self.document.scalar(node)?.text;
        let at = text.find(|c| self.wording.is_some_and(|wording| wording.missing(c).is_some()))?;
        text.get(..at).filter(|lead| !lead.is_empty()).map(str::to_owned)
    }

    fn text(&self, node: NodeId) -> Sourced<String> {
        let text = self.document.scalar(node).map_or("", |scalar| scalar.text);
        let value = match self.unknown(text) {
            Some(unknown) => Value::Unknown(unknown.clone()),
            None => Value::Known(text.to_owned()),
        };
        Sourced { value, origin: Some(Origin::written(Place::new(self.document, node))) }
    }

    fn raw(&self, node: NodeId) -> Raw {
        let place = Place::new(self.document, node);
        match self.document.node(node).kind {
            Kind::Scalar(_) => Raw::Text(self.text(node)),
            Kind::Sequence(items) if items.first().is_some_and(|item| is_block(self.document, *item)) => {
                Raw::Object(place)
            }
            Kind::Sequence(items) => {
                // One level is all that a policy has; what is deeper is not looked into.
                let items = items.iter().map(|item| match self.document.node(*item).kind {
                    Kind::Scalar(_) => Raw::Text(self.text(*item)),
                    Kind::Sequence(_) => Raw::List(Vec::new(), Place::new(self.document, *item)),
                    _ => Raw::Object(Place::new(self.document, *item)),
                });
                Raw::List(items.collect(), place)
            }
            _ => Raw::Object(place),
        }
    }
}

/// Whether a node is a block: its two keys are written nowhere and share one place.
fn is_block(document: &Document, node: NodeId) -> bool {
    match document.node(node).kind {
        Kind::Mapping([labels, body]) => document.node(labels.key).span == document.node(body.key).span,
        _ => false,
    }
}

/// Reads a policy that is written as a value and handed to `jsonencode`.
fn json(policy: &Evaluated, stanzas: &mut Stanzas) {
    let Some(Data::Map(entries)) = policy.get() else {
        match policy.get() {
            None => stanzas.complete = false,
            Some(_) => stanzas.refuse(&policy.place, "the policy is no object".to_owned(), None),
        }
        return;
    };
    let keys = Keys::of(entries);
    for (name, value) in entries {
        match name.as_str() {
            "path" => objects(value, stanzas, &mut |paths, stanzas| {
                let Some(Data::Map(paths)) = paths.get() else { return };
                let keys = Keys::of(paths);
                for (path, body) in paths {
                    let path = Sourced::known(path.clone(), Origin::written(keys.place(body)));
                    objects(body, stanzas, &mut |body, stanzas| stanzas.add(stanza(path.clone(), body)));
                }
            }),
            "name" => {}
            other => {
                let message = format!("`{other}` is nothing that a policy holds");
                stanzas.refuse(&keys.place(value), message, Some("a policy holds `path` objects".to_owned()));
            }
        }
    }
}

/// Each object of a value that is one or a list of them.
fn objects(value: &Evaluated, stanzas: &mut Stanzas, each: &mut dyn FnMut(&Evaluated, &mut Stanzas)) {
    let items = match value.get() {
        Some(Data::List(items) | Data::Set(items)) => items.iter().collect(),
        _ => vec![value],
    };
    for item in items {
        match item.get() {
            Some(Data::Map(_)) => each(item, stanzas),
            None => stanzas.complete = false,
            Some(_) => stanzas.refuse(&item.place, "a `path` is not an object".to_owned(), None),
        }
    }
}

fn stanza(path: Sourced<String>, body: &Evaluated) -> Written {
    let mut arguments = Vec::new();
    if let Some(Data::Map(entries)) = body.get() {
        let keys = Keys::of(entries);
        let written = entries.iter().filter(|(_, value)| !matches!(value.get(), Some(Data::Null)));
        arguments.extend(written.map(|(name, value)| (name.clone(), keys.place(value), raw(value))));
    }
    Written { path, lead: None, place: body.place.clone(), arguments }
}

/// Reads the rules of a `vault_policy_document`.
pub(super) fn rules(attributes: &Evaluated, stanzas: &mut Stanzas) {
    let Some(rules) = attributes.attribute("rule") else {
        stanzas.complete &= attributes.get().is_some();
        return;
    };
    if rules.get().is_none() {
        stanzas.complete = false;
    }
    for rule in rules.items() {
        let Some(Data::Map(arguments)) = rule.get() else {
            stanzas.complete = false;
            continue;
        };
        let path = match arguments.get("path").map(raw) {
            Some(Raw::Text(path)) => path,
            Some(Raw::Unknown(unknown, place)) => {
                Sourced { value: Value::Unknown(unknown), origin: Some(Origin::written(place)) }
            }
            _ => continue,
        };
        let capabilities = arguments.get("capabilities");
        let arguments = capabilities.map(|value| ("capabilities".to_owned(), value.place.clone(), raw(value)));
        let (lead, place) = (None, rule.place.clone());
        stanzas.add(Written { path, lead, place, arguments: arguments.into_iter().collect() });
    }
}

fn raw(value: &Evaluated) -> Raw {
    let place = value.place.clone();
    match &value.value {
        Value::Unknown(unknown) => Raw::Unknown(unknown.clone(), place),
        Value::Known(Data::List(items) | Data::Set(items)) => {
            // As in `Reader::raw`.
            let items = items.iter().map(|item| match item.get() {
                Some(Data::List(_) | Data::Set(_)) => Raw::List(Vec::new(), item.place.clone()),
                Some(Data::Map(_)) => Raw::Object(item.place.clone()),
                _ => match &item.value {
                    Value::Unknown(unknown) => Raw::Unknown(unknown.clone(), item.place.clone()),
                    _ => Raw::Text(item.to_sourced_text()),
                },
            });
            Raw::List(items.collect(), place)
        }
        Value::Known(Data::Map(_)) => Raw::Object(place),
        _ => Raw::Text(value.to_sourced_text()),
    }
}

/// Where the keys of an object are written.
struct Keys(HashMap<NodeId, NodeId>);

impl Keys {
    /// The keys of the object that the first of its values stands in; the others stand there too.
    fn of(entries: &BTreeMap<String, Evaluated>) -> Self {
        let Some(first) = entries.values().next() else { return Self(HashMap::new()) };
        let document = &first.place.document;
        let object = document.parent(first.place.node).map_or(&[][..], |object| document.entries(object));
        Self(object.iter().map(|entry| (entry.value, entry.key)).collect())
    }

    /// The place of the key whose value this is; the value's own where the key is not found.
    fn place(&self, value: &Evaluated) -> Place {
        let key = self.0.get(&value.place.node);
        key.map_or_else(|| value.place.clone(), |key| Place::new(&value.place.document, *key))
    }
}
