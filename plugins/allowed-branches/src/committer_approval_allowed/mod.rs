//! Somebody who committed to a change may approve it.

use engine_sdk::prelude::*;

use crate::guard::Approval;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(approval: &Item<Approval>, report: &mut Report) {
    let place = approval.at("committers");
    match approval.committers.settled() {
        Ok(Some(true)) => {
            report
                .finding(place, "whoever commits to a change may approve it")
                .help("do not allow it: `merge_requests_disable_committers_approval = true`");
        }
        Ok(_) => {}
        Err(unknown) => {
            report.undecided(place, format!("whether whoever commits to a change may approve it depends on {unknown}"));
        }
    }
}
