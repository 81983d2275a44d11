//! The policies of `policies/` that are part of the engine, one for each category.

use std::sync::Arc;

use engine_host::{Manifest, Reads, Rule, Scope};
use engine_model::{Class, RuleId, RuleInfo, Severity};

use crate::Native;

include!(concat!(env!("OUT_DIR"), "/policies.rs"));

/// A category: its rules, and the program that they were compiled to.
struct BuiltinPolicy {
    id: &'static str,
    rules: &'static [BuiltinRule],
    program: &'static [u8],
}

/// A rule as its `METADATA` block declares it.
struct BuiltinRule {
    id: &'static str,
    title: &'static str,
    class: Class,
    severity: Severity,
    practices: &'static [&'static str],
    scope: Scope,
    reads: &'static [(&'static str, &'static [&'static str])],
    page: &'static str,
}

/// The policies that are part of the engine, by name. Their programs are read when they are first called.
#[must_use]
pub fn builtins() -> Vec<Native> {
    POLICIES.iter().map(native).collect()
}

fn native(policy: &'static BuiltinPolicy) -> Native {
    let id: Arc<str> = policy.id.into();
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let rule = |rule: &'static BuiltinRule| {
        let reads = rule.reads.iter().map(|(kind, fields)| Reads { kind: (*kind).to_owned(), fields: owned(fields) });
        Some(Rule {
            info: RuleInfo {
                // The build script has seen that it is one.
                id: RuleId::new(rule.id)?,
                policy: Arc::clone(&id),
                title: rule.title.to_owned(),
                class: rule.class,
                severity: rule.severity,
                practices: owned(rule.practices),
                page: rule.page.to_owned(),
            },
            scope: rule.scope,
            reads: reads.collect(),
        })
    };
    let rules = policy.rules.iter().filter_map(rule).collect();
    let manifest = Manifest { id: Arc::clone(&id), version: env!("CARGO_PKG_VERSION").to_owned(), rules };
    Native::new(manifest, policy.program)
}
