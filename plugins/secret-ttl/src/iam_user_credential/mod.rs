//! Vault makes AWS users and not temporary credentials.

use engine_sdk::prelude::*;

use crate::credential::Credential;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(credential: &Item<Credential>, report: &mut Report) {
    if credential.is(&["aws-iam-user"]) {
        let message = format!("{}: an AWS user has keys that AWS itself never ends", credential.title);
        report
            .finding(credential.at("kind"), message)
            .help("use the credential type `assumed_role`, with `max_sts_ttl` of at most an hour");
    }
}
