//! Whether an executable may leave this machine: it asks for no loader and no library, and does not name the folders of
//! whoever built it.

use anyhow::{Result, bail};
use object::read::elf::{ElfFile64, FileHeader as _, ProgramHeader as _};
use object::{Endianness, elf};

/// What only a path of somebody's machine begins with.
const HOMES: [&str; 2] = ["/.cargo/registry/", "/.rustup/toolchains/"];

/// Judges one.
///
/// # Errors
///
/// A sentence where it may not.
pub(super) fn judge(bytes: &[u8]) -> Result<()> {
    let file = ElfFile64::<Endianness>::parse(bytes)?;
    let endian = file.endian();
    for header in file.elf_header().program_headers(endian, bytes)? {
        if header.p_type(endian) == elf::PT_INTERP {
            bail!("it is not static: it asks for a loader");
        }
    }
    for home in HOMES {
        if let Some(at) = memchr::memmem::find(bytes, home.as_bytes()) {
            let shown = bytes.get(at.saturating_sub(16)..at.saturating_add(80)).unwrap_or_default();
            bail!("it names a folder of this machine: `{}`", String::from_utf8_lossy(shown));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::judge;

    #[test]
    fn an_executable_that_asks_for_a_loader_is_refused() {
        #[expect(clippy::disallowed_methods, reason = "a program, not the user's input")]
        let this = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let said = judge(&this).unwrap_err().to_string();
        assert_eq!(said, "it is not static: it asks for a loader");
        assert!(judge(b"\x7fELF").is_err());
    }
}
