//! One pipeline: its files merged, its jobs typed, what is wrong with it and what could not be seen.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use engine_model::{FilePath, Finding, Gap, GapCause, Unknown, Value, Why};

use super::cursor::{Cursor, ENDLESS, Scope, TOO_MANY};
use super::include::{Given, Include, Includer, Library};
use super::job::{self, Job};
use super::node::{Edge, Field, Node, Shape};
use super::parallel::{self, Instance, Names};
use super::problem::Problem;
use super::reach::{self, Above, Entry, Frame, Presence, Project, Reach, Started};
use super::reader::commands;
use super::shared::{Reached, Shared};
use super::trigger::{self, Child};
use super::{elsewhere, extends, image, keyword, merged, needed, reference, start};
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
    /// What of the repository its jobs run.
    pub reached: Reached,
    /// Whether it is a piece that others include, so that jobs of theirs are not here. The caller knows.
    pub fragment: bool,
    /// What becomes of each job in the one pipeline that was asked about; empty where none was.
    pub run: Vec<Presence>,
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

/// Stages that are always there, and make no pipeline alone.
const EDGES: [&str; 2] = [".pre", ".post"];

/// Reads the pipeline whose own file is `path`, however it is started; `None` where there is nothing of it to read.
#[must_use]
pub fn derive(library: &dyn Library, path: &FilePath, project: &Project) -> Option<Pipeline> {
    let mut includer = Includer::new(library, None);
    let merged = includer.own(path);
    assembled(library, includer, merged, path.to_string(), Around { project, started: None, above: None })
        .map(|(pipeline, _)| pipeline)
}

/// Reads a child pipeline; `None` where there is nothing of it to read.
#[must_use]
pub fn derive_child(library: &dyn Library, child: &Child, project: &Project) -> Option<Pipeline> {
    child_of(library, child, None, project).map(|(pipeline, _)| pipeline)
}

/// A pipeline, and its text as GitLab would print it.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// What is known of it.
    pub pipeline: Pipeline,
    /// Keywords of the top level that stand for all jobs: `variables`, `workflow`.
    pub shared: Vec<merged::Field>,
    /// Its visible jobs, in order.
    pub jobs: Vec<merged::Field>,
}

/// Reads the pipeline whose own file is `path`, started with what is given; `None` where there is nothing of it to read.
#[must_use]
pub fn resolve(library: &dyn Library, path: &FilePath, given: &Given) -> Option<Resolved> {
    let mut includer = Includer::new(library, Some(given));
    let merged = includer.own(path);
    let (pipeline, scope) = assembled(
        library,
        includer,
        merged,
        path.to_string(),
        Around { project: &given.project, started: given.started.as_ref(), above: None },
    )?;
    Some(written_out(pipeline, scope.as_ref()))
}

/// Reads a child pipeline of one that was started with what is given; `None` where there is nothing of it to read.
#[must_use]
pub fn resolve_child(library: &dyn Library, child: &Child, given: &Given) -> Option<Resolved> {
    let (pipeline, scope) = child_of(library, child, Some(given), &given.project)?;
    Some(written_out(pipeline, scope.as_ref()))
}

/// What is known around a pipeline.
#[derive(Clone, Copy)]
struct Around<'a> {
    project: &'a Project,
    /// The one pipeline that is asked about.
    started: Option<&'a Started>,
    /// What triggers it.
    above: Option<&'a Above>,
}

fn child_of(
    library: &dyn Library,
    child: &Child,
    given: Option<&Given>,
    project: &Project,
) -> Option<(Pipeline, Option<Scope>)> {
    let mut includer = Includer::new(library, given);
    let from = child.include.node.place.document.file().path().clone();
    let merged = includer.child(&from, &child.include);
    assembled(
        library,
        includer,
        merged,
        child.title.clone(),
        Around { project, started: given.and_then(|given| given.started.as_ref()), above: child.above.as_ref() },
    )
}

/// Keywords of the top level that a pipeline keeps beside its jobs.
const SHARED: [&str; 2] = ["variables", "workflow"];

fn written_out(mut pipeline: Pipeline, scope: Option<&Scope>) -> Resolved {
    let Some(scope) = scope else { return Resolved { pipeline, shared: Vec::new(), jobs: Vec::new() } };
    let mut writer = merged::Writer::default();
    let top = scope.cursor();
    let mut shared = Vec::new();
    for (name, value, key) in top.fields() {
        if SHARED.contains(&&*name) {
            shared.push(merged::Field { name, key, value: writer.value(&value) });
        }
    }
    let mut jobs = Vec::new();
    // The jobs were typed in this very order, those that are made of one together.
    let mut at = 0_usize;
    for field in visible(scope).filter(|field| matches!(field.edge.node.shape, Shape::Mapping(_))) {
        let edge = with_defaults(scope, &field.edge);
        let key = Origin { place: field.key.clone(), via: field.edge.via.clone() };
        let cursor = Cursor::new(scope, &edge);
        let made = parallel::instances(&field.name, &cursor);
        let range = at..at.saturating_add(made.len());
        at = range.end;
        let presence = pipeline.run.get(range.clone()).unwrap_or(&[]);
        let typed = pipeline.jobs.get(range).unwrap_or(&[]);
        let alike = presence.windows(2).all(|pair| matches!(pair, [one, other] if one == other));
        let mut write =
            |name: Arc<str>, job: Option<&Job>, presence: Option<&Presence>, instance: Option<&Instance>| {
                if presence == Some(&Presence::Absent) {
                    return;
                }
                let mut value = match instance {
                    Some(instance) => writer.instance(&cursor, &instance.variables),
                    None => writer.job(&cursor),
                };
                if let (Some(job), Some(Presence::Starts(way))) = (job, presence) {
                    value = merged::started(value, job.starts.get(*way));
                }
                jobs.push(merged::Field { name, key: key.clone(), value });
            };
        if alike {
            write(Arc::clone(&field.name), typed.first(), presence.first(), None);
            continue;
        }
        for (instance, (job, presence)) in made.iter().zip(typed.iter().zip(presence)) {
            write(instance.name.as_str().into(), Some(job), Some(presence), Some(instance));
        }
    }
    if let Some(place) = writer.stopped {
        let message = "the pipeline is more than what is written out".to_owned();
        let (cause, location) = (GapCause::NotEvaluated, Some(place.location()));
        pipeline.gaps.push(Gap { kind: super::JOB, fields: &[], cause, message, location, way_out: None });
    }
    Resolved { pipeline, shared, jobs }
}

fn assembled(
    library: &dyn Library,
    mut includer: Includer<'_>,
    merged: Option<Edge>,
    path: String,
    asked: Around<'_>,
) -> Option<(Pipeline, Option<Scope>)> {
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
    let scope = merged.map(|merged| {
        let extended = extends::resolve(&merged, open);
        problems.extend(extended.problems);
        let scope = Scope::new(extended.top, open);
        jobs(library, &mut pipeline, &scope, &extended.lacking, asked, &mut problems);
        problems.extend(reference::problems(&scope));
        scope
    });
    if scope.is_none() && problems.is_empty() && pipeline.gaps.is_empty() {
        return None;
    }
    pipeline.findings = problems.into_iter().filter_map(Problem::finding).collect();
    Some((pipeline, scope))
}

/// What GitLab makes jobs of, in order: whatever it could run, also under a name that means something else.
fn visible(scope: &Scope) -> impl Iterator<Item = &Field> {
    scope.top.fields().iter().filter(|field| {
        let name = &*field.name;
        let node = &field.edge.node;
        let runs = || ["script", "run", "trigger"].iter().any(|keyword| node.field(keyword).is_some());
        let reserved = RESERVED.contains(&name) && !(NOT_QUITE_RESERVED.contains(&name) && runs());
        !name.starts_with('.') && !reserved && !node.is_null()
    })
}

fn jobs(
    library: &dyn Library,
    pipeline: &mut Pipeline,
    scope: &Scope,
    lacking: &HashSet<Arc<str>>,
    asked: Around<'_>,
    problems: &mut Vec<Problem>,
) {
    let top = scope.cursor();
    let shared = Shared::new(library, &asked.project.deployers);
    pipeline.origin = Some(top.origin());
    pipeline.stages = stages(&top);
    let workflow = top.get("workflow").map(|workflow| start::rules(&workflow));
    if let Some(rules) = top.get("workflow").and_then(|workflow| workflow.get("rules")) {
        keyword::conditions(&rules, problems);
    }
    let mut frame = Frame {
        workflow: workflow.as_ref().and_then(|(rules, _)| rules.clone()),
        variables: job::own_variables(&top),
        jobs: Vec::new(),
        above: asked.above.cloned(),
    };
    pipeline.workflow = workflow.map_or_else(Vec::new, |(rules, base)| start::starts(rules, base, Vec::new()));
    pipeline.variables.clone_from(&frame.variables);
    let mut bases = Vec::new();
    for field in visible(scope) {
        let name = &*field.name;
        if !matches!(field.edge.node.shape, Shape::Mapping(_)) {
            let message = format!("`{name}` is neither a keyword nor a job: a job is a mapping");
            problems.push(Problem::new(field.key.clone(), message));
            continue;
        }
        let edge = with_defaults(scope, &field.edge);
        let cursor = Cursor::new(scope, &edge);
        refused(field, &cursor, scope, problems);
        for instance in parallel::instances(name, &cursor) {
            let job = typed(&shared, pipeline, field, &top, &cursor, &instance, problems);
            let (entry, base) = entry(&cursor, &job, &instance, lacking.contains(name));
            frame.jobs.push(entry);
            bases.push(base);
            pipeline.gaps.extend(job.gaps.iter().cloned());
            pipeline.jobs.push(job);
        }
    }
    pipeline.reached = shared.reached.take();
    let names = Names::new(&pipeline.jobs);
    if !scope.open {
        for job in &pipeline.jobs {
            needed::unknown_names(pipeline, &names, job, problems);
        }
        needed::circles(&pipeline.jobs, &names, problems);
    }
    parallel::spread(&mut pipeline.jobs, &names);
    started(pipeline, frame, bases, asked);
    stopped_by_itself(&mut pipeline.jobs);
}

/// What lets a job into its pipeline, and the way it starts where it has no rules. What it needs is not known yet.
fn entry(cursor: &Cursor<'_>, job: &Job, instance: &Instance, lacks: bool) -> (Entry, start::Start) {
    let (rules, base) = start::rules(cursor);
    let own = cursor.get("rules").is_some_and(|rules| rules.origin().via.is_none());
    let doubt = || Unknown { why: Why::NotVendored, on: format!("what `{}` extends", job.name) };
    let entry = Entry {
        rules,
        only: job.only.clone(),
        except: job.except.clone(),
        variables: job.variables.clone(),
        sets: job::own_variables(cursor).iter().chain(&instance.variables).map(|(name, _)| name.clone()).collect(),
        doubt: (lacks && !own).then(doubt),
        edge: job.stage.get().is_some_and(|stage| EDGES.contains(&stage.as_str())),
        stage: job.stage_position,
        needs: None,
        base: (base.when.get().cloned(), base.allow_failure.get().copied()),
    };
    (entry, base)
}

/// Gives each job every way it can start, with what can take it, and each child what triggers it.
fn started(pipeline: &mut Pipeline, mut frame: Frame, bases: Vec<start::Start>, asked: Around<'_>) {
    let index: HashMap<&str, usize> =
        pipeline.jobs.iter().enumerate().map(|(at, job)| (job.name.as_str(), at)).collect();
    for (entry, job) in frame.jobs.iter_mut().zip(&pipeline.jobs) {
        // A rule may name other needs than the job does.
        let overridden = entry.rules.iter().flatten().any(|rule| rule.needs);
        entry.needs = job.needs.as_ref().filter(|_| !overridden).map(|needs| {
            let local = needs.jobs.iter().filter(|need| !need.foreign);
            local.filter_map(|need| Some((*index.get(need.job.get()?.as_str())?, need.optional))).collect()
        });
    }
    let frame = Arc::new(frame);
    let reach = Reach::new(asked.project);
    pipeline.run = asked.started.map_or_else(Vec::new, |started| reach.run(&frame, started));
    for (job, presence) in pipeline.jobs.iter().zip(&pipeline.run) {
        if let Presence::Unknown(unknown) = presence {
            pipeline.gaps.push(Gap {
                kind: super::JOB,
                fields: &[],
                cause: GapCause::Dynamic,
                message: format!("whether `{}` is in this pipeline depends on `{}`", job.name, unknown.on),
                location: Some(job.place().location()),
                way_out: Some("say what it holds: --variable NAME=VALUE".to_owned()),
            });
        }
    }
    let names = |job: usize| pipeline.jobs.get(job).map_or_else(String::new, |job| job.name.clone());
    let all: Vec<_> = (0..frame.jobs.len())
        .map(|job| {
            let changes = pipeline.jobs.get(job).is_some_and(|job| job.changes().next().is_some());
            (reach.refs(&frame, job), if changes { reach.held(&frame, job, &names) } else { Vec::new() })
        })
        .collect();
    for ((job, entry), (base, (refs, held))) in
        pipeline.jobs.iter_mut().zip(&frame.jobs).zip(bases.into_iter().zip(all))
    {
        job.starts = start::starts(entry.rules.clone(), base, refs);
        let kept = entry.ways(|when, _| when != Some("never")).into_iter().zip(held).filter(|(kept, _)| *kept);
        for (start, (_, held)) in job.starts.iter_mut().zip(kept) {
            start.held = held;
        }
    }
    for child in &mut pipeline.children {
        let job = pipeline.jobs.iter().position(|job| job.name == child.job);
        child.above = job.map(|job| Above { frame: Arc::clone(&frame), job, forwards: child.forwards });
    }
}

/// The job that stops an environment starts by itself when the environment's time is over.
fn stopped_by_itself(jobs: &mut [Job]) {
    let timed = jobs.iter().filter(|job| !job.environment.auto_stop_in.is_absent());
    let stops: Vec<(String, Option<Origin>)> = timed
        .filter_map(|job| Some((job.environment.on_stop.get()?.clone(), job.environment.auto_stop_in.origin.clone())))
        .collect();
    for (name, origin) in stops {
        for job in jobs.iter_mut().filter(|job| job.key == name) {
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
                held: reach::Held::default(),
            });
        }
    }
}

/// What GitLab refuses of a job by itself.
fn refused(field: &Field, job: &Cursor<'_>, scope: &Scope, problems: &mut Vec<Problem>) {
    let name = &*field.name;
    let runs = ["script", "run", "trigger"].iter().any(|keyword| job.get(keyword).is_some());
    let waits = job.get("needs").is_some_and(|needs| needs.flat().iter().any(|need| need.get("pipeline").is_some()));
    if !runs && !waits && !scope.open {
        let message = format!("the job `{name}` has no `script`, `run` or `trigger`");
        problems.push(Problem::new(field.key.clone(), message));
    }
    keyword::problems(field, job, problems);
    for keyword in ["script", "before_script", "after_script", "rules"] {
        endless_lists(job, keyword, problems);
    }
}

fn typed(
    shared: &Shared<'_>,
    pipeline: &mut Pipeline,
    field: &Field,
    top: &Cursor<'_>,
    job: &Cursor<'_>,
    instance: &Instance,
    problems: &mut Vec<Problem>,
) -> Job {
    let stage = job::text(job, "stage");
    let stage = if stage.is_absent() { Sourced::implied("test".to_owned()) } else { stage };
    let stage_position =
        stage.get().and_then(|stage| pipeline.stages.iter().position(|known| known.get() == Some(stage)));
    let variables = job::variables(top, job, instance);
    let (needs, lacking) = job::needs(job, &instance.variables);
    for (name, place) in lacking {
        let message = format!("`needs` asks for `matrix.{name}`, which the job's matrix does not have");
        let known = instance.variables.iter().map(|(name, _)| name.as_str());
        Problem::new(place, message).meant(&name, known).once(problems);
    }
    let (commands, mut gaps) = commands(shared, job, &variables);
    gaps.extend(elsewhere::gaps(job, &variables));
    let trigger = job.get("trigger").map(|trigger| {
        let child = trigger::child(&instance.name, &trigger, &mut gaps);
        let typed = trigger::typed(&trigger, child.as_ref());
        pipeline.children.extend(child);
        typed
    });
    Job {
        name: instance.name.clone(),
        key: field.name.to_string(),
        several: instance.several,
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
        needs,
        dependencies: job::dependencies(job),
        artifacts: job::artifacts(job),
        cache: job::caches(job),
        image: job::image(job),
        images: image::images(job, &variables),
        tags: job::texts(job, "tags"),
        id_tokens: job::id_tokens(job),
        credentials: job::credentials(job),
        variables,
        trigger,
        commands,
        gaps,
    }
}

fn endless_lists(job: &Cursor<'_>, keyword: &str, problems: &mut Vec<Problem>) {
    for item in job.get(keyword).map_or_else(Vec::new, |cursor| cursor.flat()) {
        if let Some(lost) = item.lost().filter(|lost| matches!(&***lost, ENDLESS | TOO_MANY)) {
            problems.push(Problem::new(item.place().clone(), format!("`{keyword}` holds {lost}")));
        }
    }
}

fn stages(top: &Cursor<'_>) -> Vec<Sourced<String>> {
    let named = |name: &&str| Sourced::implied((*name).to_owned());
    let mut stages = vec![named(&".pre")];
    match top.get("stages") {
        // GitLab takes the two out wherever they stand.
        Some(written) => stages.extend(
            written
                .flat()
                .iter()
                .map(job::scalar)
                .filter(|stage| !stage.get().is_some_and(|name| [".pre", ".post"].contains(&name.as_str()))),
        ),
        None => stages.extend(DEFAULT_STAGES.iter().map(named)),
    }
    stages.push(named(&".post"));
    stages
}

/// The job with every default keyword that it does not have and does not switch off. A job that triggers a pipeline runs
/// nothing, and takes none.
fn with_defaults(scope: &Scope, job: &Edge) -> Edge {
    let cursor = Cursor::new(scope, job);
    let inherited = job::inherits(&cursor, "default");
    let mut fields: Vec<Field> = job.node.fields().to_vec();
    let default = scope.field("default");
    let triggers = job.node.field("trigger").is_some_and(|trigger| !trigger.edge.node.is_null());
    for keyword in DEFAULTABLE.iter().filter(|_| !triggers) {
        let wanted = inherited.as_ref().is_none_or(|names| names.iter().any(|name| name == keyword));
        // What is written and null is not written to GitLab.
        if !wanted || job.node.field(keyword).is_some_and(|field| !field.edge.node.is_null()) {
            continue;
        }
        fields.retain(|field| &*field.name != *keyword);
        let from_default = default.and_then(|default| {
            let field = default.edge.node.field(keyword).filter(|field| !field.edge.node.is_null())?;
            Some(Field {
                edge: Edge { node: Arc::clone(&field.edge.node), via: field.edge.via.clone() },
                ..field.clone()
            })
        });
        let global = || GLOBAL.contains(keyword).then(|| scope.field(keyword).cloned()).flatten();
        if let Some(field) = from_default.or_else(global) {
            let place = field.key.clone();
            fields.push(field.through(How::Default, &place));
        }
    }
    let node = Arc::new(Node { place: job.node.place.clone(), shape: Shape::Mapping(fields) });
    Edge { node, via: job.via.clone() }
}
