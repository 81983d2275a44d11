//! A role whose policies are those of two tenants.

use std::collections::BTreeMap;

use engine_sdk::prelude::*;
use serde::Deserialize;

use crate::policy::Policy;
use crate::tenant::{Config, Owner};

#[derive(Deserialize, Facts)]
#[facts(kind = "vault.role")]
pub(crate) struct Role {
    pub(crate) title: String,
    /// The policies that its tokens get.
    pub(crate) policies: Vec<Known<String>>,
    /// Whether those are all of them.
    pub(crate) policies_known: bool,
}

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((roles, policies, configs): &(Items<Role>, Items<Policy>, Items<Config>), report: &mut Report) {
    let Some(config) = Config::with_paths(configs) else { return };
    let mut whose: BTreeMap<&str, (Vec<usize>, Place)> = BTreeMap::new();
    for policy in policies {
        if let (Some(name), Some(tenants)) = (policy.name.known(), tenants(policy, config)) {
            whose.insert(name, (tenants, policy.at("name")));
        }
    }
    for role in roles {
        let mut held: Option<(&str, Vec<usize>, Place)> = None;
        for (index, policy) in role.policies.iter().enumerate() {
            let Some((name, (tenants, place))) = policy.known().and_then(|name| whose.get_key_value(name.as_str()))
            else {
                continue;
            };
            let Some((first, both, at)) = &mut held else {
                held = Some((name, tenants.clone(), place.clone()));
                continue;
            };
            let common: Vec<usize> = both.iter().copied().filter(|one| tenants.contains(one)).collect();
            if common.is_empty() {
                report
                    .finding(
                        role.at("policies").index(index),
                        format!(
                            "{} gets the policy `{name}` of {} beside `{first}` of {}",
                            role.title,
                            config.names(tenants),
                            config.names(both)
                        ),
                    )
                    .related(place.clone(), format!("`{name}` reaches what is {}'s", config.names(tenants)))
                    .related(at.clone(), format!("`{first}` reaches what is {}'s", config.names(both)))
                    .help("give each tenant a role of its own");
            } else {
                *both = common;
            }
        }
    }
}

/// The tenants whose all of a policy's paths are; `None` where that is nobody, or more than one.
fn tenants(policy: &Policy, config: &Config) -> Option<Vec<usize>> {
    let mut held: Option<Vec<usize>> = None;
    for (_, _, pattern) in policy.patterns() {
        if let Owner::Tenants(tenants) = config.owner(&pattern) {
            held = Some(match held {
                None => tenants,
                Some(held) => held.into_iter().filter(|one| tenants.contains(one)).collect(),
            });
        }
    }
    held.filter(|held| !held.is_empty())
}
