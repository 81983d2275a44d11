//! Plans and changes as policies see them. The schema of each kind is in `schema/`.

use std::borrow::Cow;

use engine_model::FilePath;

use super::change::Full;
use super::{Brief, CHANGE, PLAN, Plan};
use crate::sourced::Origin;
use crate::wire::{Item, Json, Node, Object};

/// A plan on the wire: what it says of itself, and how many changes there are of each type and action.
#[must_use]
pub fn plan_item(plan: &Plan) -> Item {
    let origin = Some(Origin::written(plan.place.clone()));
    let mut object = Object::default();
    object.put("path", Node::string(plan.path.as_str(), origin.clone()));
    object.put("format", Node::string(&plan.header.format.to_string(), None));
    if let Some(version) = &plan.header.terraform {
        object.put("terraform", Node::string(version, None));
    }
    object.flag("errored", plan.header.errored);
    for (name, value) in [("complete", plan.header.complete), ("applyable", plan.header.applyable)] {
        if let Some(value) = value {
            object.flag(name, value);
        }
    }
    let count = |((kind, action), count): (&(String, super::Action), &u64)| {
        let mut object = Object::default();
        object.put("type", Node::string(kind, None));
        object.put("action", Node::string(action.as_str(), None));
        object.put("count", Node::new(Json::Integer(i64::try_from(*count).unwrap_or(i64::MAX)), None));
        object.finish(None)
    };
    object.list("changes", plan.summary.iter().map(count).collect(), None);
    Item { kind: PLAN, title: format!("plan `{}`", plan.path), root: object.finish(origin) }
}

/// A change on the wire; without `full` no value before or after, and no places.
#[must_use]
pub fn change_item(path: &FilePath, brief: &Brief<'_>, full: Option<&Full>) -> Item {
    let field = |name: &str| full.map(|full| Origin::written(full.field(name)));
    let mut object = Object::default();
    object.put("plan", Node::string(path.as_str(), None));
    object.put("address", Node::string(&brief.address, field("address")));
    object.put("type", Node::string(&brief.kind, field("type")));
    object.put("name", Node::string(&brief.name, field("name")));
    let texts: [(&str, &str, &Option<Cow<'_, str>>); 5] = [
        ("module", "module_address", &brief.module_address),
        ("mode", "mode", &brief.mode),
        ("provider", "provider_name", &brief.provider_name),
        ("reason", "action_reason", &brief.action_reason),
        ("deposed", "deposed", &brief.deposed),
    ];
    for (name, written, value) in texts {
        if let Some(value) = value {
            object.put(name, Node::string(value, field(written)));
        }
    }
    let actions = full.map(|full| Origin::written(full.doing("actions")));
    object.put("action", Node::string(brief.action().as_str(), actions.clone()));
    let written = brief.change.actions.iter().map(|action| Node::string(action, actions.clone()));
    object.list("actions", written.collect(), actions.clone());
    object.flag("import", brief.is_import());
    for (name, value) in
        [("before", full.and_then(|full| full.before.as_ref())), ("after", full.and_then(|full| full.after.as_ref()))]
    {
        if let Some(value) = value {
            object.put(name, value.node());
        }
    }
    let origin = full.map(|full| Origin::written(full.place()));
    Item { kind: CHANGE, title: format!("change of `{}`", brief.address), root: object.finish(origin) }
}
