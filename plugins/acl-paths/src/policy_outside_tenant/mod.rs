//! A policy that reaches beyond one tenant.

use engine_sdk::prelude::*;

use crate::pattern::{Pattern, Scope};
use crate::policy::{self, Policy, Stanza};
use crate::tenant::{Config, Owner};

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((policies, configs): &(Items<Policy>, Items<Config>), report: &mut Report) {
    // Without tenants there is nothing to measure by.
    let Some(config) = Config::with_paths(configs) else { return };
    for policy in policies {
        judge(policy, config, report);
        Policy::more(policy, report, "reaches beyond the tenant");
    }
}

fn judge(policy: &Item<Policy>, config: &Item<Config>, report: &mut Report) {
    // Whose the policy is, as far as it was read, and by which stanza.
    let mut whose: Option<(Vec<usize>, usize)> = None;
    for (index, stanza) in policy.granting() {
        let owner = match stanza.path.settled() {
            Ok(Some(path)) => {
                let pattern = Pattern::new(path);
                // That is `policy-without-bound`.
                if pattern.is_everything() {
                    continue;
                }
                config.owner(&pattern)
            }
            Ok(None) => continue,
            Err(unknown) => match begun(stanza, config) {
                Some(owner) => owner,
                None => {
                    report.undecided(policy::at(policy, index), format!("whose path it is depends on {unknown}"));
                    continue;
                }
            },
        };
        let path = stanza.path.known().map_or("it", String::as_str);
        match owner {
            Owner::Everybody => {}
            Owner::Caller => {
                report.undecided(
                    policy::at(policy, index),
                    format!("whose path `{path}` is depends on who logs in: name it, as it stands, in `engine.yaml`"),
                );
            }
            Owner::Nobody(reached) => {
                let message = if reached.is_empty() {
                    format!("`{path}` belongs to no tenant, and is not shared")
                } else {
                    format!("`{path}` reaches beyond one tenant, into what is {}", genitive(config, &reached))
                };
                report
                    .finding(policy::at(policy, index), message)
                    .related(config.at("tenants"), "the tenants are declared here")
                    .help("keep below the tenant's prefix; `data/` and `metadata/` are two, and what all need is `shared`");
            }
            Owner::Tenants(tenants) => match &mut whose {
                None => whose = Some((tenants, index)),
                Some((held, first)) => {
                    let both: Vec<usize> = held.iter().copied().filter(|one| tenants.contains(one)).collect();
                    if both.is_empty() {
                        let first = policy::at(policy, *first);
                        report
                            .finding(
                                policy::at(policy, index),
                                format!(
                                    "{} reaches two tenants: `{path}` is {}, another path {}",
                                    policy.title,
                                    genitive(config, &tenants),
                                    genitive(config, held)
                                ),
                            )
                            .related(first, format!("this is {}", genitive(config, held)))
                            .help("give each tenant a policy of its own");
                    } else {
                        *held = both;
                    }
                }
            },
        }
    }
}

/// Whose a stanza is that is known only as far as its first variable.
fn begun(stanza: &Stanza, config: &Config) -> Option<Owner> {
    let start = stanza.prefix.as_deref().filter(|start| !start.is_empty())?;
    let holds = |prefix: &String| Scope::new(prefix).begins(start);
    if config.shared.iter().any(holds) {
        return Some(Owner::Everybody);
    }
    let tenants = config.tenants.iter().enumerate();
    let held: Vec<usize> =
        tenants.filter(|(_, tenant)| tenant.vault.iter().any(holds)).map(|(index, _)| index).collect();
    (!held.is_empty()).then_some(Owner::Tenants(held))
}

/// `` `acme`'s ``.
fn genitive(config: &Config, tenants: &[usize]) -> String {
    format!("{}'s", config.names(tenants))
}
