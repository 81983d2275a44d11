//! What the text of a job and its workflow tells apart.

use std::collections::BTreeSet;

use super::super::condition::Expression;
use super::super::start::{Limit, Rule};
use super::world::{MERGE_REQUEST, PUSHED, SOURCES, World, source_of};
use super::{Entry, Frame, RefKind};

/// What is asked for by name.
#[derive(Debug, Default)]
pub(super) struct Mentioned {
    sources: BTreeSet<&'static str>,
    pub(super) protection: bool,
    /// What of the projects of a merge request is asked for: `PATH`, `ID`, `URL`.
    pub(super) projects: BTreeSet<&'static str>,
    /// Whether a variable is asked for that is not GitLab's, or is set by the text.
    pub(super) own: bool,
    /// The names of all variables that are asked for.
    pub(super) names: BTreeSet<String>,
}

impl Mentioned {
    /// Adds what some jobs of a pipeline ask for, and what lets the pipeline be made.
    pub(super) fn frame(&mut self, frame: &Frame, jobs: &BTreeSet<usize>) {
        self.sources.insert("push");
        frame.workflow.iter().flatten().for_each(|rule| self.rule(rule));
        let entries = || jobs.iter().filter_map(|job| frame.jobs.get(*job));
        entries().for_each(|entry| self.job(entry));
        if let Some(above) = &frame.above {
            self.frame(&above.frame, &BTreeSet::from([above.job]));
        }
        let overlaid = frame.workflow.iter().flatten().flat_map(|rule| &rule.variables);
        let passed = frame.above.iter().filter_map(|above| above.frame.jobs.get(above.job));
        let of_jobs = entries().chain(passed).flat_map(|entry| &entry.variables);
        let set: BTreeSet<&String> =
            frame.variables.iter().chain(of_jobs).chain(overlaid).map(|(name, _)| name).collect();
        let given = |name: &String| name == "CI" || name.starts_with("CI_") || name.starts_with("GITLAB_");
        self.own |= self.names.iter().any(|name| !given(name) || set.contains(name));
    }

    fn job(&mut self, entry: &Entry) {
        entry.rules.iter().flatten().for_each(|rule| self.rule(rule));
        entry.only.iter().chain(&entry.except).for_each(|limit| self.limit(limit));
    }

    fn rule(&mut self, rule: &Rule) {
        if let Ok(Some(condition)) = &rule.condition {
            self.condition(condition);
        }
        let files = rule.changes.iter().chain(&rule.exists).any(|files| !files.is_empty());
        // GitLab knows of changes only where something is pushed.
        if files {
            self.sources.extend(PUSHED);
        }
    }

    fn limit(&mut self, limit: &Limit) {
        limit.conditions.iter().flatten().for_each(|condition| self.condition(condition));
        for entry in limit.refs.iter().filter_map(|entry| entry.get()) {
            let text = entry.split_once('@').map_or(entry.as_str(), |(text, _)| text);
            self.sources.extend(source_of(text));
        }
        if !limit.changes.is_empty() {
            self.sources.extend(PUSHED);
        }
    }

    fn condition(&mut self, condition: &Expression) {
        let mut leaves = Vec::new();
        condition.leaves(&mut leaves);
        let mut computed = false;
        for leaf in leaves {
            match leaf {
                Expression::Text(text) => self.sources.extend(SOURCES.iter().find(|source| *source == text)),
                Expression::Variable(name, _) => {
                    self.protection |= name == "CI_COMMIT_REF_PROTECTED";
                    if let Some(what) = name.strip_prefix("CI_MERGE_REQUEST_SOURCE_PROJECT_") {
                        self.projects.extend(["PATH", "ID", "URL"].into_iter().find(|known| *known == what));
                    }
                    computed |= name == "CI_PIPELINE_SOURCE";
                    if name == "CI_PIPELINE_TRIGGERED" {
                        self.sources.insert("trigger");
                    }
                    if name.starts_with("CI_EXTERNAL_PULL_REQUEST_") {
                        self.sources.insert("external_pull_request_event");
                    }
                    self.names.insert(name.clone());
                }
                Expression::Pattern(..) => self.sources.extend(computed.then_some(SOURCES).into_iter().flatten()),
                _ => {}
            }
        }
        // A source that is held against another variable may be any.
        if computed && !condition.compares_source_with_text() {
            self.sources.extend(SOURCES);
        }
    }

    /// The sources of a kind of ref: those that are asked for, and one that stands for all others.
    pub(super) fn sources_of(&self, kind: RefKind) -> Vec<&'static str> {
        if kind == RefKind::MergeRequest {
            return vec![MERGE_REQUEST];
        }
        let asked = self.sources.iter().copied().filter(|source| World::is_possible(kind, source));
        asked.chain(self.other(kind)).collect()
    }

    /// The source that stands for all that are not asked for.
    fn other(&self, kind: RefKind) -> Option<&'static str> {
        let likely = ["api", "web", "schedule"].into_iter().chain(SOURCES.iter().copied());
        likely.into_iter().find(|source| World::is_possible(kind, source) && !self.sources.contains(source))
    }

    /// Whether sources are all there are, or all but a few that are asked for.
    pub(super) fn is_all(&self, kind: RefKind, sources: &BTreeSet<&'static str>) -> bool {
        match self.other(kind) {
            Some(other) => sources.contains(other),
            None => self.sources_of(kind).iter().all(|source| sources.contains(source)),
        }
    }
}

/// The names of the variables that a job's rules and limits ask for.
pub(super) fn names(entry: &Entry) -> BTreeSet<String> {
    let mut mentioned = Mentioned::default();
    mentioned.job(entry);
    mentioned.names
}

/// The names of the variables that rules ask for.
pub(super) fn of_rules(rules: &[Rule]) -> BTreeSet<String> {
    let mut mentioned = Mentioned::default();
    rules.iter().for_each(|rule| mentioned.rule(rule));
    mentioned.names
}
