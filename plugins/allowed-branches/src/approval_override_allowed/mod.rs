//! The approval rules may be changed for a single merge request.

use engine_sdk::prelude::*;

use crate::guard::Approval;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(approval: &Item<Approval>, report: &mut Report) {
    let place = approval.at("override");
    match approval.can_override.settled() {
        Ok(Some(true)) => {
            report
                .finding(place, "the approval rules may be changed for a single merge request")
                .help("do not allow it: `disable_overriding_approvers_per_merge_request = true`");
        }
        Ok(_) => {}
        Err(unknown) => report.undecided(
            place,
            format!("whether the approval rules may be changed for a single merge request depends on {unknown}"),
        ),
    }
}
