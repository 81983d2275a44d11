//! The jobs of a pipeline that run the gate: where they run, and what becomes of a failure.

use engine_config::Config;
use engine_facts::gitlab::{Command, Directory, Gate, Include, Job, Pipeline, Ref, RefKind, RefName, Section, Start};
use engine_facts::sourced::Origin;
use engine_model::{NodeId, Place, Value, Why};

use super::arguments::Arguments;

/// What the gate's own component and its plain include are called.
const COMPONENT: &str = "engine-check";

/// How far something runs in pipelines of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// In none.
    Never,
    /// In those where somebody starts it.
    ByHand,
    /// In some.
    Some,
    /// It cannot be told; on what it depends.
    Unknown(String),
    /// In all.
    All,
}

impl Reach {
    /// The greater, the surer.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Never => 0,
            Self::ByHand => 1,
            Self::Some => 2,
            Self::Unknown(_) => 3,
            Self::All => 4,
        }
    }
}

/// One kind of pipelines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) reach: Reach,
    /// Whether a failure certainly stops the pipeline.
    pub(super) stops: bool,
}

/// One call of the gate.
#[derive(Clone, Debug)]
pub(super) struct Run {
    /// The job's name.
    pub(super) job: String,
    /// The job's key.
    pub(super) key: Place,
    /// The command.
    pub(super) place: Place,
    pub(super) merge_requests: Way,
    pub(super) branch: Way,
    /// Whether its failure is the job's, whatever else the job does.
    pub(super) counts: bool,
    /// Whether it certainly runs where the job does.
    pub(super) unconditional: bool,
    pub(super) directory: Directory,
    pub(super) arguments: Arguments,
    /// Commands of the job, as written, that set a variable which the call uses.
    pub(super) feeds: Vec<String>,
    /// The other commands of the job and its image, as written: what may change what the call means.
    pub(super) around: Vec<String>,
}

/// Every call of the gate in a pipeline, in order.
pub(super) fn runs(pipeline: &Pipeline, config: &Config) -> Vec<Run> {
    let calls = |job: &Job| {
        let calls = job.commands.iter().filter_map(|command| Some((command, Arguments::of(command)?)));
        calls.map(|(command, arguments)| run(job, command, arguments, config)).collect::<Vec<_>>()
    };
    pipeline.jobs.iter().flat_map(calls).collect()
}

fn run(job: &Job, command: &Command, arguments: Arguments, config: &Config) -> Run {
    let in_script = matches!(command.section, Section::Script | Section::BeforeScript);
    let others = job.commands.iter().filter(|command| Arguments::of(command).is_none());
    let mut around: Vec<String> = others.map(|other| other.origin.place.location().text().to_owned()).collect();
    around.extend(job.image.get().cloned());
    let sets = |other: &&Command| other.assignments.iter().any(|(name, _)| command.variables.contains(name));
    let feeds = job.commands.iter().filter(sets).map(|other| other.origin.place.location().text().to_owned());
    Run {
        job: job.name.clone(),
        key: job.place().clone(),
        place: command.origin.place.clone(),
        merge_requests: way(job, &|reached| (reached.kind == RefKind::MergeRequest).then(|| is_any(reached))),
        branch: way(job, &|reached| production(reached, config)),
        counts: in_script && !command.forgiven,
        unconditional: !command.conditional,
        directory: command.directory.clone(),
        arguments,
        feeds: feeds.collect(),
        around,
    }
}

/// The surest way to start. `covers` says whether a ref is of the kind that is asked for, and all of that kind.
fn way(job: &Job, covers: &dyn Fn(&Ref) -> Option<bool>) -> Way {
    let mut best = Way { reach: Reach::Never, stops: false };
    for start in &job.starts {
        for reached in &start.refs {
            let Some(all) = covers(reached) else { continue };
            let way = Way { reach: reach(start, reached, all), stops: start.allow_failure.get() == Some(&false) };
            if (way.reach.rank(), way.stops) > (best.reach.rank(), best.stops) {
                best = way;
            }
        }
    }
    best
}

fn reach(start: &Start, reached: &Ref, all: bool) -> Reach {
    let when = match &start.when.value {
        Value::Known(when) => when.as_str(),
        Value::Unknown(unknown) => return Reach::Unknown(unknown.on.clone()),
        Value::Absent => "on_success",
    };
    match (when, &reached.doubt) {
        ("manual", _) => Reach::ByHand,
        ("on_failure", _) => Reach::Some,
        (_, Some(doubt)) => Reach::Unknown(doubt.on.clone()),
        _ if all => Reach::All,
        _ => Reach::Some,
    }
}

fn is_any(reached: &Ref) -> bool {
    reached.name == RefName::Any && !reached.protected
}

/// Whether a ref is a branch that production changes from, and pushes to it are covered.
fn production(reached: &Ref, config: &Config) -> Option<bool> {
    let named = |name: &str| config.branches.iter().any(|branch| branch.value == name);
    let is_production = match &reached.name {
        RefName::Any | RefName::Default => true,
        RefName::Exact(name) | RefName::Pattern(name) => named(name),
    };
    let pushed = reached.sources.is_empty() || reached.sources.iter().any(|source| source == "push");
    (reached.kind == RefKind::Branch && is_production).then_some(pushed)
}

/// What runs the gate in a pipeline, as policies see it.
pub(crate) fn gates(pipeline: &Pipeline, config: &Config) -> Vec<Gate> {
    let calls = runs(pipeline, config).into_iter().map(|run| Gate {
        by: run.job,
        origin: Origin::written(run.key),
        merge_requests: match run.merge_requests.reach {
            Reach::Never => Value::Known("never".to_owned()),
            Reach::ByHand => Value::Known("by-hand".to_owned()),
            Reach::Some => Value::Known("some".to_owned()),
            Reach::Unknown(on) => Value::unknown(Why::Dynamic, on),
            Reach::All => Value::Known("all".to_owned()),
        },
        stops: run.merge_requests.stops && run.counts && run.unconditional,
    });
    let elsewhere = brought(pipeline).into_iter().map(|include| Gate {
        by: include.title.clone(),
        origin: Origin::written(include.place.clone()),
        merge_requests: Value::unknown(Why::NotVendored, include.title.clone()),
        stops: true,
    });
    calls.chain(elsewhere).collect()
}

/// Includes from elsewhere that bring the gate's job, by their names.
pub(super) fn brought(pipeline: &Pipeline) -> Vec<&Include> {
    pipeline.includes.iter().filter(|include| !include.resolved && include.title.contains(COMPONENT)).collect()
}

/// What an include is given, by key, but for the version of what is included.
pub(super) fn given(include: &Include) -> Vec<(String, String)> {
    let (Place { document, node, .. }, entry) = (&include.place, entry(include));
    let text = |value: NodeId| {
        let text = document.source_text(value);
        if value == *node { text.split('@').next().unwrap_or(text) } else { text }
    };
    let pairs = document.entries(entry.node).iter().map(|pair| (document.source_text(pair.key), text(pair.value)));
    let mut given: Vec<(String, String)> =
        pairs.filter(|(key, _)| *key != "ref").map(|(key, text)| (key.to_owned(), text.to_owned())).collect();
    given.sort();
    given
}

/// The whole entry of an include.
pub(super) fn entry(include: &Include) -> Place {
    let place = &include.place;
    let mapping = place.document.parent(place.node).filter(|parent| !place.document.entries(*parent).is_empty());
    mapping.map_or_else(|| place.clone(), |entry| Place::new(&place.document, entry))
}
