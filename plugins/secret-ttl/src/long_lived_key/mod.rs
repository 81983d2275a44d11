//! A key that nobody makes on demand, and that nothing ends.

use engine_sdk::prelude::*;

use crate::credential::Credential;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(credential: &Item<Credential>, report: &mut Report) {
    // What stands in the open is `credential-in-open`.
    if credential.is(&["static-key"]) && !credential.open {
        let message =
            format!("{} {} configured once and then without end", credential.title, credential.verb("is", "are"));
        report.finding(credential.at("kind"), message).help(
            "let each job get credentials of its own: `vault read aws/sts/<role>`, or a role that trusts the job",
        );
    }
}
