//! `trigger:`: which pipelines of this repository a job starts.
//!
//! A pipeline of another project has a gate of its own and is no gap here. A child is everything its `include:` brings,
//! merged; one that is made while the pipeline runs is a gap.

use engine_model::{Gap, GapCause};

use super::cursor::Cursor;
use super::node::Edge;

/// A child pipeline, by the `include:` that makes it.
#[derive(Clone, Debug)]
pub struct Child {
    pub(super) title: String,
    pub(super) include: Edge,
}

impl Child {
    /// What tells one child from another: where its include is written.
    #[must_use]
    pub fn key(&self) -> String {
        let location = self.include.node.place.document.locate_node(self.include.node.place.node);
        format!("{location}")
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
    Some(Child { title, include: include.edge() })
}
