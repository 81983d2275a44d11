//! A job starts pipelines or jobs through an API.

use engine_sdk::prelude::*;

use crate::job::Job;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(job: &Item<Job>, report: &mut Report) {
    for (index, command) in
        job.commands.iter().enumerate().filter(|(_, command)| command.runs(&["curl", "wget", "http"]))
    {
        let Some(what) = command.words.iter().skip(1).find_map(started) else { continue };
        report
            .finding(job.at("commands").index(index), format!("this request starts {what}"))
            .help("start pipelines with `trigger` and `strategy: depend`, and let people start what waits for people");
    }
}

/// What the address in a word starts.
fn started(word: &Known<String>) -> Option<&'static str> {
    let text = word.known().map_or_else(|| word.unknown().map_or("", |unknown| unknown.on.as_str()), String::as_str);
    let text = text.split('?').next().unwrap_or(text).trim_end_matches(['"', '/']);
    if text.contains("/jobs/") && text.ends_with("/play") {
        return Some("a job that waits for a person");
    }
    if text.ends_with("/trigger/pipeline") {
        return Some("a pipeline that this one does not wait for");
    }
    (text.contains("/runs/") && text.ends_with("/actions/apply")).then_some("an apply that this pipeline does not run")
}
