//! A secret is written in a file.

use engine_sdk::prelude::*;

use crate::credential::Credential;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(credential: &Item<Credential>, report: &mut Report) {
    if credential.open {
        let message = format!("{} {} written here in the open", credential.title, credential.verb("is", "are"));
        report
            .finding(credential.at("open"), message)
            .help("take it back where it was made, then let each job get its own from Vault");
    }
}
