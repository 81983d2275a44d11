//! `config.toml` of GitLab Runner. Source: GitLab documentation, "Advanced configuration" of the runner.

use std::sync::Arc;

use engine_model::Document;

use super::{Reader, Runner};
use crate::credential::Source;
use crate::sourced::Sourced;

/// The runners of a configuration. Whether they take untagged jobs, and whose they are, is known to GitLab alone.
#[must_use]
pub fn runners(document: &Arc<Document>) -> Vec<Runner> {
    let Some(root) = document.roots().first() else { return Vec::new() };
    let root = Reader { document, node: *root };
    root.get("runners").map_or_else(Vec::new, |list| list.items().map(runner).collect())
}

fn runner(block: Reader<'_>) -> Runner {
    let executor = block.text("executor");
    // Each executor that makes containers has a table of its own name.
    let containers = ["docker", "docker-windows", "kubernetes"].iter().find_map(|name| block.get(name));
    let name = block.text("name");
    let shown = name.get().map_or_else(|| "a runner".to_owned(), |name| format!("the runner `{name}`"));
    let of = |key: &str| containers.map_or_else(Sourced::default, |table| table.text(key));
    let allowed = containers.and_then(|table| table.get("allowed_images"));
    let environment = block.texts("environment").into_iter().map(|pair| Sourced {
        value: pair.value.map(|pair| pair.split_once('=').map_or(pair.clone(), |(name, _)| name.to_owned())),
        origin: pair.origin,
    });
    Runner {
        name,
        executor,
        image: of("image"),
        allowed_images: allowed.map(|list| list.items().map(Reader::own_text).collect()),
        privileged: containers.map_or_else(Sourced::default, |table| table.boolean("privileged")),
        volumes: containers.map_or_else(Vec::new, |table| table.texts("volumes")),
        environment: environment.collect(),
        ..Runner::new(shown, Source::File, block.origin())
    }
}
