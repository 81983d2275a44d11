//! Terraform reads or writes a secret that is no tenant's.

use engine_sdk::prelude::*;
use serde::Deserialize;

use crate::account::accounts;
use crate::tenant::{Config, Owner};

#[derive(Deserialize, Facts)]
#[facts(kind = "vault.access")]
pub(crate) struct Access {
    pub(crate) path: Known<String>,
    /// `read` or `write`.
    pub(crate) operation: String,
    pub(crate) title: String,
}

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((accesses, configs): &(Items<Access>, Items<Config>), report: &mut Report) {
    let Some(config) = Config::with_paths(configs) else { return };
    for access in accesses {
        let path = match access.path.settled() {
            Ok(Some(path)) => path,
            Ok(None) => continue,
            Err(unknown) => {
                report
                    .undecided(access.at("path"), format!("whose secret {} names depends on {unknown}", access.title));
                continue;
            }
        };
        // A foreign account is `foreign-account`.
        let named = config.has_accounts() && accounts(path).next().is_some();
        if named || !matches!(config.path_owner(path), Owner::Nobody(_)) {
            continue;
        }
        let does = if access.operation == "write" { "writes" } else { "reads" };
        report
            .finding(
                access.at("path"),
                format!("{} {does} `{path}`, which is no tenant's and not shared", access.title),
            )
            .related(config.at("tenants"), "the tenants are declared here")
            .help("read below the tenant's own prefix, or name the path in `vault.shared` of `engine.yaml`");
    }
}
