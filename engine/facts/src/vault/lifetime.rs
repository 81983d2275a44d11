//! How long things live: arguments to lifetimes, with what Vault makes of zero and of nothing.

use engine_model::{Value, Why};

use super::problem::{INVALID_DURATION, problem};
use super::resource::{Block, Resources, argument};
use super::{Vault, duration};
use crate::credential::Lifetime;
use crate::sourced::Sourced;
use crate::terraform::Evaluated;

/// How an argument says a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// A number of seconds; Terraform refuses anything else.
    Seconds,
    /// A duration as Vault reads it, `1h30m` or `5400`.
    Duration,
}

/// What an argument says of a lifetime.
#[derive(Clone, Debug)]
pub(super) enum Amount {
    /// Nothing, or zero, which is the same to Vault; with the zero as written.
    None(Sourced<String>),
    /// More than zero, or unknown.
    Some(Lifetime),
}

impl Amount {
    pub(super) fn written(self) -> Option<Lifetime> {
        match self {
            Self::None(_) => None,
            Self::Some(lifetime) => Some(lifetime),
        }
    }

    /// The zero as written, for a lifetime that it leaves without end.
    pub(super) fn zero(&self) -> Sourced<String> {
        match self {
            Self::None(text) => text.clone(),
            Self::Some(_) => Sourced::default(),
        }
    }
}

/// Reads the argument `field`. What cannot be read is a finding, and unknown.
pub(super) fn amount(
    vault: &mut Vault,
    resources: &Resources<'_>,
    field: &'static str,
    value: Option<&Evaluated>,
    unit: Unit,
) -> Amount {
    let text = resources.text(value);
    let (written, origin) = match (&text.value, text.origin.clone()) {
        (Value::Absent, _) | (_, None) => return Amount::None(Sourced::default()),
        (Value::Unknown(unknown), origin) => {
            let seconds = Sourced { value: Value::Unknown(unknown.clone()), origin };
            return Amount::Some(Lifetime::written(field, seconds, text));
        }
        (Value::Known(written), Some(origin)) => (written.clone(), origin),
    };
    if written.trim().is_empty() {
        return Amount::None(text);
    }
    let read = match unit {
        Unit::Seconds => written.parse::<i64>().map_err(|_| format!("`{written}` is no number of seconds")),
        Unit::Duration => duration(&written),
    };
    let read = read.and_then(
        |seconds| {
            if seconds < 0 { Err(format!("`{written}` is less than nothing")) } else { Ok(seconds) }
        },
    );
    match read {
        Ok(0) => Amount::None(text),
        Ok(seconds) => Amount::Some(Lifetime::written(field, Sourced::known(seconds, origin), text)),
        Err(refusal) => {
            let help = match unit {
                Unit::Seconds => "write the seconds as a number: `3600`",
                Unit::Duration => "write it as `1h`, `90m` or a number of seconds",
            };
            let message = format!("{refusal}, in `{field}`");
            vault.findings.extend(problem(INVALID_DURATION, &origin.place, message, Some(help.to_owned())));
            let seconds = Sourced { value: Value::unknown(Why::NotEvaluated, written), origin: Some(origin) };
            Amount::Some(Lifetime::written(field, seconds, text))
        }
    }
}

/// The lower of two bounds. One that is unknown lifts none that is known.
pub(super) fn lower(one: Option<Lifetime>, two: Option<Lifetime>) -> Option<Lifetime> {
    let (Some(one), Some(two)) = (&one, &two) else { return one.or(two) };
    let keeps_one = match (one.seconds.get(), two.seconds.get()) {
        (Some(one), Some(two)) => one <= two,
        (known, _) => known.is_some(),
    };
    Some(if keeps_one { one.clone() } else { two.clone() })
}

/// What the mount says, where it stands beside the role.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    /// Where nobody asks for more.
    pub(super) initial: Option<Lifetime>,
    /// At most.
    pub(super) maximum: Option<Lifetime>,
}

impl Bounds {
    /// The bounds of the mount that `backend` names.
    pub(super) fn of(vault: &mut Vault, resources: &Resources<'_>, backend: Option<&Evaluated>, default: &str) -> Self {
        resources.mount(backend, default).map_or_else(Self::default, |mount| Self::read(vault, resources, mount))
    }

    /// The bounds of what is mounted at `path`.
    pub(super) fn at(vault: &mut Vault, resources: &Resources<'_>, path: &str) -> Self {
        Self::of(vault, resources, None, path)
    }

    fn read(vault: &mut Vault, resources: &Resources<'_>, mount: &Block<'_>) -> Self {
        // What is wrong with the mount's own arguments is said once, not for each of its roles.
        let findings = vault.findings.len();
        let mut read = |seconds: &'static str, tuned: &'static str| {
            let own = amount(vault, resources, seconds, mount.argument(seconds), Unit::Seconds).written();
            let tune = mount.argument("tune").and_then(|tune| tune.items().first());
            let value = tune.and_then(|tune| argument(tune, tuned));
            own.or_else(|| amount(vault, resources, tuned, value, Unit::Duration).written())
        };
        let initial = read("default_lease_ttl_seconds", "default_lease_ttl").filter(is_known);
        let maximum = read("max_lease_ttl_seconds", "max_lease_ttl").filter(is_known);
        vault.findings.truncate(findings);
        Self { initial, maximum }
    }

    /// What a lease comes to whose role says `own` and at most `limit`, in the arguments `field` and `limit_field`.
    pub(super) fn lease(
        self,
        field: &'static str,
        own: Amount,
        limit_field: &'static str,
        limit: Amount,
    ) -> [Lifetime; 2] {
        let unbounded = limit.zero();
        let maximum = lower(limit.written(), self.maximum);
        let unset = own.zero();
        let initial = match own.written() {
            Some(own) => own,
            None => match lower(self.initial, maximum.clone()) {
                Some(bound) => bound,
                None => Lifetime::mount(field, unset),
            },
        };
        [initial, maximum.unwrap_or_else(|| Lifetime::mount(limit_field, unbounded))]
    }
}

fn is_known(lifetime: &Lifetime) -> bool {
    lifetime.seconds.get().is_some()
}

/// A truth that somebody wrote, or that holds where nobody did.
pub(super) fn flag(value: Option<&Evaluated>, default: bool) -> Sourced<bool> {
    let written = value.map(Evaluated::to_sourced_bool).unwrap_or_default();
    if written.is_absent() { Sourced::implied(default) } else { written }
}

/// The opposite of a truth.
pub(super) fn not(flag: Sourced<bool>) -> Sourced<bool> {
    Sourced { value: flag.value.map(|value| !value), origin: flag.origin }
}

/// A number; nothing where nobody wrote one.
pub(super) fn number(value: Option<&Evaluated>) -> Sourced<i64> {
    value.map(Evaluated::to_sourced_integer).unwrap_or_default()
}
