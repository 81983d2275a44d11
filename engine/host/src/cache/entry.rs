//! One entry of the cache: a header, a manifest and machine code, and nothing of it believed before it is verified.
//!
//! ```text
//!   8  magic
//!   8  version of this layout
//!  32  SHA-256 of the component
//!  32  SHA-256 of what compiled it: this crate and its interface, the compiler's version, flags and target
//!   8  length of the manifest
//!   8  length of the code
//!  32  SHA-256 of all of the above, the manifest and the code
//!      the manifest, then the code
//! ```
//!
//! Numbers have the least byte first. The checksum finds decay and half-written files; it is no secret, and does not
//! replace a directory that nobody else can write.

use std::fmt::Write as _;
use std::hash::{Hash as _, Hasher};

use sha2::{Digest as _, Sha256};
use wasmtime::Engine;

use crate::interface;

const MAGIC: &[u8; 8] = b"engcode\n";
/// Raised with every change of the layout, or of the manifest's in `baked.rs`.
const LAYOUT: u64 = 1;
/// How the name of an entry ends.
const ENDING: &str = ".code";
/// Bytes of a digest that are in the name of an entry, each of them two digits.
const NAMED: usize = 16;

const DIGEST: usize = 32;
/// What stands before the checksum.
const FACTS: usize = 8 + 8 + DIGEST + DIGEST + 8 + 8;
const HEADER: usize = FACTS + DIGEST;

/// What an entry is found by: what was compiled, and by what.
#[derive(Debug)]
pub(crate) struct Key {
    component: [u8; DIGEST],
    compiler: [u8; DIGEST],
    name: String,
}

impl Key {
    /// The key of a component as this engine compiles it.
    pub(crate) fn new(component: &[u8], engine: &Engine) -> Self {
        let component = Sha256::digest(component).into();
        let mut compiler = Hashed(Sha256::new());
        (env!("CARGO_PKG_VERSION"), interface::VERSION).hash(&mut compiler);
        engine.precompile_compatibility_hash().hash(&mut compiler);
        Self::named(component, compiler.0.finalize().into())
    }

    fn named(component: [u8; DIGEST], compiler: [u8; DIGEST]) -> Self {
        let mut name = String::new();
        for digest in [&component, &compiler] {
            if !name.is_empty() {
                name.push('-');
            }
            for byte in digest.iter().take(NAMED) {
                // A string takes whatever is written.
                let _ = write!(name, "{byte:02x}");
            }
        }
        name.push_str(ENDING);
        Self { component, compiler, name }
    }

    /// The key of a program that the interpreter with the digest `by` compiles from `request`. No component has the same one: the bytes
    /// of a component do not begin like that, and its entry is of another compiler.
    pub(crate) fn of_program(request: &[u8], by: &[u8]) -> Self {
        let source = Sha256::new().chain_update(b"program\n").chain_update(request).finalize().into();
        let compiler = Sha256::new().chain_update(b"interpreter\n").chain_update(by);
        let compiler = compiler.chain_update(env!("CARGO_PKG_VERSION")).finalize().into();
        Self::named(source, compiler)
    }

    /// The name of the entry's file.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

/// Whether a file's name is one that [`Key`] gives.
pub(super) fn is_name(name: &str) -> bool {
    let digits =
        |part: &str| part.len() == NAMED * 2 && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let parts = name.strip_suffix(ENDING).and_then(|stem| stem.split_once('-'));
    parts.is_some_and(|(component, compiler)| digits(component) && digits(compiler))
}

/// An entry that was verified. There is no other way to have one.
#[derive(Debug)]
pub(crate) struct Entry {
    bytes: Vec<u8>,
    /// Where the code starts.
    code: usize,
}

impl Entry {
    /// The entry in `bytes`, which must be all of its file, if it is the one of `key`; otherwise what is wrong.
    pub(super) fn verified(bytes: Vec<u8>, key: &Key) -> Result<Self, String> {
        let cut = || "it is cut off".to_owned();
        let (header, content) = bytes.split_at_checked(HEADER).ok_or_else(cut)?;
        let (facts, checksum) = header.split_at_checked(FACTS).ok_or_else(cut)?;
        let mut rest = facts;
        let mut take = |length: usize| {
            let (taken, left) = rest.split_at_checked(length)?;
            rest = left;
            Some(taken)
        };
        let (magic, layout) = (take(8).ok_or_else(cut)?, take(8).ok_or_else(cut)?);
        if magic != MAGIC || layout != LAYOUT.to_le_bytes() {
            return Err("it is no entry of this version of the cache".into());
        }
        if take(DIGEST) != Some(&key.component) {
            return Err("it is of another plugin".into());
        }
        if take(DIGEST) != Some(&key.compiler) {
            return Err("it was compiled by another version of the engine".into());
        }
        let mut length = || {
            let bytes = take(8)?.try_into().ok()?;
            usize::try_from(u64::from_le_bytes(bytes)).ok()
        };
        let (manifest, code) = (length().ok_or_else(cut)?, length().ok_or_else(cut)?);
        if manifest.checked_add(code) != Some(content.len()) {
            return Err("it does not have the length that it says".into());
        }
        if Sha256::new().chain_update(facts).chain_update(content).finalize().as_slice() != checksum {
            return Err("its checksum does not match".into());
        }
        Ok(Self { code: HEADER.saturating_add(manifest), bytes })
    }

    /// What the plugin said of itself, as `baked.rs` writes it.
    pub(crate) fn manifest(&self) -> &[u8] {
        self.bytes.get(HEADER..self.code).unwrap_or_default()
    }

    /// What is kept of a program, which is no machine code.
    pub(crate) fn into_content(mut self) -> Vec<u8> {
        self.bytes.split_off(self.code)
    }

    /// The machine code.
    pub(crate) fn code(&self) -> &[u8] {
        self.bytes.get(self.code..).unwrap_or_default()
    }
}

/// An entry to be written: header, manifest, code.
pub(super) fn parts<'a>(key: &Key, manifest: &'a [u8], code: &'a [u8]) -> [std::borrow::Cow<'a, [u8]>; 3] {
    let mut header = Vec::with_capacity(HEADER);
    header.extend_from_slice(MAGIC);
    header.extend_from_slice(&LAYOUT.to_le_bytes());
    header.extend_from_slice(&key.component);
    header.extend_from_slice(&key.compiler);
    header.extend_from_slice(&(manifest.len() as u64).to_le_bytes());
    header.extend_from_slice(&(code.len() as u64).to_le_bytes());
    let checksum = Sha256::new().chain_update(&header).chain_update(manifest).chain_update(code).finalize();
    header.extend_from_slice(&checksum);
    [header.into(), manifest.into(), code.into()]
}

/// Hashes what implements `Hash` with SHA-256.
struct Hashed(Sha256);

impl Hasher for Hashed {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Nobody asks for the short hash.
    fn finish(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, FACTS, HEADER, Key, is_name, parts};
    use crate::config::config;

    fn key(component: &[u8], fuel: bool) -> Key {
        let config = config(env!("ENGINE_HOST_TARGET"), fuel).unwrap();
        Key::new(component, &wasmtime::Engine::new(&config).unwrap())
    }

    fn refused(bytes: Vec<u8>, key: &Key) -> String {
        Entry::verified(bytes, key).map(drop).unwrap_err()
    }

    #[test]
    fn a_key_tells_components_and_engines_apart() {
        let (one, same, other, counting) = (key(b"a", false), key(b"a", false), key(b"b", false), key(b"a", true));
        assert_eq!(one.name(), same.name());
        assert!(one.name() != other.name() && one.name() != counting.name());
        assert!([&one, &other, &counting].into_iter().all(|key| is_name(key.name())), "{}", one.name());
        let name = one.name();
        for no in [
            "",
            ".code",
            "x.code",
            &name.replacen(char::is_alphanumeric, "", 1),
            &name.to_uppercase(),
            &name.replace(".code", ""),
            "a-b.code",
        ] {
            assert!(!is_name(no), "{no}");
        }
    }

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let key = key(b"a", true);
        let entry = Entry::verified(parts(&key, b"manifest", b"code").concat(), &key).unwrap();
        assert_eq!((entry.manifest(), entry.code()), (&b"manifest"[..], &b"code"[..]));
    }

    #[test]
    fn no_byte_can_be_changed_and_none_left_out() {
        let key = key(b"a", true);
        let whole = parts(&key, b"manifest", b"code").concat();
        assert_eq!(whole.len(), HEADER + 12);
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            let expected = match at {
                0..16 => "it is no entry of this version of the cache",
                16..48 => "it is of another plugin",
                48..80 => "it was compiled by another version of the engine",
                80..FACTS => "it does not have the length that it says",
                _ => "its checksum does not match",
            };
            assert_eq!(refused(changed, &key), expected, "{at}");
            let cut = refused(whole[..at].to_vec(), &key);
            let expected = if at < HEADER { "it is cut off" } else { "it does not have the length that it says" };
            assert_eq!(cut, expected, "{at}");
        }
        assert_eq!(refused([whole, vec![0]].concat(), &key), "it does not have the length that it says");
    }

    #[test]
    fn bytes_cannot_move_between_the_manifest_and_the_code() {
        let key = key(b"a", true);
        let mut moved = parts(&key, b"manifest", b"code").concat();
        (moved[80], moved[88]) = (7, 5);
        assert_eq!(refused(moved, &key), "its checksum does not match");
    }
}
