//! What the rules read of a policy. One shape for all of them, so that each policy is parsed once.

use std::collections::BTreeSet;

use engine_sdk::prelude::*;
use serde::Deserialize;

use crate::pattern::Pattern;

#[derive(Deserialize, Facts)]
#[facts(kind = "vault.policy")]
pub(crate) struct Policy {
    pub(crate) name: Known<String>,
    /// What it is, for people.
    pub(crate) title: String,
    pub(crate) paths: Vec<Stanza>,
    /// Whether all of its text is known.
    pub(crate) complete: bool,
}

/// A pattern of paths and what it allows.
#[derive(Deserialize, Facts)]
pub(crate) struct Stanza {
    pub(crate) path: Known<String>,
    /// The literal text that it begins with, as far as it is known.
    pub(crate) prefix: Option<String>,
    pub(crate) capabilities: Vec<Known<String>>,
    /// What it comes to; nothing where it denies.
    pub(crate) grants: Vec<String>,
    pub(crate) denies: bool,
    /// Whether it may grant more.
    pub(crate) open: bool,
}

/// What reads what is there, or changes it.
pub(crate) const USE: &[&str] = &["read", "create", "update", "patch", "delete", "sudo"];

/// What changes what is there, or makes something new.
pub(crate) const WRITE: &[&str] = &["create", "update", "patch", "sudo"];

impl Policy {
    /// The stanzas that grant something, or may, with their positions. A stanza of the same pattern that denies takes
    /// all of it back; one of a narrower pattern does not.
    pub(crate) fn granting(&self) -> impl Iterator<Item = (usize, &Stanza)> {
        let denied: BTreeSet<&str> =
            self.paths.iter().filter(|one| one.denies).filter_map(|one| Some(one.path.known()?.as_str())).collect();
        self.paths.iter().enumerate().filter(move |(_, one)| {
            let taken = one.denies || one.path.known().is_some_and(|path| denied.contains(path.as_str()));
            !taken && (one.open || !one.grants.is_empty())
        })
    }

    /// The same with their patterns, where they are known.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = (usize, &Stanza, Pattern<'_>)> {
        self.granting().filter_map(|(index, one)| Some((index, one, Pattern::new(one.path.known()?))))
    }

    /// Says that what is not known of a policy's text may hold more: for a mandatory rule that is no pass.
    pub(crate) fn more(policy: &Item<Self>, report: &mut Report, what: &str) {
        if !policy.complete {
            let message = format!("{} is not known as a whole, and may hold a path that {what}", policy.title);
            report.undecided(policy.at("complete"), message);
        }
    }
}

impl Stanza {
    /// Whether it grants one of these.
    pub(crate) fn grants(&self, capabilities: &[&str]) -> bool {
        self.grants.iter().any(|grant| capabilities.contains(&grant.as_str()))
    }

    /// Where the first of these is written.
    pub(crate) fn position(&self, is: impl Fn(&str) -> bool) -> Option<(usize, &str)> {
        let known = |one: &Known<String>| one.known().is_some_and(|name| is(name));
        let index = self.capabilities.iter().position(known)?;
        Some((index, self.capabilities.get(index)?.known()?))
    }
}

/// Where a stanza's pattern is written.
pub(crate) fn at(policy: &Item<Policy>, index: usize) -> Place {
    policy.at("paths").index(index).key("path")
}
