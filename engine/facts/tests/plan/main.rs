//! Plans as facts: what changes, what is hidden, what is not seen.

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod gap;
#[cfg(test)]
mod hidden;
#[cfg(test)]
mod read;
#[cfg(test)]
#[path = "../support/schema.rs"]
mod schema;
#[cfg(test)]
#[path = "../support/table.rs"]
mod table;

use engine_facts::terraform::plan::{self, Plan, Unread};
use engine_facts::wire::{Fields, Item, json};
use engine_model::FilePath;
use serde_json::Value;

#[cfg(test)]
fn path() -> FilePath {
    FilePath::new("plan.json").unwrap()
}

/// A plan with these changes.
#[cfg(test)]
fn with(changes: &str) -> String {
    format!(r#"{{"format_version":"1.2","resource_changes":[{changes}],"errored":false,"complete":true}}"#)
}

/// A change of a `vault_token`, with the given members of `change`.
#[cfg(test)]
fn change(members: &str) -> String {
    format!(r#"{{"address":"vault_token.a","mode":"managed","type":"vault_token","name":"a","change":{{{members}}}}}"#)
}

#[cfg(test)]
fn read(text: &str) -> Result<Plan, Box<Unread>> {
    plan::read(&path(), text.as_bytes(), &|kind| kind.starts_with("vault_"))
}

/// Every change as an item with its values.
#[cfg(test)]
fn items(text: &str) -> Vec<Item> {
    let mut items = Vec::new();
    plan::changes(&path(), text.as_bytes(), true, &mut |handed| items.extend(handed.item()));
    items
}

/// Items as a policy that reads everything gets them.
#[cfg(test)]
fn written(items: &[Item]) -> Vec<Value> {
    serde_json::from_str(&json(items, &Fields::new(["*"]))).unwrap()
}
