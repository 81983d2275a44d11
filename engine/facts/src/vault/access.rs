//! Paths of Vault that Terraform reads and writes.

use engine_model::Value;

use super::resource::{Block, Mode, Resources};
use super::{Access, Vault};
use crate::sourced::Sourced;

/// A piece of a path.
#[derive(Clone, Copy)]
enum Piece {
    /// As it stands.
    Is(&'static str),
    /// What an argument says, by the first of its names that is written.
    Of(&'static [&'static str]),
    /// The same, or the word where nobody wrote it.
    Or(&'static str, &'static str),
}

use Piece::{Is, Of, Or};

const MOUNT: Piece = Of(&["mount", "backend"]);
const PATH: &[Piece] = &[Of(&["path"])];
const NAME: Piece = Of(&["name"]);
const ROLE: Piece = Of(&["role", "role_name", "name"]);

/// What data sources and ephemeral resources read.
const READS: &[(&str, &[Piece])] = &[
    ("vault_generic_secret", PATH),
    ("vault_kv_secret", PATH),
    ("vault_kv_secret_v2", &[MOUNT, Is("data"), NAME]),
    ("vault_kv_secrets_list", PATH),
    ("vault_kv_secrets_list_v2", &[MOUNT, Is("metadata"), NAME]),
    ("vault_kv_subkeys_v2", &[MOUNT, Is("subkeys"), NAME]),
    ("vault_aws_access_credentials", &[MOUNT, Or("type", "creds"), ROLE]),
    ("vault_aws_static_access_credentials", &[MOUNT, Is("static-creds"), NAME]),
    ("vault_azure_access_credentials", &[MOUNT, Is("creds"), ROLE]),
    ("vault_database_secret", &[MOUNT, Is("creds"), NAME]),
    ("vault_kubernetes_service_account_token", &[MOUNT, Is("creds"), ROLE]),
    ("vault_ldap_dynamic_credentials", &[MOUNT, Is("creds"), ROLE]),
    ("vault_ldap_static_credentials", &[MOUNT, Is("static-cred"), ROLE]),
    ("vault_ad_access_credentials", &[MOUNT, Is("creds"), ROLE]),
    ("vault_nomad_access_token", &[MOUNT, Is("creds"), ROLE]),
    ("vault_approle_auth_backend_role_id", &[Is("auth"), Or("backend", "approle"), Is("role"), ROLE, Is("role-id")]),
];

/// What resources write, and ephemeral resources that ask for something to be made.
const WRITES: &[(&str, &[Piece])] = &[
    ("vault_generic_secret", PATH),
    ("vault_generic_endpoint", PATH),
    ("vault_kv_secret", PATH),
    ("vault_kv_secret_v2", &[MOUNT, Is("data"), NAME]),
    (
        "vault_approle_auth_backend_role_secret_id",
        &[Is("auth"), Or("backend", "approle"), Is("role"), ROLE, Is("secret-id")],
    ),
    ("vault_pki_secret_backend_cert", &[MOUNT, Is("issue"), NAME]),
    ("vault_pki_secret_backend_sign", &[MOUNT, Is("sign"), NAME]),
    ("vault_pki_secret_backend_root_sign_intermediate", &[MOUNT, Is("root/sign-intermediate")]),
];

/// Reads a block, if it is one that reads or writes a path.
pub(super) fn read(vault: &mut Vault, resources: &Resources<'_>, block: &Block<'_>) {
    let find = |table: &[(&str, &'static [Piece])]| {
        table.iter().find(|(kind, _)| *kind == block.kind()).map(|(_, pieces)| *pieces)
    };
    let (pieces, writes) = match block.mode {
        Mode::Managed => (find(WRITES), true),
        Mode::Read => match find(READS) {
            Some(pieces) => (Some(pieces), false),
            None => (find(WRITES), true),
        },
    };
    let Some(pieces) = pieces else { return };
    let path = joined(resources, block, pieces);
    let (title, source) = (block.title(), resources.source);
    vault.accesses.push(Access { path, writes, title, source, origin: block.origin() });
}

/// The pieces joined by `/`; unknown where one of them is. Its place is that of the last piece that is written.
fn joined(resources: &Resources<'_>, block: &Block<'_>, pieces: &[Piece]) -> Sourced<String> {
    let mut path = String::new();
    let mut origin = None;
    for piece in pieces {
        let text = match piece {
            Is(word) => Sourced::implied((*word).to_owned()),
            Of(names) => resources.text(block.first(names).map(|(_, value)| value)),
            Or(name, word) => match resources.text(block.argument(name)) {
                text if text.is_absent() => Sourced::implied((*word).to_owned()),
                text => text,
            },
        };
        let piece = match &text.value {
            Value::Known(piece) => piece.trim_matches('/'),
            Value::Unknown(_) => return text,
            // A list of everything at the top of a mount.
            Value::Absent => continue,
        };
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(piece);
        origin = text.origin.or(origin);
    }
    Sourced { value: Value::Known(path), origin: origin.or_else(|| Some(block.origin())) }
}
