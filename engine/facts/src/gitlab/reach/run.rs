//! One pipeline that somebody starts, and what becomes of each job in it.

use std::collections::{BTreeMap, BTreeSet};

use engine_model::{Unknown, Why};

use super::formula::{Atom, Formula, Title};
use super::frame::{Declared, Frame};
use super::world::{Hands, World};
use super::{Reach, RefKind, mentioned, overlays};

/// A pipeline that somebody starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// What it is for.
    pub kind: RefKind,
    /// Its `CI_PIPELINE_SOURCE`.
    pub source: String,
    /// The name of its ref; of a merge request, its source branch.
    pub name: String,
    /// The branch that a merge request is for.
    pub target: String,
    /// Whether a merge request comes from a fork.
    pub fork: bool,
    /// Whether its ref is protected.
    pub protected: bool,
    /// Variables of the project, and of whoever starts it.
    pub variables: BTreeMap<String, String>,
    /// The files that are changed; `None` where GitLab does not know, as for a branch that is new.
    pub changed: Option<Vec<String>>,
    /// The files of the repository.
    pub exists: Vec<String>,
}

/// What becomes of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is not in the pipeline.
    Absent,
    /// It is, by the rule of this number among those that do not say `never`.
    Starts(usize),
    /// That depends on something.
    Unknown(Unknown),
}

impl Reach<'_> {
    /// What becomes of each job of a pipeline that somebody starts.
    pub(in super::super) fn run(&self, frame: &Frame, started: &Started) -> Vec<Presence> {
        let source = super::world::SOURCES.iter().copied().find(|source| *source == started.source);
        let (none, nothing_asked) = (Declared::default(), BTreeSet::new());
        let mut world = World {
            table: &self.table,
            languages: &self.languages,
            declared: &none,
            overlay: super::Overlay { rule: None, variables: &[] },
            kind: started.kind,
            source: if frame.above.is_some() { "parent_pipeline" } else { source.unwrap_or("push") },
            root: source.unwrap_or("push"),
            protected: Some(started.protected),
            fork: Some(started.fork),
            projects: &nothing_asked,
            hands: Hands::Nobody,
            default: self.project.default_branch.as_deref(),
            told: Some(started),
        };
        // The rule of the workflow that decides sets its variables.
        for overlay in overlays(frame.workflow.as_deref()) {
            world.overlay = overlay;
            let made = Formula::all(self.exists(frame, &world));
            if made == Formula::Known(false) {
                continue;
            }
            let carried = frame.jobs.iter().enumerate().filter(|(_, job)| !job.edge);
            let carried = Formula::any(carried.map(|(index, _)| self.present(frame, index, &world)));
            let made = made.and(carried).and(self.fulfilled(frame, &world));
            return (0..frame.jobs.len()).map(|job| self.presence(frame, job, &world, &made)).collect();
        }
        vec![Presence::Absent; frame.jobs.len()]
    }

    /// Whether each job that is there has the jobs that it needs. Where one has not, GitLab makes no pipeline.
    fn fulfilled(&self, frame: &Frame, world: &World<'_>) -> Formula {
        Formula::all(frame.jobs.iter().enumerate().map(|(index, job)| {
            let needed = job.needs.iter().flatten().filter(|(_, optional)| !optional);
            let there = Formula::all(needed.map(|(need, _)| self.present(frame, *need, world)));
            match there {
                Formula::Known(true) => there,
                _ => self.present(frame, index, world).not().or(there),
            }
        }))
    }

    fn presence(&self, frame: &Frame, job: usize, world: &World<'_>, made: &Formula) -> Presence {
        let Some(entry) = frame.jobs.get(job) else { return Presence::Absent };
        let names: BTreeSet<String> = mentioned::names(entry);
        let declared = self.declared(frame, entry, &world.overlay, &names);
        let world = World { declared: &declared, ..world.clone() };
        let ways = match &entry.rules {
            Some(rules) => {
                let walk = world.walk(rules);
                let kept = rules.iter().enumerate().filter(|(_, rule)| !rule.is_never());
                kept.map(|(index, _)| walk.way(index)).collect()
            }
            None if entry.base.0.as_deref() == Some("never") => Vec::new(),
            None => vec![world.limited(entry.only.as_ref(), entry.except.as_ref(), frame.workflow.is_some())],
        };
        let doubt = entry.doubt.as_ref().map_or(Formula::Known(true), |doubt| self.table.open(doubt));
        for (index, way) in ways.into_iter().enumerate() {
            match way.and(made.clone()).and(doubt.clone()) {
                Formula::Known(false) => {}
                Formula::Known(true) => return Presence::Starts(index),
                open => return Presence::Unknown(self.why(&open)),
            }
        }
        Presence::Absent
    }

    /// What a formula depends on.
    fn why(&self, formula: &Formula) -> Unknown {
        match formula {
            Formula::Atom(id) => match self.table.atom(*id).as_deref() {
                Some(open @ Atom::Open(_)) => self.table.reason(open).unwrap_or_else(nothing),
                Some(atom) => {
                    let holder = atom.terms().into_iter().flatten().next().and_then(|term| self.table.holder(term));
                    match holder.map(|holder| holder.title.clone()) {
                        Some(Title::Gitlab(name) | Title::Own(name)) => {
                            Unknown { why: Why::Dynamic, on: format!("${}", name.trim_end_matches('=')) }
                        }
                        Some(Title::Default) => Unknown { why: Why::Dynamic, on: "$CI_DEFAULT_BRANCH".to_owned() },
                        _ => nothing(),
                    }
                }
                None => nothing(),
            },
            Formula::Not(inner) => self.why(inner),
            Formula::All(parts) | Formula::Any(parts) => {
                parts.iter().find(|part| !matches!(part, Formula::Known(_))).map_or_else(nothing, |part| self.why(part))
            }
            Formula::Known(_) => nothing(),
        }
    }
}

fn nothing() -> Unknown {
    Unknown { why: Why::Dynamic, on: "the pipeline".to_owned() }
}
