//! Every `!reference` of a pipeline, also those of hidden jobs: GitLab refuses one that leads nowhere, or round in a
//! circle.

use std::collections::HashMap;
use std::sync::Arc;

use engine_formats::yaml::ScalarValue;

use super::cursor::Scope;
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
    /// Nodes by where they are kept, with whether they are still being walked.
    seen: HashMap<*const Node, bool>,
    depth: usize,
    problems: Vec<Problem>,
}

impl Walk<'_> {
    /// Walks a value; whether one that is still being walked was reached.
    fn node(&mut self, node: &Arc<Node>) -> bool {
        if matches!(node.shape, Shape::Null | Shape::Scalar | Shape::Opaque) || self.depth >= MAX_DEPTH {
            return false;
        }
        let key = Arc::as_ptr(node);
        if let Some(walking) = self.seen.get(&key) {
            return *walking;
        }
        self.seen.insert(key, true);
        self.depth = self.depth.saturating_add(1);
        match &node.shape {
            Shape::Sequence(items) => items.iter().for_each(|item| self.edge(item)),
            Shape::Mapping(fields) => fields.iter().for_each(|field| self.edge(&field.edge)),
            Shape::Reference(names) => self.reference(node, names),
            Shape::Null | Shape::Scalar | Shape::Opaque => {}
        }
        self.depth = self.depth.saturating_sub(1);
        self.seen.insert(key, false);
        false
    }

    fn edge(&mut self, edge: &Edge) {
        self.node(&edge.node);
    }

    fn reference(&mut self, node: &Arc<Node>, names: &[Arc<str>]) {
        let name = names.join(".");
        let mut at = &self.scope.top;
        for (depth, part) in names.iter().enumerate() {
            match if depth == 0 { self.scope.field(part) } else { at.field(part) } {
                Some(field) => at = &field.edge.node,
                None => {
                    self.lost(node, &name);
                    return;
                }
            }
        }
        let nothing = at.is_null() || at.scalar_value() == Some(ScalarValue::Boolean(false));
        if nothing || names.is_empty() {
            self.lost(node, &name);
            return;
        }
        let target = Arc::clone(at);
        if self.node(&target) {
            let message = format!("`!reference` to `{name}` leads back to itself");
            self.problems.push(Problem::new(node.place.clone(), message));
        }
    }

    fn lost(&mut self, node: &Arc<Node>, name: &str) {
        if !self.scope.open {
            let message = format!("`!reference` names `{name}`, which is not in this pipeline");
            self.problems.push(Problem::new(node.place.clone(), message));
        }
    }
}
