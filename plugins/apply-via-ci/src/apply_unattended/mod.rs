//! A job that changes production starts by itself.

use engine_sdk::prelude::*;

use crate::job::Job;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(job: &Item<Job>, report: &mut Report) {
    let Some((command, invocation)) = job.changes().min_by_key(|(_, invocation)| invocation.changes != "yes") else {
        return;
    };
    let what = invocation.title();
    for (index, start) in job.starts.iter().enumerate() {
        let place = || job.at("starts").index(index).key("when");
        let when = match start.when.settled() {
            Ok(when) => when.map_or("on_success", String::as_str),
            Err(unknown) => {
                report.undecided(place(), format!("whether a person starts `{what}` depends on {unknown}"));
                continue;
            }
        };
        if when == "manual" {
            continue;
        }
        let turned_off = match start.held.as_ref().map(|held| (held, held.always.settled())) {
            // Somebody has to start another job first.
            Some((_, Ok(Some(true)))) => continue,
            Some((held, Err(unknown))) => {
                let by = named(&held.by);
                report.undecided(place(), format!("whether a person starts {by} before `{what}` depends on {unknown}"));
                continue;
            }
            Some((held, Ok(_))) => {
                let unless = held.unless.as_deref().unwrap_or("some pipelines");
                format!(", and {} is not in its way in {unless}", named(&held.by))
            }
            None => String::new(),
        };
        if invocation.changes == "maybe" {
            let place = job.at("commands").index(command);
            report.undecided(
                place,
                format!("nobody starts `{what}`, and whether it changes production is not known before the job runs"),
            );
            return;
        }
        report
            .finding(place(), format!("`{what}` starts without a person: `when` is `{when}` here{turned_off}"))
            .related(job.at("commands").index(command), "this changes production")
            .help("let a person start it after reading the plan, and let the pipeline wait for that person")
            .fix(Fix::snippet("start the job by hand", "when: manual\nallow_failure: false\n"));
    }
}

/// `` `one` or `another` ``.
fn named(jobs: &[String]) -> String {
    let names: Vec<String> = jobs.iter().map(|name| format!("`{name}`")).collect();
    names.join(" or ")
}
