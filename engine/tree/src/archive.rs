//! A tar archive, plain or gzipped, as a tree that is held, and a tree as an archive. What an archive can say besides files
//! (links, devices, paths that lead out) makes no file and is told; nothing is ever written to a disk.

use std::io::Read;

use engine_model::{Skipped, Tree, TreeError};
use flate2::read::MultiGzDecoder;
use tar::{Archive, Builder, EntryType, Header};

use crate::{Memory, MemoryError};

/// What may be held of one archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchiveLimits {
    /// Bytes of all files together, and of what stands between them.
    pub bytes: u64,
    /// Files.
    pub files: u64,
}

/// The first bytes of whatever gzip makes.
const GZIP: &[u8] = &[0x1f, 0x8b];

impl Memory {
    /// The files of a tar archive, plain or gzipped. Paths may begin with `./`.
    ///
    /// # Errors
    /// Where the archive is broken, holds more than the limits, a path that leads out of it, or two files of one path.
    pub fn from_archive(bytes: &[u8], limits: ArchiveLimits) -> Result<Self, MemoryError> {
        if bytes.starts_with(GZIP) { read(MultiGzDecoder::new(bytes), limits) } else { read(bytes, limits) }
    }
}

/// A tree as a tar archive, the files that it lists. The same tree gives the same bytes.
///
/// # Errors
/// Where a file cannot be read, or there is more than the limits.
pub fn archive(tree: &dyn Tree, limits: ArchiveLimits) -> Result<Vec<u8>, TreeError> {
    let listing = tree.list()?;
    let all = |reason: String| TreeError::Unreadable { path: "the tree".to_owned(), reason };
    if listing.files.len() as u64 > limits.files {
        return Err(all(format!("there are more than {} files", limits.files)));
    }
    let mut tar = Builder::new(Vec::new());
    for entry in &listing.files {
        let left = limits.bytes.saturating_sub(tar.get_ref().len() as u64);
        let bytes = tree.read(&entry.path, left)?;
        let mut header = Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(if entry.executable { 0o755 } else { 0o644 });
        header.set_mtime(0);
        tar.append_data(&mut header, entry.path.as_str(), bytes.as_slice()).map_err(|error| all(error.to_string()))?;
    }
    tar.into_inner().map_err(|error| all(error.to_string()))
}

fn read(source: impl Read, limits: ArchiveLimits) -> Result<Memory, MemoryError> {
    // One byte more than what may be held tells an archive that is too large from one that ends there.
    let mut bounded = source.take(limits.bytes.saturating_add(1));
    let mut tree = Memory::default();
    let all = entries(&mut bounded, limits, &mut tree);
    if bounded.limit() == 0 {
        return Err(MemoryError::TooMuch { limit: limits.bytes, what: "bytes" });
    }
    all?;
    tree.settle()
}

fn entries(source: impl Read, limits: ArchiveLimits, tree: &mut Memory) -> Result<(), MemoryError> {
    let broken = |error: std::io::Error| MemoryError::Archive { reason: error.to_string() };
    let mut files = 0_u64;
    for entry in Archive::new(source).entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let Ok(name) = String::from_utf8(entry.path_bytes().into_owned()) else {
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            tree.skipped.push(Skipped { name, reason: "its name is not UTF-8".to_owned() });
            continue;
        };
        let path = name.strip_prefix("./").unwrap_or(&name);
        match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous => {}
            EntryType::Directory | EntryType::XGlobalHeader => continue,
            kind => {
                let link = matches!(kind, EntryType::Symlink | EntryType::Link);
                let reason = if link { "it is a link, which leads nowhere here" } else { "it is no regular file" };
                tree.skipped.push(Skipped { name: path.to_owned(), reason: reason.to_owned() });
                continue;
            }
        }
        files = files.saturating_add(1);
        if files > limits.files {
            return Err(MemoryError::TooMuch { limit: limits.files, what: "files" });
        }
        let executable = entry.header().mode().is_ok_and(|mode| mode & 0o111 != 0);
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(broken)?;
        if (bytes.len() as u64) < entry.size() {
            return Err(MemoryError::Archive { reason: format!("it ends inside of `{path}`") });
        }
        tree.add(path, bytes, executable)?;
    }
    Ok(())
}
