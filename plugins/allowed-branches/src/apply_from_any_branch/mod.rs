//! A job that changes production can start elsewhere than on production's branches.

use engine_sdk::prelude::*;

use crate::branch::{Config, Production};
use crate::guard::Protection;
use crate::job::{Job, Ref};

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

/// What is to be said of refs that can start the job.
enum Answer {
    Allowed,
    /// Tags that something may guard are a rule of their own.
    Elsewhere,
    Wrong(String),
    Open(String),
}

fn check((jobs, configs, protections): &(Items<Job>, Items<Config>, Items<Protection>), report: &mut Report) {
    let production = Production::new(configs);
    for job in jobs {
        let Some((command, certain)) = job.change() else { continue };
        for (index, start) in job.starts.iter().enumerate() {
            let place = |entry: usize| job.at("starts").index(index).key("refs").index(entry);
            let mut wrong: Vec<(usize, String)> = Vec::new();
            let mut open: Option<(usize, String)> = None;
            for (entry, refs) in start.refs.iter().enumerate() {
                match (answer(refs, &production, protections), refs.reached.settled()) {
                    (Answer::Allowed | Answer::Elsewhere, _) => {}
                    (Answer::Wrong(title), Ok(_)) => wrong.push((entry, title)),
                    (Answer::Wrong(title), Err(unknown)) => {
                        open.get_or_insert_with(|| {
                            (entry, format!("whether it can start {title} depends on {unknown}{}", refs.proof()))
                        });
                    }
                    (Answer::Open(why), _) => {
                        open.get_or_insert((entry, why));
                    }
                }
            }
            let name = &job.name;
            match (wrong.first(), open) {
                (Some((entry, _)), _) if certain => {
                    const SHOWN: usize = 3;
                    let mut titles: Vec<&str> = wrong.iter().take(SHOWN).map(|(_, title)| title.as_str()).collect();
                    let more = wrong.len().saturating_sub(SHOWN);
                    let more = if more == 0 { String::new() } else { format!("{more} more") };
                    titles.extend(Some(more.as_str()).filter(|more| !more.is_empty()));
                    let example = production.example();
                    let proof = start.refs.get(*entry).map_or_else(String::new, Ref::proof);
                    report
                        .finding(place(*entry), format!("job `{name}` changes production and can start {}{proof}", listed(&titles)))
                        .related(job.at("commands").index(command), "this changes production")
                        .help(format!("let it start on {} alone", production.title()))
                        .fix(Fix::snippet(
                            "bound the job to the branch",
                            format!("rules:\n  - if: $CI_COMMIT_BRANCH == \"{example}\"\n    when: manual\n    allow_failure: false\n"),
                        ));
                }
                (Some((entry, title)), _) => report.undecided(
                    place(*entry),
                    format!(
                        "job `{name}` can start {title}, and whether it changes production is not known before it runs"
                    ),
                ),
                (None, Some((entry, why))) => {
                    report.undecided(place(entry), format!("job `{name}` may change production, and {why}"));
                }
                (None, None) => {}
            }
        }
    }
}

fn answer(refs: &Ref, production: &Production, protections: &Items<Protection>) -> Answer {
    let title = refs.title();
    if refs.kind == "merge-request" {
        return Answer::Wrong(title);
    }
    let name = refs.name.as_deref().unwrap_or_default();
    let covered = match refs.matches.as_str() {
        "exact" | "pattern" => Some(production.has(name)),
        "default" => production.has_default(),
        _ => Some(production.has("*")),
    };
    match (refs.kind.as_str(), covered) {
        ("branch", Some(true)) => Answer::Allowed,
        ("branch", None) => {
            Answer::Open(format!("whether the default branch is one of {} is not written anywhere", production.title()))
        }
        ("branch", Some(false)) if refs.protected => protected(title, production, protections),
        ("tag", Some(true) | None) => Answer::Elsewhere,
        ("tag", Some(false)) if refs.protected => Answer::Elsewhere,
        _ => Answer::Wrong(title),
    }
}

/// Any protected branch can start the job: it depends on which ones are protected.
fn protected(title: String, production: &Production, protections: &Items<Protection>) -> Answer {
    if protections.is_empty() {
        return Answer::Open(format!("it can start {title}: which ones are protected is not stated here"));
    }
    let mut open = None;
    for protection in protections {
        match protection.branch.settled() {
            Ok(Some(branch)) if !production.has(branch) => {
                return Answer::Wrong(format!("{title}, and so on `{branch}`"));
            }
            Ok(_) => {}
            Err(unknown) => open = Some(format!("it can start {title}: which ones are protected depends on {unknown}")),
        }
    }
    open.map_or(Answer::Allowed, Answer::Open)
}

/// `one, another and a third`.
fn listed(titles: &[&str]) -> String {
    match titles {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
