//! A job, and what stands around it at the top of the file.

use yaml_serde::{Mapping, Value};

use super::policy::Policy;
use super::rule::{self, Rule};
use super::variables::{self, Variables};
use super::{Answer, Environment, document, files};

/// What `when` of a job may say.
const JOB_WHEN: [&str; 5] = ["on_success", "on_failure", "always", "manual", "delayed"];

/// What `when` of a job's rule may say.
const RULE_WHEN: [&str; 6] = ["on_success", "on_failure", "always", "manual", "delayed", "never"];

/// What `default` may hold (B1.09).
const DEFAULT: [&str; 12] = [
    "after_script",
    "artifacts",
    "before_script",
    "cache",
    "hooks",
    "id_tokens",
    "image",
    "interruptible",
    "retry",
    "services",
    "tags",
    "timeout",
];

/// Stages that are always there; alone they make no pipeline (B1.32).
const EDGES: [&str; 2] = [".pre", ".post"];

/// The top of the file, as far as it decides.
#[derive(Debug)]
pub(crate) struct Frame {
    variables: Variables,
    stages: Vec<String>,
    /// `workflow:rules`, where they are written.
    rules: Option<Vec<Rule>>,
}

impl Frame {
    /// Reads `variables`, `stages`, `default` and `workflow`.
    ///
    /// # Errors
    /// Where one of them is none.
    pub(crate) fn read(root: &Mapping) -> Result<Self, String> {
        let variables = variables::read(document::get(root, "variables"), "variables")?;
        let stages = match document::get(root, "stages") {
            Some(list) => document::texts(list, "stages")?,
            None => ["build", "test", "deploy"].map(str::to_owned).to_vec(),
        };
        if let Some(default) = document::get(root, "default") {
            files::keys(default.as_mapping().ok_or("`default` has to be a mapping")?, &DEFAULT, "default")?;
        }
        let rules = document::get(root, "workflow").and_then(|workflow| workflow.get("rules"));
        let rules = rules.filter(|rules| !rules.is_null());
        let rules = rules.map(|rules| rule::read(rules, &["always", "never"], "workflow:rules")).transpose()?;
        Ok(Self { variables, stages, rules })
    }

    /// The variables of the file for all jobs, or none where no pipeline is made.
    pub(crate) fn workflow(&self, environment: &Environment) -> Option<Variables> {
        let mut variables = self.variables.clone();
        let Some(rules) = &self.rules else { return Some(variables) };
        let mut seen = variables::predefined(environment);
        seen.extend(self.variables.clone());
        seen.extend(variables::outside(environment));
        let rule = rule::first(rules, environment, &variables::expand_all(&seen))?;
        if rule.when.as_deref() == Some("never") {
            return None;
        }
        variables.extend(rule.variables.clone());
        Some(variables)
    }
}

/// A visible job, as far as it decides.
#[derive(Debug)]
pub(crate) struct Job {
    stage: String,
    variables: Variables,
    /// `inherit:variables`: none for all, else the names that the job inherits.
    inherits: Option<Vec<String>>,
    when: String,
    /// The explicit `allow_failure`, else what the job's own `when` makes of it (B1.11).
    allow_failure: bool,
    entry: Entry,
}

/// What lets a job into the pipeline.
#[derive(Debug)]
enum Entry {
    Rules(Vec<Rule>),
    Policies { only: Option<Policy>, except: Option<Policy> },
}

impl Job {
    /// Reads a job with its bases already merged.
    ///
    /// # Errors
    /// Where GitLab refuses it.
    pub(crate) fn read(name: &str, body: &Mapping, frame: &Frame) -> Result<Self, String> {
        let wrong = |why: &str| format!("job `{name}` {why}");
        if !["script", "run", "trigger"].iter().any(|key| document::get(body, key).is_some()) {
            return Err(wrong("has neither `script` nor `run` nor `trigger`"));
        }
        let stage = match document::get(body, "stage") {
            Some(stage) => stage.as_str().ok_or_else(|| wrong("has a `stage` that is no text"))?,
            None => "test",
        };
        if !EDGES.contains(&stage) && !frame.stages.iter().any(|known| known == stage) {
            return Err(wrong("has a stage that does not exist"));
        }
        let when = match document::get(body, "when") {
            Some(value) => rule::when(value, &JOB_WHEN, name)?,
            None => "on_success".to_owned(),
        };
        if when == "delayed" && document::get(body, "start_in").is_none() {
            return Err(wrong("is delayed without `start_in`"));
        }
        let allow_failure = match document::get(body, "allow_failure") {
            Some(value) => rule::allow_failure(value, name)?,
            None => when == "manual",
        };
        Ok(Self {
            stage: stage.to_owned(),
            variables: variables::read(document::get(body, "variables"), name)?,
            inherits: inherits(body).map_err(|why| wrong(&why))?,
            when,
            allow_failure,
            entry: Entry::read(name, body, frame)?,
        })
    }

    /// What becomes of the job; `workflow` holds the variables for all jobs.
    pub(crate) fn answer(&self, name: &str, workflow: &Variables, environment: &Environment) -> Answer {
        let mut seen = variables::predefined(environment);
        seen.extend(variables::of_job(name, &self.stage));
        let inherited = |name: &String| self.inherits.as_ref().is_none_or(|names| names.contains(name));
        seen.extend(workflow.clone().into_iter().filter(|(name, _)| inherited(name)));
        seen.extend(self.variables.clone());
        seen.extend(variables::outside(environment));
        let values = variables::expand_all(&seen);
        let present = |when: &str, allow_failure| Answer::Present { when: when.to_owned(), allow_failure };
        match &self.entry {
            Entry::Rules(rules) => match rule::first(rules, environment, &values) {
                None => Answer::Absent,
                Some(rule) => match rule.when.as_deref().unwrap_or(&self.when) {
                    "never" => Answer::Absent,
                    when => present(when, rule.allow_failure.unwrap_or(self.allow_failure)),
                },
            },
            Entry::Policies { only, except } => {
                let admitted = only.as_ref().is_none_or(|only| only.admits(environment, &values));
                let excluded = except.as_ref().is_some_and(|except| except.excludes(environment, &values));
                if admitted && !excluded { present(&self.when, self.allow_failure) } else { Answer::Absent }
            }
        }
    }

    /// The job is in `.pre` or `.post`.
    pub(crate) fn is_edge(&self) -> bool {
        EDGES.contains(&self.stage.as_str())
    }
}

impl Entry {
    fn read(name: &str, body: &Mapping, frame: &Frame) -> Result<Self, String> {
        let (only, except) = (document::get(body, "only"), document::get(body, "except"));
        if let Some(rules) = document::get(body, "rules") {
            if only.is_some() || except.is_some() {
                return Err(format!("job `{name}` has `rules` beside `only` or `except`"));
            }
            return Ok(Self::Rules(rule::read(rules, &RULE_WHEN, name)?));
        }
        // With workflow:rules a job that says nothing is in merge-request pipelines too (B1.12).
        let default = || frame.rules.is_none().then(Policy::default_only);
        let only = match only {
            Some(value) => Some(Policy::read(value, Policy::default_only(), name)?),
            None => default(),
        };
        let except = except.map(|value| Policy::read(value, Policy::default(), name)).transpose()?;
        Ok(Self::Policies { only, except })
    }
}

/// Reads `inherit:variables`.
fn inherits(body: &Mapping) -> Result<Option<Vec<String>>, String> {
    match document::get(body, "inherit").and_then(|inherit| inherit.get("variables")) {
        None | Some(Value::Null | Value::Bool(true)) => Ok(None),
        Some(Value::Bool(false)) => Ok(Some(Vec::new())),
        Some(list) => document::texts(list, "inherit:variables").map(Some),
    }
}
