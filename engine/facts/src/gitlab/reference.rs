//! Every `!reference` of a pipeline, also those of hidden jobs: GitLab refuses one that leads nowhere, or round in a
//! circle.

use std::collections::HashMap;
use std::sync::Arc;

use engine_formats::yaml::ScalarValue;

use super::cursor::{MAX_REFERENCES, Scope};
use super::node::{Edge, Node, Shape};
use super::problem::Problem;

/// How many values and references one is followed through.
const MAX_DEPTH: usize = 1_000;

/// What is wrong with the references of a pipeline.
pub(super) fn problems(scope: &Scope) -> Vec<Problem> {
    let mut walk = Walk { scope, seen: HashMap::new(), depth: 0, problems: Vec::new() };
    walk.node(&scope.top);
    walk.problems
}

struct Walk<'s> {
    scope: &'s Scope,
    /// Nodes by where they are kept, with how many references lead on from there; nothing while they are being walked.
    seen: HashMap<*const Node, Option<usize>>,
    depth: usize,
    problems: Vec<Problem>,
}

impl Walk<'_> {
    /// Walks a value, and says how many references lead on from there; nothing where it is still being walked.
    fn node(&mut self, node: &Arc<Node>) -> Option<usize> {
        if matches!(node.shape, Shape::Null | Shape::Scalar | Shape::Opaque) || self.depth >= MAX_DEPTH {
            return Some(0);
        }
        let key = Arc::as_ptr(node);
        if let Some(known) = self.seen.get(&key) {
            return *known;
        }
        self.seen.insert(key, None);
        self.depth = self.depth.saturating_add(1);
        let chain = match &node.shape {
            Shape::Sequence(items) => items.iter().map(|item| self.edge(item)).max(),
            Shape::Mapping(fields) => fields.iter().map(|field| self.edge(&field.edge)).max(),
            Shape::Reference(names) => Some(self.reference(node, names)),
            Shape::Null | Shape::Scalar | Shape::Opaque => None,
        };
        self.depth = self.depth.saturating_sub(1);
        let chain = chain.unwrap_or(0);
        self.seen.insert(key, Some(chain));
        Some(chain)
    }

    fn edge(&mut self, edge: &Edge) -> usize {
        self.node(&edge.node).unwrap_or(0)
    }

    /// How many references there are from this one on.
    fn reference(&mut self, node: &Arc<Node>, names: &[Arc<str>]) -> usize {
        let name = names.join(".");
        let mut at = &self.scope.top;
        for part in names {
            match self.scope.field_of(at, part) {
                Some(field) => at = &field.edge.node,
                None => {
                    self.lost(node, &name);
                    return 1;
                }
            }
        }
        let nothing = at.is_null() || at.scalar_value() == Some(ScalarValue::Boolean(false));
        if nothing || names.is_empty() {
            self.lost(node, &name);
            return 1;
        }
        let target = Arc::clone(at);
        let Some(behind) = self.node(&target) else {
            let message = format!("`!reference` to `{name}` leads back to itself");
            self.problems.push(Problem::new(node.place.clone(), message));
            return 1;
        };
        // The one that is too many is said, and none of those that lead to it.
        if behind == MAX_REFERENCES {
            let message = format!("`!reference` to `{name}` leads through more than {MAX_REFERENCES} others");
            self.problems.push(Problem::new(node.place.clone(), message));
        }
        behind.saturating_add(1)
    }

    fn lost(&mut self, node: &Arc<Node>, name: &str) {
        if !self.scope.open {
            let message = format!("`!reference` names `{name}`, which is not in this pipeline");
            self.problems.push(Problem::new(node.place.clone(), message));
        }
    }
}
