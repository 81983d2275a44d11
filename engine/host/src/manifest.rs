//! What a plugin says of itself, checked against the interface's rules.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine_model::{Class, RuleId, RuleInfo, Severity};

use crate::ManifestError;
use crate::bindings::types;

/// What a plugin says of itself. Every rule of the interface holds: ids are kebab-case and unique, pages start with
/// their rule's id, an `item` rule reads one kind, fields are names and `*` joined by dots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Kebab-case, unique over all plugins of a gate (which is for the gate to check).
    pub id: Arc<str>,
    /// The plugin's own version, not empty.
    pub version: String,
    /// Its rules, at least one.
    pub rules: Vec<Rule>,
}

/// One rule of a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What reports and gates know of it; its `policy` is the plugin's id.
    pub info: RuleInfo,
    /// How it looks at its facts.
    pub scope: Scope,
    /// What it reads: one kind for [`Scope::Item`], one or more for [`Scope::Repository`].
    pub reads: Vec<Reads>,
}

/// How a rule looks at its facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// One item at a time: the items of a kind may be handed over in several calls.
    Item,
    /// All items of all kinds it reads, in one call.
    Repository,
}

impl Scope {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::Repository => "repository",
        }
    }

    pub(crate) fn to_guest(self) -> types::Scope {
        match self {
            Self::Item => types::Scope::Item,
            Self::Repository => types::Scope::Repository,
        }
    }
}

/// A kind of fact that a rule reads, and what of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reads {
    /// The kind, `gitlab.job` say.
    pub kind: String,
    /// Names and `*` joined by dots; empty where the rule asks only which items there are.
    pub fields: Vec<String>,
}

impl Manifest {
    /// The rule with this id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.info.id.as_str() == id)
    }
}

/// How many bytes of text there are.
pub(crate) fn size(guest: &types::Manifest) -> usize {
    let rule = |rule: &types::Rule| {
        let reads = rule.reads.iter().flat_map(|reads| reads.fields.iter().chain([&reads.kind]));
        let texts = [&rule.id, &rule.title, &rule.page].into_iter().chain(&rule.practices).chain(reads);
        size_of::<types::Rule>() + texts.map(|text| size_of::<String>() + text.len()).sum::<usize>()
    };
    guest.id.len() + guest.version.len() + guest.rules.iter().map(rule).sum::<usize>()
}

/// The manifest, or the first thing that is wrong with it.
pub(crate) fn check(guest: types::Manifest) -> Result<Manifest, ManifestError> {
    if RuleId::new(&guest.id).is_none() {
        return Err(ManifestError::Id(guest.id));
    }
    if guest.version.trim().is_empty() {
        return Err(ManifestError::Version);
    }
    if guest.rules.is_empty() {
        return Err(ManifestError::NoRules);
    }
    let id: Arc<str> = guest.id.into();
    let mut seen = BTreeSet::new();
    let mut rules = Vec::with_capacity(guest.rules.len());
    for guest in guest.rules {
        let rule = check_rule(guest, &id)?;
        if !seen.insert(rule.info.id.clone()) {
            return Err(ManifestError::DuplicateRule(rule.info.id.to_string()));
        }
        rules.push(rule);
    }
    Ok(Manifest { id, version: guest.version, rules })
}

fn check_rule(guest: types::Rule, policy: &Arc<str>) -> Result<Rule, ManifestError> {
    let Some(id) = RuleId::new(&guest.id) else { return Err(ManifestError::RuleId(guest.id)) };
    if guest.title.trim().is_empty() || guest.title.contains(['\n', '\r']) {
        return Err(ManifestError::Title(guest.id));
    }
    let heading = guest.page.lines().next().and_then(|line| line.strip_prefix("# "));
    if heading.map(str::trim) != Some(id.as_str()) {
        return Err(ManifestError::Page(guest.id));
    }
    let (scope, right, expected) = match guest.scope {
        types::Scope::Item => (Scope::Item, guest.reads.len() == 1, "exactly one"),
        types::Scope::Repository => (Scope::Repository, !guest.reads.is_empty(), "one or more"),
    };
    if !right {
        return Err(ManifestError::Kinds { rule: guest.id, scope: scope.as_str(), found: guest.reads.len(), expected });
    }
    let mut reads: Vec<Reads> = Vec::with_capacity(guest.reads.len());
    for one in guest.reads {
        if !is_kind(&one.kind) {
            return Err(ManifestError::Kind { rule: guest.id, kind: one.kind });
        }
        if reads.iter().any(|earlier| earlier.kind == one.kind) {
            return Err(ManifestError::DuplicateKind { rule: guest.id, kind: one.kind });
        }
        if let Some(field) = one.fields.iter().find(|field| !is_field(field)) {
            return Err(ManifestError::Field { rule: guest.id, field: field.clone() });
        }
        reads.push(Reads { kind: one.kind, fields: one.fields });
    }
    let info = RuleInfo {
        id,
        policy: Arc::clone(policy),
        title: guest.title,
        class: match guest.class {
            types::Class::Advice => Class::Advice,
            types::Class::Default => Class::Default,
            types::Class::Mandatory => Class::Mandatory,
        },
        severity: match guest.severity {
            types::Severity::Info => Severity::Info,
            types::Severity::Low => Severity::Low,
            types::Severity::Medium => Severity::Medium,
            types::Severity::High => Severity::High,
            types::Severity::Critical => Severity::Critical,
        },
        practices: guest.practices,
        page: guest.page,
    };
    Ok(Rule { info, scope, reads })
}

/// `gitlab.job`: lower-case words joined by dots.
fn is_kind(kind: &str) -> bool {
    let letter = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-');
    words(kind).all(|word| !word.is_empty() && word.iter().all(letter))
}

/// `script.*.text`: names and `*` joined by dots.
fn is_field(field: &str) -> bool {
    let letter = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'$');
    words(field).all(|name| name == b"*" || (!name.is_empty() && name.iter().all(letter)))
}

/// What stands between dots. A manifest has hundreds of fields, and looking for a byte is cheaper than for a character.
fn words(text: &str) -> impl Iterator<Item = &[u8]> {
    text.as_bytes().split(|b| *b == b'.')
}

#[cfg(test)]
mod tests {
    use super::{is_field, is_kind};

    #[test]
    fn kinds_and_fields_are_words_joined_by_dots() {
        assert!(["gitlab.job", "terraform", "aws.trust-policy"].into_iter().all(is_kind));
        assert!(!["", "gitlab.", "GitLab", "a b", ".job", "a..b", "gitlab/job"].into_iter().any(is_kind));
        assert!(["name", "script.*.text", "*", "a.$unknown", "camelCase"].into_iter().all(is_field));
        assert!(!["", ".", "a.", "a..b", "a[0]", "a.**", "a b", "a.*b"].into_iter().any(is_field));
    }
}
