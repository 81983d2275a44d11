//! The providers of a module: those that it requires, and those that it uses without a word.

use std::collections::BTreeMap;

use engine_model::{Place, Value, Why};

use super::{Data, Evaluated, LockFile, Module};
use crate::sourced::{Origin, Sourced};

/// A provider that a module requires or uses.
#[derive(Debug)]
pub(crate) struct Requirement {
    /// Its name in the module: `aws`.
    pub(crate) name: String,
    /// The entry of `required_providers`; else the provider's block; else the first resource that uses it.
    pub(crate) place: Place,
    /// Whether `required_providers` has it.
    pub(crate) is_declared: bool,
    /// Its address as written: `hashicorp/aws`; absent where Terraform goes by the name.
    pub(crate) source: Sourced<String>,
    /// The constraint on its version; absent where there is none.
    pub(crate) version: Sourced<String>,
    /// The version that the lock file beside the module chose; absent where it has none.
    pub(crate) locked: Sourced<String>,
}

/// The providers of a module, sorted by name. Providers that are built into Terraform are none.
pub(super) fn requirements(module: &Module) -> Vec<Requirement> {
    let mut found: BTreeMap<String, Requirement> = BTreeMap::new();
    for required in &module.required_providers {
        let argument = |name: &str| required.value.attribute(name).map(Evaluated::to_sourced_text).unwrap_or_default();
        // Terraform 0.12 and before wrote the constraint alone.
        let (source, version) = match &required.value.value {
            Value::Known(Data::Map(_)) => (argument("source"), argument("version")),
            Value::Unknown(unknown) => {
                let origin = Some(Origin::written(required.value.place.clone()));
                let unknown = || Sourced { value: Value::Unknown(unknown.clone()), origin: origin.clone() };
                (unknown(), unknown())
            }
            _ => (Sourced::default(), required.value.to_sourced_text()),
        };
        let place = required.value.place.clone();
        let name = required.name.clone();
        let locked = Sourced::default();
        found.insert(name.clone(), Requirement { name, place, is_declared: true, source, version, locked });
    }
    // Where not all was read, what is not here may stand there.
    let missing = || match module.doubt() {
        Some(doubt) => Sourced { value: Value::unknown(Why::NotEvaluated, doubt), origin: None },
        None => Sourced::default(),
    };
    for provider in &module.providers {
        let written = provider.attributes.attribute("version").map(Evaluated::to_sourced_text);
        let entry = found.entry(provider.name.clone()).or_insert_with(|| Requirement {
            name: provider.name.clone(),
            place: provider.place.clone(),
            is_declared: false,
            source: missing(),
            version: missing(),
            locked: Sourced::default(),
        });
        if let (true, Some(written)) = (entry.version.is_absent(), written) {
            entry.version = written;
        }
    }
    for resource in module.resources.iter().chain(&module.data).chain(&module.ephemeral) {
        let name = resource.kind.split('_').next().unwrap_or("");
        let elsewhere = resource.attributes.attribute("provider").is_some() || resource.attributes.get().is_none();
        if name.is_empty() || elsewhere || found.contains_key(name) {
            continue;
        }
        let requirement = Requirement {
            name: name.to_owned(),
            place: resource.place.clone(),
            is_declared: false,
            source: missing(),
            version: missing(),
            locked: Sourced::default(),
        };
        found.insert(name.to_owned(), requirement);
    }
    let built_in = |one: &Requirement| {
        one.source.get().map_or(one.name == "terraform", |source| source.starts_with("terraform.io/builtin/"))
    };
    found.retain(|_, one| !built_in(one));
    found.values_mut().for_each(|one| one.locked = locked(&module.lock, one));
    found.into_values().collect()
}

fn locked(lock: &Value<LockFile>, one: &Requirement) -> Sourced<String> {
    let lock = match lock {
        Value::Known(lock) => lock,
        Value::Unknown(unknown) => return Sourced { value: Value::Unknown(unknown.clone()), origin: None },
        Value::Absent => return Sourced::default(),
    };
    let name = match &one.source.value {
        Value::Known(source) => source,
        Value::Absent => &one.name,
        Value::Unknown(unknown) => return Sourced { value: Value::Unknown(unknown.clone()), origin: None },
    };
    match lock.provider(name).and_then(|locked| locked.version.clone()) {
        Some((version, place)) => Sourced::known(version, Origin::written(place)),
        None => Sourced::default(),
    }
}
