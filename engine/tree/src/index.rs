//! git's index: which paths are tracked, as what, and what the next commit would hold. Times and sizes are passed over;
//! nothing is written.
//!
//! Source: gitformat-index(5), versions 2, 3 and 4, with the `link` extension (a split index). The checksum at the end
//! is not verified: a damaged file shows in its structure or not at all.

use crate::object::{Format, ObjectId};
use crate::split;

/// What a path is tracked as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A regular file.
    File,
    /// A regular file that can be executed.
    Executable,
    /// A symbolic link.
    Link,
    /// A commit of another repository.
    Submodule,
    /// A directory: in a sparse index one of which nothing is checked out.
    Directory,
}

impl Mode {
    /// What the bits of a mode stand for, where git writes such bits.
    pub(crate) fn new(bits: u32) -> Option<Self> {
        match bits & 0o170_000 {
            0o160_000 => Some(Self::Submodule),
            0o120_000 => Some(Self::Link),
            0o040_000 => Some(Self::Directory),
            0o100_000 if bits & 0o100 != 0 => Some(Self::Executable),
            0o100_000 => Some(Self::File),
            _ => None,
        }
    }
}

/// One tracked path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) path: Box<[u8]>,
    pub(crate) mode: Mode,
    /// What it holds.
    pub(crate) id: ObjectId,
    pub(crate) stage: Stage,
}

/// Whether the next commit would hold a tracked path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It would.
    Merged,
    /// A merge has not settled what it holds.
    Unmerged,
    /// It was only announced (`git add --intent-to-add`).
    Intended,
}

/// The tracked paths, sorted.
#[derive(Debug, Default)]
pub(crate) struct Index(Vec<Entry>);

/// What one index file says.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) entries: Vec<Entry>,
    /// The data of the `link` extension.
    pub(crate) link: Option<Vec<u8>>,
}

impl Index {
    /// The index in `bytes`. `format` is what objects are named by; `shared` reads the file of a split
    /// index by the name of its hash.
    ///
    /// # Errors
    /// A sentence, where the file is damaged or of a version that is not known.
    pub(crate) fn new(bytes: &[u8], format: Format, shared: impl Fn(&str) -> Option<Vec<u8>>) -> Result<Self, String> {
        let parsed = parse(bytes, format)?;
        let mut entries = match parsed.link {
            Some(link) => split::join(parsed.entries, &link, format, shared)?,
            None => parsed.entries,
        };
        if !entries.is_sorted_by(|a, b| a.path < b.path) {
            // A conflict has up to three entries of one name.
            entries.sort_by(|a, b| a.path.cmp(&b.path));
            entries.dedup_by(|a, b| a.path == b.path);
        }
        Ok(Self(entries))
    }

    /// Only what is below `prefix` (empty, or ending with `/`), named from there.
    pub(crate) fn below(mut self, prefix: &str) -> Self {
        if !prefix.is_empty() {
            let strip = |entry: Entry| {
                let path = entry.path.strip_prefix(prefix.as_bytes())?.into();
                Some(Entry { path, ..entry })
            };
            self.0 = self.0.into_iter().filter_map(strip).collect();
        }
        self
    }

    /// The tracked paths in order.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.0
    }

    /// How many paths are tracked.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// What `path` is tracked as.
    pub(crate) fn get(&self, path: &[u8]) -> Option<Mode> {
        let at = self.0.binary_search_by(|entry| entry.path.as_ref().cmp(path)).ok()?;
        self.0.get(at).map(|entry| entry.mode)
    }

    /// Whether anything is tracked below the directory `path`, which ends with `/`.
    pub(crate) fn holds_below(&self, path: &[u8]) -> bool {
        let at = self.0.partition_point(|entry| entry.path.as_ref() <= path);
        self.0.get(at).is_some_and(|entry| entry.path.starts_with(path))
    }
}

/// Reads one index file, without joining a split one.
pub(crate) fn parse(bytes: &[u8], format: Format) -> Result<Parsed, String> {
    let hash = format.bytes();
    let damaged = || String::from("git's index is damaged");
    let end = bytes.len().checked_sub(hash).ok_or_else(damaged)?;
    let mut rest = bytes.get(..end).and_then(|body| body.strip_prefix(b"DIRC")).ok_or("it is not an index of git")?;
    let version = number(&mut rest).ok_or_else(damaged)?;
    if !(2..=4).contains(&version) {
        return Err(format!("version {version} of git's index is not known"));
    }
    let count = number(&mut rest).ok_or_else(damaged)?;
    // An entry is never shorter than this, so a lie about the count sets nothing aside.
    let at_least = hash.saturating_add(43);
    let mut entries = Vec::with_capacity((count as usize).min(rest.len().checked_div(at_least).unwrap_or(0)));
    let mut name = Vec::new();
    for _ in 0..count {
        entries.push(entry(&mut rest, format, version, &mut name).ok_or_else(damaged)?);
    }
    let mut link = None;
    while !rest.is_empty() {
        let signature = take(&mut rest, 4).ok_or_else(damaged)?;
        let size = number(&mut rest).ok_or_else(damaged)?;
        let data = take(&mut rest, size as usize).ok_or_else(damaged)?;
        match signature {
            b"link" => link = Some(data.to_vec()),
            [b'A'..=b'Z', ..] | b"sdir" => {}
            other => return Err(format!("git's index needs `{}`, which is not known", String::from_utf8_lossy(other))),
        }
    }
    Ok(Parsed { entries, link })
}

/// Reads one entry; its path is left in `name`, which holds that of the entry before.
fn entry(rest: &mut &[u8], format: Format, version: u32, name: &mut Vec<u8>) -> Option<Entry> {
    let start = rest.len();
    take(rest, 24)?;
    let mode = number(rest)?;
    take(rest, 12)?;
    let id = ObjectId::new(take(rest, format.bytes())?, format)?;
    let [high, _] = take(rest, 2)? else { return None };
    let mut stage = if high & 0x30 == 0 { Stage::Merged } else { Stage::Unmerged };
    if version >= 3 && high & 0x40 != 0 {
        let [more, _] = take(rest, 2)? else { return None };
        if more & 0x20 != 0 {
            stage = Stage::Intended;
        }
    }
    if version == 4 {
        let kept = name.len().checked_sub(offset(rest)?)?;
        name.truncate(kept);
    } else {
        name.clear();
    }
    let length = rest.iter().position(|byte| *byte == 0)?;
    name.extend_from_slice(take(rest, length)?);
    take(rest, 1)?;
    if version < 4 {
        // Up to eight zero bytes end an entry at a multiple of eight.
        let used = start.saturating_sub(rest.len());
        take(rest, used.next_multiple_of(8).saturating_sub(used))?;
    }
    Some(Entry { path: name.as_slice().into(), mode: Mode::new(mode)?, id, stage })
}

/// A number of version 4, and of packs: seven bits a byte, most significant first, each further byte worth one more.
pub(crate) fn offset(rest: &mut &[u8]) -> Option<usize> {
    let mut value = 0_usize;
    loop {
        let [byte] = take(rest, 1)? else { return None };
        value = value.checked_add(usize::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
        value = value.checked_add(1)?.checked_mul(128)?;
    }
}

/// A big-endian number of four bytes.
pub(crate) fn number(rest: &mut &[u8]) -> Option<u32> {
    take(rest, 4)?.try_into().ok().map(u32::from_be_bytes)
}

/// The next `count` bytes.
pub(crate) fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::{Index, Mode};
    use crate::object::Format;

    /// An index of version 2 with these files.
    fn version_2(names: &[&str]) -> Vec<u8> {
        let mut bytes = b"DIRC\0\0\0\x02".to_vec();
        bytes.extend(u32::try_from(names.len()).unwrap().to_be_bytes());
        for name in names {
            let start = bytes.len();
            bytes.extend([0; 24]);
            bytes.extend(0o100_644_u32.to_be_bytes());
            bytes.extend([0; 32]);
            bytes.extend(u16::try_from(name.len()).unwrap().to_be_bytes());
            bytes.extend(name.as_bytes());
            bytes.push(0);
            let used = bytes.len() - start;
            bytes.resize(start + used.next_multiple_of(8), 0);
        }
        bytes.extend([0; 20]);
        bytes
    }

    #[test]
    fn paths_are_found_by_name_and_by_directory() {
        let index = Index::new(&version_2(&["a-b/x", "a/b", "a/c", "d"]), Format::Sha1, |_| None).unwrap();
        assert_eq!(index.get(b"a/b"), Some(Mode::File));
        assert_eq!(index.get(b"a"), None);
        assert!(index.holds_below(b"a/") && index.holds_below(b"a-b/") && !index.holds_below(b"d/"));
        let below = index.below("a/");
        assert_eq!((below.len(), below.get(b"b")), (2, Some(Mode::File)));
    }

    #[test]
    fn no_damage_leads_to_more_than_a_sentence() {
        let whole = version_2(&["a", "b/c"]);
        assert!(Index::new(&whole, Format::Sha1, |_| None).is_ok());
        for cut in 0..whole.len() {
            let _ = Index::new(&whole[..cut], Format::Sha1, |_| None);
        }
        assert!(Index::new(&whole[..whole.len() - 30], Format::Sha1, |_| None).is_err());
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0xff;
            let _ = Index::new(&changed, Format::Sha1, |_| None);
        }
        let mut many = b"DIRC\0\0\0\x02\xff\xff\xff\xff".to_vec();
        many.extend([0; 20]);
        assert!(Index::new(&many, Format::Sha1, |_| None).unwrap_err().contains("damaged"));
    }
}
