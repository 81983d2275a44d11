//! One sentence for the first screen.

use std::collections::BTreeMap;

use super::Object;

/// How many kinds are named.
const NAMED: usize = 4;

/// What was understood of the objects, without a full stop; `None` where there is none.
#[must_use]
pub fn understood(objects: &[Object]) -> Option<String> {
    if objects.is_empty() {
        return None;
    }
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for object in objects {
        let count = kinds.entry(object.kind.get().map_or("unknown", String::as_str)).or_default();
        *count = count.saturating_add(1);
    }
    let mut kinds: Vec<(&str, usize)> = kinds.into_iter().collect();
    kinds.sort_by_key(|(kind, count)| (std::cmp::Reverse(*count), *kind));
    let mut named: Vec<String> = kinds.iter().take(NAMED).map(|(kind, count)| format!("{count} {kind}")).collect();
    let others: usize = kinds.iter().skip(NAMED).map(|(_, count)| count).sum();
    if others > 0 {
        named.push(format!("{others} of other kinds"));
    }
    let noun = if objects.len() == 1 { "object" } else { "objects" };
    Some(format!("Kubernetes: {} {noun}: {}", objects.len(), named.join(", ")))
}
