//! What is known of each kind of backend: which arguments it needs, whether it locks, and which of its arguments are
//! secrets. From the backends' own documentation, Terraform 1.11 and OpenTofu 1.9.

use engine_model::{Unknown, Value, Why};

use super::{Backend, Data, Evaluated};
use crate::sourced::{Origin, Sourced};
use crate::wire::{Json, Node};

/// How a kind of backend locks.
#[derive(Clone, Copy, Debug)]
enum Lock {
    /// Always, and nothing can be said against it.
    Always,
    /// Never.
    Never,
    /// Where one of these arguments is set.
    Asked(&'static [&'static str]),
    /// Unless this argument is `false`.
    Unless(&'static str),
    /// Where this argument or this environment variable is set.
    Environment(&'static str, &'static str),
}

/// A kind of backend: the arguments that it cannot be without, and how it locks.
type Known = (&'static str, &'static [&'static str], Lock);

const KNOWN: &[Known] = &[
    ("azurerm", &["container_name", "key"], Lock::Always),
    ("cloud", &[], Lock::Always),
    ("consul", &["path"], Lock::Unless("lock")),
    ("cos", &["bucket"], Lock::Always),
    ("etcdv3", &["endpoints"], Lock::Unless("lock")),
    ("gcs", &["bucket"], Lock::Always),
    ("http", &["address"], Lock::Environment("lock_address", "TF_HTTP_LOCK_ADDRESS")),
    ("kubernetes", &["secret_suffix"], Lock::Always),
    ("local", &[], Lock::Always),
    ("oci", &["bucket", "namespace"], Lock::Always),
    ("oss", &["bucket"], Lock::Asked(&["tablestore_table"])),
    ("artifactory", &["repo", "subpath"], Lock::Never),
    ("etcd", &["path", "endpoints"], Lock::Never),
    ("pg", &[], Lock::Always),
    ("remote", &[], Lock::Always),
    ("s3", &["bucket", "key"], Lock::Asked(&["use_lockfile", "dynamodb_table", "lock_table"])),
];

/// Those of them that are nothing but text which opens one; others may be the path of a file.
const OPEN: &[&str] = &[
    "access_key",
    "access_token",
    "client_certificate_password",
    "client_secret",
    "oidc_request_token",
    "oidc_token",
    "password",
    "sas_token",
    "secret_id",
    "secret_key",
    "security_token",
    "token",
];

/// Arguments whose values open a door.
const SECRETS: &[&str] = &[
    "access_key",
    "access_token",
    "client_certificate_password",
    "client_key",
    "client_key_pem",
    "client_secret",
    "conn_str",
    "credentials",
    "encryption_key",
    "oidc_request_token",
    "oidc_token",
    "password",
    "private_key",
    "private_key_password",
    "sas_token",
    "secret_id",
    "secret_key",
    "security_token",
    "token",
];

impl Backend {
    fn known(&self) -> Option<&'static Known> {
        KNOWN.iter().find(|(kind, ..)| *kind == self.kind)
    }

    /// Whether an argument is certainly not written here; `null` is as good as nothing.
    fn lacks(&self, name: &str) -> bool {
        match self.attributes.get() {
            Some(_) => self.attributes.attribute(name).is_none_or(|value| matches!(value.get(), Some(Data::Null))),
            None => false,
        }
    }

    /// Whether it cannot do with what is written here, so that `terraform init` or the environment adds to it.
    #[must_use]
    pub(crate) fn is_partial(&self) -> bool {
        self.known().is_some_and(|(_, needed, _)| needed.iter().any(|name| self.lacks(name)))
    }

    /// Whether the state is locked while a run changes it. What may still be added is unknown.
    #[must_use]
    pub(crate) fn locks(&self) -> Sourced<bool> {
        let place = Some(Origin::written(self.place.clone()));
        let sourced = |value| Sourced { value, origin: place.clone() };
        let Some((_, _, lock)) = self.known() else {
            return sourced(Value::unknown(Why::NotEvaluated, format!("what the backend {} does", self.kind)));
        };
        match lock {
            Lock::Always => sourced(Value::Known(true)),
            Lock::Never => sourced(Value::Known(false)),
            Lock::Unless(name) => match self.attributes.attribute(name).map(Evaluated::to_sourced_bool) {
                Some(written) if !written.is_absent() => written,
                _ => sourced(Value::Known(true)),
            },
            Lock::Asked(names) => {
                let written = || names.iter().filter_map(|name| self.attributes.attribute(name));
                if let Some(asked) = written().find(|value| asks(value) == Some(true)) {
                    return Sourced::known(true, Origin::written(asked.place.clone()));
                }
                if let Some((unknown, value)) = written().find_map(|value| Some((value.why()?.clone(), value))) {
                    let origin = Some(Origin::written(value.place.clone()));
                    return Sourced { value: Value::Unknown(unknown), origin };
                }
                if self.is_partial() || self.attributes.get().is_none() {
                    return sourced(Value::unknown(Why::Dynamic, "what `-backend-config` adds"));
                }
                match written().next() {
                    Some(refused) => Sourced::known(false, Origin::written(refused.place.clone())),
                    None => sourced(Value::Known(false)),
                }
            }
            Lock::Environment(name, variable) => match self.attributes.attribute(name) {
                Some(value) if !self.lacks(name) => {
                    Sourced { value: Value::Known(true), origin: Some(Origin::written(value.place.clone())) }
                }
                _ => sourced(Value::unknown(Why::Dynamic, format!("`{variable}`, or what `-backend-config` adds"))),
            },
        }
    }

    /// The arguments that open a door, with their names, whatever they come to.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = (&'static str, &Evaluated)> {
        OPEN.iter().filter_map(|name| Some((*name, self.attributes.attribute(name)?)))
    }

    /// The address of a database, which may have a password in it.
    pub(crate) fn connection(&self) -> Option<&Evaluated> {
        self.attributes.attribute("conn_str")
    }

    /// Its arguments on the wire, without the secrets among them.
    #[must_use]
    pub(crate) fn arguments(&self) -> Node {
        let mut node = self.attributes.node();
        hide(&mut node);
        node
    }
}

/// Whether an argument asks for what it names; `None` where it cannot be told.
fn asks(value: &Evaluated) -> Option<bool> {
    match value.get()? {
        Data::Null => Some(false),
        Data::Bool(asked) => Some(*asked),
        Data::Text(text) => Some(!text.is_empty() && text != "false"),
        _ => Some(true),
    }
}

fn hide(node: &mut Node) {
    match &mut node.json {
        Json::Object(fields) => {
            for (name, value) in fields {
                if SECRETS.contains(&&**name) && !matches!(value.json, Json::Unknown(_)) {
                    value.json = Json::Unknown(Unknown { why: Why::Sensitive, on: name.to_string() });
                } else {
                    hide(value);
                }
            }
        }
        Json::List(items) => items.iter_mut().for_each(hide),
        _ => {}
    }
}
