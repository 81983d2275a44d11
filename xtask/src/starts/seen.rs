//! What expressions in one part of a pipeline can see.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Variables, the strongest first.
#[derive(Clone)]
pub(super) struct Seen<'s> {
    /// What GitLab, and whoever starts it, sets.
    pub(super) started: &'s BTreeMap<String, String>,
    /// The rows of the job's matrix.
    pub(super) matrix: Vec<&'s Map<String, Value>>,
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
        Self { started, matrix: Vec::new(), own: None, rules: Vec::new(), global }
    }

    /// What a job of a pipeline sees.
    pub(super) fn job(
        started: &'s BTreeMap<String, String>,
        pipeline: &'s Map<String, Value>,
        job: &'s Map<String, Value>,
    ) -> Self {
        let workflow = pipeline.get("workflow").and_then(|workflow| workflow.get("rules")?.as_array());
        let set = |rule: &'s Value| rule.get("variables").and_then(Value::as_object);
        let rows = job.get("parallel").and_then(|parallel| parallel.get("matrix")?.as_array());
        Self {
            matrix: rows.into_iter().flatten().filter_map(Value::as_object).collect(),
            own: job.get("variables").and_then(Value::as_object),
            rules: workflow.into_iter().flatten().filter_map(set).collect(),
            ..Self::workflow(started, pipeline)
        }
    }

    /// What a variable may hold; `None` for nothing.
    pub(super) fn values(&self, name: &str) -> Vec<Option<&'s str>> {
        let in_text = |layer: &'s Map<String, Value>| layer.get(name).and_then(Value::as_str);
        if let Some(value) = self.started.get(name) {
            return vec![Some(value)];
        }
        let in_row = |row: &&'s Map<String, Value>| match row.get(name) {
            Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).collect(),
            Some(value) => value.as_str().into_iter().collect(),
            None => Vec::new(),
        };
        let of_matrix = self.matrix.iter().flat_map(in_row).map(Some);
        let mut out: Vec<Option<&str>> = of_matrix.collect();
        // A row may be without it.
        if !self.matrix.is_empty() && self.matrix.iter().all(|row| row.contains_key(name)) {
            return out;
        }
        if let Some(value) = self.own.and_then(in_text) {
            out.push(Some(value));
            return out;
        }
        out.extend(self.rules.iter().copied().filter_map(in_text).map(Some));
        out.push(self.global.and_then(in_text));
        out
    }
}
