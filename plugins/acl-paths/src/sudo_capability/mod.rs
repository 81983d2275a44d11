//! A policy that grants `sudo`.

use engine_sdk::prelude::*;

use crate::policy::Policy;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(policy: &Item<Policy>, report: &mut Report) {
    for (index, stanza) in policy.granting() {
        let at = policy.at("paths").index(index).key("capabilities");
        if stanza.grants(&["sudo"]) {
            let position = stanza.position(|name| name == "sudo").map_or(0, |(position, _)| position);
            let path = stanza.path.known().map_or_else(|| "a path".to_owned(), |path| format!("`{path}`"));
            report.finding(at.index(position), format!("`sudo` is granted on {path}")).help(
                "take `sudo` out: it opens what Vault keeps for operators; who operates Vault uses another token",
            );
            continue;
        }
        let unknown = |(position, one): (usize, &Known<String>)| Some((position, one.unknown()?.to_string()));
        match stanza.capabilities.iter().enumerate().find_map(unknown) {
            Some((position, unknown)) => {
                report.undecided(at.index(position), format!("whether `sudo` is granted depends on {unknown}"));
            }
            None if stanza.open => report.undecided(at, "whether `sudo` is granted is not known"),
            None => {}
        }
    }
    Policy::more(policy, report, "grants `sudo`");
}
