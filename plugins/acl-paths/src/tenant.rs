//! Who may reach what: the tenants of `engine.yaml`, what is shared, and what Vault gives to everybody.

use engine_sdk::prelude::*;
use serde::Deserialize;

use crate::account::accounts;
use crate::pattern::{Pattern, Scope};

#[derive(Deserialize, Facts)]
#[facts(kind = "engine.config")]
pub(crate) struct Config {
    pub(crate) tenants: Vec<Tenant>,
    /// Paths that everybody may reach.
    pub(crate) shared: Vec<String>,
}

#[derive(Deserialize, Facts)]
pub(crate) struct Tenant {
    pub(crate) name: String,
    /// Paths of Vault that are its own.
    pub(crate) vault: Vec<String>,
    /// AWS accounts that are its own.
    pub(crate) accounts: Vec<String>,
}

/// Whose a pattern is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Everybody's: shared, or a path where Vault shows each caller only their own.
    Everybody,
    /// These tenants', by their positions.
    Tenants(Vec<usize>),
    /// That is known only when somebody logs in.
    Caller,
    /// Nobody's as a whole; it may reach what is these tenants'.
    Nobody(Vec<usize>),
}

/// Paths where a token finds only what is its own, as the policy `default` that Vault makes allows them, and what the
/// Terraform provider asks for before it does anything. What a token creates has no more than the token.
const OWN: &[&str] = &[
    "auth/token/create",
    "auth/token/lookup-self",
    "auth/token/renew-self",
    "auth/token/revoke-self",
    "sys/capabilities-self",
    "sys/control-group/request",
    "sys/internal/ui/resultant-acl",
    "sys/leases/lookup",
    "sys/leases/renew",
    "sys/renew",
    "sys/wrapping/lookup",
    "sys/wrapping/unwrap",
    "sys/wrapping/wrap",
];

/// The same, with all that is below them.
const OWN_BELOW: &[&str] = &["cubbyhole", "sys/internal/ui/mounts", "sys/tools/hash"];

impl Config {
    /// The configuration that measures paths: one with tenants that have some.
    pub(crate) fn with_paths(configs: &Items<Self>) -> Option<&Item<Self>> {
        configs.first().filter(|config| config.has_paths())
    }

    pub(crate) fn has_paths(&self) -> bool {
        self.tenants.iter().any(|tenant| !tenant.vault.is_empty())
    }

    pub(crate) fn has_accounts(&self) -> bool {
        self.tenants.iter().any(|tenant| !tenant.accounts.is_empty())
    }

    /// Whose a pattern is.
    pub(crate) fn owner(&self, pattern: &Pattern<'_>) -> Owner {
        let holds = |prefix: &str| Scope::new(prefix).holds(pattern);
        let own = !pattern.wild && OWN.contains(&pattern.fixed) || OWN_BELOW.iter().any(|prefix| holds(prefix));
        if own || self.shared.iter().any(|prefix| holds(prefix)) {
            return Owner::Everybody;
        }
        let tenants =
            self.holders(|tenant| tenant.vault.iter().any(|prefix| holds(prefix)) || tenant.is_named(pattern));
        if !tenants.is_empty() {
            return Owner::Tenants(tenants);
        }
        let templated = pattern.before_template();
        let scopes = || self.prefixes().map(Scope::new);
        if templated.is_some_and(|before| scopes().any(|scope| scope.may_begin(before))) {
            return Owner::Caller;
        }
        let reaches = |prefix: &String| pattern.may_reach(Scope::new(prefix));
        Owner::Nobody(self.holders(|tenant| tenant.vault.iter().any(reaches)))
    }

    /// Whose a path is that Terraform reads. It may leave out the `data` of version 2 of the KV engine.
    pub(crate) fn path_owner(&self, path: &str) -> Owner {
        let owner = self.owner(&Pattern::literal(path));
        if !matches!(owner, Owner::Nobody(_)) {
            return owner;
        }
        let pattern = Pattern::literal(path);
        let short = |prefix: &String| {
            let without = prefix.split_once("/data/").map(|(mount, below)| format!("{mount}/{below}"));
            without.is_some_and(|prefix| Scope::new(&prefix).holds(&pattern))
        };
        if self.shared.iter().any(short) {
            return Owner::Everybody;
        }
        let tenants = self.holders(|tenant| tenant.vault.iter().any(short));
        if tenants.is_empty() { owner } else { Owner::Tenants(tenants) }
    }

    /// Whether a mandatory rule says already that a pattern reaches too far.
    pub(crate) fn said(configs: &Items<Self>, pattern: &Pattern<'_>) -> bool {
        let beyond = |config: &Item<Self>| matches!(config.owner(pattern), Owner::Nobody(_));
        pattern.is_everything() || Self::with_paths(configs).is_some_and(beyond)
    }

    /// `` `acme` ``, `` `acme` and `globex` ``, `` `acme` and 4 others ``.
    pub(crate) fn names(&self, tenants: &[usize]) -> String {
        let name = |index: &usize| self.tenants.get(*index).map_or("?", |tenant| tenant.name.as_str());
        match tenants {
            [] => "nobody".into(),
            [one] => format!("`{}`", name(one)),
            [one, two] => format!("`{}` and `{}`", name(one), name(two)),
            [one, others @ ..] => format!("`{}` and {} others", name(one), others.len()),
        }
    }

    fn prefixes(&self) -> impl Iterator<Item = &str> {
        self.tenants.iter().flat_map(|tenant| &tenant.vault).chain(&self.shared).map(String::as_str)
    }

    /// The positions of the tenants that fulfil the condition.
    fn holders(&self, holds: impl Fn(&Tenant) -> bool) -> Vec<usize> {
        self.tenants.iter().enumerate().filter(|(_, tenant)| holds(tenant)).map(|(index, _)| index).collect()
    }
}

impl Tenant {
    /// Whether it is an AWS role named after one of the tenant's accounts.
    fn is_named(&self, pattern: &Pattern<'_>) -> bool {
        let mut named = accounts(pattern.fixed).peekable();
        named.peek().is_some() && named.all(|account| self.accounts.iter().any(|own| own == account))
    }
}
