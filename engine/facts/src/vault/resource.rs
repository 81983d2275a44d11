//! Resources as Vault's facts read them: arguments with references followed inside the module, mounts and their bounds.

use std::cell::Cell;
use std::collections::BTreeMap;

use engine_model::{Place, Unknown, Value, Why};

use crate::credential::Source;
use crate::sourced::{Origin, Sourced};
use crate::terraform::{Data, Evaluated, Resource};

/// References that lead to references are followed so far.
const MAX_HOPS: usize = 8;

/// How many references of one module are followed in all: a limit for texts that multiply.
const MAX_FOLLOWED: usize = 1_000_000;

/// The longest text that references are put into, in bytes.
const MAX_TEXT: usize = 1 << 16;

/// The resources of one module, or of one plan.
#[derive(Debug)]
pub(super) struct Resources<'r> {
    all: Vec<Block<'r>>,
    by_address: BTreeMap<&'r str, usize>,
    mounts: BTreeMap<String, usize>,
    approles: BTreeMap<String, usize>,
    left: Cell<usize>,
    pub(super) source: Source,
}

/// What a block declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Managed,
    /// A data source, or an ephemeral resource: it only reads.
    Read,
}

/// A resource, a data source or an ephemeral resource.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'r> {
    pub(super) resource: &'r Resource,
    pub(super) mode: Mode,
}

impl<'r> Block<'r> {
    fn new(resource: &'r Resource) -> Self {
        let name = format!("{}.{}", resource.kind, resource.name);
        let before = resource.address.rfind(&name).and_then(|at| resource.address.get(..at)).unwrap_or("");
        let last = before.strip_suffix('.').unwrap_or(before).rsplit('.').next();
        let mode = if matches!(last, Some("data" | "ephemeral")) { Mode::Read } else { Mode::Managed };
        Self { resource, mode }
    }

    pub(super) fn kind(&self) -> &'r str {
        &self.resource.kind
    }

    pub(super) fn origin(&self) -> Origin {
        Origin::written(self.resource.place.clone())
    }

    /// An argument; all that is unknown where the whole block is. A `null` is as good as nothing.
    pub(super) fn argument(&self, name: &str) -> Option<&'r Evaluated> {
        argument(&self.resource.attributes, name)
    }

    /// The first of several names for an argument that is written.
    pub(super) fn first(&self, names: &[&'static str]) -> Option<(&'static str, &'r Evaluated)> {
        names.iter().find_map(|name| Some((*name, self.argument(name)?)))
    }

    /// ``data source `data.vault_generic_secret.ssh` ``.
    pub(super) fn title(&self) -> String {
        let what = match self.mode {
            Mode::Managed => "resource",
            Mode::Read if self.resource.address.starts_with("ephemeral.") => "ephemeral resource",
            Mode::Read => "data source",
        };
        format!("{what} `{}`", self.resource.address)
    }
}

/// An argument of a block or of a nested one.
pub(super) fn argument<'r>(attributes: &'r Evaluated, name: &str) -> Option<&'r Evaluated> {
    match &attributes.value {
        Value::Known(Data::Map(arguments)) => {
            arguments.get(name).filter(|value| !matches!(value.value, Value::Known(Data::Null) | Value::Absent))
        }
        Value::Known(_) | Value::Absent => None,
        Value::Unknown(_) => Some(attributes),
    }
}

impl<'r> Resources<'r> {
    pub(super) fn new(resources: impl Iterator<Item = &'r Resource>, source: Source) -> Self {
        let all: Vec<Block<'r>> = resources.map(Block::new).collect();
        let by_address = all.iter().enumerate().map(|(at, block)| (block.resource.address.as_str(), at)).collect();
        let left = Cell::new(MAX_FOLLOWED);
        let (mounts, approles) = (BTreeMap::new(), BTreeMap::new());
        let mut resources = Self { all, by_address, mounts, approles, left, source };
        resources.mounts = resources.named(is_mount, &["path", "type"]);
        resources.approles = resources.named(|kind| kind == "vault_approle_auth_backend_role", &["role_name"]);
        resources
    }

    /// The blocks of some kinds by what an argument says, the first one of each name.
    fn named(&self, is_kind: impl Fn(&str) -> bool, names: &[&'static str]) -> BTreeMap<String, usize> {
        let mut found = BTreeMap::new();
        for (index, block) in self.all.iter().enumerate().filter(|(_, block)| is_kind(block.kind())) {
            let name = self.text(block.first(names).map(|(_, value)| value));
            if let Some(name) = name.get() {
                found.entry(name.trim_matches('/').to_owned()).or_insert(index);
            }
        }
        found
    }

    /// The AppRole role of that name.
    pub(super) fn approle(&self, name: &str) -> Option<&Block<'r>> {
        self.all.get(*self.approles.get(name)?)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Block<'r>> {
        self.all.iter()
    }

    /// The block at an address.
    pub(super) fn at(&self, address: &str) -> Option<&Block<'r>> {
        self.all.get(*self.by_address.get(address)?)
    }

    /// The text of an argument, with references to arguments of other resources followed.
    pub(super) fn text(&self, value: Option<&Evaluated>) -> Sourced<String> {
        let Some(value) = value else { return Sourced::default() };
        let Value::Unknown(unknown) = &value.value else { return value.to_sourced_text() };
        let origin = Some(Origin::written(value.place.clone()));
        match self.followed(value, 0) {
            Some(text) => Sourced { value: Value::Known(text), origin },
            None => Sourced { value: Value::Unknown(unknown.clone()), origin },
        }
    }

    fn followed(&self, value: &Evaluated, hops: usize) -> Option<String> {
        match &value.value {
            Value::Known(data) => match data {
                Data::Text(text) => Some(text.clone()),
                Data::Number(number) => Some(number.to_string()),
                _ => None,
            },
            Value::Absent => None,
            Value::Unknown(_) if hops >= MAX_HOPS => None,
            Value::Unknown(unknown) => match value.wording.as_deref() {
                Some(wording) if !wording.missing.is_empty() => {
                    let mut text = String::new();
                    for c in wording.text().chars() {
                        match wording.missing(c) {
                            None => text.push(c),
                            Some(unknown) => text.push_str(&self.target(unknown, hops)?),
                        }
                        if text.len() > MAX_TEXT {
                            return None;
                        }
                    }
                    Some(text)
                }
                _ => self.target(unknown, hops),
            },
        }
    }

    fn target(&self, unknown: &Unknown, hops: usize) -> Option<String> {
        self.left.set(self.left.get().checked_sub(1)?);
        let (block, name) = self.reference(unknown)?;
        self.followed(block.argument(name)?, hops.saturating_add(1))
    }

    /// The block and the attribute that a value refers to, where it is nothing but a reference.
    pub(super) fn reference<'u>(&self, unknown: &'u Unknown) -> Option<(&Block<'r>, &'u str)> {
        if unknown.why != Why::UntilApply {
            return None;
        }
        let (address, name) = unknown.on.rsplit_once('.')?;
        // One of several instances: what they share is known of each.
        let address = match address.split_once('[') {
            Some((address, index)) if index.strip_suffix(']').is_some_and(is_plain_index) => address,
            Some(_) => return None,
            None => address,
        };
        Some((self.at(address)?, name))
    }

    /// The texts of an argument that is a list; `false` where not all of it is known.
    pub(super) fn texts(&self, value: &Evaluated) -> (Vec<Sourced<String>>, bool) {
        match &value.value {
            Value::Known(Data::List(items) | Data::Set(items)) => {
                let texts: Vec<Sourced<String>> = items.iter().map(|item| self.text(Some(item))).collect();
                let known = texts.iter().all(|text| !matches!(text.value, Value::Unknown(_)));
                (texts, known)
            }
            Value::Known(Data::Text(text)) => {
                // The API takes a list as one text too.
                let origin = Origin::written(value.place.clone());
                let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
                (words.map(|word| Sourced::known(word.to_owned(), origin.clone())).collect(), true)
            }
            Value::Known(Data::Null) | Value::Absent => (Vec::new(), true),
            Value::Known(_) | Value::Unknown(_) => (Vec::new(), false),
        }
    }

    /// The block that mounts what `backend` names: the argument of a role, or where it has none the method's default.
    pub(super) fn mount(&self, backend: Option<&Evaluated>, default: &str) -> Option<&Block<'r>> {
        if let Some(Value::Unknown(unknown)) = backend.map(|backend| &backend.value)
            && let Some((block, "path" | "id" | "backend")) = self.reference(unknown)
        {
            return Some(block);
        }
        let path = match backend {
            Some(backend) => self.text(Some(backend)).get()?.clone(),
            None => default.to_owned(),
        };
        self.all.get(*self.mounts.get(path.trim_matches('/'))?)
    }
}

fn is_plain_index(index: &str) -> bool {
    !index.is_empty() && index.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_mount(kind: &str) -> bool {
    kind == "vault_mount"
        || kind == "vault_database_secrets_mount"
        || kind.strip_prefix("vault_").is_some_and(|kind| kind.ends_with("_backend") || kind.ends_with("auth_backend"))
}

/// The place of literal text, which a secret must not be: the text itself, through any reference to it.
pub(super) fn literal(value: Option<&Evaluated>) -> Option<Place> {
    let value = value?;
    value.text().filter(|text| !text.trim().is_empty())?;
    let scalar = value.wording.as_deref().map_or(&value.place, |wording| &wording.scalar);
    Some(scalar.clone())
}
