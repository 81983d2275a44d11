//! Our jobs against an answer: plain data that another program gave for the same pipeline.

use engine_facts::gitlab::{Job, Pipeline};
use engine_facts::sourced::Sourced;
use engine_model::Value as Three;
use serde_json::{Map, Value, json};

use crate::files::Files;

/// What differs, a line each; empty where nothing does.
pub(crate) fn differences(pipeline: &Pipeline, answer: &Map<String, Value>) -> Vec<String> {
    let mut out = Vec::new();
    for name in answer.keys().filter(|name| !pipeline.jobs.iter().any(|job| job.key == **name)) {
        out.push(format!("not ours: {name}"));
    }
    for job in &pipeline.jobs {
        let name = &job.name;
        let Some(expected) = answer.get(&job.key) else {
            out.push(format!("only ours: {name}"));
            continue;
        };
        let mut found = plain(job);
        let mut expected = expected.clone();
        if job.name != job.key {
            // The answer is the one job that a matrix makes several of.
            let written: Vec<String> = expected["variables"].as_object().unwrap().keys().cloned().collect();
            found["variables"].as_object_mut().unwrap().retain(|name, _| written.contains(name));
        }
        found["commands"] = commands(job);
        expected["commands"] = flat(&expected);
        for section in ["before_script", "script", "after_script"] {
            expected.as_object_mut().unwrap().remove(section);
        }
        let fields = found.as_object().unwrap().keys().chain(expected.as_object().unwrap().keys());
        let fields: std::collections::BTreeSet<&String> = fields.collect();
        for field in fields {
            let (ours, theirs) = (&found[field.as_str()], &expected[field.as_str()]);
            if ours != theirs {
                out.push(format!("{name}: {field}: ours {ours}, theirs {theirs}"));
            }
        }
    }
    out
}

/// A job as an answer has it, without its scripts.
fn plain(job: &Job) -> Value {
    let need = |need: &engine_facts::gitlab::Need| json!({"job": text(&need.job), "artifacts": need.artifacts});
    let variables: Map<String, Value> =
        job.variables.iter().filter(|(_, value)| !value.is_absent()).map(|(n, v)| (n.clone(), text(v))).collect();
    let starts = job.starts.iter().map(|start| {
        let mut out = json!({"when": text(&start.when)});
        if !start.condition.is_absent() {
            out["if"] = text(&start.condition);
        }
        out
    });
    let mut out = json!({
        "stage": text(&job.stage),
        "variables": variables,
        "artifacts": texts(&job.artifacts.paths),
        "cache": job.cache.iter().map(|cache| texts(&cache.paths)).collect::<Vec<_>>(),
        "starts": starts.collect::<Vec<_>>(),
    });
    if let Some(needs) = &job.needs {
        out["needs"] = needs.jobs.iter().map(need).collect();
    }
    if let Some(names) = &job.dependencies {
        out["dependencies"] = texts(names);
    }
    if job.environment.origin.is_some() {
        out["environment"] = json!({"name": text(&job.environment.name), "action": text(&job.environment.action)});
    }
    if !job.image.is_absent() {
        out["image"] = text(&job.image);
    }
    out
}

fn texts(values: &[Sourced<String>]) -> Value {
    values.iter().map(text).collect()
}

fn text(value: &Sourced<String>) -> Value {
    match &value.value {
        Three::Known(text) => text.as_str().into(),
        Three::Unknown(unknown) => json!({ "$unknown": unknown.on }),
        Three::Absent => Value::Null,
    }
}

/// The commands that a job's lines come to: section, text, and the words as far as they are known.
fn commands(job: &Job) -> Value {
    let command = |command: &engine_facts::gitlab::Command| {
        let place = &command.origin.place;
        let whole = place.document.scalar(place.node).map_or("", |scalar| scalar.text);
        let written = place.range.map_or(whole, |range| whole.get(range.range()).unwrap_or(whole));
        json!([command.section.as_str(), written, texts(&command.words)])
    };
    job.commands.iter().map(command).collect()
}

/// The commands of a job that has an answer's lines written out, with nothing to merge or to follow.
fn flat(answer: &Value) -> Value {
    let mut job = json!({"script": []});
    for keyword in ["before_script", "script", "after_script", "variables"] {
        job[keyword] = answer[keyword].clone();
    }
    // JSON is YAML.
    let files = Files::new(&format!("//- .gitlab-ci.yml\n{}\n", json!({ "job": job })));
    files.pipeline().jobs.first().map_or(Value::Null, commands)
}
