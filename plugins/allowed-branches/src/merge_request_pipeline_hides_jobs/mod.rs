//! Some jobs make merge request pipelines, and others run in branch pipelines alone.

use engine_sdk::prelude::*;
use serde::Deserialize;

use crate::job::{Job, Ref, Start};

#[derive(Deserialize, Facts)]
#[facts(kind = "gitlab.pipeline")]
pub(crate) struct Pipeline {
    path: String,
    workflow: Vec<Workflow>,
}

/// A rule of `workflow:`; that there is one is all that counts.
#[derive(Deserialize, Facts)]
pub(crate) struct Workflow {
    #[serde(rename = "when")]
    _when: Known<String>,
}

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((pipelines, jobs): &(Items<Pipeline>, Items<Job>), report: &mut Report) {
    for pipeline in pipelines.iter().filter(|pipeline| pipeline.workflow.is_empty()) {
        let jobs: Vec<&Item<Job>> = jobs.iter().filter(|job| job.pipeline == pipeline.path).collect();
        let maker = jobs.iter().find_map(|job| {
            let start = job.starts.iter().position(makes_merge_request_pipelines)?;
            Some((job, start))
        });
        let Some((maker, start)) = maker else { continue };
        let hidden: Vec<&&Item<Job>> = jobs.iter().filter(|job| counts_on_branches_alone(job)).collect();
        let Some(first) = hidden.first() else { continue };
        let place = maker.at("starts").index(start);
        if !maker.complete {
            // What could not be read may hold the `workflow:`.
            report.undecided(place, "whether the pipeline has a `workflow:` is in a file that was not read");
            continue;
        }
        let more = match hidden.len() {
            1 => "runs".to_owned(),
            count => format!("and {} more run", count.saturating_sub(1)),
        };
        report
            .finding(
                place,
                format!(
                    "job `{}` makes merge request pipelines, which count in place of branch pipelines, and `{}` {more} in those alone",
                    maker.name, first.name
                ),
            )
            .related(first.place(), "this does not run for a merge request")
            .help("add a `workflow:` that makes one kind of pipeline for a commit; jobs without rules are then in both kinds")
            .fix(Fix::snippet(
                "one pipeline for a commit",
                "workflow:\n  rules:\n    - if: $CI_PIPELINE_SOURCE == \"merge_request_event\"\n    \
                 - if: $CI_COMMIT_BRANCH && $CI_OPEN_MERGE_REQUESTS\n      when: never\n    - if: $CI_COMMIT_BRANCH\n    \
                 - if: $CI_COMMIT_TAG\n",
            ));
    }
}

/// Whether this way to start is for merge requests, or for whatever there is. One that depends on a variable of the
/// project's may be taken or not, and says nothing.
fn makes_merge_request_pipelines(start: &Start) -> bool {
    let merge_request = |refs: &Ref| is_merge_request(refs) && refs.reached.known() == Some(&true);
    start.refs.iter().any(merge_request) && (start.condition.is_absent() || start.refs.iter().all(is_merge_request))
}

/// Whether the job runs on any branch that is pushed, its failure turns the pipeline red, and no merge request has it.
fn counts_on_branches_alone(job: &Job) -> bool {
    let pushed = |refs: &Ref| {
        let any = refs.kind == "branch" && refs.matches == "any" && !refs.protected;
        any && refs.reached.known() == Some(&true)
            && (refs.sources.is_empty() || refs.sources.iter().any(|source| source == "push"))
    };
    let counts = |start: &Start| start.allow_failure.known() == Some(&false);
    !job.starts.iter().any(|start| start.refs.iter().any(is_merge_request))
        && job.starts.iter().any(|start| counts(start) && start.refs.iter().any(pushed))
}

fn is_merge_request(refs: &Ref) -> bool {
    refs.kind == "merge-request"
}
