//! What an action does that no list of actions tells: by the path that is written, or the name of the operation.

use engine_model::Value;

use super::{Changes, Line};
use crate::sourced::Sourced;

/// How it is told what an action does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judge {
    /// By the list of changing actions.
    List,
    /// Whatever it is told changes something.
    Always,
    /// By the list, and by the path that is written.
    Vault,
    /// By the name of the operation.
    Aws,
}

/// Endings and parts of paths of Vault whose writing hands something out and sets nothing: a login, a certificate, keys
/// of a role, work of the transit engine.
const VAULT_ASKING: &[&str] = &[
    "login",
    "issue",
    "sign",
    "sts",
    "creds",
    "encrypt",
    "decrypt",
    "rewrap",
    "hmac",
    "verify",
    "datakey",
    "wrapping",
    "lookup",
    "lookup-self",
    "renew-self",
    "revoke-self",
    "capabilities",
    "capabilities-self",
    "random",
    "hash",
];

/// Beginnings of operations of AWS that read, or hand something out to the caller.
const AWS_READING: &[&str] = &[
    "describe",
    "get",
    "list",
    "head",
    "ls",
    "presign",
    "wait",
    "lookup",
    "search",
    "filter",
    "estimate",
    "validate",
    "view",
    "simulate",
    "test",
    "scan",
    "query",
    "select",
    "batch-get",
    "check",
    "preview",
    "help",
    "decode",
    "tail",
    "logs",
    "package",
    "configure",
    "login",
    "assume-role",
    "update-kubeconfig",
];

/// Services of AWS whose operations set nothing of AWS.
const AWS_LOCAL: &[&str] = &["configure", "sso", "sts", "help", "history", "codeartifact"];

impl Judge {
    /// What an action whose words are known does, beside the list.
    pub(super) fn changes(self, action: &str, line: &Line) -> Changes {
        match self {
            Self::List => Changes::No,
            Self::Always => Changes::Yes,
            Self::Vault if action == "write" => match line.operands.first().map(|path| &path.value) {
                Some(Value::Known(path)) if asks_vault(path) => Changes::No,
                Some(Value::Known(_)) => Changes::Yes,
                Some(Value::Unknown(unknown)) if asks_vault(&unknown.on) => Changes::No,
                Some(Value::Unknown(_)) => Changes::Maybe,
                Some(Value::Absent) | None => Changes::No,
            },
            Self::Vault => Changes::No,
            Self::Aws => aws(action, line),
        }
    }
}

/// Whether writing to a path of Vault only asks for something: `auth/jwt/login`, `pki/issue/web`.
fn asks_vault(path: &str) -> bool {
    let path = path.trim_matches(['"', '\'', '/']);
    path.split('/').any(|part| VAULT_ASKING.contains(&part))
}

/// What an operation of AWS does, by its name: `s3 cp` by where to.
fn aws(service: &str, line: &Line) -> Changes {
    if AWS_LOCAL.contains(&service) {
        return Changes::No;
    }
    let Some(operation) = line.operands.first() else { return Changes::No };
    let Some(operation) = operation.get() else { return Changes::Maybe };
    if service == "s3" && matches!(operation.as_str(), "cp" | "sync" | "mv") {
        let is_bucket =
            |word: Option<&Sourced<String>>| word.and_then(|word| word.get()).map(|text| text.starts_with("s3://"));
        let from = line.operands.iter().skip(1).any(|word| is_bucket(Some(word)) == Some(true));
        return match is_bucket(line.operands.last()) {
            Some(true) => Changes::Yes,
            // From a bucket to a file.
            Some(false) if from && operation != "mv" => Changes::No,
            Some(false) if operation == "mv" => Changes::Yes,
            _ => Changes::Maybe,
        };
    }
    let reads = AWS_READING
        .iter()
        .any(|verb| operation.strip_prefix(verb).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')));
    if reads { Changes::No } else { Changes::Yes }
}
