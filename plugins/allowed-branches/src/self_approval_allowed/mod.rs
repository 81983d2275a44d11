//! The author of a change may approve it.

use engine_sdk::prelude::*;

use crate::guard::Approval;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(approval: &Item<Approval>, report: &mut Report) {
    let place = approval.at("author");
    match approval.author.settled() {
        Ok(Some(true)) => {
            report
                .finding(place, "the author of a change may approve it")
                .help("do not allow it: `merge_requests_author_approval = false`");
        }
        Ok(_) => {}
        Err(unknown) => {
            report.undecided(place, format!("whether the author of a change may approve it depends on {unknown}"));
        }
    }
}
