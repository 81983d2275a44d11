//! `trigger:`: which pipelines of this repository a job starts.
//!
//! A pipeline of another project has a gate of its own and is no gap here. A child is everything its `include:` brings,
//! merged; one that is made while the pipeline runs is a gap.

use engine_model::{Gap, GapCause};

use super::cursor::Cursor;
use super::job::text;
use super::node::Edge;
use super::reach::Above;
use crate::sourced::{Origin, Sourced};

/// `trigger:` of a job.
#[derive(Clone, Debug)]
pub struct Trigger {
    /// Where it is written.
    pub origin: Origin,
    /// `strategy:`; absent where none is written, so that the job succeeds as soon as the pipeline is made.
    pub strategy: Sourced<String>,
    /// The other project whose pipeline it starts; absent for a child of this one.
    pub project: Sourced<String>,
    /// The path of the child pipeline; `None` where it is no child, or one that is not in this tree.
    pub child: Option<String>,
}

/// What a job's `trigger:` says; `child` is the child that it makes.
pub(super) fn typed(trigger: &Cursor<'_>, child: Option<&Child>) -> Trigger {
    let project = if trigger.is_mapping() { text(trigger, "project") } else { super::job::scalar(trigger) };
    Trigger {
        origin: trigger.origin(),
        strategy: text(trigger, "strategy"),
        project,
        child: child.map(|child| child.title.clone()),
    }
}

/// A child pipeline, by the `include:` that makes it.
#[derive(Clone, Debug)]
pub struct Child {
    pub(super) title: String,
    /// The job that triggers it.
    pub(super) job: String,
    /// Whether it gets the variables of that job's text.
    pub(super) forwards: bool,
    /// What lets that job into its pipeline.
    pub(super) above: Option<Above>,
    pub(super) include: Edge,
}

impl Child {
    /// What tells one child from another: where its include is written, and which job triggers it.
    #[must_use]
    pub fn key(&self) -> String {
        let location = self.include.node.place.document.locate_node(self.include.node.place.node);
        format!("{location} {}", self.job)
    }
}

/// The child that a job triggers; a child that cannot be seen is added to `gaps`.
pub(super) fn child(job: &str, trigger: &Cursor<'_>, gaps: &mut Vec<Gap>) -> Option<Child> {
    let include = trigger.get("include")?;
    if include.flat().iter().any(|entry| entry.get("artifact").is_some()) {
        gaps.push(Gap {
            kind: super::JOB,
            fields: &[],
            cause: GapCause::Dynamic,
            message: format!("the child pipeline of the job `{job}` is made while the pipeline runs"),
            location: Some(include.place().location()),
            way_out: None,
        });
        return None;
    }
    let title = format!("{} (triggered by `{job}`)", include.place().document.file().path());
    let forward = trigger.get("forward").and_then(|forward| forward.get("yaml_variables"));
    let forwards = forward.is_none_or(|forward| forward.boolean().get() != Some(&false));
    Some(Child { title, job: job.to_owned(), forwards, above: None, include: include.edge() })
}
