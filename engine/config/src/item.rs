//! The configuration as policies see it.

use engine_facts::sourced::Origin;
use engine_facts::wire::{Item, Json, Node, Object};
use engine_model::Place;

use crate::setting::Written;
use crate::{Config, Tenant};

/// The kind of fact that a configuration is.
pub const CONFIG: &str = "engine.config";

/// The configuration on the wire.
pub(crate) fn item(config: &Config) -> Item {
    let whole = config.root.clone().map(Origin::written);
    let mut object = Object::default();
    object.flag("written", config.is_written());
    object.put("profile", Node::string(config.profile.value.as_str(), config.profile.origin()));
    let branches = config.branches.iter().map(|branch| Node::string(&branch.value, branch.origin()));
    object.list("branches", branches.collect(), origin(config, &["production", "branches"]));
    let tenants = config.tenants.iter().map(tenant_node);
    object.list("tenants", tenants.collect(), origin(config, &["tenants"]));
    let shared = config.shared.iter().map(|path| Node::string(&path.value, path.origin()));
    object.list("shared", shared.collect(), origin(config, &["vault", "shared"]));
    let lists = [
        ("jobs", "deployers", &config.deployers),
        ("jobs", "registries", &config.registries),
        ("jobs", "runner_tags", &config.runner_tags),
        ("terraform", "providers", &config.providers),
    ];
    for (section, name, texts) in lists {
        object.list(name, texts.iter().map(string).collect(), origin(config, &[section, name]));
    }
    let mut ceilings = Object::default();
    for (kind, ceiling) in config.ceilings.iter() {
        ceilings.put(kind.as_str(), Node::new(Json::Integer(ceiling.value), ceiling.origin()));
    }
    object.put("ceilings", ceilings.finish(origin(config, &["ceilings"])));
    Item { kind: CONFIG, title: "the configuration".to_owned(), root: object.finish(whole) }
}

fn tenant_node(tenant: &Tenant) -> Node {
    let mut object = Object::default();
    object.put("name", string(&tenant.name));
    for (name, texts) in [("vault", &tenant.vault), ("accounts", &tenant.accounts), ("groups", &tenant.groups)] {
        object.list(name, texts.iter().map(string).collect(), below(&tenant.place, &[name]));
    }
    object.finish(Some(Origin::written(tenant.place.clone())))
}

fn string(text: &Written<String>) -> Node {
    Node::string(&text.value, Some(Origin::written(text.place.clone())))
}

/// Where the value at the end of these keys is written; nothing where it is not.
fn origin(config: &Config, keys: &[&str]) -> Option<Origin> {
    below(config.root.as_ref()?, keys)
}

fn below(place: &Place, keys: &[&str]) -> Option<Origin> {
    let node = keys.iter().try_fold(place.node, |node, key| place.document.get(node, key))?;
    Some(Origin::written(Place::new(&place.document, node)))
}
