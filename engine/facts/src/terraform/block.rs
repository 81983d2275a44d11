//! Blocks of an HCL document, told from objects.

use engine_model::{Document, Entry, Kind, NodeId};

/// A block: its labels' and its body's nodes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    pub(crate) node: NodeId,
    pub(crate) labels: NodeId,
    pub(crate) body: NodeId,
}

impl Block {
    /// The label's text, or `""` where there is no such label.
    pub(crate) fn label(self, document: &Document, index: usize) -> &str {
        let label = document.items(self.labels).get(index).and_then(|label| document.scalar(*label));
        label.map_or("", |label| label.text)
    }
}

/// The block that a node is. The keys of a block are written nowhere and share one place; those of an object never do.
pub(crate) fn block(document: &Document, node: NodeId) -> Option<Block> {
    match document.node(node).kind {
        Kind::Mapping([labels, body]) if document.node(labels.key).span == document.node(body.key).span => {
            Some(Block { node, labels: labels.value, body: body.value })
        }
        _ => None,
    }
}

/// The blocks of an entry of a body, or `None` where it is an attribute.
pub(crate) fn blocks(document: &Document, entry: Entry) -> Option<impl Iterator<Item = Block>> {
    let Kind::Sequence(items) = document.node(entry.value).kind else { return None };
    block(document, *items.first()?)?;
    Some(items.iter().filter_map(|item| block(document, *item)))
}
