//! A policy that reaches all secrets of the mount that everybody shares.

use engine_sdk::prelude::*;

use crate::policy::{self, Policy, USE};
use crate::tenant::Config;

/// The mounts that the documentation of Vault uses, and that many share. A mount of another name may be one team's own.
const SHARED_MOUNTS: &[&str] = &["secret", "secrets", "kv", "kv-v1", "kv-v2", "kvv1", "kvv2"];

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((policies, configs): &(Items<Policy>, Items<Config>), report: &mut Report) {
    // Where tenants are declared, their prefixes are the measure.
    if Config::with_paths(configs).is_some() {
        return;
    }
    for policy in policies {
        for (index, stanza, pattern) in policy.patterns() {
            let mut segments = pattern.segments();
            let mount = segments.next().unwrap_or("");
            let rest: Vec<&str> = segments.collect();
            let whole = pattern.has_all() && matches!(rest.as_slice(), [""] | ["data", ""]);
            if whole && SHARED_MOUNTS.contains(&mount) && stanza.grants(USE) {
                report
                    .finding(
                        policy::at(policy, index),
                        format!("`{}` reaches all secrets of the mount `{mount}`, whoever's they are", pattern.text),
                    )
                    .help(format!("name the folder that the work needs: `{}<name>/*`", pattern.fixed));
            }
        }
    }
}
