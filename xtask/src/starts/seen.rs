//! What expressions in one part of a pipeline can see.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Variables, the strongest first.
#[derive(Clone)]
pub(super) struct Seen<'s> {
    /// What GitLab, and whoever starts it, sets.
    pub(super) started: &'s BTreeMap<String, String>,
    /// The job's own.
    pub(super) own: Option<&'s Map<String, Value>>,
    /// Those of each rule of the workflow, one of which decides.
    pub(super) rules: Vec<&'s Map<String, Value>>,
    /// The pipeline's own.
    pub(super) global: Option<&'s Map<String, Value>>,
}

impl<'s> Seen<'s> {
    /// What the workflow of a pipeline sees.
    pub(super) fn workflow(started: &'s BTreeMap<String, String>, pipeline: &'s Map<String, Value>) -> Self {
        let global = pipeline.get("variables").and_then(Value::as_object);
        Self { started, own: None, rules: Vec::new(), global }
    }

    /// What a job of a pipeline sees.
    pub(super) fn job(
        started: &'s BTreeMap<String, String>,
        pipeline: &'s Map<String, Value>,
        job: &'s Map<String, Value>,
    ) -> Self {
        let workflow = pipeline.get("workflow").and_then(|workflow| workflow.get("rules")?.as_array());
        let set = |rule: &'s Value| rule.get("variables").and_then(Value::as_object);
        Self {
            own: job.get("variables").and_then(Value::as_object),
            rules: workflow.into_iter().flatten().filter_map(set).collect(),
            ..Self::workflow(started, pipeline)
        }
    }

    /// What a variable may hold; `None` for nothing.
    pub(super) fn values(&self, name: &str) -> Vec<Option<&'s str>> {
        let in_text = |layer: &'s Map<String, Value>| layer.get(name).and_then(Value::as_str);
        let started = self.started.get(name).map(String::as_str);
        if let Some(value) = started.or_else(|| self.own.and_then(in_text)) {
            return vec![Some(value)];
        }
        let mut out: Vec<Option<&str>> = self.rules.iter().copied().filter_map(in_text).map(Some).collect();
        out.push(self.global.and_then(in_text));
        out
    }
}
