//! What people may do in Vault lies in a repository whose merge requests meet no gate.

use engine_sdk::prelude::*;
use serde::Deserialize;

use crate::gate::{Held, Pipeline, own};

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

#[derive(Deserialize, Facts)]
#[facts(kind = "vault.policy")]
pub(crate) struct Policy {
    /// What it is, for people.
    title: String,
}

fn check((pipelines, policies): &(Items<Pipeline>, Items<Policy>), report: &mut Report) {
    let (Some(pipeline), Some(policy)) = (own(pipelines), policies.iter().next()) else { return };
    match pipeline.held() {
        Held::Yes => {}
        Held::No(why) => {
            let more = match policies.iter().count() {
                0 | 1 => String::new(),
                2 => " and one more policy are".to_owned(),
                all => format!(" and {} more policies are", all.saturating_sub(1)),
            };
            let are = if more.is_empty() { " is" } else { "" };
            report
                .finding(
                    pipeline.at("path"),
                    format!("{}{more}{are} changed by merge requests that nothing judges: {why}", policy.title),
                )
                .related(policy.place(), "this says who may do what in Vault")
                .help("run the gate for every merge request: `templates/engine-check.yml` is the job");
        }
        Held::Missing(on) => {
            let message = format!("whether the gate holds every merge request depends on the {on}, which is not here");
            report.undecided(pipeline.at("path"), message);
        }
        Held::Unknown(on) => {
            report
                .undecided(pipeline.at("path"), format!("whether the gate holds every merge request depends on {on}"));
        }
    }
}
