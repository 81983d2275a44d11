//! Objects as policies see them. The schema is in `schema/`.

use super::{OBJECT, Object};
use crate::wire::{self, Item, Node};

/// An object on the wire.
#[must_use]
pub fn object_item(object: &Object) -> Item {
    let title = object.title();
    let origin = Some(object.origin.clone());
    let mut fields = wire::Object::default();
    fields.text("api_version", &object.api_version);
    fields.text("kind", &object.kind);
    fields.text("name", &object.name);
    fields.text("namespace", &object.namespace);
    fields.put("title", Node::string(&title, origin.clone()));
    fields.put("path", Node::string(object.origin.place.document.file().path().as_str(), origin.clone()));
    fields.put("body", object.body.clone());
    Item { kind: OBJECT, title, root: fields.finish(origin) }
}
