//! Whether a pipeline runs the gate where it counts: for every merge request, so that none is merged unjudged.

use engine_sdk::prelude::*;
use serde::Deserialize;

/// The path of a project's own pipeline.
const OWN: &str = ".gitlab-ci.yml";

#[derive(Deserialize, Facts)]
#[facts(kind = "gitlab.pipeline")]
pub(crate) struct Pipeline {
    path: String,
    gates: Vec<Gate>,
    includes: Vec<Include>,
}

/// What runs the gate.
#[derive(Deserialize, Facts)]
struct Gate {
    by: String,
    /// `all`, `some`, `by-hand` or `never`.
    merge_requests: Known<String>,
    stops: bool,
}

#[derive(Deserialize, Facts)]
struct Include {
    title: String,
    resolved: bool,
}

/// Whether the gate holds every merge request.
pub(crate) enum Held {
    Yes,
    /// Why not, a clause.
    No(String),
    /// What that hangs on.
    Unknown(String),
    /// What is not here and may bring it.
    Missing(String),
}

/// The project's own pipeline.
pub(crate) fn own(pipelines: &Items<Pipeline>) -> Option<&Item<Pipeline>> {
    pipelines.iter().find(|pipeline| pipeline.path == OWN)
}

impl Pipeline {
    pub(crate) fn held(&self) -> Held {
        let all = |gate: &&Gate| gate.merge_requests.known().is_some_and(|reach| reach == "all");
        if self.gates.iter().any(|gate| all(&gate) && gate.stops) {
            return Held::Yes;
        }
        if let Some(unknown) = self.gates.iter().find_map(|gate| gate.merge_requests.unknown()) {
            let missing = unknown.why == "not-vendored";
            return if missing { Held::Missing(unknown.on.clone()) } else { Held::Unknown(unknown.to_string()) };
        }
        if let Some(missing) = self.includes.iter().find(|include| !include.resolved) {
            return Held::Missing(missing.title.clone());
        }
        let weak = self.gates.iter().find(all).or_else(|| self.gates.first());
        Held::No(match weak {
            None => format!("no job of `{}` runs `engine check`", self.path),
            Some(gate) => {
                let how = match gate.merge_requests.known().map(String::as_str) {
                    Some("all") => "may fail, or be passed over, without stopping the pipeline",
                    Some("by-hand") => "waits for somebody to start it",
                    Some("never") => "starts for no merge request",
                    _ => "starts for some merge requests alone",
                };
                format!("`{}`, which runs `engine check`, {how}", gate.by)
            }
        })
    }
}
