//! The engine's own cache: machine code of plugins from disk, compiled once.
//!
//! Machine code that is loaded is run, outside of any sandbox, so who can write an entry can do what the engine can.
//! Hence a directory that only this user can write (`directory.rs`), entries that only this user wrote, and everything
//! about an entry verified before its code is touched (`entry.rs`). Nothing here is needed: where the cache cannot be
//! used, plugins are compiled each time. `load.rs` brings the two together, `room.rs` keeps the cache small.

mod directory;
mod entry;
mod error;
mod room;

use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Timespec, Timestamps, UTIME_NOW};
use rustix::io::Errno;

pub(crate) use entry::{Entry, Key};
pub use error::{CacheError, CacheErrorKind};

use directory::reason;
use room::Room;

/// How a file starts that is being written.
const UNFINISHED: &str = "unfinished-";

/// A directory of compiled plugins that only this user can write. May be used by any number of threads and processes
/// at once: an entry is written under another name and then renamed, so nobody sees half of one.
#[derive(Debug)]
pub struct Cache {
    directory: OwnedFd,
    /// Where it is, without links.
    path: PathBuf,
    /// Whose the directory is: ours.
    owner: u32,
    room: Room,
}

/// What the cache had.
pub(crate) enum Found {
    /// The entry, whole and ours.
    Whole(Entry),
    /// No entry.
    Nothing,
    /// Something that must not be used, and why. It is removed.
    Broken(String),
}

impl Cache {
    /// Opens the cache in `directory`, which is made (with its parents, mode 0700) where it is missing. It must not be
    /// among the checked files, see [`Cache::lies_in`].
    ///
    /// Entries are kept up to 64 or 512 MiB, the last used ones ([`Cache::with_room`]).
    ///
    /// # Errors
    /// Where it cannot be made or opened, is no directory or a symbolic link, belongs to another user, can be written
    /// by others, or lies where others could put another one in its place. The sentence says how to mend it.
    pub fn open(directory: &Path) -> Result<Self, CacheError> {
        let opened = directory::open(directory);
        let opened = opened.map_err(|kind| CacheError { directory: directory.to_owned(), kind })?;
        Ok(Self { directory: opened.directory, path: opened.path, owner: opened.user, room: Room::default() })
    }

    /// Whether the directory is in a tree, or is the tree itself; also where that cannot be told. Who writes the checked
    /// files would write machine code there, and a job that keeps the tree between two runs would bring it back: the
    /// files are this user's, so nothing that [`Cache::open`] looks at would tell.
    #[must_use]
    pub fn lies_in(&self, tree: &Path) -> bool {
        tree.canonicalize().map_or(true, |tree| self.path.starts_with(tree))
    }

    /// The cache with room for this many entries, and bytes of them together. An entry that does not fit is not kept.
    #[must_use]
    pub fn with_room(self, entries: usize, bytes: u64) -> Self {
        Self { room: Room { entries, bytes }, ..self }
    }

    /// The entry for `key`. One that is found broken is gone afterwards.
    pub(crate) fn find(&self, key: &Key) -> Found {
        match self.read(key) {
            Ok(Some(entry)) => Found::Whole(entry),
            Ok(None) => Found::Nothing,
            Err(reason) => {
                self.remove(key);
                Found::Broken(reason)
            }
        }
    }

    /// Takes an entry away, whatever it is. Where that fails, the entry that comes in its place will say so.
    pub(crate) fn remove(&self, key: &Key) {
        let _ = rustix::fs::unlinkat(&self.directory, key.name(), AtFlags::empty());
    }

    fn read(&self, key: &Key) -> Result<Option<Entry>, String> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let opened = match rustix::fs::openat(&self.directory, key.name(), flags, Mode::empty()) {
            Ok(opened) => opened,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP) => return Err("it is a symbolic link".into()),
            Err(error) => return Err(reason(&error.into())),
        };
        // What was opened is what is looked at and read, whatever is renamed meanwhile.
        let found = rustix::fs::fstat(&opened).map_err(|error| reason(&error.into()))?;
        if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile {
            return Err("it is not a regular file".into());
        }
        if found.st_uid != self.owner {
            return Err(format!("it belongs to user {}, not to user {}", found.st_uid, self.owner));
        }
        if found.st_mode & 0o022 != 0 {
            return Err(format!("others can write it (mode {:o})", found.st_mode & 0o7777));
        }
        let size = u64::try_from(found.st_size).unwrap_or(u64::MAX);
        if size > self.room.bytes {
            return Err(format!("it has {size} bytes, and the whole cache may have {}", self.room.bytes));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        let file = File::from(opened);
        let read = (&file).take(size).read_to_end(&mut bytes);
        read.map_err(|error| reason(&error))?;
        let entry = Entry::verified(bytes, key)?;
        // The last used entries are kept. One whose time cannot be set may go early, and that is all.
        let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
        let _ = rustix::fs::futimens(&file, &Timestamps { last_access: now, last_modification: now });
        Ok(Some(entry))
    }

    /// Keeps what was compiled, and lets the entries go that there is no room for.
    pub(crate) fn store(&self, key: &Key, manifest: &[u8], code: &[u8]) -> Result<(), String> {
        let parts = entry::parts(key, manifest, code);
        let size: u64 = parts.iter().map(|part| part.len() as u64).sum();
        if size > self.room.bytes {
            return Err(format!("it has {size} bytes, and the whole cache may have {}", self.room.bytes));
        }
        let (name, mut file) = self.unfinished().map_err(|error| reason(&error))?;
        let written = parts.iter().try_for_each(|part| file.write_all(part));
        let renamed = written.and_then(|()| {
            rustix::fs::renameat(&self.directory, &name, &self.directory, key.name()).map_err(Into::into)
        });
        if let Err(error) = renamed {
            let _ = rustix::fs::unlinkat(&self.directory, &name, AtFlags::empty());
            return Err(reason(&error));
        }
        self.room.make(&self.directory, key.name());
        Ok(())
    }

    /// A new file that nobody else has.
    fn unfinished(&self) -> std::io::Result<(String, File)> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        // Another machine may share the directory, and the process of ours that had this number may have been killed.
        for _ in 0..100 {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let name = format!("{UNFINISHED}{}-{number}", std::process::id());
            match rustix::fs::openat(&self.directory, &name, flags, Mode::RUSR | Mode::WUSR) {
                Ok(opened) => return Ok((name, File::from(opened))),
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }
}
