//! A policy whose holder can grant themselves everything.

use engine_sdk::prelude::*;

use crate::policy::{self, Policy, WRITE};
use crate::tenant::Config;

/// Where policies are written.
const POLICIES: &[&str] = &["sys/policies/acl", "sys/policy"];

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((policies, configs): &(Items<Policy>, Items<Config>), report: &mut Report) {
    for policy in policies {
        for (index, stanza, pattern) in policy.patterns() {
            let below = |folder: &&&str| {
                // Only a name of its own, or the beginning of one, is a bound.
                pattern.wild && pattern.may_match(&format!("{folder}/…"))
            };
            let Some(folder) = POLICIES.iter().find(below) else { continue };
            if stanza.grants(WRITE) && !Config::said(configs, &pattern) {
                report
                    .finding(
                        policy::at(policy, index),
                        format!("who may write `{folder}/…` can grant themselves everything"),
                    )
                    .help("let only the token of whoever operates Vault write policies");
            }
        }
    }
}
