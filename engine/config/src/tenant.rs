//! Tenants: who must not reach beyond what is theirs, in Vault, in AWS and in GitLab.

use std::collections::HashMap;

use engine_model::{NodeId, Place, Span};

use crate::error::shown;
use crate::grammar::TENANT;
use crate::overlap::{Claim, Owner, overlaps};
use crate::reader::Reader;
use crate::setting::{Setting, Written};

/// Somebody who must not reach beyond what is theirs.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its name.
    pub name: Written<String>,
    /// Its paths in Vault, without a `/` at either end: a path means itself and all below it, one that ends in `*`
    /// whatever begins with what stands before. Empty: none is said.
    pub vault: Vec<Written<String>>,
    /// Its AWS accounts, twelve digits each. Empty: none is said.
    pub accounts: Vec<Written<String>>,
    /// Its groups in GitLab, by full path. Empty: none is said.
    pub groups: Vec<Written<String>>,
    /// The whole entry.
    pub place: Place,
}

/// What Vault's own policy `default` allows, which every token has unless it is made without it.
pub(crate) const SHARED: [&str; 17] = [
    "auth/token/lookup-self",
    "auth/token/renew-self",
    "auth/token/revoke-self",
    "cubbyhole",
    "identity/entity/id/{{identity.entity.id}}",
    "identity/entity/name/{{identity.entity.name}}",
    "identity/oidc/provider/+/authorize",
    "sys/capabilities-self",
    "sys/control-group/request",
    "sys/internal/ui/resultant-acl",
    "sys/leases/lookup",
    "sys/leases/renew",
    "sys/renew",
    "sys/tools/hash",
    "sys/wrapping/lookup",
    "sys/wrapping/unwrap",
    "sys/wrapping/wrap",
];

/// Reads `tenants`.
pub(crate) fn read(reader: &mut Reader<'_>, node: NodeId) -> Vec<Tenant> {
    let items = reader.items(node);
    items.iter().filter_map(|item| tenant(reader, *item)).collect()
}

fn tenant(reader: &mut Reader<'_>, node: NodeId) -> Option<Tenant> {
    const EMPTY: &str = "write what is the tenant's, or remove the key";
    let fields = reader.fields(node, &TENANT)?;
    let name = fields.get("name").and_then(|name| reader.text(name)).map(|name| name.map(str::to_owned));
    let mut list = |key: &str, read: fn(&mut Reader<'_>, NodeId) -> Option<Written<String>>| {
        let Some(node) = fields.get(key) else { return Vec::new() };
        let items = reader.some_items(node, EMPTY);
        reader.distinct(items, read)
    };
    let (vault, accounts, groups) = (list("vault", path), list("accounts", account), list("groups", group));
    if !fields.has_unknown && !["vault", "accounts", "groups"].iter().any(|key| fields.get(key).is_some()) {
        let help = "say what is its own: paths of Vault, AWS accounts, groups of GitLab";
        reader.error(node, "this tenant has neither `vault` nor `accounts` nor `groups`", help);
    }
    Some(Tenant { name: name?, vault, accounts, groups, place: reader.place(node) })
}

/// A path of Vault, without a `/` at either end.
pub(crate) fn path(reader: &mut Reader<'_>, node: NodeId) -> Option<Written<String>> {
    let written = reader.text_or_blank(node)?;
    let start = usize::from(written.value.starts_with('/'));
    let from = written.value.get(start..).unwrap_or("");
    let text = from.strip_suffix('/').unwrap_or(from);
    if let Some((message, help)) = bad_path(text) {
        let message = match message {
            "" if written.value.trim().is_empty() => "an empty prefix covers all of Vault".to_owned(),
            "" => format!("{} is an empty prefix, which covers all of Vault", shown(written.value)),
            message => format!("{} {message}", shown(written.value)),
        };
        reader.error(node, message, help);
        return None;
    }
    let range = Span::from_range(start..start.saturating_add(text.len()));
    let whole = text.len() == written.value.len();
    let place = if whole { written.place } else { written.place.part(range) };
    Some(Written { value: text.to_owned(), place })
}

/// What is wrong with a path and what to do; an empty message for an empty path.
fn bad_path(text: &str) -> Option<(&'static str, &'static str)> {
    const WILDCARD: &str = "name the paths one by one; a path means all below it";
    let literal = text.strip_suffix('*').unwrap_or(text);
    let segments = || literal.strip_suffix('/').unwrap_or(literal).split('/');
    if literal.trim().is_empty() || literal == "/" {
        return Some(("", "name the path that is meant, with its mount: `secret/data/acme`"));
    }
    if literal.contains('*') {
        return Some(("has a `*` that is not at its end", WILDCARD));
    }
    if segments().any(|segment| segment.starts_with('+')) {
        return Some(("has a `+`, which stands for any segment", WILDCARD));
    }
    if literal.contains(['{', '}']) {
        return Some(("holds a template", "name the paths one by one, or end with `*` where the template begins"));
    }
    if segments().any(str::is_empty) {
        return Some(("has an empty segment", "write one `/` between two segments"));
    }
    if literal.chars().any(char::is_control) {
        return Some(("holds a control character", "remove it"));
    }
    None
}

fn account(reader: &mut Reader<'_>, node: NodeId) -> Option<Written<String>> {
    let account = reader.raw(node, "an account id")?;
    if account.value.len() == 12 && account.value.bytes().all(|b| b.is_ascii_digit()) {
        return Some(account.map(str::to_owned));
    }
    reader.error(node, format!("{} is no AWS account id", shown(account.value)), "an account id is twelve digits");
    None
}

fn group(reader: &mut Reader<'_>, node: NodeId) -> Option<Written<String>> {
    let group = reader.text(node)?;
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
    };
    if group.value.split('/').all(part) {
        return Some(group.map(str::to_owned));
    }
    let help = "write the path as in the group's address, without a `/` at either end: `clients/acme`";
    reader.error(node, format!("{} is no path of a group", shown(group.value)), help);
    None
}

/// Says where two tenants share what belongs to one, and where what everybody may reach covers what is a tenant's.
pub(crate) fn hold_apart(reader: &mut Reader<'_>, tenants: &[Tenant], shared: &[Setting<String>]) {
    let mut names: HashMap<&str, &Written<String>> = HashMap::new();
    let mut accounts: HashMap<&str, (usize, &Written<String>)> = HashMap::new();
    for (index, tenant) in tenants.iter().enumerate() {
        if let Some(first) = names.get(tenant.name.value.as_str()) {
            let message = format!("there are two tenants {}", shown(&tenant.name.value));
            reader.error_at(&tenant.name.place, message, first_at(first));
        } else {
            names.insert(&tenant.name.value, &tenant.name);
        }
        for account in &tenant.accounts {
            let (owner, first) = *accounts.entry(&account.value).or_insert((index, account));
            if let Some(owner) = tenants.get(owner).filter(|_| owner != index) {
                let message =
                    format!("the account {} is that of tenant {} too", shown(&account.value), shown(&owner.name.value));
                reader.error_at(&account.place, message, first_at(first));
            }
        }
    }
    let owned = |of: fn(&Tenant) -> &Vec<Written<String>>| {
        let all = tenants.iter().enumerate();
        all.flat_map(move |(index, tenant)| of(tenant).iter().map(move |path| (Owner::Tenant(index), path)))
    };
    let written: Vec<Written<String>> = shared
        .iter()
        .filter_map(|path| Some(Written { value: path.value.clone(), place: path.place.clone()? }))
        .collect();
    let everybodys = written.iter().map(|path| (Owner::Everybody, path));
    for claims in [
        everybodys.chain(owned(|tenant| &tenant.vault)).map(|(owner, path)| Claim::vault(owner, path)).collect(),
        owned(|tenant| &tenant.groups).map(|(owner, group)| Claim::group(owner, group)).collect::<Vec<Claim<'_>>>(),
    ] {
        for (outer, inner) in overlaps(&claims) {
            report(reader, tenants, outer, inner);
        }
    }
}

fn report(reader: &mut Reader<'_>, tenants: &[Tenant], outer: &Claim<'_>, inner: &Claim<'_>) {
    let name = |owner: Owner| match owner {
        Owner::Tenant(index) => tenants.get(index).map_or("", |tenant| tenant.name.value.as_str()),
        Owner::Everybody => "",
    };
    let (outer_text, inner_text) = (shown(&outer.path.value), shown(&inner.path.value));
    if outer.owner == Owner::Everybody {
        let message =
            format!("{outer_text} is everybody's, and covers {inner_text} of tenant {}", shown(name(inner.owner)));
        reader.error_at(&outer.path.place, message, "name what is shared more closely");
        return;
    }
    let (outer_name, inner_name) = (shown(name(outer.owner)), shown(name(inner.owner)));
    // The later of the two is the one to be changed.
    let (place, message, first) = if outer.path.value == inner.path.value {
        (&inner.path.place, format!("{inner_text} is that of tenant {outer_name} too"), outer.path)
    } else if outer.path.place.location() < inner.path.place.location() {
        let message = format!("{inner_text} lies in {outer_text} of tenant {outer_name}, and tenants must not overlap");
        (&inner.path.place, message, outer.path)
    } else {
        let message = format!("{outer_text} covers {inner_text} of tenant {inner_name}, and tenants must not overlap");
        (&outer.path.place, message, inner.path)
    };
    reader.error_at(place, message, first_at(first));
}

fn first_at(first: &Written<String>) -> String {
    format!("the first is written at {}", first.place.location())
}
