//! A pack and its index: many objects in one file, most of them as deltas.
//!
//! Both files are read piece by piece where something is looked for, so that what they say of their size is never
//! memory. A chain of deltas is followed to its end before anything is inflated.

use std::fs::File;
use std::io::{BufReader, Read};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use flate2::bufread::ZlibDecoder;

use super::content::{FIRST_BUFFER, Kind, Object};
use super::id::{Format, ObjectId};
use super::{ObjectError, delta};
use crate::disk;
use crate::index::take;
use crate::positioned::Positioned;

/// The largest object that is held in memory to make another one of it, in bytes. git itself makes deltas of files up
/// to twice this size.
const MAX_HELD: u64 = 256 << 20;

/// How many deltas may stand one on the other: what git itself writes at most.
const MAX_CHAIN: usize = 4095;

/// How many bytes are inflated and copied at most for one object.
const MAX_WORK: u64 = 4 << 30;

/// The longest beginning of an entry: its size, and where its base is.
const MAX_HEADER: usize = 64;

/// A pack.
#[derive(Debug)]
pub(super) struct Pack {
    /// Its name without an ending.
    name: String,
    format: Format,
    index: File,
    /// How many objects have a name whose first byte is at most this one.
    fanout: Vec<u32>,
    /// Opened with the first object that is read.
    data: OnceLock<Result<Arc<File>, ObjectError>>,
    path: std::path::PathBuf,
}

/// An object in a pack, as it stands there.
struct Entry {
    is: Is,
    /// The length of what is inflated, in bytes: a claim.
    size: u64,
    /// Where that begins.
    data: u64,
}

enum Is {
    Whole(Kind),
    /// A delta on the entry there.
    Delta(u64),
}

impl Pack {
    /// The pack `name` in the directory of packs.
    pub(super) fn open(directory: &Path, name: &str, format: Format) -> Result<Self, ObjectError> {
        let path = directory.join(format!("{name}.idx"));
        let index = disk::file_at(&path).map_err(|failure| ObjectError::unread(&format!("{name}.idx"), failure))?;
        let mut pack = Self {
            name: name.to_owned(),
            format,
            index,
            fanout: Vec::new(),
            data: OnceLock::new(),
            path: directory.join(format!("{name}.pack")),
        };
        let head: [u8; 8] = pack.of_index(0)?;
        if head != [0xff, b't', b'O', b'c', 0, 0, 0, 2] {
            let reason =
                format!("git's `{name}.idx` is of a version that is not known: `git repack -d` writes it anew");
            return Err(ObjectError::Unreadable(reason));
        }
        let counts: [u8; 1024] = pack.of_index(8)?;
        pack.fanout = counts.chunks_exact(4).filter_map(|four| four.try_into().ok().map(u32::from_be_bytes)).collect();
        if !pack.fanout.is_sorted() {
            return Err(pack.index_damaged());
        }
        Ok(pack)
    }

    fn index_damaged(&self) -> ObjectError {
        ObjectError::damaged(&format!("{}.idx", self.name), "it is not in order, or ends too early")
    }

    fn damaged(&self, how: &str) -> ObjectError {
        ObjectError::damaged(&format!("{}.pack", self.name), how)
    }

    fn of_index<const N: usize>(&self, at: u64) -> Result<[u8; N], ObjectError> {
        let mut bytes = [0; N];
        self.index.read_exact_at(&mut bytes, at).map(|()| bytes).map_err(|_| self.index_damaged())
    }

    fn count(&self) -> u32 {
        self.fanout.last().copied().unwrap_or(0)
    }

    /// Where the part of the index behind the names begins, `each` bytes an object further.
    fn behind_names(&self, each: u64) -> u64 {
        let bytes = (self.format.bytes() as u64).saturating_add(each);
        u64::from(self.count()).saturating_mul(bytes).saturating_add(1032)
    }

    /// The name of the object at `place` in the index.
    fn name_at(&self, place: u32) -> Result<ObjectId, ObjectError> {
        let length = self.format.bytes();
        let mut bytes = [0; 32];
        let room = bytes.get_mut(..length).unwrap_or_default();
        let at = u64::from(place).saturating_mul(length as u64).saturating_add(1032);
        self.index.read_exact_at(room, at).map_err(|_| self.index_damaged())?;
        ObjectId::new(room, self.format).ok_or_else(|| self.index_damaged())
    }

    /// The place in the index of the first name that is not less than `bytes`.
    fn place(&self, bytes: &[u8]) -> Result<u32, ObjectError> {
        let first = usize::from(bytes.first().copied().unwrap_or(0));
        let end = self.fanout.get(first).copied().unwrap_or(0);
        let start = first.checked_sub(1).and_then(|before| self.fanout.get(before)).copied().unwrap_or(0);
        let (mut low, mut high) = (start, end);
        while low < high {
            let middle = low.midpoint(high);
            if self.name_at(middle)?.bytes() < bytes { low = middle.saturating_add(1) } else { high = middle }
        }
        Ok(low)
    }

    /// Where in the pack the object `id` stands, or `None` where it is in another one.
    fn offset(&self, id: &ObjectId) -> Result<Option<u64>, ObjectError> {
        let place = self.place(id.bytes())?;
        if place >= self.count() || self.name_at(place)? != *id {
            return Ok(None);
        }
        // Behind the names are checksums of four bytes, then offsets of four bytes, then those that need eight.
        let at = self.behind_names(4).saturating_add(u64::from(place).saturating_mul(4));
        let short = u32::from_be_bytes(self.of_index(at)?);
        if short & 0x8000_0000 == 0 {
            return Ok(Some(u64::from(short)));
        }
        let at = self.behind_names(8).saturating_add(u64::from(short & 0x7fff_ffff).saturating_mul(8));
        self.of_index(at).map(|long| Some(u64::from_be_bytes(long)))
    }

    /// The objects whose name begins with `hex`, at most as many as `limit`.
    pub(super) fn with_prefix(&self, hex: &str, limit: usize) -> Result<Vec<ObjectId>, ObjectError> {
        let lowest = format!("{hex:0<width$}", width = self.format.bytes().saturating_mul(2));
        let Some(lowest) = ObjectId::from_hex(&lowest, self.format) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for place in self.place(lowest.bytes())?..self.count() {
            let id = self.name_at(place)?;
            if found.len() >= limit || !id.to_string().starts_with(hex) {
                break;
            }
            found.push(id);
        }
        Ok(found)
    }

    /// The object `id`, or `None` where it is in another pack. One that is a delta is made in memory, and has at most
    /// `limit` bytes.
    pub(super) fn object(&self, id: ObjectId, limit: u64) -> Result<Option<Object>, ObjectError> {
        let Some(offset) = self.offset(&id)? else { return Ok(None) };
        let entry = self.entry(offset)?;
        let name = format!("{}.pack", self.name);
        Ok(Some(match entry.is {
            Is::Whole(kind) => Object::new(id, self.format, kind, entry.size, name, Box::new(self.inflated(&entry)?)),
            Is::Delta(_) => {
                let (kind, made) = self.made(entry, limit)?;
                let size = made.len() as u64;
                Object::new(id, self.format, kind, size, name, Box::new(std::io::Cursor::new(made)))
            }
        }))
    }

    fn data(&self) -> Result<&Arc<File>, ObjectError> {
        let open = || match disk::file_at(&self.path) {
            Ok(file) => Ok(Arc::new(file)),
            Err(failure) => Err(ObjectError::unread(&format!("{}.pack", self.name), failure)),
        };
        self.data.get_or_init(open).as_ref().map_err(Clone::clone)
    }

    /// What stands at `offset`.
    fn entry(&self, offset: u64) -> Result<Entry, ObjectError> {
        let damaged = || self.damaged("an object does not say what it is");
        let mut head = [0; MAX_HEADER];
        let read = self.data()?.read_at(&mut head, offset).map_err(|error| self.damaged(&error.to_string()))?;
        let mut rest = head.get(..read).unwrap_or_default();
        let whole = rest.len();
        let [first] = take(&mut rest, 1).ok_or_else(damaged)? else { return Err(damaged()) };
        let mut size = u64::from(first & 0x0f);
        if first & 0x80 != 0 {
            let more = delta::size(&mut rest).filter(|more| *more < 1 << 59).ok_or_else(damaged)?;
            size |= more << 4;
        }
        let is = match (first >> 4) & 0x07 {
            1 => Is::Whole(Kind::Commit),
            2 => Is::Whole(Kind::Tree),
            3 => Is::Whole(Kind::Blob),
            4 => Is::Whole(Kind::Tag),
            6 => {
                let back = crate::index::offset(&mut rest).filter(|back| *back > 0).ok_or_else(damaged)?;
                Is::Delta(offset.checked_sub(back as u64).ok_or_else(damaged)?)
            }
            7 => {
                let base = take(&mut rest, self.format.bytes()).ok_or_else(damaged)?;
                let base = ObjectId::new(base, self.format).ok_or_else(damaged)?;
                Is::Delta(self.offset(&base)?.ok_or(ObjectError::Missing(base))?)
            }
            _ => return Err(damaged()),
        };
        let data = offset.saturating_add(whole.saturating_sub(rest.len()) as u64);
        Ok(Entry { is, size, data })
    }

    fn inflated(&self, entry: &Entry) -> Result<impl Read + Send + use<>, ObjectError> {
        let file = Arc::clone(self.data()?);
        Ok(ZlibDecoder::new(BufReader::new(Positioned { file, at: entry.data })))
    }

    /// The first `most` bytes of what an entry inflates to.
    fn beginning(&self, entry: &Entry, most: u64) -> Result<Vec<u8>, ObjectError> {
        let mut bytes = Vec::with_capacity(usize::try_from(entry.size.min(most).min(FIRST_BUFFER)).unwrap_or(0));
        let read = self.inflated(entry)?.take(most).read_to_end(&mut bytes);
        read.map_err(|error| self.damaged(&error.to_string()))?;
        Ok(bytes)
    }

    /// All that an entry inflates to, which is as much as it says.
    fn whole(&self, entry: &Entry) -> Result<Vec<u8>, ObjectError> {
        if entry.size > MAX_HELD {
            let how = format!("an object that others stand on has more than {MAX_HELD} bytes");
            return Err(ObjectError::Unreadable(format!("in git's `{}.pack`, {how}", self.name)));
        }
        let bytes = self.beginning(entry, entry.size.saturating_add(1))?;
        let right = bytes.len() as u64 == entry.size;
        if right { Ok(bytes) } else { Err(self.damaged("an object is not as long as it says")) }
    }

    /// The object that the delta `last` makes, and its kind, which is that of the chain's beginning.
    fn made(&self, last: Entry, limit: u64) -> Result<(Kind, Vec<u8>), ObjectError> {
        let head = self.beginning(&last, MAX_HEADER as u64)?;
        let sizes = delta::sizes(&mut head.as_slice()).ok_or_else(|| self.damaged("a delta does not say its size"))?;
        let limit = limit.min(MAX_HELD);
        if sizes.result > limit {
            return Err(ObjectError::TooLarge(limit));
        }
        let mut chain = Vec::new();
        let mut entry = last;
        let kind = loop {
            match entry.is {
                Is::Whole(kind) => break kind,
                Is::Delta(base) => {
                    if chain.len() >= MAX_CHAIN {
                        return Err(self.damaged("deltas stand on each other without end"));
                    }
                    chain.push(entry);
                    entry = self.entry(base)?;
                }
            }
        };
        let mut made = self.whole(&entry)?;
        let mut work = made.len() as u64;
        while let Some(entry) = chain.pop() {
            let delta = self.whole(&entry)?;
            made = delta::apply(&made, &delta, MAX_HELD).ok_or_else(|| self.damaged("a delta is broken"))?;
            work = work.saturating_add(delta.len() as u64).saturating_add(made.len() as u64);
            if work > MAX_WORK {
                return Err(ObjectError::Unreadable(format!(
                    "in git's `{}.pack`, an object takes too long",
                    self.name
                )));
            }
        }
        Ok((kind, made))
    }
}
