//! A directory that nobody but this user can write, or the reason why it is none.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::CacheErrorKind;

/// Permissions that let others write.
const OTHERS_WRITE: u32 = 0o022;
const EVERYBODY_WRITES: u32 = 0o002;
/// In a directory with this permission, only an entry's owner can rename or remove it.
const STICKY: u32 = 0o1000;

/// A directory that was opened.
pub(super) struct Opened {
    pub(super) directory: OwnedFd,
    /// Where it is, without links.
    pub(super) path: PathBuf,
    /// Who owns it, which is who we are.
    pub(super) user: u32,
}

/// Makes the directory where it is missing and opens it.
pub(super) fn open(directory: &Path) -> Result<Opened, CacheErrorKind> {
    let system = |error: io::Error| CacheErrorKind::System(reason(&error));
    let user = user().map_err(system)?;
    match std::fs::symlink_metadata(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory);
            made.map_err(system)?;
        }
        Ok(found) if found.is_symlink() => return Err(CacheErrorKind::Link),
        Ok(found) if !found.is_dir() => return Err(CacheErrorKind::NotADirectory),
        _ => {}
    }
    // Links above the directory may be followed: where they led is where the look at the parents starts.
    let (parent, name) = match (directory.parent(), directory.file_name()) {
        (Some(parent), Some(name)) if parent.as_os_str().is_empty() => (Path::new("."), Some(name)),
        (Some(parent), Some(name)) => (parent, Some(name)),
        _ => (directory, None),
    };
    let parent = parent.canonicalize().map_err(system)?;
    check_parents(if name.is_some() { Some(&parent) } else { parent.parent() }, user)?;

    let path = name.map_or_else(|| parent.clone(), |name| parent.join(name));
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = match rustix::fs::open(&path, flags, Mode::empty()) {
        Ok(opened) => opened,
        Err(Errno::LOOP) => return Err(CacheErrorKind::Link),
        // What stood there a moment ago was a directory, or was made by us.
        Err(Errno::NOTDIR) => return Err(CacheErrorKind::NotADirectory),
        Err(error) => return Err(system(error.into())),
    };
    // What was opened decides, not what was looked at before.
    let found = rustix::fs::fstat(&opened).map_err(|error| system(error.into()))?;
    if found.st_uid != user {
        return Err(CacheErrorKind::Owner { owner: found.st_uid, user });
    }
    if found.st_mode & OTHERS_WRITE != 0 {
        return Err(CacheErrorKind::Writable { mode: found.st_mode & 0o7777 });
    }
    Ok(Opened { directory: opened, path, user })
}

/// Refuses a directory above which somebody else could rename things: another user's, or one that everybody can write
/// without the sticky bit. A group that can write is trusted here, since it is the user's own on many systems.
fn check_parents(parent: Option<&Path>, user: u32) -> Result<(), CacheErrorKind> {
    for parent in parent.into_iter().flat_map(Path::ancestors) {
        let found = std::fs::symlink_metadata(parent).map_err(|error| CacheErrorKind::System(reason(&error)))?;
        let refused = |owner| Err(CacheErrorKind::Parent { parent: parent.to_owned(), owner });
        if found.uid() != user && found.uid() != 0 {
            return refused(Some(found.uid()));
        }
        if found.mode() & EVERYBODY_WRITES != 0 && found.mode() & STICKY == 0 {
            return refused(None);
        }
    }
    Ok(())
}

/// The user that this process makes files as: a pipe belongs to who made it.
fn user() -> io::Result<u32> {
    let (reader, _) = io::pipe()?;
    Ok(rustix::fs::fstat(&reader)?.st_uid)
}

/// What the system said, without its number.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
