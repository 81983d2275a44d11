//! How much the cache keeps: the last used entries, up to a number and a size.

use std::cmp::Reverse;
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, Dir, FileType};

use super::{UNFINISHED, entry};

/// For how long a file may be unfinished before the process that wrote it must be gone, in seconds.
const UNFINISHED_SECONDS: i64 = 3600;

/// How much there is room for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// How many entries.
    pub(super) entries: usize,
    /// Their bytes, together.
    pub(super) bytes: u64,
}

impl Default for Room {
    /// 64 entries and 512 MiB: a small plugin's code has 0.2 MiB, that of one with a JavaScript engine 37 MiB.
    fn default() -> Self {
        Self { entries: 64, bytes: 512 << 20 }
    }
}

/// A file of ours in the cache.
struct Kept {
    name: String,
    size: u64,
    /// Seconds and nanoseconds since when it was last used.
    used: (i64, i64),
}

impl Room {
    /// Removes the entries that were not used for longest until the rest fits; `newest` stays. Files with other names
    /// are nobody's business here. Whatever fails is left for the next time.
    pub(super) fn make(self, directory: &OwnedFd, newest: &str) {
        let Ok(listed) = Dir::read_from(directory) else { return };
        let names = listed.filter_map(Result::ok).filter_map(|one| one.file_name().to_str().ok().map(str::to_owned));
        let ours = names.filter(|name| entry::is_name(name) || name.starts_with(UNFINISHED));
        let (mut kept, unfinished): (Vec<Kept>, Vec<Kept>) =
            ours.filter_map(|name| kept(directory, name)).partition(|one| entry::is_name(&one.name));
        kept.sort_by_key(|one| Reverse((one.name == newest, one.used)));
        let now = kept.iter().map(|one| one.used.0).max().unwrap_or_default();

        let (mut entries, mut bytes) = (0_usize, 0_u64);
        let over = kept.iter().filter(|one| {
            entries = entries.saturating_add(1);
            bytes = bytes.saturating_add(one.size);
            one.name != newest && (entries > self.entries || bytes > self.bytes)
        });
        let left = unfinished.iter().filter(|one| one.used.0 < now.saturating_sub(UNFINISHED_SECONDS));
        for gone in over.chain(left) {
            let _ = rustix::fs::unlinkat(directory, gone.name.as_str(), AtFlags::empty());
        }
    }
}

fn kept(directory: &OwnedFd, name: String) -> Option<Kept> {
    let found = rustix::fs::statat(directory, name.as_str(), AtFlags::SYMLINK_NOFOLLOW).ok()?;
    if FileType::from_raw_mode(found.st_mode) == FileType::Directory {
        return None;
    }
    #[expect(clippy::useless_conversion, reason = "the types of a time differ between systems")]
    let used = (i64::try_from(found.st_mtime).ok()?, i64::try_from(found.st_mtime_nsec).ok()?);
    Some(Kept { name, size: u64::try_from(found.st_size).unwrap_or(u64::MAX), used })
}
