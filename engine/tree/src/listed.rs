//! The files of a commit as a forge lists them: paths, modes and the names of objects. What the forge sends as an
//! object's content is held against the object's name, so that an archive which leaves files out or alters them, as a
//! repository's own attributes can make it, changes nothing.

use std::collections::HashMap;
use std::sync::Arc;

use engine_model::Skipped;

use crate::index::Mode;
use crate::object::{Format, ObjectId};
use crate::{Memory, committed};

/// An entry of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedEntry {
    /// From the top of the repository.
    pub path: String,
    /// git's mode, six octal digits.
    pub mode: String,
    /// The object's name in hexadecimal digits.
    pub id: String,
}

/// Contents of files by the names that git gives them.
#[derive(Clone, Debug, Default)]
pub struct Blobs {
    held: HashMap<ObjectId, Arc<[u8]>>,
    bytes: u64,
}

impl Blobs {
    /// Keeps the content of a file under its own name, in a repository whose objects are named like `like`.
    pub fn keep(&mut self, bytes: &[u8], like: &str) {
        let Some(format) = format(like) else { return };
        let id = ObjectId::of_file(bytes, format);
        if self.held.insert(id, bytes.into()).is_none() {
            self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        }
    }

    /// Whether there is content of this name.
    #[must_use]
    pub fn holds(&self, id: &str) -> bool {
        self.find(id).is_some()
    }

    /// How many bytes are kept.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    fn find(&self, id: &str) -> Option<&Arc<[u8]>> {
        self.held.get(&ObjectId::from_hex(id, format(id)?)?)
    }
}

impl ListedEntry {
    /// Whether it is a file, and no folder, link or submodule.
    #[must_use]
    pub fn is_file(&self) -> bool {
        matches!(self.mode.as_str(), "100644" | "100755" | "100664")
    }
}

impl Memory {
    /// The files of a commit. What is no file, and a file whose content is not there, is in the listing's `skipped`.
    #[must_use]
    pub fn from_listing(entries: &[ListedEntry], blobs: &Blobs) -> Self {
        let mut tree = Self::default();
        for entry in entries {
            let refused = match entry.mode.as_str() {
                _ if entry.is_file() => None,
                "040000" => continue,
                "120000" => committed::refusal(Mode::Link),
                "160000" => committed::refusal(Mode::Submodule),
                _ => Some("it is no regular file"),
            };
            let refused = refused.map(str::to_owned).or_else(|| match blobs.find(&entry.id) {
                None => Some("its content is larger than is taken, or was not what its name says".to_owned()),
                Some(bytes) => {
                    let added = tree.add_shared(&entry.path, Arc::clone(bytes), entry.mode == "100755");
                    added.err().map(|error| error.to_string())
                }
            });
            if let Some(reason) = refused {
                tree.skipped.push(Skipped { name: entry.path.clone(), reason });
            }
        }
        tree.skipped.sort();
        tree
    }
}

/// What names objects that are named like this.
fn format(id: &str) -> Option<Format> {
    [Format::Sha1, Format::Sha256].into_iter().find(|format| id.len() == format.bytes().saturating_mul(2))
}

#[cfg(test)]
mod tests {
    use engine_model::Tree as _;

    use super::{Blobs, ListedEntry};
    use crate::Memory;

    /// What `git hash-object` says of an empty file, by both hashes.
    const EMPTY: [&str; 2] = [
        "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
        "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
    ];

    #[test]
    fn what_is_not_what_its_name_says_is_not_there() {
        for empty in EMPTY {
            let mut blobs = Blobs::default();
            blobs.keep(b"", empty);
            blobs.keep(b"other", empty);
            assert!(blobs.holds(empty) && !blobs.holds("e69de29") && blobs.bytes() == 5);
            let entry = |path: &str, mode: &str, id: &str| ListedEntry {
                path: path.to_owned(),
                mode: mode.to_owned(),
                id: id.to_owned(),
            };
            let listed = [
                entry("a", "040000", empty),
                entry("a/run", "100755", empty),
                entry("b", "100644", &empty.replace('e', "0").replace('4', "1")),
                entry("c", "120000", empty),
                entry("d", "160000", empty),
                entry("../e", "100644", empty),
            ];
            let listing = Memory::from_listing(&listed, &blobs).list().unwrap();
            let files: Vec<&str> = listing.files.iter().map(|entry| entry.path.as_str()).collect();
            assert_eq!((files, listing.files[0].executable), (vec!["a/run"], true));
            let skipped: Vec<&str> = listing.skipped.iter().map(|one| one.name.as_str()).collect();
            assert_eq!(skipped, ["../e", "b", "c", "d"], "{:?}", listing.skipped);
        }
    }
}
