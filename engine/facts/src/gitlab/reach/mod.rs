//! Which refs reach a job, for all refs, sources and variables at once, and something concrete that shows it.
//!
//! What a rule asks becomes a [`formula`] in every kind of pipeline that the text tells apart ([`world`]): branch, tag
//! or merge request, by which source, protected or not, from a fork or not, with whose variables. [`search`] finds every
//! way in which the formulas of a rule hold together; where they are many, [`solver`] does, over the few values that the
//! texts of a term come to ([`domain`]). A name, a value or a path that has to exist is made by the
//! machines of its patterns, so that a yes carries a [`Witness`] and a no holds for every text there is. What cannot be
//! told is a reason of its own, and where the search would take too long it says that.

mod domain;
mod files;
mod formula;
mod frame;
mod mentioned;
mod model;
mod run;
mod search;
mod sentence;
mod solver;
mod translate;
mod ways;
mod witness;
mod world;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use engine_model::{Unknown, Value, Why};

use super::condition::Expression;
use super::language::Languages;
use super::start::Rule;
use crate::sourced::Sourced;
use formula::{Clause, Formula, Table};
use frame::Declared;
use mentioned::Mentioned;
use search::{Search, TooMuch};
use solver::Solvers;
use translate::Walk;
use ways::{Doubt, TOO_MUCH, Ways, doubt, open};
use world::{Hands, World};

pub(super) use files::language as paths;
pub use frame::Above;
pub(super) use frame::{Entry, Frame};
pub use run::{Presence, Started};
pub use witness::Witness;
pub use world::PIPELINE_SOURCES;

/// What can take a way to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ref {
    /// What the pipeline is for.
    pub kind: RefKind,
    /// The ref's name; of a merge request, its source branch.
    pub name: RefName,
    /// Whether only refs that are protected can.
    pub protected: bool,
    /// Whether a merge request from a fork can.
    pub fork: bool,
    /// The sources of the pipeline, sorted; empty for any.
    pub sources: Vec<String>,
    /// Why it cannot be told whether it can; `None` where it can.
    pub doubt: Option<Unknown>,
    /// A pipeline that does, or may where there is a doubt; `None` where none was looked for.
    pub witness: Option<Witness>,
}

/// What a pipeline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefKind {
    /// A branch.
    Branch,
    /// A tag.
    Tag,
    /// A merge request.
    MergeRequest,
}

/// Names of refs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefName {
    /// Any, or any but a few.
    Any,
    /// The default branch's.
    Default,
    /// This one.
    Exact(String),
    /// Those that match, `*` standing for any number of characters.
    Pattern(String),
}

/// What is known of the project that a pipeline runs in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Project {
    /// The name of its default branch.
    pub default_branch: Option<String>,
    /// The least role that may pass variables to a pipeline, as GitLab calls it; `None` where nobody says. Then
    /// GitLab's own variables are believed, which is GitLab's default for new projects: nobody may.
    pub variable_override_role: Option<String>,
    /// Programs of the team's own that change production, by their names.
    pub deployers: Vec<String>,
}

impl Project {
    /// Whether a developer may pass variables to a pipeline, for sure.
    #[must_use]
    pub fn developers_pass_variables(&self) -> bool {
        self.variable_override_role.as_deref() == Some("developer")
    }
}

/// Whether somebody has to start a job by hand before another one can start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// The names of the jobs that somebody may have to start; empty where there is none.
    pub by: Vec<String>,
    /// Whether one of them always is in the way; unknown where that cannot be told.
    pub always: Value<bool>,
    /// A pipeline in which none of them is, in a sentence.
    pub shown: Option<String>,
}

/// Whether an expression holds for variables that are all known; `None` where that is not followed.
pub(super) fn holds(condition: &Expression, variables: &BTreeMap<String, String>) -> Option<bool> {
    let known = variables.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect();
    let (table, languages, declared) = (Table::default(), Languages::default(), Declared(known));
    let none = BTreeSet::new();
    let world = World {
        table: &table,
        languages: &languages,
        declared: &declared,
        kind: RefKind::Branch,
        source: "push",
        root: "push",
        protected: None,
        fork: None,
        projects: &none,
        hands: Hands::Told,
        default: None,
        overlay: Overlay { rule: None, variables: &[] },
        told: None,
    };
    match world.holds(condition) {
        Formula::Known(truth) => Some(truth),
        _ => None,
    }
}

/// The number of a list of formulas; that of the empty one is zero.
type Chain = usize;

/// What has to hold for each way to start in one kind of pipeline.
struct Asked {
    /// What has to hold for all of them, and then that no rule before one matches.
    base: Vec<Clause>,
    /// The number of each beginning of it, the empty one first.
    chains: Vec<Chain>,
    /// For each way what has to hold besides, and how much of the base; `None` for one that is not there.
    ways: Vec<Option<Question>>,
    /// Whether a solver was made for it.
    prepared: Cell<bool>,
}

/// What has to hold for one way to start.
#[derive(Clone)]
struct Question {
    own: Vec<Clause>,
    base: usize,
}

/// What is done with it.
type Work<'w> = dyn FnMut(&World<'_>, &Asked) -> Result<(), TooMuch> + 'w;

/// The ways of one set of formulas, or that they are too many to follow.
type Found = Rc<Result<Vec<search::Cell>, TooMuch>>;

/// Works out which refs reach the jobs of one pipeline.
pub(super) struct Reach<'p> {
    project: &'p Project,
    table: Table,
    languages: Languages,
    /// Jobs share bases, and kinds of pipelines share answers.
    found: RefCell<HashMap<(Vec<Clause>, Chain), Found>>,
    /// The numbers of lists of formulas, by that of all but the last one.
    chains: RefCell<HashMap<(Chain, Clause), Chain>>,
    /// What solves many formulas at once.
    solvers: RefCell<Solvers>,
}

impl<'p> Reach<'p> {
    pub(super) fn new(project: &'p Project) -> Self {
        Self {
            project,
            table: Table::default(),
            languages: Languages::default(),
            found: RefCell::default(),
            chains: RefCell::default(),
            solvers: RefCell::default(),
        }
    }

    /// What can take each of the job's ways to start: for each rule in order, also those that say `never`, or for its
    /// only way where it has no rules.
    pub(super) fn refs(&self, frame: &Frame, job: usize) -> Vec<Vec<Ref>> {
        let Some(entry) = frame.jobs.get(job) else { return Vec::new() };
        let count = entry.rules.as_ref().map_or(1, Vec::len);
        let mentioned = self.mentioned(frame, job, &frame.needed(job));
        let mut tables: Vec<Ways> = vec![Ways::default(); count];
        let done = self.each(frame, job, &mentioned, &mut |world, asked| {
            for (table, way) in tables.iter_mut().zip(&asked.ways) {
                let Some(way) = way else { continue };
                let found = self.ways(way, asked, world);
                let cells = found.as_ref().as_ref().map_err(|too_much| *too_much)?;
                cells.iter().for_each(|cell| table.add(world, cell));
            }
            Ok(())
        });
        match done {
            Ok(()) => tables.into_iter().map(|ways| ways.refs(&mentioned)).collect(),
            Err(TooMuch) => vec![open(); count],
        }
    }

    /// For each way to start of a job whether somebody has to start another job by hand first.
    pub(super) fn held(&self, frame: &Frame, job: usize, names: &dyn Fn(usize) -> String) -> Vec<Held> {
        let Some(entry) = frame.jobs.get(job) else { return Vec::new() };
        let count = entry.rules.as_ref().map_or(1, Vec::len);
        let manual = |entry: &Entry, by_stage: bool| {
            entry.ways(|when, failure| when == Some("manual") && (!by_stage || failure == Some(false)))
        };
        let before = frame.before(job);
        let gates = before.iter().filter_map(|(index, by_stage)| {
            let ways = manual(frame.jobs.get(*index)?, *by_stage);
            ways.contains(&true).then_some((*index, ways))
        });
        let gates: Vec<(usize, Vec<bool>)> = gates.collect();
        if gates.is_empty() {
            return vec![Held::default(); count];
        }
        let by: Vec<String> = gates.iter().map(|(index, _)| names(*index)).collect();
        let mut held = vec![Held { by, always: Value::Known(true), shown: None }; count];
        let mut others = frame.needed(job);
        others.extend(gates.iter().map(|(index, _)| *index));
        let mentioned = self.mentioned(frame, job, &others);
        let done = self.each(frame, job, &mentioned, &mut |world, asked| {
            let waits = gates.iter().map(|(index, ways)| self.entry(frame, *index, world, ways));
            let free = Formula::any(waits).not();
            for (held, way) in held.iter_mut().zip(&asked.ways) {
                let Some(mut way) = way.clone() else { continue };
                if free == Formula::Known(false) || held.always == Value::Known(false) {
                    continue;
                }
                if free != Formula::Known(true) {
                    way.own.push(self.table.clause(&free));
                }
                let found = self.ways(&way, asked, world);
                let cells = found.as_ref().as_ref().map_err(|too_much| *too_much)?;
                let Some(cell) = cells.iter().min_by_key(|cell| cell.doubt.is_some()) else { continue };
                let witness = Witness::of(world, cell);
                held.always = match doubt(world, cell, &witness) {
                    Doubt::None => Value::Known(false),
                    Doubt::Some(why) => Value::Unknown(why),
                    Doubt::Said => continue,
                };
                held.shown = Some(witness.sentence(world.kind));
            }
            Ok(())
        });
        if done.is_err() {
            let why = Unknown { why: Why::NotEvaluated, on: TOO_MUCH.to_owned() };
            held.iter_mut().for_each(|held| held.always = Value::Unknown(why.clone()));
        }
        held
    }

    fn mentioned(&self, frame: &Frame, job: usize, others: &BTreeSet<usize>) -> Mentioned {
        let mut jobs = others.clone();
        jobs.insert(job);
        if frame.jobs.get(job).is_some_and(|entry| entry.edge) {
            jobs.extend(0..frame.jobs.len());
        }
        let mut mentioned = Mentioned::default();
        mentioned.frame(frame, &jobs);
        mentioned
    }

    /// Hands over what has to hold for each of a job's ways to start, in every kind of pipeline that is told apart.
    fn each(&self, frame: &Frame, job: usize, mentioned: &Mentioned, work: &mut Work<'_>) -> Result<(), TooMuch> {
        let Some(entry) = frame.jobs.get(job) else { return Ok(()) };
        let needed = frame.needed(job);
        for overlay in overlays(frame.workflow.as_deref()) {
            let declared = self.declared(frame, entry, &overlay, &mentioned.names);
            for world in self.worlds(frame, mentioned, &declared, overlay) {
                let mut exists = self.exists(frame, &world);
                exists.push(world.facts());
                if entry.edge {
                    let jobs = frame.jobs.iter().enumerate().filter(|(_, other)| !other.edge);
                    exists.push(Formula::any(jobs.map(|(index, _)| self.present(frame, index, &world))));
                }
                for need in &needed {
                    exists.push(self.present(frame, *need, &world));
                }
                exists.extend(entry.doubt.as_ref().map(|doubt| self.table.open(doubt)));
                if exists.contains(&Formula::Known(false)) {
                    continue;
                }
                let walk = match &entry.rules {
                    Some(rules) => world.walk(rules),
                    None => {
                        let (only, except) = (entry.only.as_ref(), entry.except.as_ref());
                        let own = world.limited(only, except, frame.workflow.is_some());
                        Walk { own: vec![(own, 0)], not: Vec::new() }
                    }
                };
                let clauses = |formulas: &[Formula]| -> Vec<Clause> {
                    let kept = formulas.iter().filter(|formula| **formula != Formula::Known(true));
                    kept.map(|formula| self.table.clause(formula)).collect()
                };
                let (mut base, not) = (clauses(&exists), clauses(&walk.not));
                let exists = base.len();
                base.extend(&not);
                let way = |(own, before): &(Formula, usize)| match own {
                    Formula::Known(false) => None,
                    own => {
                        let base = exists.saturating_add(*before).min(base.len());
                        Some(Question { own: clauses(std::slice::from_ref(own)), base })
                    }
                };
                let ways = walk.own.iter().map(way).collect();
                let chains = self.chained(&base);
                work(&world, &Asked { base, chains, ways, prepared: Cell::new(false) })?;
            }
        }
        Ok(())
    }

    /// The variables that the text sets for a job.
    fn declared(&self, frame: &Frame, entry: &Entry, overlay: &Overlay<'_>, names: &BTreeSet<String>) -> Declared {
        let own = overlay.over(entry);
        let mut layers: Vec<&[(String, Sourced<String>)]> = vec![&own];
        layers.extend(frame.passed());
        Declared::new(&layers, names)
    }

    /// What has to hold so that the pipeline is made.
    fn exists(&self, frame: &Frame, world: &World<'_>) -> Vec<Formula> {
        let mut out = match &frame.workflow {
            None => Vec::new(),
            Some(rules) => {
                let mut layers: Vec<&[(String, Sourced<String>)]> = vec![&frame.variables];
                layers.extend(frame.passed());
                let above = Declared::new(&layers, &mentioned::of_rules(rules));
                world.overlay.exists(&World { declared: &above, ..world.clone() }, rules)
            }
        };
        if let Some(above) = &frame.above {
            let source = if above.frame.above.is_some() { "parent_pipeline" } else { world.root };
            let each = overlays(above.frame.workflow.as_deref()).into_iter().map(|overlay| {
                let world = World { source, overlay, ..world.clone() };
                let mut all = self.exists(&above.frame, &world);
                all.push(self.present(&above.frame, above.job, &world));
                Formula::all(all)
            });
            out.push(Formula::any(each));
        }
        out
    }

    /// What has to hold so that a job is in the pipeline.
    fn present(&self, frame: &Frame, job: usize, world: &World<'_>) -> Formula {
        let ways = frame.jobs.get(job).map_or_else(Vec::new, |entry| entry.ways(|_, _| true));
        self.entry(frame, job, world, &ways)
    }

    /// What has to hold so that a job starts in one of these ways.
    fn entry(&self, frame: &Frame, job: usize, world: &World<'_>, ways: &[bool]) -> Formula {
        let Some(entry) = frame.jobs.get(job) else { return Formula::Known(false) };
        let declared = self.declared(frame, entry, &world.overlay, &mentioned::names(entry));
        let world = World { declared: &declared, ..world.clone() };
        match &entry.rules {
            Some(rules) => world.walk(rules).any(ways.iter().copied()),
            None if ways.contains(&true) => {
                world.limited(entry.only.as_ref(), entry.except.as_ref(), frame.workflow.is_some())
            }
            None => Formula::Known(false),
        }
    }

    /// Every kind of pipeline that is told apart, those first that need nobody's help.
    fn worlds<'w>(
        &'w self,
        frame: &Frame,
        mentioned: &'w Mentioned,
        declared: &'w Declared,
        overlay: Overlay<'w>,
    ) -> Vec<World<'w>> {
        let mut out = Vec::new();
        let protections: &[Option<bool>] = if mentioned.protection { &[Some(false), Some(true)] } else { &[None] };
        for hands in [Hands::Nobody, Hands::Starter, Hands::Project] {
            if hands == Hands::Starter && !self.project.developers_pass_variables()
                || hands == Hands::Project && !mentioned.own
            {
                continue;
            }
            for kind in [RefKind::Branch, RefKind::Tag, RefKind::MergeRequest] {
                let forks: &[Option<bool>] = match kind {
                    RefKind::MergeRequest if !mentioned.projects.is_empty() => &[Some(true), Some(false)],
                    _ => &[None],
                };
                for root in mentioned.sources_of(kind) {
                    if hands == Hands::Starter && !World::passes(kind, root) {
                        continue;
                    }
                    for (protected, fork) in protections.iter().flat_map(|p| forks.iter().map(move |f| (*p, *f))) {
                        out.push(World {
                            table: &self.table,
                            languages: &self.languages,
                            declared,
                            overlay,
                            kind,
                            source: if frame.above.is_some() { "parent_pipeline" } else { root },
                            root,
                            protected,
                            fork,
                            projects: &mentioned.projects,
                            hands,
                            default: self.project.default_branch.as_deref(),
                            told: None,
                        });
                    }
                }
            }
        }
        out
    }

    /// The number of each beginning of a list.
    fn chained(&self, base: &[Clause]) -> Vec<Chain> {
        let mut chains = self.chains.borrow_mut();
        let mut last = 0;
        let mut out = vec![last];
        for clause in base {
            let fresh = chains.len().saturating_add(1);
            last = *chains.entry((last, *clause)).or_insert(fresh);
            out.push(last);
        }
        out
    }

    /// Makes the solver for what is asked, where that was not done.
    fn prepared(&self, way: &Question, asked: &Asked) -> Result<(), TooMuch> {
        let mut solvers = self.solvers.borrow_mut();
        if asked.prepared.replace(true) && solvers.covers(&way.own) {
            return Ok(());
        }
        let all = asked.ways.iter().flatten().flat_map(|way| &way.own).chain(&asked.base).chain(&way.own);
        solvers.prepare(&self.table, &self.languages, all.copied().collect())
    }

    fn ways(&self, way: &Question, asked: &Asked, world: &World<'_>) -> Found {
        let key = (way.own.clone(), asked.chains.get(way.base).copied().unwrap_or_default());
        if let Some(known) = self.found.borrow().get(&key) {
            return Rc::clone(known);
        }
        let base = asked.base.get(..way.base).unwrap_or(&[]);
        let search = || Search::new(&self.table, &self.languages, world.name());
        let clauses = || way.own.iter().chain(base).copied().collect::<Vec<Clause>>();
        let solved = || self.prepared(way, asked).and_then(|()| search().many(&way.own, base, &self.solvers));
        let found = if way.own.len().saturating_add(base.len()) > MANY {
            solved()
        } else {
            search().within(FEW).cells(&clauses()).or_else(|_| solved())
        };
        let found = Rc::new(found);
        self.found.borrow_mut().insert(key, Rc::clone(&found));
        found
    }
}

impl Frame {
    /// The variables that the triggering job passes along, which stand before the pipeline's own. What is passed to a
    /// pipeline is not passed on by it.
    fn passed(&self) -> Option<&[(String, Sourced<String>)]> {
        let above = self.above.as_ref().filter(|above| above.forwards)?;
        above.frame.jobs.get(above.job).map(|entry| entry.variables.as_slice())
    }
}

/// A rule of the workflow under which a pipeline is made, where such a rule sets variables.
#[derive(Clone, Copy, Debug)]
struct Overlay<'j> {
    /// Which rule; `None` for all of them, where none sets a variable.
    rule: Option<usize>,
    variables: &'j [(String, Sourced<String>)],
}

fn overlays(workflow: Option<&[Rule]>) -> Vec<Overlay<'_>> {
    let rules = workflow.unwrap_or(&[]);
    if rules.iter().all(|rule| rule.variables.is_empty()) {
        return vec![Overlay { rule: None, variables: &[] }];
    }
    let each = rules.iter().enumerate().filter(|(_, rule)| !rule.is_never());
    each.map(|(index, rule)| Overlay { rule: Some(index), variables: &rule.variables }).collect()
}

impl Overlay<'_> {
    /// The variables of a job with the rule's own below them: what a job says itself stands before what a rule of the
    /// workflow says, and that before what the pipeline says.
    fn over<'v>(&self, job: &'v Entry) -> Cow<'v, [(String, Sourced<String>)]> {
        if self.variables.is_empty() {
            return Cow::Borrowed(&job.variables);
        }
        let own = |name: &String| job.sets.contains(name);
        let kept =
            job.variables.iter().filter(|(name, _)| own(name) || !self.variables.iter().any(|(set, _)| set == name));
        kept.chain(self.variables.iter().filter(|(name, _)| !own(name))).cloned().collect()
    }

    /// What has to hold so that a pipeline is made.
    fn exists(&self, world: &World<'_>, rules: &[Rule]) -> Vec<Formula> {
        let walk = world.walk(rules);
        vec![match self.rule {
            Some(index) => walk.way(index),
            None => walk.any(rules.iter().map(|rule| !rule.is_never())),
        }]
    }
}

/// From how many formulas on they are solved together, and not searched one after another.
const MANY: usize = 48;

/// In how many steps fewer of them are searched, before they are solved too.
const FEW: usize = 20_000;
