//! A policy on a certificate authority that allows more than signing by one role.

use engine_sdk::prelude::*;

use crate::pattern::Pattern;
use crate::policy::{self, Policy, Stanza, WRITE};
use crate::tenant::Config;

/// What signing needs, and what may stand beside it.
const SIGNING: &[&str] = &["create", "update", "read", "list"];

/// What makes a certificate authority, or signs without a role's limits, below the mount.
const AUTHORITY: &[&str] = &[
    "root/sign-intermediate",
    "root/sign-self-issued",
    "root/generate/internal",
    "root/generate/exported",
    "root/rotate/internal",
    "root/rotate/exported",
    "root/replace",
    "sign-verbatim",
];

/// Segments of such paths that no other engine has.
const UNMISTAKABLE: &[&str] = &["sign-intermediate", "sign-self-issued", "sign-verbatim"];

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((policies, configs): &(Items<Policy>, Items<Config>), report: &mut Report) {
    for policy in policies {
        for (index, stanza, pattern) in policy.patterns() {
            if Config::said(configs, &pattern) {
                continue;
            }
            if let Some(reached) = authority(&pattern).filter(|_| stanza.grants(WRITE)) {
                report
                    .finding(
                        policy::at(policy, index),
                        format!("`{}` reaches `{reached}`, which signs what no role limits", pattern.text),
                    )
                    .help("grant `create` and `update` on `<mount>/sign/<role>` alone");
            } else if let Some(signs) = signing(&pattern) {
                judge(policy, index, stanza, signs, report);
            }
        }
    }
}

/// A stanza on `<mount>/sign/<role>` or `<mount>/issue/<role>`.
fn judge(
    policy: &Item<Policy>,
    index: usize,
    stanza: &Stanza,
    (mount, verb, whole): (&str, &str, bool),
    report: &mut Report,
) {
    if whole && stanza.grants(WRITE) {
        report
            .finding(policy::at(policy, index), format!("every role of `{mount}` may be used to {verb} certificates"))
            .help(format!("name the role: `{mount}/{verb}/<role>`"));
    }
    // `sudo` is `sudo-capability`.
    let more = |name: &str| !SIGNING.contains(&name) && name != "sudo" && stanza.grants.iter().any(|one| one == name);
    if let Some((position, name)) = stanza.position(more) {
        report
            .finding(
                policy.at("paths").index(index).key("capabilities").index(position),
                format!("`{name}` is more than it takes to {verb} a certificate"),
            )
            .help("grant `create` and `update` alone");
    }
}

/// What a pattern reaches that makes authorities, by the path below the mount.
fn authority(pattern: &Pattern<'_>) -> Option<&'static str> {
    let mut segments = pattern.text.split('/').map(|segment| segment.trim_end_matches('*'));
    if pattern.text.starts_with("sys/") || pattern.text.starts_with("auth/") || is_kv(pattern) {
        return None;
    }
    if let Some(own) = segments.find(|segment| UNMISTAKABLE.contains(segment)) {
        return AUTHORITY.iter().copied().find(|path| path.ends_with(own));
    }
    let mount = mount(pattern)?;
    AUTHORITY.iter().copied().find(|path| {
        let role = format!("{mount}/{path}/role");
        pattern.may_match(&format!("{mount}/{path}")) || *path == "sign-verbatim" && pattern.may_match(&role)
    })
}

/// The mount of a pattern, where its name says that it is a certificate authority.
fn mount<'p>(pattern: &Pattern<'p>) -> Option<&'p str> {
    // `pki*` names its mount as far as it goes.
    let mount = pattern.fixed.split_once('/').map_or(pattern.fixed, |(mount, _)| mount);
    let name = mount.to_ascii_lowercase();
    (name.contains("pki") || name.split(['-', '_']).any(|word| word == "ca")).then_some(mount)
}

/// The mount and the verb of `<mount>/sign/<role>`, and whether it is every role: only of an authority by its name, for
/// other engines sign as well. A role that begins with a literal text is one, whatever follows.
fn signing<'p>(pattern: &Pattern<'p>) -> Option<(&'p str, &'p str, bool)> {
    let mount = mount(pattern)?;
    let (_, rest) = pattern.fixed.split_once('/')?;
    let (verb, role) = rest.split_once('/')?;
    let named = !role.is_empty() && !role.contains('/');
    (matches!(verb, "sign" | "issue") && (named || pattern.has_all())).then_some((mount, verb, !named))
}

/// Whether a pattern is one of secrets, whose names may be anything.
fn is_kv(pattern: &Pattern<'_>) -> bool {
    let mut segments = pattern.segments();
    matches!(segments.next(), Some("secret" | "kv")) || matches!(segments.next(), Some("data" | "metadata"))
}
