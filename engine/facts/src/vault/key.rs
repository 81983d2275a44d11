//! Keys and tokens that are configured and not made on demand: in providers, in backends, in the sources of modules, in
//! secrets engines, in CI variables.

use std::ops::Range;

use engine_model::{Place, Span};

use super::Vault;
use super::lease::until;
use super::lifetime::{Amount, Unit, amount};
use super::resource::{Block, Mode, Resources, argument, literal};
use super::role::{titled, written_secret_id};
use crate::address;
use crate::credential::{Credential, Kind, Lifetime, Source};
use crate::sourced::{Origin, Sourced};
use crate::terraform::{Evaluated, Module, Provider};

/// Names of CI variables that hold a key of a product.
const VARIABLES: &[&str] = &[
    "ARM_CLIENT_SECRET",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "CONSUL_HTTP_TOKEN",
    "DIGITALOCEAN_TOKEN",
    "GITLAB_TOKEN",
    "GOOGLE_CREDENTIALS",
    "NOMAD_TOKEN",
    "SCW_SECRET_KEY",
    "TF_HTTP_PASSWORD",
    "VAULT_SECRET_ID",
    "VAULT_TOKEN",
];

/// Reads the configuration of a provider.
pub(super) fn provider(vault: &mut Vault, provider: &Provider, source: Source) {
    let arguments: &[&str] = match provider.name.as_str() {
        "aws" => &["access_key", "secret_key", "token"],
        "vault" | "gitlab" => &["token"],
        _ => return,
    };
    let origin = Origin::written(provider.place.clone());
    for name in arguments {
        let value = argument(&provider.attributes, name);
        let title = format!("`{name}` of the provider `{}`", provider.name);
        vault.credentials.extend(opened(value, title, source, &origin));
    }
    // What the provider logs in with.
    for block in ["auth_login", "auth_login_userpass"] {
        for login in argument(&provider.attributes, block).map_or(&[][..], Evaluated::items) {
            let parameters = argument(login, "parameters").unwrap_or(login);
            for name in ["password", "secret_id"] {
                let title = format!("`{name}` of the provider `{}`", provider.name);
                vault.credentials.extend(opened(argument(parameters, name), title, source, &origin));
            }
        }
    }
}

/// Reads how a module reaches its state and the modules that it calls.
pub(super) fn addresses(vault: &mut Vault, module: &Module, source: Source) {
    if let Some(backend) = &module.backend {
        let origin = Origin::written(backend.place.clone());
        for (name, value) in backend.secrets() {
            let title = format!("`{name}` of the backend `{}`", backend.kind);
            vault.credentials.extend(opened(Some(value), title, source, &origin));
        }
        let title = || format!("the password in `conn_str` of the backend `{}`", backend.kind);
        vault.credentials.extend(backend.connection().and_then(|value| addressed(value, title(), source, &origin)));
    }
    for call in &module.calls {
        let title = format!("the secret in the source of the module `{}`", call.name);
        let origin = Origin::written(call.place.clone());
        vault.credentials.extend(addressed(&call.source, title, source, &origin));
    }
}

/// A secret that stands in an address.
fn addressed(value: &Evaluated, title: String, source: Source, origin: &Origin) -> Option<Credential> {
    let text = value.text()?;
    let range = address::secrets(text).into_iter().next().or_else(|| password(text))?;
    let whole = literal(Some(value))?;
    let same = whole.document.scalar(whole.node).is_some_and(|scalar| scalar.text == text);
    let open = if same { whole.part(Span::from_range(range)) } else { whole };
    Some(in_the_open(open, title, source, origin))
}

/// The password of a connection that is written as `host=… password=…`.
fn password(text: &str) -> Option<Range<usize>> {
    let start = text.find("password=")?.saturating_add("password=".len());
    let value = text.get(start..)?.split(' ').next()?;
    (!value.is_empty()).then(|| start..start.saturating_add(value.len()))
}

/// A key that stands as literal text.
fn opened(value: Option<&Evaluated>, title: String, source: Source, origin: &Origin) -> Option<Credential> {
    Some(in_the_open(literal(value)?, title, source, origin))
}

fn in_the_open(open: Place, title: String, source: Source, origin: &Origin) -> Credential {
    let never = Lifetime::never("expires_at", Sourced::default());
    let mut credential = Credential::new(Kind::StaticKey, title, source, origin.clone(), never.clone(), never);
    credential.open = Some(open);
    credential
}

/// Reads a block, if it is one that holds or makes a key.
pub(super) fn read(vault: &mut Vault, resources: &Resources<'_>, block: &Block<'_>) {
    if block.mode != Mode::Managed {
        return;
    }
    match block.kind() {
        "vault_aws_secret_backend" => {
            for name in ["access_key", "secret_key"] {
                let path = resources.text(block.argument("path"));
                let title = titled(&format!("`{name}` of the AWS secrets engine"), &path, block);
                vault.credentials.extend(opened(block.argument(name), title, resources.source, &block.origin()));
            }
        }
        "vault_approle_auth_backend_role_secret_id" => written_secret_id(vault, resources, block),
        "aws_iam_access_key" => {
            let title = format!("access key `{}`", block.resource.address);
            let never = Lifetime::never("expires_at", Sourced::default());
            vault.credentials.push(Credential::new(
                Kind::StaticKey,
                title,
                resources.source,
                block.origin(),
                never.clone(),
                never,
            ));
        }
        "gitlab_project_variable" | "gitlab_group_variable" | "gitlab_instance_variable" => {
            variable(vault, resources, block);
        }
        "gitlab_project_access_token" => gitlab(vault, resources, block, "project access token"),
        "gitlab_group_access_token" => gitlab(vault, resources, block, "group access token"),
        "gitlab_personal_access_token" => gitlab(vault, resources, block, "personal access token"),
        "gitlab_deploy_token" => gitlab(vault, resources, block, "deploy token"),
        _ => {}
    }
}

/// A CI variable that is named like a key.
fn variable(vault: &mut Vault, resources: &Resources<'_>, block: &Block<'_>) {
    let key = resources.text(block.argument("key"));
    if !key.get().is_some_and(|key| VARIABLES.contains(&key.as_str())) {
        return;
    }
    let never = Lifetime::never("expires_at", Sourced::default());
    let title = titled("CI variable", &key, block);
    let mut credential =
        Credential::new(Kind::StaticKey, title, resources.source, block.origin(), never.clone(), never);
    credential.open = literal(block.argument("value"));
    vault.credentials.push(credential);
}

/// A token of GitLab: it ends on a date, is rotated after some days, or never ends.
fn gitlab(vault: &mut Vault, resources: &Resources<'_>, block: &Block<'_>, what: &str) {
    const DATE: &str = "expires_at";
    const DAYS: &str = "expiration_days";
    let name = resources.text(block.argument("name"));
    let date = resources.text(block.argument(DATE));
    let rotation = block.argument("rotation_configuration");
    let rotation = rotation.map(|rotation| rotation.items().first().unwrap_or(rotation));
    let days = rotation.and_then(|rotation| argument(rotation, DAYS));
    let lifetime = match amount(vault, resources, DAYS, days, Unit::Seconds) {
        Amount::Some(mut days) => {
            days.seconds.value = days.seconds.value.map(|days| days.saturating_mul(86_400));
            [days.clone(), days]
        }
        Amount::None(_) if !date.is_absent() && date.get().is_none_or(|date| !date.is_empty()) => until(DATE, date),
        Amount::None(empty) => [Lifetime::never(DATE, empty.clone()), Lifetime::never(DATE, empty)],
    };
    let [initial, maximum] = lifetime;
    let title = titled(&format!("GitLab {what}"), &name, block);
    vault.credentials.push(Credential::new(
        Kind::GitlabToken,
        title,
        resources.source,
        block.origin(),
        initial,
        maximum,
    ));
}
