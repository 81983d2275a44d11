//! A credential that nothing ends.

use engine_sdk::prelude::*;

use crate::credential::{Credential, End};

/// The kinds for which something can be written that means without end: 0, or no date at all. For every other kind
/// that falls back to a default.
const MAY_BE_ENDLESS: &[&str] = &["secret-id", "gitlab-token"];

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(credential: &Item<Credential>, report: &mut Report) {
    if !credential.is_made() || credential.is_periodic() {
        return;
    }
    let maximum = &credential.maximum;
    if maximum.end == End::Never {
        let message = format!(
            "{} {}: {}, which means without end",
            credential.title,
            credential.verb("never ends", "never end"),
            maximum.written()
        );
        let help = format!("set `{}`, so that what leaks is soon worth nothing", maximum.field);
        report.finding(Credential::limit(credential), message).help(help);
    } else if let (true, None, Some(unknown)) =
        (credential.is(MAY_BE_ENDLESS), maximum.text.known(), maximum.seconds.unknown())
    {
        // Whatever is written, a date for one, ends it some day.
        let message =
            format!("whether {} {} depends on {unknown}", credential.title, credential.verb("ever ends", "ever end"));
        report.undecided(credential.at("maximum").key("seconds"), message);
    }
}
