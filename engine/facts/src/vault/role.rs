//! Roles and users of auth methods, tokens made outright, and the tokens that they hand out.

use engine_model::Value;

use super::decode::decoded;
use super::lifetime::{Amount, Bounds, Unit, amount, flag, not, number};
use super::resource::{Block, Mode, Resources, argument, literal};
use super::token::{API, Names, OUTRIGHT, ROLE, Terms};
use super::{Role, Vault};
use crate::credential::{Credential, Kind, Lifetime};
use crate::sourced::Sourced;
use crate::terraform::{Data, Evaluated};

/// A kind of resource that gives policies to those who log in.
struct Method {
    resource: &'static str,
    /// The auth method, and the path where it is mounted unless somebody says otherwise.
    name: &'static str,
    /// What it is, for people.
    title: &'static str,
    /// The argument that names it; empty where it has no name.
    named: &'static str,
    /// The arguments that list policies.
    policies: &'static [&'static str],
    /// The argument that says where the method is mounted.
    backend: &'static str,
    /// What its tokens are; nothing where something else bounds them.
    tokens: Option<(Kind, Names)>,
}

const POLICIES: &[&str] = &["token_policies", "policies"];

/// A role that machines log in with.
const fn machine(resource: &'static str, name: &'static str, title: &'static str, named: &'static str) -> Method {
    let tokens = Some((Kind::MachineToken, ROLE));
    Method { resource, name, title, named, policies: POLICIES, backend: "backend", tokens }
}

/// A person or a group of them, whose tokens the auth method bounds.
const fn person(
    resource: &'static str,
    name: &'static str,
    title: &'static str,
    named: &'static str,
    backend: &'static str,
) -> Method {
    Method { resource, name, title, named, policies: POLICIES, backend, tokens: None }
}

/// An auth method that people log in with, as a whole.
const fn people(resource: &'static str, name: &'static str, title: &'static str) -> Method {
    let tokens = Some((Kind::HumanToken, ROLE));
    Method { resource, name, title, named: "", policies: POLICIES, backend: "path", tokens }
}

const METHODS: &[Method] = &[
    machine("vault_approle_auth_backend_role", "approle", "AppRole role", "role_name"),
    machine("vault_kubernetes_auth_backend_role", "kubernetes", "Kubernetes role", "role_name"),
    machine("vault_aws_auth_backend_role", "aws", "AWS auth role", "role"),
    machine("vault_cert_auth_backend_role", "cert", "certificate auth role", "name"),
    machine("vault_gcp_auth_backend_role", "gcp", "GCP auth role", "role"),
    machine("vault_azure_auth_backend_role", "azure", "Azure auth role", "role"),
    Method {
        tokens: Some((Kind::JobToken, ROLE)),
        ..machine("vault_jwt_auth_backend_role", "jwt", "JWT role", "role_name")
    },
    Method {
        tokens: Some((Kind::HumanToken, ROLE)),
        backend: "mount",
        ..machine("vault_userpass_auth_backend_user", "userpass", "userpass user", "username")
    },
    person("vault_ldap_auth_backend_group", "ldap", "LDAP group", "groupname", "backend"),
    person("vault_ldap_auth_backend_user", "ldap", "LDAP user", "username", "backend"),
    person("vault_github_team", "github", "GitHub team", "team", "backend"),
    person("vault_github_user", "github", "GitHub user", "user", "backend"),
    person("vault_okta_auth_backend_group", "okta", "Okta group", "group_name", "path"),
    person("vault_okta_auth_backend_user", "okta", "Okta user", "username", "path"),
    people("vault_ldap_auth_backend", "ldap", "LDAP auth method"),
    people("vault_github_auth_backend", "github", "GitHub auth method"),
    people("vault_okta_auth_backend", "okta", "Okta auth method"),
];

/// Reads a block, if it is one that gives policies.
pub(super) fn read(vault: &mut Vault, resources: &Resources<'_>, block: &Block<'_>) {
    if block.mode != Mode::Managed {
        return;
    }
    match block.kind() {
        "vault_token" => token(vault, resources, block),
        "vault_token_auth_backend_role" => token_role(vault, resources, block),
        "vault_generic_endpoint" => endpoint(vault, resources, block),
        kind => {
            if let Some(method) = METHODS.iter().find(|method| method.resource == kind) {
                role(vault, resources, block, method);
            }
        }
    }
}

fn role(vault: &mut Vault, resources: &Resources<'_>, block: &Block<'_>, method: &Method) {
    let (mut name, mut title, mut tokens) = (method.name, method.title, method.tokens);
    if method.name == "jwt" {
        // Nothing written is `oidc`; what cannot be told is taken for what bears the closer look.
        let kind = resources.text(block.argument("role_type"));
        if kind.is_absent() || kind.get().is_some_and(|kind| kind == "oidc") {
            (name, title, tokens) = ("oidc", "OIDC role", Some((Kind::HumanToken, ROLE)));
        }
    }
    let called = resources.text(block.argument(method.named));
    let title = titled(title, &called, block);
    let lists: Vec<&Evaluated> = method.policies.iter().filter_map(|list| block.argument(list)).collect();
    let role = made(resources, block, name, called, title, &lists);
    if let Some((kind, names)) = tokens {
        let terms = Terms::read(vault, resources, names, &|name| block.argument(name));
        let bounds = Bounds::of(vault, resources, block.argument(method.backend), method.name);
        let credential = terms.credential(kind, &role, bounds, format!("tokens of the {}", role.title));
        vault.credentials.push(credential);
    }
    if method.resource == "vault_approle_auth_backend_role" {
        secret_ids(vault, resources, block, &role);
    }
    if method.resource == "vault_okta_auth_backend" {
        members(vault, resources, block, "group", "Okta group", "group_name");
        members(vault, resources, block, "user", "Okta user", "username");
    }
    vault.roles.push(role);
}

/// The role that a block declares.
fn made(
    resources: &Resources<'_>,
    block: &Block<'_>,
    method: &'static str,
    name: Sourced<String>,
    title: String,
    lists: &[&Evaluated],
) -> Role {
    let mut policies = Vec::new();
    let mut known = block.resource.attributes.get().is_some();
    for list in lists {
        let (more, whole) = resources.texts(list);
        policies.extend(more.into_iter().map(sanitized));
        known &= whole;
    }
    let default = block.first(&["token_no_default_policy", "no_default_policy"]);
    Role {
        method,
        name,
        title,
        source: resources.source,
        origin: block.origin(),
        policies,
        policies_known: known,
        default_policy: not(flag(default.map(|(_, value)| value), false)),
    }
}

/// The name of a policy as Vault keeps it.
pub(super) fn sanitized(name: Sourced<String>) -> Sourced<String> {
    Sourced { value: name.value.map(|name| name.trim().to_lowercase()), origin: name.origin }
}

/// ``AppRole role `deploy` ``, by its address where the name is not known.
pub(super) fn titled(what: &str, name: &Sourced<String>, block: &Block<'_>) -> String {
    match name.get() {
        Some(name) => format!("{what} `{name}`"),
        None => format!("{what} `{}`", block.resource.address),
    }
}

/// Groups and users that stand in the block of their auth method.
fn members(vault: &mut Vault, resources: &Resources<'_>, block: &Block<'_>, nested: &str, title: &str, named: &str) {
    for member in block.argument(nested).map_or(&[][..], Evaluated::items) {
        let name = resources.text(argument(member, named));
        let title = titled(title, &name, block);
        let lists: Vec<&Evaluated> = argument(member, "policies").into_iter().collect();
        let mut role = made(resources, block, "okta", name, title, &lists);
        role.origin = crate::sourced::Origin::written(member.place.clone());
        role.policies_known &= member.get().is_some();
        vault.roles.push(role);
    }
}

/// The secret ids of an AppRole role.
fn secret_ids(vault: &mut Vault, resources: &Resources<'_>, block: &Block<'_>, role: &Role) {
    if flag(block.argument("bind_secret_id"), true).get() == Some(&false) {
        return;
    }
    let [initial, maximum] = secret_id_lifetime(vault, resources, Some(block));
    let title = format!("secret ids of the {}", role.title);
    let mut credential = Credential::new(Kind::SecretId, title, role.source, role.origin.clone(), initial, maximum);
    credential.uses = number(block.argument("secret_id_num_uses"));
    vault.credentials.push(credential);
}

/// How long the secret ids of a role live: for ever, unless it says otherwise.
fn secret_id_lifetime(vault: &mut Vault, resources: &Resources<'_>, role: Option<&Block<'_>>) -> [Lifetime; 2] {
    const FIELD: &str = "secret_id_ttl";
    let Some(role) = role else {
        let seconds = Sourced { value: Value::unknown(engine_model::Why::NotVendored, "its role"), origin: None };
        let unknown = Lifetime::written(FIELD, seconds, Sourced::default());
        return [unknown.clone(), unknown];
    };
    let lifetime = match amount(vault, resources, FIELD, role.argument(FIELD), Unit::Seconds) {
        Amount::Some(lifetime) => lifetime,
        Amount::None(zero) => Lifetime::never(FIELD, zero),
    };
    [lifetime.clone(), lifetime]
}

/// A secret id that somebody chose and wrote down.
pub(super) fn written_secret_id(vault: &mut Vault, resources: &Resources<'_>, block: &Block<'_>) {
    let Some(open) = literal(block.argument("secret_id")) else { return };
    let name = resources.text(block.argument("role_name"));
    let role = name.get().and_then(|name| resources.approle(name));
    // What is wrong with the role's own arguments is said where the role is read.
    let findings = vault.findings.len();
    let [initial, maximum] = secret_id_lifetime(vault, resources, role);
    vault.findings.truncate(findings);
    let title = titled("secret id of the AppRole role", &name, block);
    let mut credential = Credential::new(Kind::SecretId, title, resources.source, block.origin(), initial, maximum);
    credential.open = Some(open);
    vault.credentials.push(credential);
}

fn token(vault: &mut Vault, resources: &Resources<'_>, block: &Block<'_>) {
    let title = format!("token `{}`", block.resource.address);
    let lists: Vec<&Evaluated> = block.argument("policies").into_iter().collect();
    let mut role = made(resources, block, "token", Sourced::default(), title.clone(), &lists);
    // Without policies of its own it gets those of the token that makes it, or of its role.
    role.policies_known &= !role.policies.is_empty();
    let terms = Terms::read(vault, resources, OUTRIGHT, &|name| block.argument(name));
    let mut credential = terms.credential(Kind::MachineToken, &role, Bounds::default(), title);
    credential.orphan = flag(block.argument("no_parent"), false);
    vault.credentials.push(credential);
    vault.roles.push(role);
}

fn token_role(vault: &mut Vault, resources: &Resources<'_>, block: &Block<'_>) {
    let name = resources.text(block.argument("role_name"));
    let title = titled("token role", &name, block);
    let lists: Vec<&Evaluated> = block.argument("allowed_policies").into_iter().collect();
    let mut role = made(resources, block, "token", name, title, &lists);
    // Without a list of its own any policy may be asked for that the asking token has.
    role.policies_known &= !role.policies.is_empty() && block.argument("allowed_policies_glob").is_none();
    let terms = Terms::read(vault, resources, ROLE, &|name| block.argument(name));
    let title = format!("tokens of the {}", role.title);
    let mut credential = terms.credential(Kind::MachineToken, &role, Bounds::default(), title);
    credential.orphan = flag(block.argument("orphan"), false);
    vault.credentials.push(credential);
    vault.roles.push(role);
}

/// A user of userpass, which had no resource of its own for long: `auth/userpass/users/deploy`.
fn endpoint(vault: &mut Vault, resources: &Resources<'_>, block: &Block<'_>) {
    let path = resources.text(block.argument("path"));
    let Some(user) = path.get().and_then(|path| path.trim_matches('/').strip_prefix("auth/")?.split_once("/users/"))
    else {
        return;
    };
    let (mount, name) = (user.0.to_owned(), user.1.to_owned());
    if name.contains('/') {
        return;
    }
    let body = block.argument("data_json").and_then(decoded);
    let get = |name: &str| body.as_ref().and_then(|body| argument(body, name));
    let lists: Vec<&Evaluated> = POLICIES.iter().filter_map(|list| get(list)).collect();
    let name = Sourced { value: Value::Known(name), origin: path.origin.clone() };
    let title = titled("userpass user", &name, block);
    let mut role = made(resources, block, "userpass", name, title, &lists);
    let is_read = body.as_ref().is_some_and(|body| matches!(body.get(), Some(Data::Map(_))));
    role.policies_known &= is_read;
    let terms = Terms::read(vault, resources, API, &get);
    let bounds = Bounds::at(vault, resources, &mount);
    let title = format!("tokens of the {}", role.title);
    let credential = terms.credential(Kind::HumanToken, &role, bounds, title);
    if is_read {
        vault.credentials.push(credential);
    }
    if let Some(open) = literal(get("password")) {
        let never = Lifetime::never("password", Sourced::default());
        let title = format!("password of the {}", role.title);
        let mut credential =
            Credential::new(Kind::StaticKey, title, role.source, role.origin.clone(), never.clone(), never);
        credential.open = Some(open);
        vault.credentials.push(credential);
    }
    vault.roles.push(role);
}
