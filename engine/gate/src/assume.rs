//! Assumptions of the configuration over what is undecided: what somebody vouches for, until a day.

use engine_config::{Assumption, Config, Date};
use engine_model::{Assumed, Gap, GapCause, Undecided};

/// What assumptions came to.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// What stays undecided.
    pub(crate) undecided: Vec<Undecided>,
    /// What was settled, by which assumption.
    pub(crate) assumed: Vec<Assumed>,
    /// What is to be said of assumptions that settled nothing.
    pub(crate) gaps: Vec<Gap>,
}

/// Takes away what an assumption settles. Without a date none holds: nobody can say that it has not expired.
pub(crate) fn settle(undecided: Vec<Undecided>, config: &Config, today: Option<Date>) -> Settled {
    let mut settled = Settled::default();
    let mut used = vec![false; config.assumptions.len()];
    for mut one in undecided {
        let path = one.location.as_ref().map(|location| location.file.path().as_str().to_owned());
        for (assumption, used) in config.assumptions.iter().zip(&mut used) {
            if today.is_none_or(|today| assumption.is_expired(today)) {
                continue;
            }
            let (taken, left) = std::mem::take(&mut one.rules)
                .into_iter()
                .partition(|rule| assumption.settles(rule.as_str(), path.as_deref(), &one.message));
            one.rules = left;
            if taken.is_empty() {
                continue;
            }
            *used = true;
            settled.assumed.push(Assumed {
                message: one.message.clone(),
                location: one.location.clone(),
                rules: taken,
                owner: assumption.owner.value.clone(),
                reason: assumption.reason.value.clone(),
                expires: assumption.expires.value.to_string(),
                by: assumption.place.location(),
            });
        }
        if !one.rules.is_empty() {
            settled.undecided.push(one);
        }
    }
    for (assumption, used) in config.assumptions.iter().zip(used) {
        settled.gaps.extend(remark(assumption, used, today));
    }
    settled
}

fn remark(assumption: &Assumption, used: bool, today: Option<Date>) -> Option<Gap> {
    let day = assumption.expires.value;
    let expired = today.is_some_and(|today| assumption.is_expired(today));
    let (message, way_out) = match (expired, used) {
        (true, _) => (format!("an assumption expired after {day}, and settles nothing"), "renew it or remove it"),
        (false, false) => ("an assumption settles nothing".to_owned(), "remove it"),
        (false, true) => return None,
    };
    Some(Gap {
        kind: "",
        fields: &[],
        cause: GapCause::NotEvaluated,
        message,
        location: Some(assumption.place.location()),
        way_out: Some(way_out.to_owned()),
    })
}
