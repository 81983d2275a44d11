//! The walk over a working tree: each directory once, tracked paths whatever the ignore rules say, the rest as git
//! lists it. Nothing is read but directories and `.gitignore` files; no link is followed.

use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;

use engine_model::{FilePath, Listing, Skipped, TreeEntry, TreeError};
use rustix::fs::{Dir, FileType};

use crate::disk::{self, Failure};
use crate::ignored::{Ignored, MAX_FILE};
use crate::index::{Index, Mode};
use crate::repository::{self, Repository};

/// The most names that are looked at in one listing.
pub(crate) const MAX_ENTRIES: usize = 1_000_000;

/// How deep directories may be nested below where a walk begins.
const MAX_DEPTH: u32 = 256;

/// A walk, and what it has found.
pub(crate) struct Walk<'a> {
    repository: Option<&'a Repository>,
    index: Index,
    limit: usize,
    seen: usize,
    work: u64,
    found: Listing,
}

/// A directory still to be read.
struct Pending {
    /// The directory it is in.
    parent: Rc<OwnedFd>,
    name: String,
    place: Place,
}

/// A directory of the walk.
struct Place {
    /// Its path from the tree's root: empty, or ending with `/`.
    path: String,
    depth: u32,
    /// The rules of the directories above; `None` where an ignored directory leaves nothing but tracked paths.
    ignored: Option<Ignored>,
}

/// One name in a directory.
struct Name {
    bytes: Vec<u8>,
    kind: FileType,
}

impl<'a> Walk<'a> {
    /// A walk that looks at no more than `limit` names.
    pub(crate) fn new(repository: Option<&'a Repository>, limit: usize) -> Result<Self, TreeError> {
        let index = repository.map_or(Ok(Index::default()), Repository::index)?;
        let seen = index.len();
        Ok(Self { repository, index, limit, seen, work: 0, found: Listing::default() })
    }

    /// Lists what is below the opened directory `path`, which is empty for the root or ends with `/`. That the
    /// directory itself may be ignored does not count: it was asked for.
    pub(crate) fn directory(&mut self, opened: OwnedFd, path: &str) -> Result<(), TreeError> {
        let ignored =
            self.repository.map(|repository| repository.ignored_above(&format!("{}{path}", repository.prefix)));
        let mut pending = Vec::new();
        let place = Place { path: path.into(), depth: 0, ignored: Some(ignored.unwrap_or_default()) };
        self.read(opened, place, &mut pending)?;
        while let Some(Pending { parent, name, place }) = pending.pop() {
            match disk::open_below(parent.as_fd(), &name) {
                Ok(opened) => self.read(opened, place, &mut pending)?,
                // Gone since its parent was read.
                Err(Failure::NotFound) => {}
                Err(failure) => self.unreadable(&place.path, failure),
            }
        }
        Ok(())
    }

    /// Lists one file that was asked for.
    pub(crate) fn file(&mut self, path: FilePath, executable: bool) {
        self.found.files.push(TreeEntry { path, executable });
    }

    /// What was found, in order.
    pub(crate) fn finish(self) -> Listing {
        let Listing { mut files, mut skipped } = self.found;
        files.sort_unstable();
        files.dedup_by(|a, b| a.path == b.path);
        skipped.sort_unstable();
        skipped.dedup();
        Listing { files, skipped }
    }

    fn read(&mut self, opened: OwnedFd, mut place: Place, pending: &mut Vec<Pending>) -> Result<(), TreeError> {
        let names = match self.names(&opened) {
            Ok(names) => names,
            Err(Stop::Directory(failure)) => {
                self.unreadable(&place.path, failure);
                return Ok(());
            }
            Err(Stop::Walk(error)) => return Err(error),
        };
        let opened = Rc::new(opened);
        self.own_rules(&opened, &names, &mut place);
        for name in names {
            let Ok(text) = str::from_utf8(&name.bytes) else {
                self.not_utf8(&name, &place)?;
                continue;
            };
            let path = format!("{}{text}", place.path);
            if name.kind == FileType::Directory {
                if let Some(below) = self.enter(&opened, text, path, &place)? {
                    pending.push(Pending { parent: Rc::clone(&opened), name: text.into(), place: below });
                }
            } else {
                self.entry(&opened, text, path, name.kind, &place)?;
            }
        }
        Ok(())
    }

    /// The names in a directory with their kinds, but `.`, `..` and `.git`.
    fn names(&mut self, opened: &OwnedFd) -> Result<Vec<Name>, Stop> {
        let mut names = Vec::new();
        for entry in Dir::read_from(opened).map_err(Failure::from)? {
            let entry = entry.map_err(Failure::from)?;
            let bytes = entry.file_name().to_bytes();
            if matches!(bytes, b"." | b".." | b".git") {
                continue;
            }
            self.seen = self.seen.saturating_add(1);
            if self.seen > self.limit {
                let reason = format!("more than {} names are in it, the limit for one tree", self.limit);
                return Err(Stop::Walk(TreeError::Unreadable { path: ".".into(), reason }));
            }
            let kind = match entry.file_type() {
                // Some file systems leave it to a second question.
                FileType::Unknown => match disk::stat(opened.as_fd(), entry.file_name()) {
                    Ok(stat) => disk::kind(&stat),
                    Err(_) => continue,
                },
                kind => kind,
            };
            names.push(Name { bytes: bytes.into(), kind });
        }
        Ok(names)
    }

    /// Adds the directory's own `.gitignore` to its rules.
    fn own_rules(&mut self, opened: &OwnedFd, names: &[Name], place: &mut Place) {
        let (Some(repository), Some(ignored)) = (self.repository, &place.ignored) else { return };
        // git, too, follows no link here.
        if !names.iter().any(|name| name.bytes == b".gitignore" && name.kind == FileType::RegularFile) {
            return;
        }
        match disk::read_below(opened.as_fd(), ".gitignore", MAX_FILE) {
            Ok(text) => place.ignored = Some(ignored.with(&format!("{}{}", repository.prefix, place.path), &text)),
            Err(failure) => {
                let name = format!("{}.gitignore", place.path);
                let reason = format!("its rules do not count: {}", failure.of(&name));
                self.found.skipped.push(Skipped { name, reason });
            }
        }
    }

    /// How to go on in the directory `path`, or `None` where there is nothing in it to list.
    fn enter(&mut self, opened: &OwnedFd, name: &str, path: String, here: &Place) -> Result<Option<Place>, TreeError> {
        if self.index.get(path.as_bytes()) == Some(Mode::Submodule) {
            self.skip(path, "it is a submodule, a repository of its own");
            return Ok(None);
        }
        let hidden = self.hides(here, path.as_bytes(), true)?;
        let path = format!("{path}/");
        let tracked = self.index.holds_below(path.as_bytes());
        if !tracked && hidden {
            return Ok(None);
        }
        if !tracked && self.repository.is_some() && repository::is_top(opened.as_fd(), name) {
            self.skip(path, "it is a git repository of its own");
            return Ok(None);
        }
        if here.depth >= MAX_DEPTH {
            self.skip(path, "it is nested too deep");
            return Ok(None);
        }
        let ignored = if hidden { None } else { here.ignored.clone() };
        Ok(Some(Place { path, depth: here.depth.saturating_add(1), ignored }))
    }

    /// Lists one thing that is no directory, or says why not.
    fn entry(
        &mut self,
        opened: &OwnedFd,
        name: &str,
        path: String,
        kind: FileType,
        here: &Place,
    ) -> Result<(), TreeError> {
        let mode = self.index.get(path.as_bytes());
        if mode.is_none() && self.hides(here, path.as_bytes(), false)? {
            return Ok(());
        }
        if let Some(reason) = disk::refusal(kind) {
            self.skip(path, reason);
            return Ok(());
        }
        let executable = match mode {
            Some(Mode::Executable) => true,
            Some(Mode::File) => false,
            _ => match disk::stat(opened.as_fd(), name) {
                Ok(stat) => stat.st_mode & 0o100 != 0,
                Err(_) => return Ok(()),
            },
        };
        match FilePath::new(&path) {
            Some(path) => self.file(path, executable),
            None => self.skip(path, "its name cannot be a path"),
        }
        Ok(())
    }

    fn not_utf8(&mut self, name: &Name, here: &Place) -> Result<(), TreeError> {
        let directory = name.kind == FileType::Directory;
        let mut path = [here.path.as_bytes(), &name.bytes].concat();
        let hidden = self.hides(here, &path, directory)?;
        let mut tracked = self.index.get(&path).is_some();
        if directory {
            path.push(b'/');
            tracked |= self.index.holds_below(&path);
        }
        if tracked || !hidden {
            self.skip(String::from_utf8_lossy(&path).into_owned(), "its name is not UTF-8");
        }
        Ok(())
    }

    /// Whether the rules hide an untracked `path`, told from the tree's root.
    fn hides(&mut self, here: &Place, path: &[u8], is_directory: bool) -> Result<bool, TreeError> {
        let (Some(repository), Some(ignored)) = (self.repository, &here.ignored) else {
            return Ok(here.ignored.is_none());
        };
        let path = [repository.prefix.as_bytes(), path].concat();
        ignored.hides(&path, is_directory, &mut self.work).ok_or_else(|| TreeError::Unreadable {
            path: ".gitignore".into(),
            reason: "its patterns take too long to match".into(),
        })
    }

    fn skip(&mut self, name: String, reason: &str) {
        self.found.skipped.push(Skipped { name, reason: reason.into() });
    }

    fn unreadable(&mut self, path: &str, failure: Failure) {
        let name = if path.is_empty() { "." } else { path };
        let reason = match failure {
            Failure::Unreadable(reason) => format!("it cannot be read: {reason}"),
            Failure::NotFound | Failure::TooLarge(_) => "it cannot be read".into(),
        };
        self.skip(name.into(), &reason);
    }
}

/// Why reading a directory ended early.
enum Stop {
    /// Only this directory is lost.
    Directory(Failure),
    /// The whole walk is.
    Walk(TreeError),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Directory(failure)
    }
}
