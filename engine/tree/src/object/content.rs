//! What an opened object holds, handed over piece by piece and checked against the object's name at the end.

use std::io::{self, Read};

use super::ObjectError;
use super::id::{Format, Hasher, ObjectId};

/// The largest buffer that is set aside before a byte is read: sizes are claims.
pub(super) const FIRST_BUFFER: u64 = 1 << 20;

/// What kind of object it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Commit,
    Tree,
    Blob,
    Tag,
}

impl Kind {
    /// The word that git writes for it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }

    /// The kind that git's word stands for.
    pub(super) fn of(word: &[u8]) -> Option<Self> {
        [Self::Commit, Self::Tree, Self::Blob, Self::Tag].into_iter().find(|kind| kind.word().as_bytes() == word)
    }
}

/// An object that is about to be read.
pub(crate) struct Object {
    pub(crate) kind: Kind,
    content: Content,
}

impl Object {
    /// The object `id` that says to hold `size` bytes of `kind`, which `inner` gives. `name` is the file that it is in.
    pub(super) fn new(
        id: ObjectId,
        format: Format,
        kind: Kind,
        size: u64,
        name: String,
        inner: Box<dyn Read + Send>,
    ) -> Self {
        let mut hasher = Hasher::new(format);
        hasher.update(format!("{} {size}\0", kind.word()).as_bytes());
        Self { kind, content: Content { id, inner, left: size, state: State::Reading(hasher), name } }
    }

    /// How many bytes it says to hold.
    pub(crate) fn size(&self) -> u64 {
        self.content.left
    }

    /// All that it holds. Its size was compared with a limit when it was opened.
    pub(crate) fn bytes(mut self) -> Result<Vec<u8>, ObjectError> {
        let room = usize::try_from(self.content.left.min(FIRST_BUFFER)).unwrap_or(0);
        let mut bytes = Vec::with_capacity(room);
        match self.content.read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) => Err(ObjectError::Unreadable(error.to_string())),
        }
    }

    /// What it holds, piece by piece. The last piece is followed by an error where the object is not what it is called.
    pub(crate) fn reader(self) -> Box<dyn Read + Send> {
        Box::new(self.content)
    }
}

struct Content {
    id: ObjectId,
    inner: Box<dyn Read + Send>,
    left: u64,
    state: State,
    name: String,
}

enum State {
    Reading(Hasher),
    Good,
    Bad(String),
}

impl Content {
    fn fail(&mut self, how: &str) -> io::Error {
        let reason = ObjectError::damaged(&self.name, how).to_string();
        self.state = State::Bad(reason.clone());
        io::Error::new(io::ErrorKind::InvalidData, reason)
    }

    /// Once all is read that was said to be there: nothing more may be, and it must hash to its name.
    fn finish(&mut self) -> io::Result<()> {
        let mut one = [0];
        match self.inner.read(&mut one) {
            Ok(0) => {}
            Ok(_) => return Err(self.fail("an object is longer than it says")),
            Err(error) => return Err(self.fail(&error.to_string())),
        }
        let State::Reading(hasher) = std::mem::replace(&mut self.state, State::Good) else { return Ok(()) };
        if hasher.is(&self.id) {
            return Ok(());
        }
        let how = format!("what it has for `{}` is something else", self.id);
        Err(self.fail(&how))
    }
}

impl Read for Content {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match &self.state {
            State::Good => return Ok(0),
            State::Bad(reason) => return Err(io::Error::new(io::ErrorKind::InvalidData, reason.clone())),
            State::Reading(_) if room.is_empty() => return Ok(0),
            State::Reading(_) if self.left == 0 => return self.finish().map(|()| 0),
            State::Reading(_) => {}
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(room.len());
        let room = room.get_mut(..most).unwrap_or_default();
        let read = match self.inner.read(room) {
            Ok(0) => return Err(self.fail("an object ends before it should")),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => return Err(self.fail(&error.to_string())),
        };
        if let (State::Reading(hasher), Some(read)) = (&mut self.state, room.get(..read)) {
            hasher.update(read);
        }
        self.left = self.left.saturating_sub(read as u64);
        Ok(read)
    }
}
