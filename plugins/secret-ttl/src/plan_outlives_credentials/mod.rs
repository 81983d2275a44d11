//! A plan is kept longer than the credentials that apply it live.

use engine_sdk::prelude::*;

use crate::ceiling::{Ceiling, Config};
use crate::credential::Credential;
use crate::duration::human;

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((credentials, configs): &(Items<Credential>, Items<Config>), report: &mut Report) {
    let sessions = || credentials.iter().filter(|one| one.is(&["aws-sts"]));
    let lives = |one: &Credential| one.maximum.seconds.known().copied();
    let shortest = sessions().filter_map(|one| Some((lives(one)?, one))).min_by_key(|(seconds, _)| *seconds);
    let unknown = sessions().find_map(|one| Some((one.maximum.seconds.unknown()?, one)));
    for plan in credentials.iter().filter(|one| one.is(&["plan-artifact"])) {
        // One that is kept for too long, or nobody knows how long, is `plan-kept-too-long`.
        let within = |seconds: &i64| Ceiling::of(&plan.kind, configs).is_some_and(|limit| *seconds <= limit.seconds);
        let Some(kept) = lives(plan).filter(within) else { continue };
        match (shortest, unknown) {
            (Some((seconds, session)), _) if kept > seconds => {
                let message = format!(
                    "{} {} kept {}, longer than {} live",
                    plan.title,
                    plan.verb("is", "are"),
                    human(kept),
                    session.title
                );
                report
                    .finding(Credential::limit(plan), message)
                    .related(Credential::limit(session), format!("they live {}", human(seconds)))
                    .help("keep the plan no longer than the credentials live, and plan again after that");
            }
            (_, Some((unknown, session))) => {
                let message = format!("whether a plan outlives {} depends on {unknown}", session.title);
                report.undecided(session.at("maximum").key("seconds"), message);
            }
            _ => {}
        }
    }
}
