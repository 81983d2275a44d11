//! Opening and reading on disk without following links, without blocking and without trusting sizes. What the files
//! are is not known here.

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use engine_model::TreeError;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use rustix::path::Arg;

/// The largest buffer that is set aside before a byte is read: sizes on disk are claims.
const FIRST_BUFFER: u64 = 1 << 20;

/// Why something on disk could not be read; the name is added by whoever knows it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Nothing is there.
    NotFound,
    /// It holds more bytes than asked for.
    TooLarge(u64),
    /// It is there and cannot be read.
    Unreadable(String),
}

impl Failure {
    /// The same, told of the file `path`.
    pub(crate) fn of(self, path: impl Into<String>) -> TreeError {
        let path = path.into();
        match self {
            Self::NotFound => TreeError::NotFound { path },
            Self::TooLarge(limit) => TreeError::TooLarge { path, limit },
            Self::Unreadable(reason) => TreeError::Unreadable { path, reason },
        }
    }
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::NOENT | Errno::NOTDIR => Self::NotFound,
            errno => Self::Unreadable(sentence(&errno.into())),
        }
    }
}

/// What the system says, without the number.
fn sentence(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" (os error").map_or(text.as_str(), |(text, _)| text);
    text.to_lowercase()
}

/// Why a thing that is no regular file is not read, or `None` for a regular file.
pub(crate) fn refusal(kind: FileType) -> Option<&'static str> {
    match kind {
        FileType::RegularFile => None,
        FileType::Directory => Some("it is a directory"),
        FileType::Symlink => Some("it is a symbolic link, and links are not followed"),
        FileType::Fifo => Some("it is a named pipe, not a regular file"),
        FileType::Socket => Some("it is a socket, not a regular file"),
        FileType::CharacterDevice | FileType::BlockDevice => Some("it is a device, not a regular file"),
        _ => Some("it is not a regular file"),
    }
}

/// What stands at `name` in the directory, without following a link.
pub(crate) fn stat(directory: BorrowedFd<'_>, name: impl Arg) -> Result<Stat, Errno> {
    rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)
}

/// The kind of thing a stat describes.
pub(crate) fn kind(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

/// Opens a directory by a path that the user or git gave; links on the way are followed.
pub(crate) fn open_directory(path: &Path) -> Result<OwnedFd, Failure> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    match rustix::fs::open(path, flags, Mode::empty()) {
        Err(Errno::NOTDIR) => Err(Failure::Unreadable("it is not a directory".into())),
        opened => Ok(opened?),
    }
}

/// Opens the directory `name` inside another one; a link is refused.
pub(crate) fn open_below(directory: BorrowedFd<'_>, name: &str) -> Result<OwnedFd, Failure> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match rustix::fs::openat(directory, name, flags, Mode::empty()) {
        Err(Errno::NOTDIR | Errno::LOOP) if stat(directory, name).is_ok_and(|s| kind(&s) == FileType::Symlink) => {
            Err(Failure::Unreadable(format!("`{name}` is a symbolic link, and links are not followed")))
        }
        opened => Ok(opened?),
    }
}

/// Opens the directory at a `/`-separated path below another one, part by part, so that no link leads elsewhere.
/// The empty path is the directory itself.
pub(crate) fn descend(directory: BorrowedFd<'_>, path: &str) -> Result<OwnedFd, Failure> {
    let mut at = directory.try_clone_to_owned().map_err(|error| Failure::Unreadable(sentence(&error)))?;
    for part in path.split('/').filter(|part| !part.is_empty()) {
        at = open_below(at.as_fd(), part)?;
    }
    Ok(at)
}

/// The bytes of the regular file `name` in a directory, at most `limit`. A link is refused, a pipe never waited for.
pub(crate) fn read_below(directory: BorrowedFd<'_>, name: &str, limit: u64) -> Result<Vec<u8>, Failure> {
    read_opened(open_file(directory, name)?, limit)
}

/// The regular file `name` in a directory, opened likewise.
pub(crate) fn file_below(directory: BorrowedFd<'_>, name: &str) -> Result<File, Failure> {
    let opened = open_file(directory, name)?;
    size_of(&opened)?;
    Ok(File::from(opened))
}

fn open_file(directory: BorrowedFd<'_>, name: &str) -> Result<OwnedFd, Failure> {
    let found = stat(directory, name)?;
    if let Some(reason) = refusal(kind(&found)) {
        return Err(Failure::Unreadable(reason.into()));
    }
    Ok(rustix::fs::openat(directory, name, reading() | OFlags::NOFOLLOW, Mode::empty())?)
}

/// The bytes of a regular file by a path that git gave, at most `limit`; links are followed.
pub(crate) fn read_path(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    read_opened(rustix::fs::openat(CWD, path, reading(), Mode::empty())?, limit)
}

/// The regular file at a path that git gave, opened; links are followed.
pub(crate) fn file_at(path: &Path) -> Result<File, Failure> {
    let opened = rustix::fs::openat(CWD, path, reading(), Mode::empty())?;
    size_of(&opened)?;
    Ok(File::from(opened))
}

/// The names in a directory of git's that are UTF-8, sorted, at most `limit` of them, each with whether it is a
/// directory. None where there is no such directory.
pub(crate) fn names_at(path: &Path, limit: usize) -> Result<Vec<(String, bool)>, Failure> {
    let opened = match open_directory(path) {
        Ok(opened) => opened,
        Err(Failure::NotFound) => return Ok(Vec::new()),
        Err(failure) => return Err(failure),
    };
    let mut names = Vec::new();
    for entry in Dir::read_from(&opened)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().to_str() else { continue };
        if matches!(name, "." | "..") {
            continue;
        }
        if names.len() >= limit {
            return Err(Failure::Unreadable(format!("more than {limit} names are in it")));
        }
        let directory = match entry.file_type() {
            FileType::Unknown => stat(opened.as_fd(), name).is_ok_and(|stat| kind(&stat) == FileType::Directory),
            kind => kind == FileType::Directory,
        };
        names.push((name.to_owned(), directory));
    }
    names.sort_unstable();
    Ok(names)
}

fn reading() -> OFlags {
    OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC
}

/// What a regular file that was opened says of its size; anything else is refused.
fn size_of(opened: &OwnedFd) -> Result<u64, Failure> {
    // What was looked at before may have been replaced meanwhile: what was opened decides.
    let found = rustix::fs::fstat(opened)?;
    match refusal(kind(&found)) {
        Some(reason) => Err(Failure::Unreadable(reason.into())),
        None => Ok(u64::try_from(found.st_size).unwrap_or(0)),
    }
}

fn read_opened(opened: OwnedFd, limit: u64) -> Result<Vec<u8>, Failure> {
    let size = size_of(&opened)?;
    if size > limit {
        return Err(Failure::TooLarge(limit));
    }
    let room = size.min(FIRST_BUFFER).saturating_add(1);
    let mut bytes = Vec::with_capacity(usize::try_from(room).unwrap_or(0));
    // The size may be a lie (`/proc` says 0) or old: one byte past the limit tells.
    let read = File::from(opened).take(limit.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| Failure::Unreadable(sentence(&error)))?;
    if bytes.len() as u64 > limit { Err(Failure::TooLarge(limit)) } else { Ok(bytes) }
}
