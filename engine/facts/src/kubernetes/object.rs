//! Documents to objects: which roots of a stream are objects, and what a list holds.

use std::sync::Arc;

use engine_formats::BROKEN_DOCUMENT;
use engine_model::{Document, Finding, Gap, GapCause, NodeId, Place, Value};

use super::OBJECT;
use super::value::Reader;
use crate::sourced::{Origin, Sourced};
use crate::wire::Node;

/// Lists inside of lists are opened so far.
const MAX_DEPTH: usize = 32;

/// How many values the aliases of a file may stand for.
const ALIASED_VALUES: usize = 100_000;

/// An object.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its `apiVersion`.
    pub api_version: Sourced<String>,
    /// Its `kind`.
    pub kind: Sourced<String>,
    /// `metadata.name`; absent where the server makes one up.
    pub name: Sourced<String>,
    /// `metadata.namespace`; absent where it is chosen when the object is applied, or where there is none.
    pub namespace: Sourced<String>,
    /// Where it is written.
    pub origin: Origin,
    /// All of it.
    pub body: Node,
}

impl Object {
    /// What it is, for people: ``Role `admin` ``.
    #[must_use]
    pub fn title(&self) -> String {
        let kind = self.kind.get().map_or("object", String::as_str);
        match self.name.get() {
            Some(name) => format!("{kind} `{name}`"),
            None => kind.to_owned(),
        }
    }
}

/// What the files of a tree describe.
#[derive(Debug, Default)]
pub struct Objects {
    /// The objects, in order.
    pub objects: Vec<Object>,
    /// Files that are more than is followed.
    pub findings: Vec<Finding>,
    /// What they leave out.
    pub gaps: Vec<Gap>,
}

/// The objects of the documents. What is no object in them is passed over.
///
/// A file whose aliases stand for more than is followed, or that is nested deeper, is read so far, and there is a finding
/// where that is.
#[must_use]
pub fn derive(documents: &[Arc<Document>]) -> Objects {
    let mut found = Objects::default();
    for document in documents {
        let mut reader = Reader::new(document, ALIASED_VALUES);
        for root in document.roots() {
            read(&mut reader, *root, false, None, 0, &mut found.objects);
        }
        if let Some(end) = reader.end() {
            let (location, path) = (end.place.location(), document.file().path());
            let message = format!("the rest of this file is not checked: {}", end.reason);
            found.findings.extend(BROKEN_DOCUMENT.finding(location.clone(), end.place.route(), message));
            found.gaps.push(Gap {
                kind: OBJECT,
                fields: &[],
                cause: GapCause::BrokenDocument,
                message: format!("`{path}` cannot be read to its end"),
                location: Some(location),
                way_out: Some("write out what the aliases stand for".to_owned()),
            });
        }
    }
    found
}

/// What the items of a list are that do not say it themselves: `RoleList` holds objects of the kind `Role`.
struct Listed {
    api_version: Sourced<String>,
    kind: Sourced<String>,
}

fn read(
    reader: &mut Reader<'_>,
    node: NodeId,
    aliased: bool,
    listed: Option<&Listed>,
    depth: usize,
    found: &mut Vec<Object>,
) {
    let document = reader.document();
    let aliased = aliased || reader.is_alias(node);
    if reader.end().is_some() || !reader.count(node, aliased) {
        return;
    }
    let marks = |name: &str| document.get(node, name);
    let text = |node: NodeId, reader: &Reader<'_>| reader.text(node);
    let (api_version, kind) = match (marks("apiVersion"), marks("kind"), listed) {
        (Some(api_version), Some(kind), _) => (text(api_version, reader), text(kind, reader)),
        (api_version, kind, Some(listed)) if !document.entries(node).is_empty() => (
            api_version.map_or_else(|| listed.api_version.clone(), |node| text(node, reader)),
            kind.map_or_else(|| listed.kind.clone(), |node| text(node, reader)),
        ),
        _ => return,
    };
    let items = document.get(node, "items").map_or(&[][..], |items| document.items(items));
    if let Some(of) = kind.get().and_then(|kind| kind.strip_suffix("List")).filter(|_| !items.is_empty()) {
        if depth >= MAX_DEPTH {
            reader.stop(node, "lists are in it that are nested deeper than is followed");
            return;
        }
        let listed = (!of.is_empty()).then(|| Listed {
            api_version: api_version.clone(),
            kind: Sourced { value: Value::Known(of.to_owned()), origin: kind.origin.clone() },
        });
        for item in items {
            read(reader, *item, aliased, listed.as_ref(), depth.saturating_add(1), found);
        }
        return;
    }
    let metadata = document.get(node, "metadata");
    let of_metadata = |name: &str| metadata.and_then(|metadata| document.get(metadata, name));
    let named = |name: &str| of_metadata(name).map(|node| reader.text(node)).unwrap_or_default();
    let (name, namespace) = (named("name"), named("namespace"));
    let is_secret = kind.get().is_some_and(|kind| kind == "Secret");
    let body = reader.whole(node, aliased, is_secret);
    if reader.end().is_some() {
        return;
    }
    let origin = Origin::written(Place::new(document, node));
    found.push(Object { api_version, kind, name, namespace, origin, body });
}
