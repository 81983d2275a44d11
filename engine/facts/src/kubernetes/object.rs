//! Documents to objects: which roots of a stream are objects, and what a list holds.

use std::sync::Arc;

use engine_model::{Document, NodeId, Place};

use super::value::{Reader, plain_text};
use crate::sourced::{Origin, Sourced};
use crate::wire::Node;

/// Lists inside of lists are opened so far.
const MAX_DEPTH: usize = 4;

/// How many values may be made for each node of a document: a limit for aliases that multiply.
const VALUES_PER_NODE: usize = 4;

/// How many values may be made of any document.
const LEAST_VALUES: usize = 10_000;

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

/// The objects of the documents, in order. What is no object in them is passed over.
#[must_use]
pub fn derive(documents: &[Arc<Document>]) -> Vec<Object> {
    let mut found = Vec::new();
    for document in documents {
        let values = document.node_count().saturating_mul(VALUES_PER_NODE).max(LEAST_VALUES);
        let mut reader = Reader::new(document, values);
        for root in document.roots() {
            read(&mut reader, *root, 0, &mut found);
        }
    }
    found
}

fn read(reader: &mut Reader<'_>, node: NodeId, depth: usize, found: &mut Vec<Object>) {
    let document = reader.document();
    let (Some(api_version), Some(kind)) = (document.get(node, "apiVersion"), document.get(node, "kind")) else {
        return;
    };
    let items = document.get(node, "items").map_or(&[][..], |items| document.items(items));
    let is_list = plain_text(document, kind).is_some_and(|kind| kind.ends_with("List"));
    if is_list && depth < MAX_DEPTH && !items.is_empty() {
        for item in items {
            read(reader, *item, depth.saturating_add(1), found);
        }
        return;
    }
    let metadata = document.get(node, "metadata");
    let of_metadata = |name: &str| metadata.and_then(|metadata| document.get(metadata, name));
    let text = |node: Option<NodeId>| node.map(|node| reader.text(node)).unwrap_or_default();
    let (api_version, kind) = (text(Some(api_version)), text(Some(kind)));
    let (name, namespace) = (text(of_metadata("name")), text(of_metadata("namespace")));
    let is_secret = kind.get().is_some_and(|kind| kind == "Secret");
    let body = reader.whole(node, is_secret);
    let origin = Origin::written(Place::new(document, node));
    found.push(Object { api_version, kind, name, namespace, origin, body });
}
