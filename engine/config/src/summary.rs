//! One line for the first screen: what the configuration says, and what holds where it says nothing.

use engine_facts::credential::Kind;

use crate::error::shown;
use crate::{Config, Setting, ceiling};

/// How many names are shown; of more only the number.
const MAX_NAMES: usize = 3;

/// The line, without a full stop.
pub(crate) fn line(config: &Config) -> String {
    let file = config.file.as_ref().map(|file| file.path().as_str());
    let start = match file {
        None => format!("no {}", crate::FILE_NAME),
        Some(path) if config.is_empty() => format!("{path} is empty"),
        Some(path) => path.to_owned(),
    };
    let mut parts = vec![
        format!("profile {}", config.profile.value.as_str()),
        named("production branch", "es", config.branches.iter().map(|branch| branch.value.as_str())),
        named("tenant", "s", config.tenants.iter().map(|tenant| tenant.name.value.as_str())),
        ceilings(config),
    ];
    if let Some(policies) = &config.policies {
        let names = policies.iter().map(|policy| policy.value.as_str());
        parts.push(format!("of the built-in policies {}", only(&names.collect::<Vec<_>>())));
    }
    let counted = [
        (config.plugins.len(), "policy from disk", "policies from disk"),
        (config.overrides.len(), "rule changed", "rules changed"),
        (config.protected_branches().len(), "protected branch declared", "protected branches declared"),
        (config.assumptions.len(), "assumption", "assumptions"),
        (config.waivers.len(), "waiver", "waivers"),
    ];
    for (count, one, many) in counted.into_iter().filter(|(count, ..)| *count > 0) {
        parts.push(format!("{count} {}", if count == 1 { one } else { many }));
    }
    format!("{start}: {}", parts.join(", "))
}

fn named<'n>(noun: &str, plural: &str, names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.as_slice() {
        [] => format!("no {noun}{plural}"),
        [only] => format!("{noun} {}", shown(only)),
        few if few.len() <= MAX_NAMES => format!("{noun}{plural} {}", listed(few)),
        many => format!("{} {noun}{plural}", many.len()),
    }
}

fn only(names: &[&str]) -> String {
    match names {
        [] => "none".to_owned(),
        few if few.len() <= MAX_NAMES => format!("only {}", listed(few)),
        many => format!("only {}", many.len()),
    }
}

/// `a`, `b` and `c`, in backticks.
fn listed(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().map(|name| shown(name)).collect();
    match shown.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => shown.concat(),
    }
}

fn ceilings(config: &Config) -> String {
    const USUAL: &str = "ceilings 1 h for CI credentials and plan artifacts, 24 h for the rest";
    let changed = config.ceilings.iter().filter(|(kind, ceiling)| ceiling.value != ceiling::default(*kind));
    let changed: Vec<(Kind, &Setting<i64>)> = changed.collect();
    match changed.as_slice() {
        [] => USUAL.to_owned(),
        few if few.len() <= MAX_NAMES => {
            let each = few.iter().map(|(kind, ceiling)| format!("{} for {}", duration(ceiling.value), kind.as_str()));
            format!("{USUAL}, but {}", each.collect::<Vec<_>>().join(" and "))
        }
        many => format!("{} ceilings of its own", many.len()),
    }
}

/// Seconds in the largest unit that they fill.
fn duration(seconds: i64) -> String {
    let units = [(86_400, "d"), (3600, "h"), (60, "min")];
    let whole = units
        .iter()
        .find(|(length, unit)| seconds % length == 0 && seconds >= *length && (*unit != "d" || seconds >= 2 * length));
    whole.map_or_else(|| format!("{seconds} s"), |(length, unit)| format!("{} {unit}", seconds / length))
}
