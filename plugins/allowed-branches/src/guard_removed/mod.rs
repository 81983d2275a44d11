//! A plan that takes a guard of production away.

use engine_sdk::prelude::*;
use serde::Deserialize;

#[derive(Deserialize, Facts)]
#[facts(kind = "terraform.change")]
struct Change {
    address: String,
    #[serde(rename = "type")]
    kind: String,
    action: String,
}

/// Resources that hold production back, and what each is.
const GUARDS: [(&str, &str); 7] = [
    ("gitlab_branch_protection", "the protection of a branch"),
    ("gitlab_tag_protection", "the protection of tags"),
    ("gitlab_project_protected_environment", "the protection of an environment"),
    ("gitlab_group_protected_environment", "the protection of an environment"),
    ("gitlab_project_approval_rule", "an approval rule"),
    ("gitlab_project_level_mr_approvals", "the settings of approvals"),
    ("vault_audit", "the audit log of Vault"),
];

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(change: &Item<Change>, report: &mut Report) {
    let Some((_, what)) = GUARDS.iter().find(|(kind, _)| *kind == change.kind) else { return };
    let how = match change.action.as_str() {
        "delete" => "takes away",
        "forget" => "lets go of",
        "other" => {
            let message = format!("what the plan does to {what}, `{}`, is nothing that is known", change.address);
            report.undecided(change.at("action"), message);
            return;
        }
        _ => return,
    };
    report
        .finding(change.at("action"), format!("the plan {how} {what}, `{}`", change.address))
        .help("keep it, or let those who answer for production say in a change of their own why it goes");
}
