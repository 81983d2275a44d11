//! What the first screen says of the pipelines, as far as these facts carry it.

use super::job::Job;
use super::pipeline::Pipeline;
use super::reach::{Ref, RefName};
use super::start::Start;

/// Sentences for the first screen, most important first.
#[must_use]
pub fn understood(pipelines: &[Pipeline]) -> Vec<String> {
    let mut out = Vec::new();
    if pipelines.is_empty() {
        return out;
    }
    let jobs: Vec<(&Pipeline, &Job)> =
        pipelines.iter().flat_map(|pipeline| pipeline.jobs.iter().map(move |job| (pipeline, job))).collect();
    let changing: Vec<_> = jobs.iter().filter(|(_, job)| job.changes().next().is_some()).collect();
    const SHOWN: usize = 4;
    let shown = changing.iter().take(SHOWN).map(|(pipeline, job)| described(pipeline, job, pipelines.len() > 1));
    let mut shown: Vec<String> = shown.collect();
    if changing.len() > SHOWN {
        shown.push(format!("and {} more", changing.len().saturating_sub(SHOWN)));
    }
    out.push(match changing.len() {
        0 => "no job changes production with a program that is known to".to_owned(),
        1 => format!("1 job changes production: {}", shown.join("; ")),
        all => format!("{all} jobs change production: {}", shown.join("; ")),
    });
    let stages = pipelines.iter().map(|pipeline| pipeline.stages.len().saturating_sub(2)).sum::<usize>();
    let includes: Vec<_> = pipelines.iter().flat_map(|pipeline| &pipeline.includes).collect();
    let resolved = includes.iter().filter(|include| include.resolved).count();
    let commands = jobs.iter().map(|(_, job)| job.commands.len()).sum::<usize>();
    let mut line = format!(
        "{} with {} in {}, {} read in their scripts",
        count(pipelines.len(), "pipeline"),
        count(jobs.len(), "job"),
        count(stages, "stage"),
        count(commands, "command"),
    );
    match includes.len() {
        0 => {}
        all if all == resolved => line.push_str(&format!(", {} resolved", count(all, "include"))),
        all => line.push_str(&format!(", {resolved} of {all} includes resolved")),
    }
    out.push(line);
    out
}

/// `Terraform Apply` (by hand on the branch `master` and on the tag `master`). What more than one name can start is shown
/// by one pipeline.
fn described(pipeline: &Pipeline, job: &Job, several: bool) -> String {
    const WAYS: usize = 2;
    let mut ways: Vec<String> = Vec::new();
    let mut is_shown = false;
    for start in job.starts.iter().filter(|start| !start.refs.is_empty()) {
        let way = format!("{} {}", when(start), listed(&refs(pipeline, start)));
        if ways.contains(&way) {
            continue;
        }
        let open = |entry: &&Ref| matches!(entry.name, RefName::Any | RefName::Pattern(_)) && !entry.protected;
        let mut shown = start.refs.iter().filter(open).filter_map(|entry| Some((entry.kind, entry.witness.as_ref()?)));
        match shown.next().filter(|_| !is_shown && ways.len() < WAYS) {
            Some((kind, witness)) => {
                is_shown = true;
                ways.push(format!("{way}, shown by {}", witness.sentence(kind)));
            }
            None => ways.push(way),
        }
    }
    let more = ways.len().saturating_sub(WAYS);
    ways.truncate(WAYS);
    let mut detail = if ways.is_empty() { "never".to_owned() } else { ways.join("; ") };
    if more > 0 {
        detail.push_str(&format!("; and in {}", count(more, "other way")));
    }
    let place = if several { format!(" in `{}`", pipeline.path) } else { String::new() };
    format!("`{}`{place} ({detail})", job.name)
}

fn when(start: &Start) -> &'static str {
    match start.when.get().map(String::as_str) {
        Some("manual") => "by hand",
        Some("delayed") => "by itself after a delay",
        Some("on_failure") => "by itself after a failure",
        Some(_) if start.held.always.known() == Some(&true) => "after a hand starts what it waits for",
        Some(_) => "by itself",
        None => "unknown how",
    }
}

/// The refs that a way takes, the first few of them.
fn refs(pipeline: &Pipeline, start: &Start) -> Vec<String> {
    const REFS: usize = 3;
    let mut refs: Vec<String> = Vec::new();
    for entry in &start.refs {
        let perhaps = if entry.doubt.is_some() || pipeline.fragment { "perhaps " } else { "" };
        let sentence = format!("{perhaps}{}", entry.sentence());
        if !refs.contains(&sentence) {
            refs.push(sentence);
        }
    }
    let more = refs.len().saturating_sub(REFS);
    refs.truncate(REFS);
    if more > 0 {
        refs.push(format!("{more} more"));
    }
    refs
}

/// `one, another and a third`.
fn listed(texts: &[String]) -> String {
    match texts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}
