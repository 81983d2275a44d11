//! A reader with a position of its own, so that several can read one opened file.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

/// Reads `file` from byte `at` on.
#[derive(Debug)]
pub(crate) struct Positioned {
    pub(crate) file: Arc<File>,
    pub(crate) at: u64,
}

impl Read for Positioned {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(room, self.at)?;
        self.at = self.at.saturating_add(read as u64);
        Ok(read)
    }
}
