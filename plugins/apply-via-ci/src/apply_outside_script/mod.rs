//! Production is changed where a failure is not seen: after the script, or before the sources are there.

use engine_sdk::prelude::*;

use crate::job::Job;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(job: &Item<Job>, report: &mut Report) {
    let mut open = false;
    for (index, invocation) in job.changes() {
        let Some(section) = job.commands.get(index).map(|command| command.section.as_str()) else { continue };
        let why = match section {
            "after_script" => "it runs also after a failure, and its own failure fails nothing",
            "pre_get_sources_script" => "it runs before the sources are there that anybody reviewed",
            _ => continue,
        };
        let (place, what) = (job.at("commands").index(index), invocation.title());
        if invocation.changes == "yes" {
            report
                .finding(place, format!("`{what}` changes production in `{section}`: {why}"))
                .help("change production in the `script` of a job of its own");
        } else if !std::mem::replace(&mut open, true) {
            report.undecided(place, format!("what `{what}` in `{section}` does is known only when the job runs"));
        }
    }
}
