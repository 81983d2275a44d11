//! Developers, or a tenant's people, may push to a production branch.

use engine_sdk::prelude::*;

use crate::branch::{Config, Production};
use crate::guard::{Grant, Protection};

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((protections, configs): &(Items<Protection>, Items<Config>), report: &mut Report) {
    let production = Production::new(configs);
    for protection in protections {
        let branch = protection.name();
        for (index, grant) in protection.push.iter().enumerate() {
            let place = || protection.at("push").index(index);
            let Some(who) = pushes(grant, configs) else { continue };
            match (who, protection.is_for(&production)) {
                (_, Ok(false)) => {}
                (Ok(who), Ok(true)) => {
                    report
                        .finding(place(), format!("{who} may push to {branch} without a merge request"))
                        .help("let nobody push, or maintainers alone: `push_access_level = \"no one\"`");
                }
                (Ok(who), Err(unknown)) => {
                    report.undecided(place(), format!("{who} may push to a branch that depends on {unknown}"));
                }
                (Err(why), _) => report.undecided(place(), format!("who may push to {branch} depends on {why}")),
            }
        }
    }
}

/// Who may push that should not, or why it cannot be told; `None` for somebody who may.
fn pushes(grant: &Grant, configs: &Items<Config>) -> Option<Result<String, String>> {
    if let Some(level) = grant.developer() {
        return Some(Ok(format!("everybody with the role `{level}`")));
    }
    if let Some(unknown) = grant.level.unknown() {
        return Some(Err(unknown.to_string()));
    }
    let mut tenants = configs.iter().flat_map(|config| &config.tenants).filter(|tenant| !tenant.groups.is_empty());
    match grant.group.settled() {
        Ok(None) => None,
        Ok(Some(group)) => {
            if let Some(tenant) = tenants.find(|tenant| tenant.groups.iter().any(|own| is_within(group, own))) {
                return Some(Ok(format!("the group `{group}` of the tenant `{}`", tenant.name)));
            }
            let mut tenants = configs.iter().flat_map(|config| &config.tenants);
            let is_number = group.chars().all(|c| c.is_ascii_digit());
            let compared = tenants.any(|tenant| !tenant.groups.is_empty());
            (is_number && compared).then(|| Err(format!("whose group {group} is: tenants name theirs by path")))
        }
        Err(unknown) => tenants.next().map(|_| Err(unknown.to_string())),
    }
}

/// Whether a group is another or one below it.
fn is_within(group: &str, other: &str) -> bool {
    group.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
