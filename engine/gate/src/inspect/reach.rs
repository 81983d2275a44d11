//! How a job can start, in sentences: which refs reach it, by which way, and what shows it.

use std::fmt::Write as _;

use engine_config::Config;
use engine_facts::gitlab::{Changes, Job, Pipeline, Project, Ref, Start};
use engine_model::{FilePath, Tree, Value, nearest};

use crate::derive;
use crate::gate::Error;
use crate::library::Library;
use crate::progress::Quiet;

/// What reaches the jobs of a name.
#[derive(Debug)]
pub struct Reached {
    /// The sentences, one job after another; empty where there is no such job.
    pub text: String,
    /// A job with a name like the one that was asked for.
    pub near: Option<String>,
    /// Whether all of it is certain.
    pub certain: bool,
}

/// Says how the jobs of a name can start, in all pipelines of a tree.
///
/// # Errors
/// Where the tree cannot be listed.
pub fn reach(tree: &dyn Tree, config: &Config, name: &str, named: &[FilePath]) -> Result<Reached, Error> {
    let library = Library::read(tree, named, false, &Quiet)?;
    let project = derive::project(&library, config);
    let pipelines = derive::pipelines(&library, &project);
    let mut reached = Reached { text: String::new(), near: None, certain: true };
    for pipeline in &pipelines {
        // Jobs of a matrix that start alike are said once.
        let mut alike: Vec<(Vec<&Job>, String)> = Vec::new();
        for job in pipeline.jobs.iter().filter(|job| job.name == name || job.key == name) {
            let mut text = String::new();
            reached.certain &= said(pipeline, job, &project, &mut text);
            match alike
                .last_mut()
                .filter(|(jobs, known)| *known == text && jobs.iter().all(|other| other.key == job.key))
            {
                Some((jobs, _)) => jobs.push(job),
                None => alike.push((vec![job], text)),
            }
        }
        for (jobs, text) in alike {
            if !reached.text.is_empty() {
                reached.text.push('\n');
            }
            let names: Vec<&str> = jobs.iter().map(|job| job.name.as_str()).collect();
            let place = jobs.first().map_or_else(String::new, |job| job.place().location().to_string());
            let _ = writeln!(reached.text, "{} at {place}", names.join(", "));
            reached.text.push_str(&text);
        }
    }
    if reached.text.is_empty() {
        let jobs = pipelines.iter().flat_map(|pipeline| &pipeline.jobs);
        let names = jobs.flat_map(|job| [job.key.as_str(), job.name.as_str()]);
        reached.near = nearest(name, names).map(str::to_owned);
    }
    Ok(reached)
}

/// Writes the sentences of one job, without its name; whether all of them are certain.
fn said(pipeline: &Pipeline, job: &Job, project: &Project, out: &mut String) -> bool {
    let mut certain = pipeline.gaps.is_empty() && !pipeline.fragment;
    match changes(job) {
        Some((text, true)) => _ = writeln!(out, "  changes production: {text}"),
        Some((text, false)) => _ = writeln!(out, "  may change production, which only the run tells: {text}"),
        None => {}
    }
    if job.starts.iter().all(|start| start.refs.is_empty()) {
        out.push_str("  nothing starts it, whatever the ref, the variables and the changed files\n");
        return certain;
    }
    for start in job.starts.iter().filter(|start| !start.refs.is_empty()) {
        let _ = writeln!(out, "  {}{}", by(start), written(start));
        for entry in &start.refs {
            certain &= entry.doubt.is_none();
            referred(entry, out);
        }
        held(start, out);
    }
    let _ = writeln!(out, "  Nothing else starts it: that holds for every name, every variable and every file.");
    if project.variable_override_role.is_none() {
        out.push_str(
            "  Nobody says who may pass variables to a pipeline (`gitlab.settings.variable_override_role`), so\n",
        );
        out.push_str("  GitLab's own are believed: its default for new projects is that nobody may.\n");
    }
    certain
}

fn referred(entry: &Ref, out: &mut String) {
    let sentence = entry.sentence();
    match &entry.doubt {
        None => _ = writeln!(out, "    {sentence}"),
        Some(doubt) => _ = writeln!(out, "    perhaps {sentence}: it depends on `{}`", doubt.on),
    }
    if let Some(witness) = &entry.witness {
        let shown = if entry.doubt.is_none() { "shown by" } else { "it would be" };
        let _ = writeln!(out, "      {shown} {}", witness.sentence(entry.kind));
    }
}

fn held(start: &Start, out: &mut String) {
    if start.held.by.is_empty() {
        return;
    }
    let by: Vec<String> = start.held.by.iter().map(|name| format!("`{name}`")).collect();
    let by = by.join(" or ");
    match &start.held.always {
        Value::Known(true) => _ = writeln!(out, "    somebody always has to start {by} first"),
        Value::Known(false) | Value::Absent => {
            let unless = start.held.shown.as_deref().unwrap_or("some pipelines");
            let _ = writeln!(out, "    somebody has to start {by} first, but not in {unless}");
        }
        Value::Unknown(why) => {
            _ = writeln!(out, "    whether somebody has to start {by} first depends on `{}`", why.on);
        }
    }
}

/// `by hand`, `by itself`.
fn by(start: &Start) -> String {
    match start.when.get().map(String::as_str) {
        Some("manual") if start.allow_failure.get() == Some(&true) => "by hand, and nothing waits for it".to_owned(),
        Some("manual") => "by hand, and the pipeline waits for it".to_owned(),
        Some("delayed") => "by itself after a delay".to_owned(),
        Some("on_failure") => "by itself after a failure".to_owned(),
        Some(_) => "by itself".to_owned(),
        None => "nobody can tell how".to_owned(),
    }
}

/// Where a way to start is written.
fn written(start: &Start) -> String {
    let condition = start.condition.get().map_or_else(String::new, |condition| format!(", if `{}`", condition.trim()));
    let at = start.origin.as_ref().map_or_else(String::new, |origin| format!(" ({})", origin.place.location()));
    format!("{condition}{at}")
}

/// What of a job changes production, and whether it certainly does.
fn changes(job: &Job) -> Option<(String, bool)> {
    let calls = job.changes().filter_map(|command| command.invocation.as_ref());
    let first = calls.min_by_key(|call| call.changes != Changes::Yes)?;
    let action = first.action.get().map_or("…", String::as_str);
    let title = if first.tool == "deployer" || action == first.tool {
        format!("`{action}`")
    } else {
        format!("`{} {action}`", first.tool)
    };
    Some((title, first.changes == Changes::Yes))
}
