//! What GitLab itself would refuse about a pipeline.

use engine_model::{Class, Finding, NativeRule, Place, Related, Severity, nearest};

/// A pipeline that GitLab refuses.
pub const INVALID_PIPELINE: NativeRule = NativeRule {
    id: "invalid-pipeline",
    title: "GitLab refuses this pipeline, so none of its jobs and none of its gates run",
    class: Class::Default,
    severity: Severity::High,
    page: include_str!("../../rules/invalid-pipeline.md"),
};

/// How many problems before one are looked at for the same: those of the jobs of one matrix are near.
const NEAR: usize = 1000;

/// Something GitLab refuses, at its place.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    place: Place,
    message: String,
    help: Option<String>,
    related: Vec<(Place, String)>,
}

impl Problem {
    pub(super) fn new(place: Place, message: String) -> Self {
        Self { place, message, help: None, related: Vec::new() }
    }

    pub(super) fn help(self, help: &str) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// Names the one of `known` that was meant by `word`, where one is near.
    pub(super) fn meant<'k>(self, word: &str, known: impl IntoIterator<Item = &'k str>) -> Self {
        match nearest(word, known) {
            Some(near) => self.help(&format!("did you mean `{near}`?")),
            None => self,
        }
    }

    pub(super) fn related(mut self, place: Place, message: impl Into<String>) -> Self {
        self.related.push((place, message.into()));
        self
    }

    /// Adds it to those that are known, once: jobs of one matrix have the same.
    pub(super) fn once(self, problems: &mut Vec<Self>) {
        let known = |known: &Self| known.message == self.message && known.place.location() == self.place.location();
        if !problems.iter().rev().take(NEAR).any(known) {
            problems.push(self);
        }
    }

    pub(super) fn finding(self) -> Option<Finding> {
        let mut finding = INVALID_PIPELINE.finding(self.place.location(), self.place.route(), self.message)?;
        finding.help = self.help;
        let related = self.related.into_iter();
        finding.related = related.map(|(place, message)| Related { message, location: place.location() }).collect();
        Some(finding)
    }
}
