//! Secrets that stand in the open are found, and never shown: reports get a copy of the file without them.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine_facts::credential::CREDENTIAL;
use engine_facts::wire::{Item, Json};
use engine_model::{FilePath, Finding, Location, Route, SourceFile, Span, Undecided};

/// The files that hold secrets, and copies of them that do not.
#[derive(Debug, Default)]
pub(crate) struct Hidden {
    copies: BTreeMap<(FilePath, u64), Arc<SourceFile>>,
}

impl Hidden {
    /// The secrets that `credentials`, items of that kind, say stand in the open.
    pub(crate) fn of(credentials: &[Item]) -> Self {
        let mut spans: BTreeMap<(FilePath, u64), (Arc<SourceFile>, Vec<Span>)> = BTreeMap::new();
        for item in credentials.iter().filter(|item| item.kind == CREDENTIAL) {
            let Json::Object(fields) = &item.root.json else { continue };
            let open = fields.iter().any(|(name, node)| &**name == "open" && matches!(node.json, Json::Boolean(true)));
            let resolved = item.resolve(&Route(vec!["open".into()]));
            let Some(origin) = resolved.origin.filter(|_| open) else { continue };
            let place = &origin.place;
            let whole = match place.range {
                Some(range) => place.document.locate_text(place.node, range),
                None => place.document.locate_node(place.node),
            };
            let file = Arc::clone(&whole.file);
            spans.entry(key(&file)).or_insert_with(|| (file, Vec::new())).1.push(whole.span);
        }
        let copies = spans.into_iter().map(|(key, (file, spans))| (key, copy(&file, spans)));
        Self { copies: copies.collect() }
    }

    /// Gives every place of a finding the copy of its file, where there is one.
    pub(crate) fn hide(&self, finding: &mut Finding) {
        if self.copies.is_empty() {
            return;
        }
        self.place(&mut finding.location);
        finding.related.iter_mut().for_each(|related| self.place(&mut related.location));
        finding.used_by.iter_mut().for_each(|used| self.place(&mut used.location));
        let edits = finding.fix.iter_mut().flat_map(|fix| &mut fix.edits);
        edits.for_each(|edit| self.place(&mut edit.location));
    }

    /// The same for what is undecided.
    pub(crate) fn hide_undecided(&self, undecided: &mut Undecided) {
        undecided.location.iter_mut().for_each(|location| self.place(location));
    }

    fn place(&self, location: &mut Location) {
        if let Some(copy) = self.copies.get(&key(&location.file)) {
            location.file = Arc::clone(copy);
        }
    }
}

fn key(file: &SourceFile) -> (FilePath, u64) {
    (file.path().clone(), file.start().byte)
}

/// The file with an asterisk for each byte of a secret, so that every other place stays where it is.
fn copy(file: &SourceFile, spans: Vec<Span>) -> Arc<SourceFile> {
    let mut bytes = file.text().as_bytes().to_vec();
    for span in spans {
        // What quotes there are stay, so that the line still reads.
        for byte in bytes.get_mut(span.range()).unwrap_or(&mut []) {
            if !matches!(byte, b'\n' | b'\r' | b'"' | b'\'') {
                *byte = b'*';
            }
        }
    }
    // Whole characters were written over.
    SourceFile::part(file.path().clone(), String::from_utf8(bytes).unwrap_or_default(), file.start())
}
