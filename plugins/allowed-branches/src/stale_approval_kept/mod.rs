//! An approval stays although the change has changed.

use engine_sdk::prelude::*;

use crate::guard::Approval;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(approval: &Item<Approval>, report: &mut Report) {
    let place = approval.at("kept_on_push");
    match approval.kept_on_push.settled() {
        Ok(Some(true)) => {
            report
                .finding(place, "an approval stays when commits are added after it")
                .help("take approvals back: `reset_approvals_on_push = true`");
        }
        Ok(_) => {}
        Err(unknown) => report.undecided(
            place,
            format!("whether an approval stays when commits are added after it depends on {unknown}"),
        ),
    }
}
