//! A manifest as bytes, so that a guest is asked what it is once: by the build script for the built-in plugins, and
//! before its code goes into the cache for the others.
//!
//! Shared by the crate and its build script. The bytes carry no version: those of a built-in plugin are part of the
//! build that wrote them, and those in the cache lie behind a header that has one.

use crate::bindings::types;

/// The manifest as bytes.
pub(crate) fn write(manifest: &types::Manifest) -> Vec<u8> {
    let mut out = Writer(Vec::new());
    out.text(&manifest.id);
    out.text(&manifest.version);
    out.list(&manifest.rules, |out, rule| {
        out.text(&rule.id);
        out.text(&rule.title);
        out.0.push(match rule.class {
            types::Class::Advice => 0,
            types::Class::Default => 1,
            types::Class::Mandatory => 2,
        });
        out.0.push(match rule.severity {
            types::Severity::Info => 0,
            types::Severity::Low => 1,
            types::Severity::Medium => 2,
            types::Severity::High => 3,
            types::Severity::Critical => 4,
        });
        out.list(&rule.practices, |out, practice| out.text(practice));
        out.0.push(match rule.scope {
            types::Scope::Item => 0,
            types::Scope::Repository => 1,
        });
        out.list(&rule.reads, |out, reads| {
            out.text(&reads.kind);
            out.list(&reads.fields, |out, field| out.text(field));
        });
        out.text(&rule.page);
    });
    out.0
}

/// The manifest that was written as these bytes; `None` where they are not what [`write()`] writes.
pub(crate) fn read(bytes: &[u8]) -> Option<types::Manifest> {
    let mut from = Reader(bytes);
    let id = from.text()?;
    let version = from.text()?;
    let rules = from.list(|from| {
        Some(types::Rule {
            id: from.text()?,
            title: from.text()?,
            class: match from.byte()? {
                0 => types::Class::Advice,
                1 => types::Class::Default,
                2 => types::Class::Mandatory,
                _ => return None,
            },
            severity: match from.byte()? {
                0 => types::Severity::Info,
                1 => types::Severity::Low,
                2 => types::Severity::Medium,
                3 => types::Severity::High,
                4 => types::Severity::Critical,
                _ => return None,
            },
            practices: from.list(Reader::text)?,
            scope: match from.byte()? {
                0 => types::Scope::Item,
                1 => types::Scope::Repository,
                _ => return None,
            },
            reads: from.list(|from| Some(types::Reads { kind: from.text()?, fields: from.list(Reader::text)? }))?,
            page: from.text()?,
        })
    })?;
    from.0.is_empty().then_some(types::Manifest { id, version, rules })
}

/// Texts and lists stand behind their length, 8 bytes with the least first.
struct Writer(Vec<u8>);

impl Writer {
    fn length(&mut self, length: usize) {
        self.0.extend_from_slice(&(length as u64).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.length(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn list<T>(&mut self, items: &[T], mut one: impl FnMut(&mut Self, &T)) {
        self.length(items.len());
        for item in items {
            one(self, item);
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    fn length(&mut self) -> Option<usize> {
        let (length, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        usize::try_from(u64::from_le_bytes(*length)).ok()
    }

    fn text(&mut self) -> Option<String> {
        let length = self.length()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok().map(str::to_owned)
    }

    /// Grows with what is there, whatever the length says.
    fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        (0..self.length()?).map(|_| one(self)).collect()
    }
}
