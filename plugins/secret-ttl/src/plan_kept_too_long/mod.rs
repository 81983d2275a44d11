//! A saved plan is kept longer than it may be.

use engine_sdk::prelude::*;

use crate::ceiling::{Ceiling, Config};
use crate::credential::{Credential, End};
use crate::duration::{gitlab, human};

/// How long GitLab keeps artifacts, unless the instance says otherwise.
const INSTANCE: i64 = 30 * 86_400;

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((credentials, configs): &(Items<Credential>, Items<Config>), report: &mut Report) {
    for plan in credentials.iter().filter(|one| one.is(&["plan-artifact"])) {
        let (title, maximum) = (&plan.title, &plan.maximum);
        let Some(ceiling) = Ceiling::of(&plan.kind, configs) else {
            report.undecided(plan.at("kind"), format!("there is no ceiling for `{}`", plan.kind));
            continue;
        };
        let kept = match (maximum.end, maximum.seconds.settled()) {
            (End::Never, _) => format!("without end: {}", maximum.written()),
            (End::Mount, _) | (End::Product, Ok(None)) if ceiling.seconds < INSTANCE => {
                format!("as long as the instance says, 30 days unless that was changed: {}", maximum.written())
            }
            (End::Mount, _) | (End::Product, Ok(None)) => continue,
            (End::Written | End::Product, Ok(Some(seconds))) if *seconds <= ceiling.seconds => continue,
            (End::Product, Ok(Some(seconds))) => format!("{}, which is the default", human(*seconds)),
            (End::Written, Ok(Some(seconds))) => human(*seconds),
            (End::Written, Ok(None)) => {
                report.undecided(Credential::limit(plan), format!("how long {title} is kept is not told"));
                continue;
            }
            (End::Written | End::Product, Err(unknown)) => {
                let message = format!("how long {title} is kept depends on {unknown}");
                report.undecided(plan.at("maximum").key("seconds"), message);
                continue;
            }
        };
        let limit = human(ceiling.seconds);
        let message = format!("{title} {} kept {kept}; the ceiling for a plan is {limit}", plan.verb("is", "are"));
        let finding = report.finding(Credential::limit(plan), message);
        finding
            .related(ceiling.place, "the ceiling is set here")
            .help("a plan holds what the state holds, and grows stale: keep it only until it is applied");
        if plan.source == "pipeline" {
            let text = format!("expire_in: {}", gitlab(ceiling.seconds));
            finding.fix(Fix::snippet(format!("keep it {limit}"), text));
        }
    }
}
