//! Jobs as short text.

mod files;

use std::fmt::Write as _;

use engine_facts::gitlab::{Changes, Command, Job};
use engine_facts::sourced::{Origin, Sourced};
use engine_model::Value;
pub(crate) use files::Files;

pub(crate) fn rendered(files: &Files) -> String {
    let pipeline = files.pipeline();
    let mut out = String::new();
    for job in &pipeline.jobs {
        render_job(job, &mut out);
    }
    for finding in &pipeline.findings {
        writeln!(out, "finding: {} at {}", finding.message, line(&finding.location)).unwrap();
    }
    for gap in &pipeline.gaps {
        writeln!(out, "gap: {} at {}", gap.message, gap.location.as_ref().map(line).unwrap_or_default()).unwrap();
    }
    out
}

fn render_job(job: &Job, out: &mut String) {
    writeln!(out, "job {} at {}", job.name, line(&job.origin.place.location())).unwrap();
    writeln!(out, "  stage {}{}", text(&job.stage), at(job.stage.origin.as_ref())).unwrap();
    for start in &job.starts {
        let condition =
            if start.condition.is_absent() { String::new() } else { format!(" if {}", text(&start.condition)) };
        let failure = if start.allow_failure.get() == Some(&true) { ", allowed to fail" } else { "" };
        writeln!(out, "  starts {}{}{condition}{failure}", text(&start.when), at(start.when.origin.as_ref())).unwrap();
    }
    for (name, value) in &job.variables {
        writeln!(out, "  variable {name}={}{}", text(value), at(value.origin.as_ref())).unwrap();
    }
    if !job.artifacts.paths.is_empty() {
        let paths: Vec<String> = job.artifacts.paths.iter().map(text).collect();
        writeln!(out, "  artifacts [{}]", paths.join(", ")).unwrap();
    }
    for command in &job.commands {
        render_command(command, out);
    }
}

fn render_command(command: &Command, out: &mut String) {
    let mut words: String = command.words.iter().map(|word| format!("[{}]", text(word))).collect();
    if command.words.is_empty() {
        let assigned = command.assignments.iter().map(|(name, value)| {
            let value = if value.get().is_some() { text(value) } else { "?".into() };
            format!("{name}={value}")
        });
        words = assigned.collect::<Vec<_>>().join(" ");
    }
    writeln!(out, "  {} {words}{}", command.section.as_str(), at(Some(&command.origin))).unwrap();
    if let Some(invocation) = &command.invocation {
        let changes = match invocation.changes {
            Changes::No => "no",
            Changes::Yes => "yes",
            Changes::Maybe => "maybe",
        };
        let plan = match &invocation.plan.value {
            Value::Absent => String::new(),
            Value::Known(plan) => format!(", plan {plan}"),
            Value::Unknown(_) => ", plan ?".into(),
        };
        writeln!(out, "    {} {}: changes {changes}{plan}", invocation.tool, text(&invocation.action)).unwrap();
    }
}

fn text(value: &Sourced<String>) -> String {
    match &value.value {
        Value::Known(text) => text.clone(),
        Value::Unknown(unknown) => format!("?{}", unknown.on),
        Value::Absent => "-".into(),
    }
}

fn at(origin: Option<&Origin>) -> String {
    let Some(origin) = origin else { return String::new() };
    let mut out = format!(" at {}", line(&origin.place.location()));
    let mut hop = origin.via.as_deref();
    while let Some(via) = hop {
        let how = via.how.as_str();
        write!(out, " via {how} {}", line(&via.place.location())).unwrap();
        hop = via.next.as_deref();
    }
    out
}

fn line(location: &engine_model::Location) -> String {
    format!("{}:{}", location.file.path(), location.start().line)
}
