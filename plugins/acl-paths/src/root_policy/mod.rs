//! A role or a token that gets the policy `root`.

use engine_sdk::prelude::*;

use crate::mixed_tenant_role::Role;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(role: &Item<Role>, report: &mut Report) {
    let mut unknown = false;
    for (index, policy) in role.policies.iter().enumerate() {
        let at = role.at("policies").index(index);
        match policy.settled() {
            Ok(Some(policy)) if policy == "root" => {
                report
                    .finding(at, format!("{} gets the policy `root`, which nothing holds back", role.title))
                    .help("give it the policy that its work needs, and keep root tokens for the day Vault is set up");
            }
            Ok(_) => {}
            Err(value) => {
                unknown = true;
                // A policy that Terraform writes is never `root`: Vault refuses to write that one.
                if !value.on.trim_start_matches("${").starts_with("vault_policy.") {
                    report.undecided(at, format!("whether {} gets the policy `root` depends on {value}", role.title));
                }
            }
        }
    }
    if !role.policies_known && !unknown {
        let message = format!("{} may get policies that are not known, and so `root`", role.title);
        report.undecided(role.at("policies_known"), message);
    }
}
