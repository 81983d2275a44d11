//! A pipeline's facts as policies see them. The schema of each kind is in `schema/`.

use engine_model::{Place, Unknown, Value, Why};

use super::around::Owners;
use super::flow::{self, plan_sources};
use super::invocation::{Changes, Invocation};
use super::job::{Artifacts, Job};
use super::login::{self, Login};
use super::path;
use super::pipeline::Pipeline;
use super::reach::{Ref, RefKind, RefName};
use super::start::{Limit, Start};
use super::{Command, JOB, PIPELINE, Runs};
use crate::sourced::{Origin, Sourced};
use crate::wire::{Item, Json, Node, Object};

/// What runs the gate in a pipeline: a job of it, or what it includes from elsewhere.
#[derive(Clone, Debug)]
pub struct Gate {
    /// The job's name, or the include's title.
    pub by: String,
    /// Where it is written.
    pub origin: Origin,
    /// In which pipelines of merge requests it runs: `all`, `some`, `by-hand`, `never`; unknown where that hangs on
    /// something.
    pub merge_requests: Value<String>,
    /// Whether a failure of it certainly stops them.
    pub stops: bool,
}

/// A pipeline on the wire, with the owners of its files and what runs the gate in it.
#[must_use]
pub fn pipeline_item(pipeline: &Pipeline, owners: &Owners, gates: &[Gate]) -> Item {
    let mut object = Object::default();
    object.put("path", Node::string(&pipeline.path, pipeline.origin.clone()));
    object.texts("stages", &pipeline.stages, None);
    let job = |job: &Job| Node::string(&job.name, Some(job.origin.clone()));
    object.list("jobs", pipeline.jobs.iter().map(job).collect(), None);
    let include = |include: &super::Include| {
        let mut object = Object::default();
        object.put("title", Node::string(&include.title, None));
        object.put("resolved", Node::new(Json::Boolean(include.resolved), None));
        object.finish(Some(Origin::written(include.place.clone())))
    };
    if let Some(path) = &owners.path {
        object.put("code_owners", Node::string(path.as_str(), None));
    }
    let file = |path: &engine_model::FilePath| {
        let mut object = Object::default();
        object.put("path", Node::string(path.as_str(), pipeline.origin.clone()));
        object.list("owners", owners.of(path).iter().map(|owner| Node::string(owner, None)).collect(), None);
        object.finish(pipeline.origin.clone())
    };
    let gate = |gate: &Gate| {
        let mut object = Object::default();
        object.put("by", Node::string(&gate.by, Some(gate.origin.clone())));
        let reach = Sourced { value: gate.merge_requests.clone(), origin: Some(gate.origin.clone()) };
        object.text("merge_requests", &reach);
        object.flag("stops", gate.stops);
        object.finish(Some(gate.origin.clone()))
    };
    object.list("gates", gates.iter().map(gate).collect(), None);
    let own = pipeline.files.iter().filter(|path| !super::is_copy(path));
    object.list("files", own.map(file).collect(), None);
    object.list("includes", pipeline.includes.iter().map(include).collect(), None);
    object.list("workflow", pipeline.workflow.iter().map(start).collect(), None);
    let title = format!("pipeline `{}`", pipeline.path);
    Item { kind: PIPELINE, title, root: object.finish(pipeline.origin.clone()) }
}

/// A job on the wire. `pipeline` is where it belongs: what its plan comes from stands in other jobs.
#[must_use]
pub fn job_item(pipeline: &Pipeline, job: &Job) -> Item {
    let origin = Some(job.origin.clone());
    let mut object = Object::default();
    object.put("name", Node::string(&job.name, origin.clone()));
    if job.key != job.name {
        object.put("key", Node::string(&job.key, origin.clone()));
    }
    object.put("pipeline", Node::string(&job.pipeline, None));
    let missing = |gap: &engine_model::Gap| gap.kind == JOB && gap.fields.is_empty();
    let complete = !pipeline.fragment && !pipeline.gaps.iter().any(missing);
    object.put("complete", Node::new(Json::Boolean(complete), None));
    object.text("stage", &job.stage);
    if let Some(position) = job.stage_position {
        object.put("stage_position", integer(position, job.stage.origin.clone()));
    }
    object.list("starts", job.starts.iter().map(|start| job_start(pipeline, job, start)).collect(), None);
    object.boolean("allow_failure", &job.allow_failure);
    for (name, limit) in [("only", &job.only), ("except", &job.except)] {
        if let Some(limit) = limit {
            object.put(name, limit_node(limit));
        }
    }
    if let Some(origin) = &job.environment.origin {
        let mut environment = Object::default();
        environment.text("name", &job.environment.name);
        environment.text("action", &job.environment.action);
        object.put("environment", environment.finish(Some(origin.clone())));
    }
    object.text("resource_group", &job.resource_group);
    if let Some(needs) = &job.needs {
        let need = |need: &super::Need| {
            let mut object = Object::default();
            object.text("job", &need.job);
            object.put("artifacts", Node::new(Json::Boolean(need.artifacts), None));
            object.put("foreign", Node::new(Json::Boolean(need.foreign), None));
            object.finish(need.job.origin.clone())
        };
        object.list("needs", needs.jobs.iter().map(need).collect(), Some(needs.origin.clone()));
    }
    if let Some(dependencies) = &job.dependencies {
        object.texts("dependencies", dependencies, None);
    }
    object.put("artifacts", artifacts(&job.artifacts));
    let cache = |cache: &super::Cache| {
        let mut object = Object::default();
        object.texts("paths", &cache.paths, None);
        object.boolean("untracked", &cache.untracked);
        object.finish(None)
    };
    object.list("cache", job.cache.iter().map(cache).collect(), None);
    object.text("image", &job.image);
    object.list("images", job.images.iter().map(image).collect(), None);
    if let Some(trigger) = &job.trigger {
        object.put("trigger", trigger_node(trigger));
    }
    let variable = |(name, value): &(String, Sourced<String>)| pair(name, value);
    object.list("variables", job.variables.iter().map(variable).collect(), None);
    object.texts("credentials", &job.credentials, None);
    object.texts("tags", &job.tags, None);
    let token = |token: &super::IdToken| {
        let mut object = Object::default();
        object.put("name", Node::string(&token.name, Some(token.origin.clone())));
        object.texts("aud", &token.audiences, Some(token.origin.clone()));
        object.finish(Some(token.origin.clone()))
    };
    object.list("id_tokens", job.id_tokens.iter().map(token).collect(), None);
    let logins = job.commands.iter().filter_map(login::login);
    object.list("logins", logins.map(|login| login_node(&login)).collect(), None);
    object.list("commands", job.commands.iter().map(|command| command_node(pipeline, job, command)).collect(), None);
    Item { kind: JOB, title: format!("job `{}`", job.name), root: object.finish(origin) }
}

/// A file that changes production and that no job runs, on the wire.
#[must_use]
pub fn script_item(script: &super::Script) -> Item {
    let mut object = Object::default();
    object.put("path", Node::string(script.path.as_str(), Some(script.origin.clone())));
    object.put("form", Node::string(script.form.as_str(), None));
    object.boolean("outside", &script.outside);
    let command = |command: &Command| {
        let mut object = Object::default();
        object.put("text", Node::string(text_at(&command.origin.place), Some(command.origin.clone())));
        if let Some(invocation) = &command.invocation {
            object.put("tool", Node::string(invocation.tool, None));
            object.text("action", &invocation.action);
            object.put("changes", Node::string(changes(invocation), None));
        }
        object.finish(Some(command.origin.clone()))
    };
    object.list("commands", script.commands.iter().map(command).collect(), None);
    let title = format!("`{}`", script.path);
    Item { kind: super::SCRIPT, title, root: object.finish(Some(script.origin.clone())) }
}

fn changes(invocation: &Invocation) -> &'static str {
    match invocation.changes {
        Changes::No => "no",
        Changes::Yes => "yes",
        Changes::Maybe => "maybe",
    }
}

fn login_node(login: &Login) -> Node {
    let mut object = Object::default();
    if let Some(method) = &login.method {
        object.put("method", Node::string(method, None));
    }
    object.text("mount", &login.mount);
    object.text("role", &login.role);
    if let Some(secret) = &login.secret {
        object.put("secret", Node::string(secret, None));
    }
    object.finish(Some(login.origin.clone()))
}

fn job_start(pipeline: &Pipeline, job: &Job, start: &Start) -> Node {
    let mut object = start_fields(start);
    let limit = [&job.only, &job.except].into_iter().flatten().find_map(|limit| limit.origin.as_ref());
    let origin = limit.or(start.origin.as_ref());
    let refs = start.refs.iter().map(|entry| ref_node(pipeline, entry, origin));
    object.list("refs", refs.collect(), None);
    if !start.held.by.is_empty() {
        let mut held = Object::default();
        let by = start.held.by.iter().map(|name| Node::string(name, start.origin.clone()));
        held.list("by", by.collect(), None);
        held.boolean("always", &Sourced { value: start.held.always.clone(), origin: start.origin.clone() });
        if let Some(shown) = &start.held.shown {
            held.put("unless", Node::string(shown, start.origin.clone()));
        }
        object.put("held", held.finish(start.origin.clone()));
    }
    object.finish(start.origin.clone())
}

fn ref_node(pipeline: &Pipeline, entry: &Ref, origin: Option<&Origin>) -> Node {
    let text = |text: &str| Node::string(text, origin.cloned());
    let mut object = Object::default();
    object.put(
        "type",
        text(match entry.kind {
            RefKind::Branch => "branch",
            RefKind::Tag => "tag",
            RefKind::MergeRequest => "merge-request",
        }),
    );
    let (matches, name) = match &entry.name {
        RefName::Exact(name) => ("exact", Some(name)),
        RefName::Pattern(name) => ("pattern", Some(name)),
        RefName::Default => ("default", None),
        RefName::Any => ("any", None),
    };
    object.put("matches", text(matches));
    if let Some(name) = name {
        object.put("name", text(name));
    }
    object.flag("protected", entry.protected);
    object.flag("fork", entry.fork);
    if let Some(witness) = &entry.witness {
        object.put("witness", witness_node(entry.kind, witness, origin));
    }
    object.list("sources", entry.sources.iter().map(|source| text(source)).collect(), None);
    // Who includes or triggers a piece of a pipeline may bound it.
    let elsewhere = || Unknown { why: Why::NotVendored, on: "the pipeline that this file is a piece of".to_owned() };
    let doubt = entry.doubt.clone().or_else(|| pipeline.fragment.then(elsewhere));
    let reached = doubt.map_or(Json::Boolean(true), Json::Unknown);
    object.put("reached", Node::new(reached, origin.cloned()));
    object.finish(origin.cloned())
}

/// A concrete pipeline that takes a way to start.
fn witness_node(kind: RefKind, witness: &super::Witness, origin: Option<&Origin>) -> Node {
    let text = |text: &String| Node::string(text, origin.cloned());
    let mut object = Object::default();
    object.put("text", text(&witness.sentence(kind)));
    object.put("source", text(&witness.source));
    object.put("name", text(&witness.name));
    let variable = |(name, value): &(String, Option<String>)| {
        let mut object = Object::default();
        object.put("name", text(name));
        if let Some(value) = value {
            object.put("value", text(value));
        }
        object.finish(origin.cloned())
    };
    object.list("variables", witness.variables.iter().map(variable).collect(), None);
    object.list("changed", witness.changed.iter().map(text).collect(), None);
    object.list("exists", witness.exists.iter().map(text).collect(), None);
    object.finish(origin.cloned())
}

fn start(start: &Start) -> Node {
    start_fields(start).finish(start.origin.clone())
}

fn start_fields(start: &Start) -> Object {
    let mut object = Object::default();
    object.text("when", &start.when);
    object.text("if", &start.condition);
    object.texts("files", &start.files, None);
    object.boolean("allow_failure", &start.allow_failure);
    object
}

fn limit_node(limit: &Limit) -> Node {
    let mut object = Object::default();
    object.texts("refs", &limit.refs, None);
    object.texts("variables", &limit.variables, None);
    object.texts("changes", &limit.changes, None);
    object.finish(limit.origin.clone())
}

fn image(image: &super::Image) -> Node {
    let mut object = Object::default();
    object.text("name", &image.name);
    object.text("repository", &image.repository);
    object.text("tag", &image.tag);
    object.text("digest", &image.digest);
    object.flag("service", image.service);
    object.finish(image.name.origin.clone())
}

fn trigger_node(trigger: &super::Trigger) -> Node {
    let mut object = Object::default();
    object.text("strategy", &trigger.strategy);
    object.text("project", &trigger.project);
    if let Some(child) = &trigger.child {
        object.put("pipeline", Node::string(child, Some(trigger.origin.clone())));
    }
    object.finish(Some(trigger.origin.clone()))
}

fn artifacts(artifacts: &Artifacts) -> Node {
    let mut object = Object::default();
    object.texts("paths", &artifacts.paths, None);
    object.texts("exclude", &artifacts.exclude, None);
    object.boolean("untracked", &artifacts.untracked);
    object.boolean("public", &artifacts.public);
    object.text("access", &artifacts.access);
    object.text("expire_in", &artifacts.expire_in);
    let report = |(kind, file): &(String, Sourced<String>)| {
        let mut object = Object::default();
        object.put("kind", Node::string(kind, None));
        object.text("file", file);
        object.finish(file.origin.clone())
    };
    object.list("reports", artifacts.reports.iter().map(report).collect(), None);
    object.finish(artifacts.origin.clone())
}

fn command_node(pipeline: &Pipeline, job: &Job, command: &Command) -> Node {
    let mut object = Object::default();
    object.put("section", Node::string(command.section.as_str(), None));
    object.put("text", Node::string(text_at(&command.origin.place), Some(command.origin.clone())));
    if let Some(program) = command.program() {
        object.put("program", Node::string(program, command.words.first().and_then(|word| word.origin.clone())));
    }
    object.texts("words", &command.words, None);
    let assignment = |(name, value): &(String, Sourced<String>)| pair(name, value);
    object.list("assignments", command.assignments.iter().map(assignment).collect(), None);
    let written = |path: &Sourced<String>| {
        let mut object = Object::default();
        object.text("path", path);
        object.list("kept", kept(job, path), None);
        object.finish(path.origin.clone())
    };
    object.list("writes", command.writes.iter().map(written).collect(), None);
    object.texts("removes", &command.removes, None);
    let name = |name: &String| Node::string(name, None);
    object.list("variables", command.variables.iter().map(name).collect(), None);
    if let Some(directory) = command.directory.path() {
        object.put("directory", Node::string(directory, None));
    }
    object.put("pipeline", integer(command.pipeline as usize, None));
    object.flag("conditional", command.conditional);
    object.flag("forgiven", command.forgiven);
    object.flag("logged", command.logged);
    object.flag("traced", command.traced);
    object.flag("function", command.function);
    let expansion = |expansion: &super::Expansion| {
        let mut object = Object::default();
        object.put("variable", Node::string(&expansion.variable, None));
        object.put("word", integer(expansion.word, None));
        object.put("before", Node::string(&expansion.before, None));
        object.finish(command.words.get(expansion.word).and_then(|word| word.origin.clone()))
    };
    object.list("expansions", command.expansions.iter().map(expansion).collect(), None);
    if let Some(invocation) = &command.invocation {
        object.put("invocation", invocation_node(pipeline, job, invocation));
    }
    object.finish(Some(command.origin.clone()))
}

fn invocation_node(pipeline: &Pipeline, job: &Job, invocation: &Invocation) -> Node {
    let mut object = Object::default();
    object.put("tool", Node::string(invocation.tool, None));
    object.text("action", &invocation.action);
    object.put("changes", Node::string(changes(invocation), None));
    let flag = |flag: &super::Flag| {
        let mut object = Object::default();
        object.put("name", Node::string(&flag.name, flag.word.origin.clone()));
        object.text("value", &flag.value);
        object.finish(flag.word.origin.clone())
    };
    object.list("flags", invocation.flags.iter().map(flag).collect(), None);
    object.texts("operands", &invocation.operands, None);
    object.flag("unattended", invocation.unattended);
    let runs = match invocation.runs {
        Runs::InJob => "in-job",
        Runs::Elsewhere => "elsewhere",
        Runs::Afterwards => "afterwards",
    };
    object.put("runs", Node::string(runs, None));
    if !invocation.plan.is_absent() {
        let mut plan = Object::default();
        plan.text("file", &invocation.plan);
        plan.list("kept", kept(job, &invocation.plan), None);
        let applies = invocation.changes != Changes::No;
        let sources = if applies { plan_sources(&pipeline.jobs, job, &invocation.plan) } else { Vec::new() };
        let source = |source: &super::PlanSource| {
            let mut object = Object::default();
            object.put("job", Node::string(&source.job, Some(source.command.clone())));
            object.put("made", Node::new(Json::Boolean(source.made), None));
            object.put("same_job", Node::new(Json::Boolean(source.same_job), None));
            object.put("kept", Node::new(Json::Boolean(source.kept), None));
            object.put("received", Node::new(Json::Boolean(source.received), None));
            object.finish(Some(source.command.clone()))
        };
        plan.list("sources", sources.iter().map(source).collect(), None);
        object.put("plan", plan.finish(invocation.plan.origin.clone()));
    }
    object.finish(None)
}

/// The artifacts, caches and reports of a job that keep a file: `{"by": "artifacts", "pattern": …}`.
fn kept(job: &Job, file: &Sourced<String>) -> Vec<Node> {
    let by = |by: &str, pattern: &str, origin: Option<Origin>| {
        let mut object = Object::default();
        object.put("by", Node::string(by, origin.clone()));
        object.put("pattern", Node::string(pattern, origin.clone()));
        object.finish(origin)
    };
    let covers =
        |pattern: &Sourced<String>| flow::expanded(job, pattern).is_some_and(|pattern| path::keeps(&pattern, file));
    let mut out = Vec::new();
    let excluded = job.artifacts.exclude.iter().any(covers);
    let text = |pattern: &Sourced<String>| match &pattern.value {
        Value::Known(text) => text.clone(),
        _ => String::new(),
    };
    if !excluded {
        let patterns = job.artifacts.paths.iter().filter(|pattern| covers(pattern));
        out.extend(patterns.map(|pattern| by("artifacts", &text(pattern), pattern.origin.clone())));
        let inside = file.get().is_none_or(|path| !path.starts_with(['/', '~']));
        if job.artifacts.untracked.get() == Some(&true) && inside {
            out.push(by("artifacts", "untracked", job.artifacts.untracked.origin.clone()));
        }
    }
    for (_, report) in job.artifacts.reports.iter().filter(|(_, report)| covers(report)) {
        out.push(by("report", &text(report), report.origin.clone()));
    }
    for cache in &job.cache {
        let patterns = cache.paths.iter().filter(|pattern| covers(pattern));
        out.extend(patterns.map(|pattern| by("cache", &text(pattern), pattern.origin.clone())));
    }
    out
}

fn pair(name: &str, value: &Sourced<String>) -> Node {
    let mut object = Object::default();
    object.put("name", Node::string(name, value.origin.clone()));
    object.text("value", value);
    object.finish(value.origin.clone())
}

/// The part of a scalar's decoded text that a place means.
fn text_at(place: &Place) -> &str {
    let text = place.document.scalar(place.node).map_or("", |scalar| scalar.text);
    place.range.map_or(text, |range| text.get(range.range()).unwrap_or(text))
}

fn integer(value: usize, origin: Option<Origin>) -> Node {
    Node::new(Json::Integer(i64::try_from(value).unwrap_or(i64::MAX)), origin)
}
