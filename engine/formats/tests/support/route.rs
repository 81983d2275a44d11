//! Nodes by the routes that people write.

use engine_model::{Document, NodeId, Route, Step};

/// A route as people write it: `resource[2].body.name`.
pub(crate) fn route(text: &str) -> Route {
    let mut steps: Vec<Step> = Vec::new();
    for part in text.split('.').filter(|part| !part.is_empty()) {
        let (key, indices) = part.split_once('[').unwrap_or((part, ""));
        if !key.is_empty() {
            steps.push(Step::from(key));
        }
        for index in indices.split('[').filter(|index| !index.is_empty()) {
            steps.push(Step::Index(index.trim_end_matches(']').parse().unwrap()));
        }
    }
    Route(steps)
}

pub(crate) fn at(document: &Document, text: &str) -> NodeId {
    document.walk(&route(text)).unwrap_or_else(|| panic!("no {text}"))
}
