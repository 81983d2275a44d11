//! `<<`: a mapping's entries as Ruby's Psych (and so GitLab) sees them.
//!
//! Psych reads a mapping from the top, and `<<` writes over what stands above it; what stands below writes over it
//! again. So an explicit key wins over a merged one only where it is written after the `<<`. Of several sources in
//! one list the earlier wins. What cannot be merged (a scalar, an alias for a list) stays an entry named `<<`.

use std::collections::HashMap;

use engine_model::{Document, Kind, NodeId};

/// The most entries that one mapping may have after its merges.
pub const MAX_MERGED_ENTRIES: usize = 10_000;

/// How deep a merge may lead into mappings that merge.
pub const MAX_MERGE_DEPTH: usize = 32;

/// How many entries may be looked at for one mapping: merges of merges double with each level.
const MAX_STEPS: usize = 100_000;

/// One entry of a mapping, written in it or merged into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedEntry {
    /// The key.
    pub key: NodeId,
    /// The value.
    pub value: NodeId,
    /// The aliases it came through, outermost first; empty where it is written in the mapping itself.
    pub via: Vec<NodeId>,
}

/// The entries of a mapping with its merges applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// In Ruby's order: a key keeps the place where it first came up. No key stands twice.
    pub entries: Vec<MergedEntry>,
    /// Whether there was more than the limits allow.
    pub truncated: bool,
}

/// The entries of `mapping` (through an alias, which is in no entry's `via`), with `<<` applied; no entry where it is something else.
///
/// Bounded by [`MAX_MERGED_ENTRIES`] and [`MAX_MERGE_DEPTH`]: over them, what there is and `truncated`.
#[must_use]
pub fn merged_entries(document: &Document, mapping: NodeId) -> Merged {
    let entries = document.entries(mapping);
    let mut keys: Vec<&str> = Vec::new();
    let plain = entries.len() <= 16
        && entries.iter().all(|entry| match document.scalar(entry.key) {
            Some(scalar) if scalar.text != "<<" && !keys.contains(&scalar.text) => {
                keys.push(scalar.text);
                true
            }
            _ => false,
        });
    if plain {
        let entry = |entry: &engine_model::Entry| MergedEntry { key: entry.key, value: entry.value, via: Vec::new() };
        return Merged { entries: entries.iter().map(entry).collect(), truncated: false };
    }
    let mut merge = Merge { document, steps: 0, truncated: false };
    let mut table = Table::default();
    merge.mapping(mapping, &[], 0, &mut table);
    Merged { entries: table.entries, truncated: merge.truncated }
}

/// Whether a key is `<<`, quoted or not: Psych asks for the tag alone.
pub(super) fn is_merge_key(document: &Document, key: NodeId) -> bool {
    match document.node(key).kind {
        Kind::Scalar(scalar) => scalar.text == "<<" && !document.tag(key).is_some_and(super::value::is_string_tag),
        _ => false,
    }
}

/// Ruby's hash: a key keeps its first place, and has its last value.
#[derive(Default)]
struct Table<'d> {
    entries: Vec<MergedEntry>,
    index: HashMap<&'d str, usize>,
}

struct Merge<'d> {
    document: &'d Document,
    steps: usize,
    truncated: bool,
}

impl<'d> Merge<'d> {
    fn mapping(&mut self, mapping: NodeId, via: &[NodeId], depth: usize, table: &mut Table<'d>) {
        if depth > MAX_MERGE_DEPTH {
            self.truncated = true;
            return;
        }
        let document = self.document;
        for entry in document.entries(mapping) {
            if self.truncated || self.steps >= MAX_STEPS {
                self.truncated = true;
                return;
            }
            self.steps += 1;
            if is_merge_key(document, entry.key)
                && let Some(sources) = self.sources(entry.value)
            {
                for source in sources {
                    let mut path = via.to_vec();
                    path.extend(matches!(document.node(source).kind, Kind::Alias(_)).then_some(source));
                    // A source is a value of its own before it is merged: what it merges itself is settled first.
                    let mut inner = Table::default();
                    self.mapping(source, &path, depth + 1, &mut inner);
                    for entry in inner.entries {
                        self.insert(entry, table);
                    }
                }
                continue;
            }
            self.insert(MergedEntry { key: entry.key, value: entry.value, via: via.to_vec() }, table);
        }
    }

    /// The mappings that a `<<` names, weakest first; `None` where Psych would not merge them.
    fn sources(&self, value: NodeId) -> Option<Vec<NodeId>> {
        let document = self.document;
        let is_mapping = |id: NodeId| matches!(document.node(document.resolve(id)).kind, Kind::Mapping(_));
        match document.node(value).kind {
            Kind::Sequence(items) => {
                items.iter().all(|item| is_mapping(*item)).then(|| items.iter().rev().copied().collect())
            }
            _ => is_mapping(value).then(|| vec![value]),
        }
    }

    fn insert(&mut self, entry: MergedEntry, table: &mut Table<'d>) {
        let key = self.document.scalar(entry.key).map(|scalar| scalar.text);
        let known = key.and_then(|key| table.index.get(key).copied());
        if let Some(old) = known.and_then(|index| table.entries.get_mut(index)) {
            *old = entry;
            return;
        }
        if table.entries.len() >= MAX_MERGED_ENTRIES {
            self.truncated = true;
            return;
        }
        if let Some(key) = key {
            table.index.insert(key, table.entries.len());
        }
        table.entries.push(entry);
    }
}
