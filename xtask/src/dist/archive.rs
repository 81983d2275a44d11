//! A `.tar.gz` whose bytes depend on what is in it alone: entries by name, one time for all, nobody's user or group.

use anyhow::{Context as _, Result};
use flate2::{Compression, GzBuilder};

/// A file.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its path inside the archive's folder, with `/`.
    pub(super) path: String,
    /// What it holds.
    pub(super) bytes: Vec<u8>,
    /// Whether it is run.
    pub(super) executable: bool,
}

/// The archive: all entries in a folder called `folder`; `time` in seconds since 1970.
pub(super) fn write(folder: &str, mut entries: Vec<Entry>, time: u64) -> Result<Vec<u8>> {
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    let packer = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    let mut tar = tar::Builder::new(packer);
    for entry in &entries {
        let mut header = tar::Header::new_ustar();
        header.set_size(entry.bytes.len() as u64);
        header.set_mode(if entry.executable { 0o755 } else { 0o644 });
        header.set_mtime(time);
        header.set_uid(0);
        header.set_gid(0);
        let path = format!("{folder}/{}", entry.path);
        tar.append_data(&mut header, &path, entry.bytes.as_slice()).with_context(|| format!("cannot pack `{path}`"))?;
    }
    Ok(tar.into_inner()?.finish()?)
}

#[cfg(test)]
mod tests {
    use super::{Entry, write};
    use std::io::Read as _;

    fn entry(path: &str, bytes: &[u8], executable: bool) -> Entry {
        Entry { path: path.into(), bytes: bytes.into(), executable }
    }

    #[test]
    fn an_archive_is_what_is_in_it_whatever_the_order() {
        let (a, b) = (|| entry("a", b"1", true), || entry("z/b", b"22", false));
        let bytes = write("x-1", vec![a(), b()], 7).unwrap();
        assert_eq!(bytes, write("x-1", vec![b(), a()], 7).unwrap());
        assert_ne!(bytes, write("x-1", vec![a(), b()], 8).unwrap());
        // A gzip header holds a time of its own, and the system that wrote it.
        assert_eq!(bytes.get(4..8), Some(&[0; 4][..]));

        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes.as_slice()));
        let entries = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            let header = entry.header();
            let path = entry.path().unwrap().to_string_lossy().into_owned();
            (path, header.mode().unwrap(), header.mtime().unwrap(), header.uid().unwrap(), text)
        });
        let entries: Vec<_> = entries.collect();
        let expected = [("x-1/a", 0o755, 7, 0, "1"), ("x-1/z/b", 0o644, 7, 0, "22")];
        assert_eq!(entries, expected.map(|(path, mode, time, uid, text)| (path.into(), mode, time, uid, text.into())));
    }
}
