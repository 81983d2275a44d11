//! What is around a pipeline, as policies see it. The schema of each kind is in `schema/`.

use super::{RUNNER, Runner, SETTINGS, Settings, VARIABLE, Variable};
use crate::credential::Source;
use crate::wire::{Item, Node, Object};

fn object(title: &str, source: Source) -> Object {
    let mut object = Object::default();
    object.put("title", Node::string(title, None));
    object.put("source", Node::string(source.as_str(), None));
    object
}

/// Settings on the wire.
#[must_use]
pub fn settings_item(settings: &Settings) -> Item {
    let origin = Some(settings.origin.clone());
    let mut object = object(&settings.title, settings.source);
    object.text("project", &settings.project);
    object.text("default_branch", &settings.default_branch);
    object.text("ci_config_path", &settings.ci_config_path);
    object.boolean("keep_latest_artifact", &settings.keep_latest_artifact);
    object.boolean("pipelines_must_succeed", &settings.pipelines_must_succeed);
    object.boolean("shared_runners", &settings.shared_runners);
    object.text("variable_override_role", &settings.variable_override_role);
    object.texts("protected_tags", &settings.protected_tags, origin.clone());
    object.texts("protected_environments", &settings.protected_environments, origin.clone());
    Item { kind: SETTINGS, title: settings.title.clone(), root: object.finish(origin) }
}

/// A variable on the wire.
#[must_use]
pub fn variable_item(variable: &Variable) -> Item {
    let origin = Some(variable.origin.clone());
    let mut object = object(&variable.title, variable.source);
    object.put("scope", Node::string(variable.scope, origin.clone()));
    object.text("owner", &variable.owner);
    object.text("key", &variable.key);
    object.boolean("protected", &variable.protected);
    object.boolean("masked", &variable.masked);
    object.boolean("hidden", &variable.hidden);
    object.text("environment", &variable.environment);
    Item { kind: VARIABLE, title: variable.title.clone(), root: object.finish(origin) }
}

/// A runner on the wire.
#[must_use]
pub fn runner_item(runner: &Runner) -> Item {
    let origin = Some(runner.origin.clone());
    let mut object = object(&runner.title, runner.source);
    object.text("name", &runner.name);
    object.text("type", &runner.kind);
    object.text("executor", &runner.executor);
    object.text("image", &runner.image);
    if let Some(images) = &runner.allowed_images {
        object.texts("allowed_images", images, origin.clone());
    }
    object.boolean("privileged", &runner.privileged);
    object.texts("volumes", &runner.volumes, None);
    object.texts("tags", &runner.tags, None);
    object.boolean("untagged", &runner.untagged);
    object.boolean("locked", &runner.locked);
    object.boolean("protected", &runner.protected);
    object.texts("environment", &runner.environment, None);
    Item { kind: RUNNER, title: runner.title.clone(), root: object.finish(origin) }
}
