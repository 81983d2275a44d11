//! Tokens: how long those live that a role or an auth method hands out, and how long one lives that is made outright.

use engine_model::{Value, Why};

use super::lifetime::{Amount, Bounds, Unit, amount, lower, number};
use super::resource::Resources;
use super::{Role, Vault};
use crate::credential::{Credential, Kind, Lifetime};
use crate::sourced::Sourced;
use crate::terraform::Evaluated;

/// The names of the arguments that bear on the lifetime of tokens; of each the first one that is written counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names {
    ttl: &'static [&'static str],
    limit: &'static [&'static str],
    explicit: &'static [&'static str],
    period: &'static [&'static str],
    uses: &'static [&'static str],
    unit: Unit,
}

/// Roles of auth methods, by the names of today and of former days.
pub(super) const ROLE: Names = Names {
    ttl: &["token_ttl", "ttl"],
    limit: &["token_max_ttl", "max_ttl"],
    explicit: &["token_explicit_max_ttl", "explicit_max_ttl"],
    period: &["token_period", "period"],
    uses: &["token_num_uses", "num_uses"],
    unit: Unit::Seconds,
};

/// The same in the API, which takes durations too.
pub(super) const API: Names = Names { unit: Unit::Duration, ..ROLE };

/// A token that is made outright.
pub(super) const OUTRIGHT: Names = Names {
    ttl: &["ttl"],
    limit: &[],
    explicit: &["explicit_max_ttl"],
    period: &["period"],
    uses: &["num_uses"],
    unit: Unit::Duration,
};

/// What bears on the lifetime of tokens, read.
#[derive(Debug)]
pub(super) struct Terms {
    ttl: Amount,
    limit: Amount,
    explicit: Amount,
    period: Amount,
    /// Whether its tokens cannot be renewed.
    fixed: bool,
    uses: Sourced<i64>,
    /// What would say the lifetime, and what would bound it.
    fields: [&'static str; 2],
}

impl Terms {
    /// Reads the arguments, each of which `argument` gives by its name.
    pub(super) fn read<'a>(
        vault: &mut Vault,
        resources: &Resources<'_>,
        names: Names,
        argument: &dyn Fn(&str) -> Option<&'a Evaluated>,
    ) -> Self {
        let find = |names: &[&'static str]| names.iter().find_map(|name| Some((*name, argument(name)?)));
        let field = |names: &[&'static str]| {
            find(names).map_or_else(|| names.first().copied().unwrap_or_default(), |(name, _)| name)
        };
        let mut read = |names: &[&'static str], unit: Unit| {
            amount(vault, resources, field(names), find(names).map(|(_, value)| value), unit)
        };
        let is = |name: &str, text: &str| {
            argument(name).and_then(|value| value.to_sourced_text().get().cloned()).as_deref() == Some(text)
        };
        let bound = if names.limit.is_empty() { names.explicit } else { names.limit };
        Self {
            ttl: read(names.ttl, names.unit),
            limit: read(names.limit, names.unit),
            explicit: read(names.explicit, names.unit),
            period: read(names.period, names.unit),
            fixed: is("token_type", "batch") || is("renewable", "false"),
            uses: number(find(names.uses).map(|(_, value)| value)),
            fields: [field(names.ttl), field(bound)],
        }
    }

    /// The credential that tokens of `role` on these terms are.
    pub(super) fn credential(self, kind: Kind, role: &Role, bounds: Bounds, title: String) -> Credential {
        let [ttl, bound] = self.fields;
        let root = root(role);
        let periodic = match &self.period {
            Amount::None(zero) if zero.is_absent() => Sourced::implied(false),
            Amount::None(zero) => Sourced { value: Value::Known(false), origin: zero.origin.clone() },
            Amount::Some(period) => {
                Sourced { value: period.seconds.value.clone().map(|_| true), origin: period.seconds.origin.clone() }
            }
        };
        let [unset, unbounded] = [self.ttl.zero(), self.limit.zero()];
        let explicit = self.explicit.written();
        let limit = lower(self.limit.written(), explicit.clone());
        let (own, period) = (self.ttl.written(), self.period.written());
        let endless = period.is_none() && own.is_none() && limit.is_none() && root.get() == Some(&true);
        let [initial, maximum] = if let Some(period) = period {
            // A period takes the place of every limit but the explicit one.
            let is_known = period.seconds.get().is_some();
            let forever = if is_known { Lifetime::never(period.field, period.text.clone()) } else { period.clone() };
            let initial = if is_known { period } else { own.unwrap_or(period) };
            [initial, explicit.unwrap_or(forever)]
        } else if endless && role.method == "token" {
            // Nothing ends a root token that is made without a lifetime.
            [Lifetime::never(ttl, unset), Lifetime::never(bound, unbounded)]
        } else {
            let limit = lower(limit, bounds.maximum);
            let initial = own.clone().or_else(|| lower(bounds.initial, limit.clone()));
            let maximum = if self.fixed { own.or(limit) } else { limit };
            [
                initial.unwrap_or_else(|| Lifetime::mount(ttl, unset)),
                maximum.unwrap_or_else(|| Lifetime::mount(bound, unbounded)),
            ]
        };
        let mut credential = Credential::new(kind, title, role.source, role.origin.clone(), initial, maximum);
        credential.uses = self.uses;
        credential.periodic = periodic;
        credential.root = root;
        credential
    }
}

/// Whether tokens of the role have the policy `root`.
fn root(role: &Role) -> Sourced<bool> {
    let named = role.policies.iter().find(|policy| policy.get().is_some_and(|policy| policy == "root"));
    let unknown = role.policies.iter().find(|policy| matches!(policy.value, Value::Unknown(_)));
    match named.or(unknown) {
        Some(policy) => Sourced { value: policy.value.clone().map(|_| true), origin: policy.origin.clone() },
        None if role.policies_known => Sourced::implied(false),
        None => Sourced { value: Value::unknown(Why::Dynamic, "its policies"), origin: None },
    }
}
