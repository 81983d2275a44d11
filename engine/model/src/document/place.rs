//! A place: a document, a node of it, and bytes of a scalar's text where they are known.

use std::sync::Arc;

use super::{Document, Kind, NodeId};
use crate::{Location, Route, Span};

/// Where a thing is written: a node of a document, and a byte range of the scalar's decoded text where only a part
/// is meant.
#[derive(Clone, Debug)]
pub struct Place {
    /// The document.
    pub document: Arc<Document>,
    /// The node.
    pub node: NodeId,
    /// Bytes of the node's decoded text, where it is a scalar and not all of it is meant.
    pub range: Option<Span>,
}

impl Place {
    /// The place of a whole node.
    #[must_use]
    pub fn new(document: &Arc<Document>, node: NodeId) -> Self {
        Self { document: Arc::clone(document), node, range: None }
    }

    /// The same node, only `range` of its decoded text.
    #[must_use]
    pub fn part(&self, range: Span) -> Self {
        Self { range: Some(range), ..self.clone() }
    }

    /// Keys and indices to the node.
    #[must_use]
    pub fn route(&self) -> Route {
        self.document.route_of(self.node)
    }

    /// The file's bytes to underline: the part where one is meant, the whole of a scalar or of anything on one line,
    /// and the key (or the first line) of what spreads over several lines.
    #[must_use]
    pub fn location(&self) -> Location {
        if let Some(range) = self.range {
            return self.document.locate_text(self.node, range);
        }
        let whole = self.document.locate_node(self.node);
        if !whole.text().contains('\n') {
            return whole;
        }
        match (self.document.node(self.node).kind, self.document.key_of(self.node)) {
            (Kind::Mapping(_) | Kind::Sequence(_) | Kind::Expression(..), Some(key)) => self.document.locate_node(key),
            _ => {
                let line = whole.text().lines().next().map_or(0, |line| line.trim_end().len());
                Location {
                    span: Span::from_range(whole.span.start as usize..whole.span.start as usize + line),
                    ..whole
                }
            }
        }
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.document, &other.document) && self.node == other.node && self.range == other.range
    }
}

impl Eq for Place {}
