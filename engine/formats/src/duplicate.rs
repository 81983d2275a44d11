//! Keys that stand twice in one mapping, whatever the format.

use std::collections::HashMap;

use engine_model::{Document, Finding, NodeId, Related, Route};

use crate::DUPLICATE_KEY;

/// The most findings that one text gives.
const MAX_FINDINGS: usize = 100;

/// Mappings of at most this many entries are compared pair by pair.
const SMALL: usize = 12;

/// A finding at each key of `mappings` that stood before in the same mapping. Two keys are the same where their
/// decoded texts are; those that `repeats` names may stand as often as they like. `place` is what people call such a
/// mapping.
pub(crate) fn findings(
    document: &Document,
    mappings: &[NodeId],
    outer: &Route,
    place: &str,
    repeats: impl Fn(NodeId) -> bool,
) -> Vec<Finding> {
    let mut found: Vec<(NodeId, NodeId)> = Vec::new();
    let mut keys: Vec<(&str, NodeId)> = Vec::new();
    let mut more: usize = 0;
    for mapping in mappings {
        let entries = document.entries(*mapping);
        if entries.len() < 2 {
            continue;
        }
        keys.clear();
        keys.extend(entries.iter().filter_map(|entry| Some((document.scalar(entry.key)?.text, entry.key))));
        let twice = if keys.len() <= SMALL { pairs(&keys) } else { hashed(&keys) };
        for pair in twice.into_iter().filter(|(_, key)| !repeats(*key)) {
            if found.len() < MAX_FINDINGS { found.push(pair) } else { more += 1 }
        }
    }
    let say = |text: &str| format!("`{text}` stands twice in this {place}, and only the last one counts");
    let mut findings: Vec<Finding> =
        found.into_iter().filter_map(|pair| finding(document, pair, outer, &say)).collect();
    if let Some(last) = findings.last_mut().filter(|_| more > 0) {
        last.help = Some(format!("{more} more keys that stand twice are not shown"));
    }
    findings
}

/// Each key that stood before, with the first that reads as it does.
fn pairs(keys: &[(&str, NodeId)]) -> Vec<(NodeId, NodeId)> {
    let mut found = Vec::new();
    for (index, (text, key)) in keys.iter().enumerate() {
        if let Some((_, first)) = keys.iter().take(index).find(|(other, _)| other == text) {
            found.push((*first, *key));
        }
    }
    found
}

fn hashed(keys: &[(&str, NodeId)]) -> Vec<(NodeId, NodeId)> {
    let mut first: HashMap<&str, NodeId> = HashMap::with_capacity(keys.len());
    let mut found = Vec::new();
    for (text, key) in keys {
        match first.get(text) {
            Some(before) => found.push((*before, *key)),
            None => {
                first.insert(text, *key);
            }
        }
    }
    found
}

/// The finding at the second of two keys; `say` makes its message of the key.
fn finding(
    document: &Document,
    (first, second): (NodeId, NodeId),
    outer: &Route,
    say: &dyn Fn(&str) -> String,
) -> Option<Finding> {
    let text = document.scalar(second)?.text;
    let shown: String = text.chars().take(80).collect();
    let mut route = outer.clone();
    route.0.extend(document.route_of(second).0);
    let mut finding = DUPLICATE_KEY.finding(document.locate_node(second), route, say(&shown))?;
    finding.related = vec![Related { message: "first written here".to_owned(), location: document.locate_node(first) }];
    Some(finding)
}
