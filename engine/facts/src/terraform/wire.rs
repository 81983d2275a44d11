//! Modules and state files as policies see them. The schemas are in `schema/`.

use engine_model::{Builder, FilePath, Format, Frame, Place, SourceFile, Span, Unknown, Value, Why};
use std::sync::Arc;

use super::requirement::{Requirement, requirements};
use super::secret::stored;
use super::source::address;
use super::version::pin;
use super::{Backend, Evaluated, LockFile, MODULE, Module, ModuleCall, STATE};
use crate::sourced::{Origin, Sourced};
use crate::wire::{Item, Json, Node, Object};

/// A module on the wire.
#[must_use]
pub fn module_item(module: &Module) -> Item {
    let origin = Some(Origin::written(module.place.clone()));
    let shown = if module.directory.is_empty() { "." } else { &module.directory };
    let title = format!("Terraform module `{shown}`");
    let mut object = Object::default();
    object.put("path", Node::string(&module.directory, origin.clone()));
    object.put("title", Node::string(&title, origin.clone()));
    object.flag("complete", module.is_complete);
    object.flag("called", !module.is_root);
    object.boolean("root", &root(module));
    let versions = module.required_versions.iter().map(Evaluated::node).collect();
    object.list("required_versions", versions, origin.clone());
    match (&module.backend, module.doubt()) {
        (Some(written), _) => object.put("backend", backend(written)),
        (None, Some(doubt)) => object.put("backend", unknown(doubt, origin.clone())),
        (None, None) => {}
    }
    object.list("calls", module.calls.iter().map(call).collect(), origin.clone());
    object.list("providers", requirements(module).iter().map(provider).collect(), origin.clone());
    match &module.lock {
        Value::Known(file) => object.put("lock", lock(file)),
        Value::Unknown(why) => object.put("lock", Node::new(Json::Unknown(why.clone()), origin.clone())),
        Value::Absent => {}
    }
    let secrets = stored(module).map(|resource| {
        let origin = Some(Origin::written(resource.place.clone()));
        let mut object = Object::default();
        object.put("address", Node::string(&resource.address, origin.clone()));
        object.put("type", Node::string(&resource.kind, origin.clone()));
        object.finish(origin)
    });
    object.list("secrets", secrets.collect(), origin.clone());
    Item { kind: MODULE, title, root: object.finish(origin) }
}

/// Whether Terraform is run in the module's directory, as far as its files tell.
fn root(module: &Module) -> Sourced<bool> {
    let known = |value, place: &Place| Sourced::known(value, Origin::written(place.clone()));
    let configured = module.providers.iter().find(|provider| provider.attributes.attribute("alias").is_none());
    match (&module.backend, configured, &module.lock) {
        (Some(backend), ..) => known(true, &backend.place),
        _ if !module.is_root => Sourced::implied(false),
        _ if module.may_be_fetched => {
            let value = Value::unknown(
                Why::NotEvaluated,
                "whether this directory is the one that is fetched from a repository",
            );
            Sourced { value, origin: None }
        }
        (_, Some(provider), _) => known(true, &provider.place),
        (_, _, Value::Known(lock)) => known(true, &lock.place),
        _ if module.has_variable_file => Sourced::implied(true),
        _ => {
            let value = Value::unknown(Why::NotEvaluated, "whether anybody runs Terraform in this directory");
            Sourced { value, origin: None }
        }
    }
}

fn unknown(on: &str, origin: Option<Origin>) -> Node {
    Node::new(Json::Unknown(Unknown { why: Why::NotEvaluated, on: on.to_owned() }), origin)
}

fn backend(backend: &Backend) -> Node {
    let origin = Some(Origin::written(backend.place.clone()));
    let mut object = Object::default();
    object.put("type", Node::string(&backend.kind, origin.clone()));
    match backend.attributes.why() {
        Some(why) => object.put("arguments", Node::new(Json::Unknown(why.clone()), origin.clone())),
        None => object.put("arguments", backend.arguments()),
    }
    object.flag("partial", backend.is_partial());
    object.boolean("locks", &backend.locks());
    object.finish(origin)
}

fn call(call: &ModuleCall) -> Node {
    let origin = Some(Origin::written(call.place.clone()));
    let mut object = Object::default();
    object.put("name", Node::string(&call.name, origin.clone()));
    let source = call.source.to_sourced_text();
    object.text("source", &source);
    if let Some(text) = source.get() {
        let address = address(text);
        let whole = source.origin.clone();
        let part = |range: &std::ops::Range<usize>| part(&call.source, text, range);
        object.put("from", Node::string(address.kind.as_str(), whole.clone()));
        if let Some(scheme) = address.scheme {
            object.put("scheme", Node::string(scheme, whole.clone()));
        }
        if let Some(host) = &address.host {
            object.put("host", Node::string(text.get(host.clone()).unwrap_or(""), part(host)));
        }
        if let Some((range, kind)) = &address.reference {
            object.put("ref", Node::string(text.get(range.clone()).unwrap_or(""), part(range)));
            object.put("ref_type", Node::string(kind.as_str(), part(range)));
        }
        object.put("checksum", Node::new(Json::Boolean(address.has_checksum), whole));
    }
    if let Some(directory) = &call.directory {
        object.put("module", Node::string(directory, source.origin.clone()));
    }
    let version = match call.arguments.why() {
        Some(why) => Sourced { value: Value::Unknown(why.clone()), origin: origin.clone() },
        None => call.arguments.attribute("version").map(Evaluated::to_sourced_text).unwrap_or_default(),
    };
    object.text("version", &version);
    object.text("pin", &pinned(&version));
    object.finish(origin)
}

/// The place of a part of a source, where the source stands in its file as it is.
fn part(source: &Evaluated, text: &str, range: &std::ops::Range<usize>) -> Option<Origin> {
    let place = &source.place;
    let written = place.document.scalar(place.node).is_some_and(|scalar| scalar.text == text);
    let place = if written { place.part(Span::from_range(range.clone())) } else { place.clone() };
    Some(Origin::written(place))
}

/// How far a constraint lets a version move; absent where there is no constraint.
fn pinned(version: &Sourced<String>) -> Sourced<String> {
    let value = match &version.value {
        Value::Known(constraint) => match pin(constraint) {
            Some(pin) => Value::Known(pin.as_str().to_owned()),
            None => Value::unknown(Why::NotEvaluated, "a constraint that Terraform does not read"),
        },
        Value::Unknown(unknown) => Value::Unknown(unknown.clone()),
        Value::Absent => Value::Absent,
    };
    Sourced { value, origin: version.origin.clone() }
}

fn provider(provider: &Requirement) -> Node {
    let origin = Some(Origin::written(provider.place.clone()));
    let mut object = Object::default();
    object.put("name", Node::string(&provider.name, origin.clone()));
    object.flag("declared", provider.is_declared);
    object.text("source", &provider.source);
    object.text("version", &provider.version);
    object.text("pin", &pinned(&provider.version));
    object.text("locked", &provider.locked);
    object.finish(origin)
}

fn lock(file: &LockFile) -> Node {
    let origin = Some(Origin::written(file.place.clone()));
    let providers = file.providers.iter().map(|provider| {
        let origin = Some(Origin::written(provider.place.clone()));
        let mut object = Object::default();
        object.put("source", Node::string(&provider.source, origin.clone()));
        if let Some((version, place)) = &provider.version {
            object.put("version", Node::string(version, Some(Origin::written(place.clone()))));
        }
        let hashes = i64::try_from(provider.hashes).unwrap_or(i64::MAX);
        object.put("hashes", Node::new(Json::Integer(hashes), origin.clone()));
        object.finish(origin)
    });
    let mut object = Object::default();
    object.put("path", Node::string(file.place.document.file().path().as_str(), origin.clone()));
    object.list("providers", providers.collect(), origin.clone());
    object.finish(origin)
}

/// Whether a file is a state by its name, or the copy of one.
#[must_use]
pub fn is_state(path: &FilePath) -> bool {
    let name = path.file_name().to_ascii_lowercase();
    let Some((_, behind)) = name.rsplit_once(".tfstate") else { return false };
    // `terraform.tfstate.1690000.backup` is what a migration leaves.
    let copy = behind.strip_suffix(".backup").unwrap_or(behind);
    let stamp = copy.strip_prefix('.').unwrap_or(copy);
    stamp.bytes().all(|b| b.is_ascii_digit())
}

/// A state file on the wire. It is not opened: the place is the start of a text that holds nothing.
#[must_use]
pub fn state_item(path: &FilePath) -> Item {
    let file = SourceFile::new(path.clone(), String::new());
    let mut builder = Builder::new(Frame::File(file), Format::Json);
    let node = builder.null(Span::default());
    let document = Arc::new(builder.finish(vec![node]));
    let origin = Some(Origin::written(Place::new(&document, node)));
    let title = format!("state `{path}`");
    let mut object = Object::default();
    object.put("path", Node::string(path.as_str(), origin.clone()));
    object.put("directory", Node::string(path.directory(), origin.clone()));
    object.put("title", Node::string(&title, origin.clone()));
    object.flag("backup", path.file_name().ends_with(".backup"));
    Item { kind: STATE, title, root: object.finish(origin) }
}
