//! One pipeline: its files merged, its jobs typed, what is wrong with it and what could not be seen.

use std::cell::Cell;
use std::collections::HashSet;
use std::sync::Arc;

use engine_model::{FilePath, Finding, Gap, Unknown, Value, Why};

use super::cursor::{Cursor, ENDLESS, Scope, TOO_MANY};
use super::elsewhere;
use super::extends;
use super::image;
use super::include::{Include, Includer, Library};
use super::job::{self, Job};
use super::node::{Edge, Field, Node, Shape};
use super::problem::Problem;
use super::reach::{self, Asked};
use super::reader::commands;
use super::shared::Shared;
use super::start;
use super::trigger::{self, Child};
use crate::sourced::{How, Origin, Sourced};

/// A pipeline.
#[derive(Clone, Debug, Default)]
pub struct Pipeline {
    /// The path of its own file.
    pub path: String,
    /// Where that file's content begins.
    pub origin: Option<Origin>,
    /// Its visible jobs, in order.
    pub jobs: Vec<Job>,
    /// Its stages in order, `.pre` and `.post` among them.
    pub stages: Vec<Sourced<String>>,
    /// What it includes, in order, nested ones too.
    pub includes: Vec<Include>,
    /// The files it was read from.
    pub files: Vec<FilePath>,
    /// Its own variables, which every job may override, in order.
    pub variables: Vec<(String, Sourced<String>)>,
    /// The `if:` and `when:` of `workflow:rules`, in order.
    pub workflow: Vec<start::Start>,
    /// The child pipelines that its jobs trigger, in order.
    pub children: Vec<Child>,
    /// Whether it is a piece that others include, so that jobs of theirs are not here. The caller knows.
    pub fragment: bool,
    /// What GitLab refuses about it.
    pub findings: Vec<Finding>,
    /// What could not be seen.
    pub gaps: Vec<Gap>,
}

/// Keywords of the top level that are no jobs.
const RESERVED: &[&str] = &[
    "default",
    "include",
    "stages",
    "types",
    "variables",
    "workflow",
    "image",
    "services",
    "cache",
    "before_script",
    "after_script",
    "spec",
];

/// Keywords of the top level that are jobs all the same where they have something to run.
const NOT_QUITE_RESERVED: &[&str] = &["default", "workflow", "types", "spec"];

/// Keywords that a job takes from `default:` where it does not have them.
const DEFAULTABLE: &[&str] = &[
    "after_script",
    "artifacts",
    "before_script",
    "cache",
    "hooks",
    "id_tokens",
    "image",
    "interruptible",
    "retry",
    "services",
    "tags",
    "timeout",
];

/// Keywords that act as a default when they stand at the top level.
const GLOBAL: &[&str] = &["image", "services", "cache", "before_script", "after_script"];

/// The stages of a pipeline that names none.
const DEFAULT_STAGES: &[&str] = &["build", "test", "deploy"];

/// Reads the pipeline whose own file is `path`; `None` where there is nothing of it to read.
#[must_use]
pub fn derive(library: &dyn Library, path: &FilePath) -> Option<Pipeline> {
    let mut includer = Includer::new(library);
    let merged = includer.file(path);
    assembled(library, includer, merged, path.to_string())
}

/// Reads a child pipeline; `None` where there is nothing of it to read.
#[must_use]
pub fn derive_child(library: &dyn Library, child: &Child) -> Option<Pipeline> {
    let mut includer = Includer::new(library);
    let from = child.include.node.place.document.file().path().clone();
    let merged = includer.all(&from, &child.include);
    assembled(library, includer, merged, child.title.clone())
}

fn assembled(
    library: &dyn Library,
    mut includer: Includer<'_>,
    merged: Option<Edge>,
    path: String,
) -> Option<Pipeline> {
    let open = !includer.gaps.is_empty();
    includer.conditions();
    let mut problems = std::mem::take(&mut includer.problems);
    let mut pipeline = Pipeline {
        path,
        includes: includer.includes,
        files: includer.files,
        gaps: includer.gaps,
        ..Pipeline::default()
    };
    if let Some(merged) = merged {
        let extended = extends::resolve(&merged, open);
        problems.extend(extended.problems);
        let scope = Scope { top: extended.top, open };
        jobs(library, &mut pipeline, &scope, &extended.lacking, &mut problems);
    } else if problems.is_empty() && pipeline.gaps.is_empty() {
        return None;
    }
    pipeline.findings = problems.into_iter().filter_map(Problem::finding).collect();
    Some(pipeline)
}

fn jobs(
    library: &dyn Library,
    pipeline: &mut Pipeline,
    scope: &Scope,
    lacking: &HashSet<Arc<str>>,
    problems: &mut Vec<Problem>,
) {
    let top_edge = Edge { node: Arc::clone(&scope.top), via: None };
    let top = Cursor::new(scope, &top_edge);
    let shared = Shared::new(library);
    pipeline.origin = Some(top.origin());
    pipeline.stages = stages(&top);
    let workflow = top.get("workflow").map(|workflow| start::rules(&workflow));
    let frame = Frame {
        workflow: workflow.as_ref().and_then(|(rules, _)| rules.clone()),
        lacking,
        steps: Cell::new(reach::MAX_STEPS),
    };
    pipeline.workflow = workflow.map_or_else(Vec::new, |(rules, base)| start::starts(rules, base, Vec::new()));
    pipeline.variables = job::own_variables(&top);
    for field in scope.top.fields() {
        let name = &*field.name;
        let node = &field.edge.node;
        let runs = ["script", "run", "trigger"].iter().any(|keyword| node.field(keyword).is_some());
        // GitLab makes a job of whatever it could run, also under a name that means something else.
        let reserved = RESERVED.contains(&name) && !(NOT_QUITE_RESERVED.contains(&name) && runs);
        if name.starts_with('.') || reserved || node.is_null() {
            continue;
        }
        if !matches!(field.edge.node.shape, Shape::Mapping(_)) {
            let message = format!("`{name}` is neither a keyword nor a job: a job is a mapping");
            problems.push(Problem::new(field.key.clone(), message));
            continue;
        }
        let edge = with_defaults(scope, &field.edge);
        let cursor = Cursor::new(scope, &edge);
        let mut job = typed(&shared, pipeline, field, &top, &cursor, scope, problems);
        job.starts = frame.starts(&cursor, &job);
        pipeline.gaps.extend(job.gaps.iter().cloned());
        pipeline.jobs.push(job);
    }
    stopped_by_itself(&mut pipeline.jobs);
    if !scope.open {
        for job in &pipeline.jobs {
            unknown_names(pipeline, job, problems);
        }
    }
}

/// What bounds all jobs of a pipeline.
struct Frame<'p> {
    /// `workflow:rules`.
    workflow: Option<Vec<start::Rule>>,
    /// Jobs that lack a base, which a missing include may hold.
    lacking: &'p HashSet<Arc<str>>,
    /// What is left for working out which refs reach the jobs.
    steps: Cell<usize>,
}

impl Frame<'_> {
    /// Every way a job can start, with what can take it.
    fn starts(&self, cursor: &Cursor<'_>, job: &Job) -> Vec<start::Start> {
        let (rules, base) = start::rules(cursor);
        let set = self.workflow.iter().flatten().flat_map(|rule| &rule.variables).map(String::as_str);
        let own = cursor.get("rules").is_some_and(|rules| rules.origin().via.is_none());
        let missing = self.lacking.contains(job.name.as_str()) && !own;
        let asked = Asked {
            workflow: self.workflow.as_deref(),
            rules: rules.as_deref(),
            only: job.only.as_ref(),
            except: job.except.as_ref(),
            declared: job.variables.iter().map(|(name, _)| name.as_str()).chain(set).collect(),
            doubt: missing.then(|| Unknown { why: Why::NotVendored, on: format!("what `{}` extends", job.name) }),
            steps: &self.steps,
        };
        let refs = reach::refs(&asked);
        start::starts(rules, base, refs)
    }
}

/// The job that stops an environment starts by itself when the environment's time is over.
fn stopped_by_itself(jobs: &mut [Job]) {
    let timed = jobs.iter().filter(|job| !job.environment.auto_stop_in.is_absent());
    let stops: Vec<(String, Option<Origin>)> = timed
        .filter_map(|job| Some((job.environment.on_stop.get()?.clone(), job.environment.auto_stop_in.origin.clone())))
        .collect();
    for (name, origin) in stops {
        for job in jobs.iter_mut().filter(|job| job.name == name) {
            let mut refs: Vec<reach::Ref> = Vec::new();
            for known in job.starts.iter().flat_map(|start| &start.refs) {
                if !refs.contains(known) {
                    refs.push(known.clone());
                }
            }
            job.starts.push(start::Start {
                when: Sourced { value: Value::Known("always".to_owned()), origin: origin.clone() },
                origin: origin.clone(),
                condition: Sourced::default(),
                files: Vec::new(),
                allow_failure: Sourced::implied(false),
                refs,
            });
        }
    }
}

/// Stages and jobs that a job names and the pipeline does not have.
fn unknown_names(pipeline: &Pipeline, job: &Job, problems: &mut Vec<Problem>) {
    let unknown = |name: &str| !pipeline.jobs.iter().any(|known| names(name, &known.name));
    if let (Some(stage), Some(origin), None) = (job.stage.get(), &job.stage.origin, job.stage_position)
        && pipeline.stages.iter().all(|known| known.get().is_some())
    {
        let message = format!("the stage `{stage}` is not one of this pipeline's stages");
        problems.push(Problem::new(origin.place.clone(), message));
    }
    let needed = job.needs.iter().flat_map(|needs| &needs.jobs).filter(|need| !need.foreign && !need.optional);
    let needed = needed.map(|need| ("needs", &need.job));
    let depended = job.dependencies.iter().flatten().map(|name| ("dependencies", name));
    for (keyword, sourced) in needed.chain(depended) {
        if let (Some(name), Some(origin)) = (sourced.get(), &sourced.origin)
            && unknown(name)
        {
            let message = format!("`{keyword}` names the job `{name}`, which is not in this pipeline");
            problems.push(Problem::new(origin.place.clone(), message));
        }
    }
}

/// Whether a name in `needs` means a job: one of a parallel job has its number or its variables behind the name.
fn names(name: &str, job: &str) -> bool {
    name.strip_prefix(job).is_some_and(|rest| rest.is_empty() || rest.starts_with(": [") || rest.starts_with(' '))
}

fn typed(
    shared: &Shared<'_>,
    pipeline: &mut Pipeline,
    field: &Field,
    top: &Cursor<'_>,
    job: &Cursor<'_>,
    scope: &Scope,
    problems: &mut Vec<Problem>,
) -> Job {
    let name = &*field.name;
    let runs = ["script", "run", "trigger"].iter().any(|keyword| job.get(keyword).is_some());
    if !runs && !scope.open {
        let message = format!("the job `{name}` has no `script`, `run` or `trigger`");
        problems.push(Problem::new(field.key.clone(), message));
    }
    for keyword in ["script", "before_script", "after_script", "rules"] {
        lost_references(job, keyword, scope, problems);
    }
    let stage = job::text(job, "stage");
    let stage = if stage.is_absent() { Sourced::implied("test".to_owned()) } else { stage };
    let stage_position =
        stage.get().and_then(|stage| pipeline.stages.iter().position(|known| known.get() == Some(stage)));
    let variables = job::variables(top, job);
    let (commands, mut gaps) = commands(shared, job, &variables);
    gaps.extend(elsewhere::gaps(job, &variables));
    let trigger = job.get("trigger").map(|trigger| {
        let child = trigger::child(name, &trigger, &mut gaps);
        let typed = trigger::typed(&trigger, child.as_ref());
        pipeline.children.extend(child);
        typed
    });
    Job {
        name: name.to_owned(),
        origin: Origin { place: field.key.clone(), via: field.edge.via.clone() },
        pipeline: pipeline.path.clone(),
        stage,
        stage_position,
        starts: Vec::new(),
        allow_failure: start::allow_failure(job),
        only: start::limit(job, "only"),
        except: start::limit(job, "except"),
        environment: job::environment(job),
        resource_group: job::text(job, "resource_group"),
        needs: job::needs(job),
        dependencies: job::dependencies(job),
        artifacts: job::artifacts(job),
        cache: job::caches(job),
        image: job::image(job),
        images: image::images(job, &variables),
        credentials: job::credentials(job),
        variables,
        trigger,
        commands,
        gaps,
    }
}

fn lost_references(job: &Cursor<'_>, keyword: &str, scope: &Scope, problems: &mut Vec<Problem>) {
    if scope.open {
        return;
    }
    for item in job.get(keyword).map_or_else(Vec::new, |cursor| cursor.flat()) {
        if let Some(lost) = item.lost() {
            let message = if matches!(&**lost, ENDLESS | TOO_MANY) {
                format!("`{keyword}` holds {lost}")
            } else {
                format!("`!reference` names `{lost}`, which is not in this pipeline")
            };
            problems.push(Problem::new(item.place().clone(), message));
        }
    }
}

fn stages(top: &Cursor<'_>) -> Vec<Sourced<String>> {
    let named = |name: &&str| Sourced::implied((*name).to_owned());
    let mut stages = vec![named(&".pre")];
    match top.get("stages") {
        Some(written) => stages.extend(written.flat().iter().map(job::scalar)),
        None => stages.extend(DEFAULT_STAGES.iter().map(named)),
    }
    stages.push(named(&".post"));
    stages
}

/// The job with every default keyword that it does not have and does not switch off.
fn with_defaults(scope: &Scope, job: &Edge) -> Edge {
    let cursor = Cursor::new(scope, job);
    let inherited = job::inherits(&cursor, "default");
    let mut fields: Vec<Field> = job.node.fields().to_vec();
    let default = scope.top.field("default");
    for keyword in DEFAULTABLE {
        let wanted = inherited.as_ref().is_none_or(|names| names.iter().any(|name| name == keyword));
        if !wanted || job.node.field(keyword).is_some() {
            continue;
        }
        let from_default = default.and_then(|default| {
            let field = default.edge.node.field(keyword)?;
            Some(Field {
                edge: Edge { node: Arc::clone(&field.edge.node), via: field.edge.via.clone() },
                ..field.clone()
            })
        });
        let global = || GLOBAL.contains(keyword).then(|| scope.top.field(keyword).cloned()).flatten();
        if let Some(field) = from_default.or_else(global) {
            let place = field.key.clone();
            fields.push(field.through(How::Default, &place));
        }
    }
    let node = Arc::new(Node { place: job.node.place.clone(), shape: Shape::Mapping(fields) });
    Edge { node, via: job.via.clone() }
}
