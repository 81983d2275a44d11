//! What lets the jobs of a pipeline in, and the pipeline itself: rules, limits, variables, and what waits for what.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine_model::Unknown;

use super::super::start::{Limit, Rule};
use super::super::variable;
use crate::sourced::Sourced;

/// What lets a job into its pipeline.
#[derive(Clone, Debug)]
pub(in super::super) struct Entry {
    /// Its rules; `None` where it has none.
    pub(in super::super) rules: Option<Vec<Rule>>,
    pub(in super::super) only: Option<Limit>,
    pub(in super::super) except: Option<Limit>,
    /// The variables in force.
    pub(in super::super) variables: Vec<(String, Sourced<String>)>,
    /// The names of those that the job sets itself.
    pub(in super::super) sets: Vec<String>,
    /// Set where something that is not in the tree may change all of it.
    pub(in super::super) doubt: Option<Unknown>,
    /// Whether it is in one of the stages that make no pipeline alone.
    pub(in super::super) edge: bool,
    /// Where its stage stands.
    pub(in super::super) stage: Option<usize>,
    /// What it needs, and whether that may be missing; `None` where it waits for the stages before its own.
    pub(in super::super) needs: Option<Vec<(usize, bool)>>,
    /// `when` and `allow_failure` of its only way to start, where it has no rules.
    pub(in super::super) base: (Option<String>, Option<bool>),
}

/// A pipeline.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Frame {
    /// `workflow:rules`; `None` where there are none.
    pub(in super::super) workflow: Option<Vec<Rule>>,
    /// The pipeline's own variables.
    pub(in super::super) variables: Vec<(String, Sourced<String>)>,
    pub(in super::super) jobs: Vec<Entry>,
    /// The job of another pipeline that triggers this one.
    pub(in super::super) above: Option<Above>,
}

/// The job that triggers a pipeline.
#[derive(Clone, Debug)]
pub struct Above {
    pub(in super::super) frame: Arc<Frame>,
    pub(in super::super) job: usize,
    /// Whether the variables of its text are passed along.
    pub(in super::super) forwards: bool,
}

impl Entry {
    /// The ways to start that are meant by a name and by whether a failure is allowed, rules in order.
    pub(in super::super) fn ways(&self, wanted: impl Fn(Option<&str>, Option<bool>) -> bool) -> Vec<bool> {
        match &self.rules {
            Some(rules) => rules
                .iter()
                .map(|rule| {
                    let (when, failure) = (rule.start.when.get(), rule.start.allow_failure.get());
                    !rule.is_never() && wanted(when.map(String::as_str), failure.copied())
                })
                .collect(),
            None => vec![wanted(self.base.0.as_deref(), self.base.1)],
        }
    }
}

impl Frame {
    /// Jobs without which a job is not there: what it needs, and what that needs.
    pub(super) fn needed(&self, job: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut open = vec![job];
        while let Some(at) = open.pop() {
            let needs = self.jobs.get(at).and_then(|entry| entry.needs.as_ref()).into_iter().flatten();
            for (need, optional) in needs {
                if !optional && found.insert(*need) {
                    open.push(*need);
                }
            }
        }
        found.remove(&job);
        found
    }

    /// Jobs that a job waits for, and whether it does so by its stage, where one that nobody starts only holds it where
    /// the pipeline stops for it.
    pub(super) fn before(&self, job: usize) -> BTreeMap<usize, bool> {
        let mut found: BTreeMap<usize, bool> = BTreeMap::new();
        let mut open = vec![job];
        let mut seen = BTreeSet::from([job]);
        while let Some(at) = open.pop() {
            let Some(entry) = self.jobs.get(at) else { continue };
            let waits: Vec<(usize, bool)> = match &entry.needs {
                Some(needs) => needs.iter().map(|(need, _)| (*need, false)).collect(),
                None => {
                    let earlier = |other: &Entry| other.stage.zip(entry.stage).is_some_and(|(one, own)| one < own);
                    let others = self.jobs.iter().enumerate().filter(|(_, other)| earlier(other));
                    others.map(|(index, _)| (index, true)).collect()
                }
            };
            for (other, by_stage) in waits {
                let known = found.entry(other).or_insert(by_stage);
                *known = *known && by_stage;
                // All stages before are seen at once.
                if seen.insert(other) && !by_stage {
                    open.push(other);
                }
            }
        }
        found.remove(&job);
        found
    }
}

/// Variables that the text sets, by name; `None` for one whose value is not plain.
#[derive(Clone, Debug, Default)]
pub(super) struct Declared(pub(super) BTreeMap<String, Option<String>>);

impl Declared {
    /// Those of `names` that the text sets; of two layers the later one counts.
    pub(super) fn new(layers: &[&[(String, Sourced<String>)]], names: &BTreeSet<String>) -> Self {
        let mut out = BTreeMap::new();
        for variables in layers {
            for (name, value) in variables.iter().filter(|(name, _)| names.contains(name)) {
                let text = value.get().filter(|text| !variable::refers(text)).cloned();
                let filled = || variable::declared(variables, name).filter(|text| !variable::refers(text));
                out.insert(name.clone(), text.or_else(filled).or_else(|| value.get().cloned()));
            }
        }
        Self(out)
    }

    pub(super) fn value(&self, name: &str) -> Option<Option<&str>> {
        self.0.get(name).map(Option::as_deref)
    }
}
