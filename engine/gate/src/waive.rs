//! Waivers of the configuration over what was found: what somebody accepts at a place, until a day.

use engine_config::{Config, Date, Waiver};
use engine_model::{Class, Finding, Gap, GapCause, Related, Waived};

/// How many days a waiver may hold, from the day of the check, before that is said.
const LONG_DAYS: i64 = 90;

/// What waivers came to.
#[derive(Debug, Default)]
pub(crate) struct Accepted {
    /// What counts, in its order.
    pub(crate) findings: Vec<Finding>,
    /// What does not, by which waiver, in the same order.
    pub(crate) waived: Vec<Waived>,
    /// What is to be said of the waivers themselves.
    pub(crate) gaps: Vec<Gap>,
}

/// Takes away what a waiver covers: no mandatory finding, and nothing without a date, since nobody can say that the
/// waiver has not expired. Of two waivers the first in the file answers for a finding, and both are used.
pub(crate) fn accept(findings: Vec<Finding>, config: &Config, today: Option<Date>) -> Accepted {
    let mut accepted = Accepted::default();
    let mut used = vec![false; config.waivers.len()];
    for mut finding in findings {
        if finding.class == Class::Mandatory {
            accepted.findings.push(finding);
            continue;
        }
        let mut by = None;
        let mut expired = Vec::new();
        for (waiver, used) in config.waivers.iter().zip(&mut used).filter(|(waiver, _)| waiver.names(&finding)) {
            match today.map(|today| waiver.is_expired(today)) {
                Some(false) => {
                    *used = true;
                    by = by.or(Some(waiver));
                }
                Some(true) => expired.push(waiver),
                None => {}
            }
        }
        match by {
            Some(waiver) => accepted.waived.push(waived(finding, waiver)),
            None => {
                finding.related.extend(expired.into_iter().map(expiry));
                accepted.findings.push(finding);
            }
        }
    }
    let remarks = config.waivers.iter().zip(used).filter_map(|(waiver, used)| remark(waiver, used, today));
    accepted.gaps = remarks.collect();
    accepted
}

fn waived(finding: Finding, waiver: &Waiver) -> Waived {
    Waived {
        finding,
        owner: waiver.owner.value.clone(),
        reason: waiver.reason.value.clone(),
        expires: waiver.expires.value.to_string(),
        by: waiver.place.location(),
    }
}

/// What a finding says of a waiver that would have covered it.
fn expiry(waiver: &Waiver) -> Related {
    let message = format!("the waiver for this expired after {}", waiver.expires.value);
    Related { message, location: waiver.place.location() }
}

fn remark(waiver: &Waiver, used: bool, today: Option<Date>) -> Option<Gap> {
    let day = waiver.expires.value;
    let Some(today) = today else {
        return Some(said(waiver, "a waiver covers nothing: the day of the check is not known".to_owned(), None));
    };
    let left = day.days_since(today);
    let (message, way_out) = if waiver.is_expired(today) {
        (format!("a waiver expired after {day}, and covers nothing"), "mend what it covered, or renew it")
    } else if !used {
        ("a waiver covers nothing".to_owned(), "remove it")
    } else if left > LONG_DAYS {
        (format!("a waiver holds for {left} days more, until {day}"), "let it expire within 90 days, and renew it")
    } else {
        return None;
    };
    Some(said(waiver, message, Some(way_out)))
}

fn said(waiver: &Waiver, message: String, way_out: Option<&str>) -> Gap {
    Gap {
        kind: "",
        fields: &[],
        cause: GapCause::NotEvaluated,
        message,
        location: Some(waiver.place.location()),
        way_out: way_out.map(str::to_owned),
    }
}
