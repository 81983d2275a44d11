//! What secrets engines make on demand, and how long it lives: AWS, databases, certificates.

use engine_model::{Value, Why};

use super::Vault;
use super::lifetime::{Amount, Bounds, Unit, amount};
use super::resource::{Block, Mode, Resources};
use super::role::titled;
use crate::credential::{Credential, Kind, Lifetime};
use crate::sourced::Sourced;

/// What AWS gives for where nobody asks for a time, in seconds.
const AWS_DEFAULT: i64 = 3600;

/// Reads a block, if it is one that makes something on demand.
pub(super) fn read(vault: &mut Vault, resources: &Resources<'_>, block: &Block<'_>) {
    if block.mode != Mode::Managed {
        return;
    }
    match block.kind() {
        "vault_aws_secret_backend_role" => aws(vault, resources, block),
        "vault_aws_secret_backend_static_role" => {
            rotated(vault, resources, block, Kind::AwsIamUser, "keys of the AWS static role");
        }
        "vault_database_secret_backend_role" => {
            let fields = ["default_ttl", "max_ttl"];
            leased(vault, resources, block, Kind::Database, "users of the database role", fields, Unit::Seconds);
        }
        "vault_database_secret_backend_static_role" => {
            rotated(vault, resources, block, Kind::Database, "password of the database static role");
        }
        "vault_pki_secret_backend_role" => {
            let fields = ["ttl", "max_ttl"];
            leased(vault, resources, block, Kind::Certificate, "certificates of the PKI role", fields, Unit::Duration);
        }
        // One-time passwords are no certificates, and are used up by one login.
        "vault_ssh_secret_backend_role"
            if resources.text(block.argument("key_type")).get().is_none_or(|kind| kind != "otp") =>
        {
            let fields = ["ttl", "max_ttl"];
            leased(vault, resources, block, Kind::Certificate, "certificates of the SSH role", fields, Unit::Duration);
        }
        _ => {}
    }
}

fn push(
    vault: &mut Vault,
    resources: &Resources<'_>,
    block: &Block<'_>,
    kind: Kind,
    what: &str,
    lifetime: [Lifetime; 2],
) {
    let name = resources.text(block.argument("name"));
    let [initial, maximum] = lifetime;
    let title = titled(what, &name, block);
    vault.credentials.push(Credential::new(kind, title, resources.source, block.origin(), initial, maximum));
}

fn leased(
    vault: &mut Vault,
    resources: &Resources<'_>,
    block: &Block<'_>,
    kind: Kind,
    what: &str,
    fields: [&'static str; 2],
    unit: Unit,
) {
    let [own, limit] = fields.map(|field| amount(vault, resources, field, block.argument(field), unit));
    let bounds = Bounds::of(vault, resources, block.argument("backend"), "");
    let [field, limit_field] = fields;
    let mut lifetime = bounds.lease(field, own, limit_field, limit);
    // A certificate that ends on a date ends then, whatever its lifetime would be.
    let date = resources.text(block.argument("not_after"));
    if !date.is_absent() && date.get().is_none_or(|date| !date.is_empty()) {
        lifetime = until("not_after", date);
    }
    push(vault, resources, block, kind, what, lifetime);
}

/// What ends on a date, which is no number of seconds without knowing the day it is made.
pub(super) fn until(field: &'static str, date: Sourced<String>) -> [Lifetime; 2] {
    let seconds = Sourced { value: Value::unknown(Why::Dynamic, "the day it is made"), origin: date.origin.clone() };
    let lifetime = Lifetime::written(field, seconds, date);
    [lifetime.clone(), lifetime]
}

/// A password or a key that stays the same until it is rotated.
fn rotated(vault: &mut Vault, resources: &Resources<'_>, block: &Block<'_>, kind: Kind, what: &str) {
    const PERIOD: &str = "rotation_period";
    const SCHEDULE: &str = "rotation_schedule";
    let schedule = resources.text(block.argument(SCHEDULE));
    let lifetime = match amount(vault, resources, PERIOD, block.argument(PERIOD), Unit::Duration) {
        Amount::Some(lifetime) => lifetime,
        Amount::None(_) if !schedule.is_absent() => {
            let seconds =
                Sourced { value: Value::unknown(Why::NotEvaluated, "a schedule"), origin: schedule.origin.clone() };
            Lifetime::written(SCHEDULE, seconds, schedule)
        }
        Amount::None(zero) => Lifetime::never(PERIOD, zero),
    };
    push(vault, resources, block, kind, what, [lifetime.clone(), lifetime]);
}

fn aws(vault: &mut Vault, resources: &Resources<'_>, block: &Block<'_>) {
    const DEFAULT: &str = "default_sts_ttl";
    const MAXIMUM: &str = "max_sts_ttl";
    let kind = resources.text(block.argument("credential_type"));
    // Before there were types, a role with nothing but a policy made users.
    if kind.is_absent() || kind.get().is_some_and(|kind| kind == "iam_user") {
        let bounds = Bounds::of(vault, resources, block.argument("backend"), "aws");
        let nothing = || Amount::None(Sourced::default());
        let lifetime = bounds.lease("default_lease_ttl_seconds", nothing(), "max_lease_ttl_seconds", nothing());
        push(vault, resources, block, Kind::AwsIamUser, "users of the AWS role", lifetime);
        return;
    }
    let [own, limit] =
        [DEFAULT, MAXIMUM].map(|field| amount(vault, resources, field, block.argument(field), Unit::Seconds));
    let unbounded = limit.zero();
    let mut initial = own.written().unwrap_or_else(|| Lifetime::product(DEFAULT, AWS_DEFAULT));
    let mut maximum = limit.written().unwrap_or_else(|| Lifetime::mount(MAXIMUM, unbounded));
    if let Value::Unknown(unknown) = &kind.value {
        // It may as well make users, which none of these arguments bounds.
        let seconds = Sourced { value: Value::Unknown(unknown.clone()), origin: kind.origin.clone() };
        initial = Lifetime::written("credential_type", seconds.clone(), kind.clone());
        maximum = Lifetime::written("credential_type", seconds, kind.clone());
    }
    push(vault, resources, block, Kind::AwsSts, "AWS credentials of the role", [initial, maximum]);
}
