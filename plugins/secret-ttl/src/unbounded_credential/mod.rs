//! A credential that only the mount's or the server's setting ends.

use engine_sdk::prelude::*;

use crate::ceiling::{Ceiling, Config};
use crate::credential::{Credential, End};
use crate::duration::human;

/// How long Vault lets live what nobody bounds, unless its own configuration says otherwise; and for people.
const SYSTEM: (i64, &str) = (32 * 86_400, "the mount allows, 32 days unless that was changed");

/// How long AWS lets live what Vault does not bound.
const AWS: (i64, &str) = (36 * 3_600, "AWS allows, 12 h for a role and 36 h for a federated user");

pub(crate) fn rule() -> Rule {
    Rule::repository(include_str!("rule.md"), check)
}

fn check((credentials, configs): &(Items<Credential>, Items<Config>), report: &mut Report) {
    // That AWS users are made at all is `iam-user-credential`.
    let mounted = |one: &&Item<Credential>| {
        one.maximum.end == End::Mount && one.is_made() && !one.is(&["aws-iam-user"]) && !one.is_periodic()
    };
    for credential in credentials.iter().filter(mounted) {
        let title = &credential.title;
        let Some(ceiling) = Ceiling::of(&credential.kind, configs) else {
            report.undecided(credential.at("kind"), format!("there is no ceiling for `{}`", credential.kind));
            continue;
        };
        let (longest, allowed) = if credential.is(&["aws-sts"]) { AWS } else { SYSTEM };
        if ceiling.seconds >= longest {
            continue;
        }
        let message = format!(
            "{title} {} as long as {allowed}: {}",
            credential.verb("lives", "live"),
            credential.maximum.written()
        );
        let related = format!("the ceiling for `{}` is {}", credential.kind, human(ceiling.seconds));
        let finding = report.finding(Credential::limit(credential), message);
        finding.related(ceiling.place, related).help(format!(
            "set `{}` to at most {}",
            credential.maximum.field,
            human(ceiling.seconds)
        ));
        if let Some(fix) = credential.bound(ceiling.seconds) {
            finding.fix(fix);
        }
    }
}
