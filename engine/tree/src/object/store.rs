//! The whole database of a repository: its own objects and packs, and those of the repositories that it borrows from.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::content::{Kind, Object};
use super::id::{Format, ObjectId};
use super::pack::Pack;
use super::{ObjectError, loose};
use crate::disk;

/// The most packs of one directory that are held open. git itself cleans up at fifty.
const MAX_PACKS: usize = 400;

/// The most directories that objects are borrowed from, and how far.
const MAX_BORROWED: usize = 32;

/// The largest list of such directories, in bytes.
const MAX_ALTERNATES: u64 = 1 << 20;

/// The most bytes that a commit, a tag or a tree may have.
const MAX_STRUCTURE: u64 = 64 << 20;

/// How many objects of one short name are told apart.
const MAX_MEANT: usize = 8;

/// What a clone lacks on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absence {
    /// Nothing.
    Whole,
    /// Old commits.
    Shallow,
    /// Objects that git fetches when it needs them.
    Partial,
}

/// The objects of a repository.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) format: Format,
    pub(crate) absence: Absence,
    directories: Vec<Directory>,
}

#[derive(Debug)]
struct Directory {
    path: PathBuf,
    /// Read when an object is not there as a file of its own.
    packs: OnceLock<Result<Vec<Pack>, ObjectError>>,
}

impl Store {
    /// The database in the directory `objects`.
    pub(crate) fn new(objects: PathBuf, format: Format, absence: Absence) -> Self {
        let mut paths = vec![objects];
        let mut next = 0;
        while let Some(path) = paths.get(next).cloned() {
            next = next.saturating_add(1);
            for borrowed in alternates(&path) {
                if !paths.contains(&borrowed) && paths.len() < MAX_BORROWED {
                    paths.push(borrowed);
                }
            }
        }
        let directories = paths.into_iter().map(|path| Directory { path, packs: OnceLock::new() }).collect();
        Self { format, absence, directories }
    }

    /// The object `id`, about to be read. One that is kept as a delta has at most `limit` bytes.
    pub(crate) fn open(&self, id: ObjectId, limit: u64) -> Result<Object, ObjectError> {
        for directory in &self.directories {
            if let Some(object) = loose::open(&directory.path, id, self.format)? {
                return Ok(object);
            }
        }
        // A damaged pack stops nothing that another one holds.
        let mut failed = None;
        for directory in &self.directories {
            match directory.object(id, limit, self.format) {
                Ok(Some(object)) => return Ok(object),
                Ok(None) => {}
                Err(error) => failed = Some(error),
            }
        }
        Err(failed.unwrap_or(ObjectError::Missing(id)))
    }

    /// All bytes of the object `id`, at most `limit`, and its kind.
    pub(crate) fn read(&self, id: ObjectId, limit: u64) -> Result<(Kind, Vec<u8>), ObjectError> {
        let object = self.open(id, limit)?;
        if object.size() > limit {
            return Err(ObjectError::TooLarge(limit));
        }
        let kind = object.kind;
        object.bytes().map(|bytes| (kind, bytes))
    }

    /// The bytes of a commit, a tag or a tree, and its kind.
    pub(crate) fn structure(&self, id: ObjectId) -> Result<(Kind, Vec<u8>), ObjectError> {
        self.read(id, MAX_STRUCTURE)
    }

    /// Why an object that the repository should hold could not be read, one sentence.
    pub(crate) fn explain(&self, error: &ObjectError) -> String {
        match (error, self.absence) {
            (ObjectError::Missing(id), Absence::Partial) => format!(
                "this clone is partial and does not hold `{id}`: fetch all with `git fetch --refetch --no-filter origin`"
            ),
            (ObjectError::Missing(id), _) => format!("git's object `{id}` is missing: `git fsck` says what else is"),
            (error, _) => error.to_string(),
        }
    }

    /// Objects whose name begins with `hex`, in lower case: none, the one that is meant, or several that may be.
    pub(crate) fn with_prefix(&self, hex: &str) -> Result<Vec<ObjectId>, ObjectError> {
        let mut found = Vec::new();
        for directory in &self.directories {
            found.extend(loose::with_prefix(&directory.path, hex, self.format)?);
            for pack in directory.packs(self.format)? {
                found.extend(pack.with_prefix(hex, MAX_MEANT)?);
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }
}

impl Directory {
    fn packs(&self, format: Format) -> Result<&[Pack], ObjectError> {
        let open = || {
            let directory = self.path.join("pack");
            let names = disk::names_at(&directory, MAX_PACKS.saturating_mul(16));
            let names = names.map_err(|failure| ObjectError::unread("objects/pack", failure))?;
            let packs: Vec<&str> = names.iter().filter_map(|(name, _)| name.strip_suffix(".idx")).collect();
            if packs.len() > MAX_PACKS {
                let reason = format!("this repository has more than {MAX_PACKS} packs: `git gc` joins them");
                return Err(ObjectError::Unreadable(reason));
            }
            packs.into_iter().map(|name| Pack::open(&directory, name, format)).collect()
        };
        self.packs.get_or_init(open).as_deref().map_err(Clone::clone)
    }

    fn object(&self, id: ObjectId, limit: u64, format: Format) -> Result<Option<Object>, ObjectError> {
        for pack in self.packs(format)? {
            if let Some(object) = pack.object(id, limit)? {
                return Ok(Some(object));
            }
        }
        Ok(None)
    }
}

/// The directories that the one at `objects` borrows from.
fn alternates(objects: &Path) -> Vec<PathBuf> {
    let read = disk::read_path(&objects.join("info/alternates"), MAX_ALTERNATES);
    let text = read.ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| objects.join(line)).collect()
}
