//! An object's name: the hash of what it holds, and the two kinds of hash that git knows.

use std::fmt;

use sha1::Sha1;
use sha2::{Digest, Sha256};

/// Which hash a repository names its objects by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Format {
    Sha1,
    Sha256,
}

impl Format {
    /// The length of a name, in bytes.
    pub(crate) const fn bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

/// The name of an object.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ObjectId {
    /// Zero behind the length that the format says.
    bytes: [u8; 32],
    format: Format,
}

impl ObjectId {
    /// The name in `bytes`, or `None` where they are not as many as the format says.
    pub(crate) fn new(bytes: &[u8], format: Format) -> Option<Self> {
        if bytes.len() != format.bytes() {
            return None;
        }
        let mut whole = [0; 32];
        whole.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(Self { bytes: whole, format })
    }

    /// The name written in hexadecimal digits, all of them.
    pub(crate) fn from_hex(text: &str, format: Format) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != format.bytes().checked_mul(2)? {
            return None;
        }
        let bytes: Vec<u8> = digits.chunks(2).map(byte).collect::<Option<_>>()?;
        Self::new(&bytes, format)
    }

    /// The name of a file that holds `content`.
    pub(crate) fn of_file(content: &[u8], format: Format) -> Self {
        let mut hasher = Hasher::new(format);
        hasher.update(format!("blob {}\0", content.len()).as_bytes());
        hasher.update(content);
        hasher.finish()
    }

    /// The bytes of the name.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.format.bytes()).unwrap_or(&self.bytes)
    }
}

/// The byte that two hexadecimal digits write.
fn byte(digits: &[u8]) -> Option<u8> {
    let [high, low] = digits else { return None };
    let digit = |of: u8| char::from(of).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some((digit(*high)? << 4) | digit(*low)?)
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Hashes an object as git names it.
#[derive(Debug)]
pub(crate) enum Hasher {
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Hasher {
    pub(crate) fn new(format: Format) -> Self {
        match format {
            Format::Sha1 => Self::Sha1(Sha1::new()),
            Format::Sha256 => Self::Sha256(Sha256::new()),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(hasher) => hasher.update(bytes),
            Self::Sha256(hasher) => hasher.update(bytes),
        }
    }

    /// What was hashed is called so.
    fn finish(self) -> ObjectId {
        let mut bytes = [0; 32];
        let format = match self {
            Self::Sha1(hasher) => {
                bytes.iter_mut().zip(hasher.finalize()).for_each(|(to, from)| *to = from);
                Format::Sha1
            }
            Self::Sha256(hasher) => {
                bytes.iter_mut().zip(hasher.finalize()).for_each(|(to, from)| *to = from);
                Format::Sha256
            }
        };
        ObjectId { bytes, format }
    }

    /// Whether what was hashed is called `id`.
    pub(crate) fn is(self, id: &ObjectId) -> bool {
        match self {
            Self::Sha1(hasher) => hasher.finalize().as_slice() == id.bytes(),
            Self::Sha256(hasher) => hasher.finalize().as_slice() == id.bytes(),
        }
    }
}
