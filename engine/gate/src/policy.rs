//! What judges facts: a plugin in the sandbox, or a policy of Rego that is part of the engine.

use engine_facts::wire::{self, Fields, Item};
use engine_host as host;
use engine_rego::{Items, Native, Value};

use crate::value::value;

/// A policy of the gate.
#[derive(Debug)]
pub(crate) enum Policy {
    /// It runs in the sandbox: a plugin, or Rego that was read from disk.
    Sandboxed(host::Plugin),
    /// It is part of the engine, and runs natively.
    Native(Native),
}

/// Facts of one kind as a policy takes them.
#[derive(Debug)]
pub(crate) enum Input {
    /// JSON, an array of items.
    Json(String),
    /// Values, one for each item.
    Values(Vec<Value>),
}

/// What one call hands over: kinds with their facts, and how many items there are.
pub(crate) type Handed<'a> = [(&'a str, Input, usize)];

impl Policy {
    /// Its id.
    pub(crate) fn id(&self) -> &str {
        &self.manifest().id
    }

    /// What it says of itself.
    pub(crate) fn manifest(&self) -> &host::Manifest {
        match self {
            Self::Sandboxed(plugin) => plugin.manifest(),
            Self::Native(native) => native.manifest(),
        }
    }

    /// No facts, to which more are added.
    pub(crate) fn input(&self) -> Input {
        match self {
            Self::Sandboxed(_) => Input::Json(String::new()),
            Self::Native(_) => Input::Values(Vec::new()),
        }
    }

    /// Runs every rule of a scope; `only` one of them where it is given and the policy can.
    pub(crate) fn check(
        &self,
        scope: host::Scope,
        only: Option<&str>,
        handed: &Handed<'_>,
    ) -> Result<host::Report, String> {
        match self {
            Self::Sandboxed(plugin) => {
                let facts = handed.iter().map(|(kind, input, items)| match input {
                    Input::Json(json) => host::Facts { kind, json, items: *items },
                    Input::Values(_) => host::Facts { kind, json: "[]", items: 0 },
                });
                let facts: Vec<host::Facts<'_>> = facts.collect();
                let report = match only {
                    Some(rule) => plugin.check_one(rule, scope, &facts),
                    None => plugin.check(scope, &facts),
                };
                report.map_err(|error| error.to_string())
            }
            Self::Native(native) => {
                let items = handed.iter().map(|(kind, input, _)| match input {
                    Input::Values(values) => Items { kind, values: values.clone() },
                    Input::Json(_) => Items { kind, values: Vec::new() },
                });
                native.check(scope, &items.collect::<Vec<_>>())
            }
        }
    }

    /// Whether its rules can be run one by one, so that one which overruns costs no other.
    pub(crate) fn is_separable(&self) -> bool {
        matches!(self, Self::Sandboxed(plugin) if plugin.is_separable())
    }
}

impl Input {
    /// Adds an item, cut to `fields`.
    pub(crate) fn add(&mut self, item: &Item, fields: &Fields) {
        match self {
            Self::Json(json) => {
                json.push(if json.is_empty() { '[' } else { ',' });
                wire::append(item, fields, json);
            }
            Self::Values(values) => values.push(value(&item.root, fields)),
        }
    }

    /// Says that nothing is added any more.
    pub(crate) fn close(&mut self) {
        if let Self::Json(json) = self {
            json.push_str(if json.is_empty() { "[]" } else { "]" });
        }
    }

    /// How many bytes of JSON there are; nothing of values, which share what they hold with the facts.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Json(json) => json.len(),
            Self::Values(_) => 0,
        }
    }
}
