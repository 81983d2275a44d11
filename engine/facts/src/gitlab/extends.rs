//! `extends:`: every job merged onto its bases, in GitLab's order and within its nesting limit.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::node::{Edge, Field, Index, Node, Shape, index, merge};
use super::problem::Problem;
use crate::sourced::How;

/// How many ancestors a job may have on one line of descent: GitLab's limit.
const MAX_ANCESTORS: usize = 10;

/// The top level with every `extends` resolved.
pub(super) struct Extended {
    pub(super) top: Arc<Node>,
    pub(super) problems: Vec<Problem>,
    /// Jobs that lack a base, which a missing include may hold.
    pub(super) lacking: HashSet<Arc<str>>,
}

/// Resolves the `extends` of every job. `open` says that an include is missing, so that an unknown base is no error.
pub(super) fn resolve(top: &Edge, open: bool) -> Extended {
    let mut extender = Extender {
        top,
        index: index(top.node.fields()),
        open,
        done: HashMap::new(),
        line: Vec::new(),
        problems: Vec::new(),
        lacking: HashSet::new(),
    };
    let fields = top.node.fields().iter();
    let fields = fields.map(|field| Field { edge: extender.job(field).0, ..field.clone() }).collect();
    let top = Arc::new(Node { place: top.node.place.clone(), shape: Shape::Mapping(fields) });
    Extended { top, problems: extender.problems, lacking: extender.lacking }
}

struct Extender<'t> {
    top: &'t Edge,
    index: Index,
    open: bool,
    /// Jobs that are done, with the number of ancestors on their longest line.
    done: HashMap<Arc<str>, (Edge, usize)>,
    line: Vec<Arc<str>>,
    problems: Vec<Problem>,
    lacking: HashSet<Arc<str>>,
}

impl Extender<'_> {
    /// One job merged onto its bases, and its number of ancestors. The depth of the recursion is the line of descent,
    /// which is limited, and each job is done once.
    fn job(&mut self, field: &Field) -> (Edge, usize) {
        if let Some(done) = self.done.get(&field.name) {
            return done.clone();
        }
        let Some(extends) = field.edge.node.field("extends").cloned() else {
            return (field.edge.clone(), 0);
        };
        let own = Edge { node: without_extends(&field.edge.node), via: field.edge.via.clone() };
        self.line.push(Arc::clone(&field.name));
        let mut base: Option<Edge> = None;
        let mut ancestors = 0_usize;
        let names: Vec<Edge> = match &extends.edge.node.shape {
            Shape::Sequence(items) => items.clone(),
            _ => vec![extends.edge.clone()],
        };
        for name in &names {
            let place = &name.node.place;
            let Some(text) = name.node.text() else { continue };
            let at = self.index.get(text).copied();
            let Some(target) = at.and_then(|at| self.top.node.fields().get(at)).cloned() else {
                self.lacking.insert(Arc::clone(&field.name));
                if !self.open {
                    let message = format!("`extends` names `{text}`, which is not in this pipeline");
                    self.problems.push(Problem::new(place.clone(), message));
                }
                continue;
            };
            if self.line.contains(&target.name) {
                let message = format!("`{}` extends itself by way of `{text}`", field.name);
                self.problems.push(Problem::new(place.clone(), message));
                continue;
            }
            let known = self.done.get(&target.name).map_or(0, |(_, ancestors)| *ancestors);
            if self.line.len().saturating_add(known) > MAX_ANCESTORS {
                let message = format!("`extends` goes on for more than {MAX_ANCESTORS} jobs");
                self.problems.push(Problem::new(place.clone(), message).related(field.key.clone(), "the job"));
                continue;
            }
            let (resolved, above) = self.job(&target);
            if self.lacking.contains(&target.name) {
                self.lacking.insert(Arc::clone(&field.name));
            }
            let resolved = resolved.through(How::Extends, place);
            ancestors = ancestors.max(above.saturating_add(1));
            base = Some(base.map_or_else(|| resolved.clone(), |earlier| merge(&earlier, &resolved)));
        }
        self.line.pop();
        let merged = base.map_or_else(|| own.clone(), |base| merge(&base, &own));
        self.done.insert(Arc::clone(&field.name), (merged.clone(), ancestors));
        (merged, ancestors)
    }
}

fn without_extends(node: &Arc<Node>) -> Arc<Node> {
    let fields = node.fields().iter().filter(|field| &*field.name != "extends").cloned().collect();
    Arc::new(Node { place: node.place.clone(), shape: Shape::Mapping(fields) })
}
