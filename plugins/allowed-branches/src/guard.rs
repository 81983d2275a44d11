//! What the rules read of GitLab's own guards: protected branches and approvals.

use std::collections::BTreeMap;

use engine_sdk::prelude::*;
use serde::Deserialize;

use crate::branch::{Production, overlaps};

#[derive(Deserialize, Facts)]
#[facts(kind = "gitlab.protected_branch")]
pub(crate) struct Protection {
    pub(crate) project: Known<String>,
    pub(crate) branch: Known<String>,
    pub(crate) title: String,
    pub(crate) push: Vec<Grant>,
    pub(crate) unprotect: Vec<Grant>,
    pub(crate) force_push: Known<bool>,
    pub(crate) code_owners: Known<bool>,
}

/// Somebody who may: one of the four.
#[derive(Deserialize, Facts)]
pub(crate) struct Grant {
    pub(crate) level: Known<String>,
    pub(crate) group: Known<String>,
}

#[derive(Deserialize, Facts)]
#[facts(kind = "gitlab.approval")]
pub(crate) struct Approval {
    /// `rule` or `settings`.
    pub(crate) kind: String,
    pub(crate) project: Known<String>,
    pub(crate) title: String,
    pub(crate) required: Known<i64>,
    pub(crate) branches: Vec<Known<String>>,
    pub(crate) author: Known<bool>,
    pub(crate) committers: Known<bool>,
    #[serde(rename = "override")]
    pub(crate) can_override: Known<bool>,
    pub(crate) kept_on_push: Known<bool>,
}

impl Protection {
    /// Whether it is for a branch of production's; unknown where its branch is.
    pub(crate) fn is_for(&self, production: &Production) -> Result<bool, &engine_sdk::Unknown> {
        Ok(self.branch.settled()?.is_some_and(|branch| production.meets(branch)))
    }

    /// Its branch for people.
    pub(crate) fn name(&self) -> String {
        self.branch.known().map_or_else(|| self.title.clone(), |branch| format!("`{branch}`"))
    }
}

impl Grant {
    /// The role, where it is one that a developer has.
    pub(crate) fn developer(&self) -> Option<&str> {
        let level = self.level.known()?;
        let held = ["no one", "maintainer", "owner", "admin"].iter().any(|held| level.eq_ignore_ascii_case(held));
        (!held).then_some(level)
    }
}

/// Items by the project that they are for. What names no project is for each of them.
pub(crate) fn by_project<'i, T>(items: &[&'i Item<T>], project: fn(&T) -> &Known<String>) -> Vec<Vec<&'i Item<T>>> {
    let mut groups: BTreeMap<String, Vec<&'i Item<T>>> = BTreeMap::new();
    let mut common: Vec<&'i Item<T>> = Vec::new();
    for item in items {
        match project(item) {
            Known::Known(name) => groups.entry(name.clone()).or_default().push(item),
            Known::Unknown(unknown) => groups.entry(format!("?{}", unknown.on)).or_default().push(item),
            Known::Absent => common.push(item),
        }
    }
    if groups.is_empty() {
        return if common.is_empty() { Vec::new() } else { vec![common] };
    }
    groups.into_values().map(|group| group.into_iter().chain(common.iter().copied()).collect()).collect()
}

/// The production branches that none of the patterns is for; none where nobody named the branches and one is covered.
pub(crate) fn uncovered<'p>(production: &'p Production, patterns: &[&str]) -> Vec<&'p str> {
    let is_open = |branch: &&str| !patterns.iter().any(|pattern| overlaps(pattern, branch));
    let open: Vec<&str> = production.names().filter(is_open).collect();
    let one_is_covered = open.len() < production.names().count() || patterns.iter().any(|name| production.has(name));
    if !production.named && one_is_covered { Vec::new() } else { open }
}

/// `` `main` and `release/*` ``.
pub(crate) fn joined(names: &[&str], word: &str) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(&format!(" {word} "))
}
