//! What is known of Vault as policies of the engine see it. The schema of each kind is in `schema/`.

use super::{ACCESS, Access, POLICY, Policy, ROLE, Role, Stanza, Wildcard};
use crate::wire::{Item, Node, Object};

/// A policy on the wire.
#[must_use]
pub fn policy_item(policy: &Policy) -> Item {
    let origin = Some(policy.origin.clone());
    let mut object = Object::default();
    object.text("name", &policy.name);
    object.put("title", Node::string(&policy.title, origin.clone()));
    object.put("source", Node::string(policy.source.as_str(), None));
    object.list("paths", policy.paths.iter().map(stanza).collect(), origin.clone());
    object.flag("complete", policy.complete);
    Item { kind: POLICY, title: policy.title.clone(), root: object.finish(origin) }
}

fn stanza(stanza: &Stanza) -> Node {
    let mut object = Object::default();
    object.text("path", &stanza.path);
    if let Some(prefix) = &stanza.prefix {
        object.put("prefix", Node::string(prefix, stanza.path.origin.clone()));
    }
    let wildcard = match stanza.wildcard {
        Wildcard::None => "none",
        Wildcard::Prefix => "prefix",
        Wildcard::Segment => "segment",
        Wildcard::Both => "both",
    };
    object.put("wildcard", Node::string(wildcard, stanza.path.origin.clone()));
    object.flag("templated", stanza.templated);
    object.texts("capabilities", &stanza.capabilities, None);
    object.flag("legacy", stanza.legacy);
    let grant = |grant: &String| {
        let written = stanza.capabilities.iter().find(|capability| capability.get() == Some(grant));
        Node::string(grant, written.and_then(|capability| capability.origin.clone()))
    };
    object.list("grants", stanza.grants.iter().map(grant).collect(), None);
    object.flag("denies", stanza.denies);
    object.flag("open", stanza.open);
    object.finish(Some(stanza.origin.clone()))
}

/// A role on the wire.
#[must_use]
pub fn role_item(role: &Role) -> Item {
    let origin = Some(role.origin.clone());
    let mut object = Object::default();
    object.put("type", Node::string(role.method, origin.clone()));
    object.text("name", &role.name);
    object.put("title", Node::string(&role.title, origin.clone()));
    object.put("source", Node::string(role.source.as_str(), None));
    object.texts("policies", &role.policies, origin.clone());
    object.flag("policies_known", role.policies_known);
    object.boolean("default_policy", &role.default_policy);
    Item { kind: ROLE, title: role.title.clone(), root: object.finish(origin) }
}

/// An access on the wire.
#[must_use]
pub fn access_item(access: &Access) -> Item {
    let origin = Some(access.origin.clone());
    let mut object = Object::default();
    object.text("path", &access.path);
    object.put("operation", Node::string(if access.writes { "write" } else { "read" }, origin.clone()));
    object.put("title", Node::string(&access.title, origin.clone()));
    object.put("source", Node::string(access.source.as_str(), None));
    Item { kind: ACCESS, title: access.title.clone(), root: object.finish(origin) }
}
