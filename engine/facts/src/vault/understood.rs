//! One line for the first screen.

use super::Vault;
use crate::credential::{End, Lifetime};

/// What was understood of Vault, without a full stop; `None` where there is nothing of it.
#[must_use]
pub fn understood(vault: &Vault) -> Option<String> {
    let mut parts = Vec::new();
    if !vault.policies.is_empty() {
        let paths = vault.policies.iter().map(|policy| policy.paths.len()).sum();
        parts.push(format!(
            "{} ({})",
            count(vault.policies.len(), "policy", "policies"),
            count(paths, "path", "paths")
        ));
    }
    if !vault.roles.is_empty() {
        parts.push(count(vault.roles.len(), "role", "roles"));
    }
    if !vault.accesses.is_empty() {
        parts.push(format!("{} read or written", count(vault.accesses.len(), "path", "paths")));
    }
    if !vault.credentials.is_empty() {
        let credentials = count(vault.credentials.len(), "kind of credentials", "kinds of credentials");
        let longest = vault.credentials.iter().map(|credential| &credential.maximum).max_by_key(|last| rank(last));
        let longest = longest.map_or_else(String::new, shown);
        parts.push(format!("{credentials}, the longest {longest}"));
    }
    (!parts.is_empty()).then(|| format!("Vault: {}", parts.join(", ")))
}

/// The longer, the greater; what is unknown is shorter than what is known to be without a bound.
fn rank(lifetime: &Lifetime) -> (u8, i64) {
    match (lifetime.end, lifetime.seconds.get()) {
        (End::Never, _) => (3, 0),
        (End::Mount, _) => (2, 0),
        (_, None) => (1, 0),
        (_, Some(seconds)) => (0, *seconds),
    }
}

fn shown(lifetime: &Lifetime) -> String {
    match (lifetime.end, lifetime.seconds.get()) {
        (End::Never, _) => "without end".to_owned(),
        (End::Mount, _) => "as long as its mount lets it".to_owned(),
        (_, None) => "for a time that cannot be told".to_owned(),
        (_, Some(seconds)) => {
            let units = [(86_400, "days"), (3600, "h"), (60, "min")];
            // A day is told in hours, a month in days.
            let fits = |unit: i64| seconds.checked_rem(unit) == Some(0) && *seconds >= unit.saturating_mul(2);
            let unit = units
                .iter()
                .find(|(unit, _)| fits(*unit))
                .or_else(|| units.iter().find(|(unit, word)| *word != "days" && seconds.checked_rem(*unit) == Some(0)));
            match unit {
                Some((unit, word)) => format!("{} {word}", seconds.checked_div(*unit).unwrap_or(0)),
                None => format!("{seconds} s"),
            }
        }
    }
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
