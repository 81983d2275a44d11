//! A policy that gives the credentials of every role of an AWS mount.

use engine_sdk::prelude::*;

use crate::policy::{self, Policy, WRITE};
use crate::tenant::Config;

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((policies, configs): &(Items<Policy>, Items<Config>), report: &mut Report) {
    for policy in policies {
        for (index, stanza, pattern) in policy.patterns() {
            let segments: Vec<&str> = pattern.segments().collect();
            let Some(mount) = every_role(&segments).filter(|_| pattern.has_all()) else { continue };
            let gets = stanza.grants(&["read"]) || stanza.grants(WRITE);
            if gets && !Config::said(configs, &pattern) {
                report
                    .finding(
                        policy::at(policy, index),
                        format!(
                            "`{}` gives the credentials of every role of `{mount}`, in every account",
                            pattern.text
                        ),
                    )
                    .help(format!("name the roles, one path each: `{mount}/sts/<role>`"));
            }
        }
    }
}

/// The mount of which a pattern takes every role, by what stands before its first wildcard.
fn every_role(segments: &[&str]) -> Option<String> {
    let [mount @ .., last, ""] = segments else { return None };
    match *last {
        // Only the AWS engine has these.
        "sts" if !mount.is_empty() => Some(mount.join("/")),
        "creds" if mount.last().is_some_and(|name| is_aws(name)) && is_engine(mount) => Some(mount.join("/")),
        name if mount.is_empty() && is_aws(name) => Some(name.to_owned()),
        _ => None,
    }
}

/// Whether a mount has `aws` as a word of its name.
fn is_aws(name: &str) -> bool {
    name.split(['-', '_', '.']).any(|word| word.eq_ignore_ascii_case("aws"))
}

/// Whether a path is one of an engine, and not of Vault's own configuration.
fn is_engine(mount: &[&str]) -> bool {
    !matches!(mount.first(), Some(&"auth" | &"sys" | &"identity"))
}
