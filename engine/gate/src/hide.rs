//! Secrets that stand in the open are found, and never shown: reports get a copy of the file without them, and no
//! sentence has the password of an address in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine_facts::address;
use engine_facts::credential::CREDENTIAL;
use engine_facts::wire::{Item, Json};
use engine_model::{FilePath, Finding, Gap, Location, Route, SourceFile, Span, Undecided};

/// A file, or a part of one.
type Key = (FilePath, u64);

/// The files that hold secrets, and copies of them that do not.
#[derive(Debug, Default)]
pub(crate) struct Hidden {
    /// Secrets that were found, by file.
    found: BTreeMap<Key, Vec<Span>>,
    /// Copies of files that were shown; nothing for one that holds no secret.
    copies: BTreeMap<Key, Option<Arc<SourceFile>>>,
}

impl Hidden {
    /// The secrets that `credentials`, items of that kind, say stand in the open.
    pub(crate) fn of(credentials: &[Item]) -> Self {
        let mut found: BTreeMap<Key, Vec<Span>> = BTreeMap::new();
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
            found.entry(key(&whole.file)).or_default().push(whole.span);
        }
        Self { found, copies: BTreeMap::new() }
    }

    /// Gives every place of a finding the copy of its file, where there is one, and takes secrets out of its words.
    pub(crate) fn hide(&mut self, finding: &mut Finding) {
        words(&mut finding.message);
        finding.help.iter_mut().for_each(words);
        self.place(&mut finding.location);
        for related in &mut finding.related {
            words(&mut related.message);
            self.place(&mut related.location);
        }
        finding.used_by.iter_mut().for_each(|used| self.place(&mut used.location));
        if let Some(fix) = &mut finding.fix {
            fix.snippet.iter_mut().for_each(words);
            fix.edits.iter_mut().for_each(|edit| self.place(&mut edit.location));
        }
    }

    /// The same for what is undecided.
    pub(crate) fn hide_undecided(&mut self, undecided: &mut Undecided) {
        words(&mut undecided.message);
        undecided.location.iter_mut().for_each(|location| self.place(location));
    }

    /// The same for what was not seen.
    pub(crate) fn hide_gap(&mut self, gap: &mut Gap) {
        words(&mut gap.message);
        gap.location.iter_mut().for_each(|location| self.place(location));
    }

    fn place(&mut self, location: &mut Location) {
        let key = key(&location.file);
        let found = &self.found;
        let copy = self.copies.entry(key).or_insert_with_key(|key| {
            let addresses = address::secrets(location.file.text()).into_iter().map(Span::from_range);
            let spans: Vec<Span> = found.get(key).into_iter().flatten().copied().chain(addresses).collect();
            (!spans.is_empty()).then(|| copy(&location.file, spans))
        });
        if let Some(copy) = copy {
            location.file = Arc::clone(copy);
        }
    }
}

/// Takes the secrets of addresses out of a sentence.
fn words(text: &mut String) {
    if text.contains("://") {
        *text = address::without_secrets(text);
    }
}

fn key(file: &SourceFile) -> Key {
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
