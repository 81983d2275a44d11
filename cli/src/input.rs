//! Standard input, kept in a private file for as long as the check runs, so that it can be read twice.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};

use anyhow::{Context as _, Result, bail};
use engine_model::FilePath;

/// The most that is read: far beyond any plan.
const MAX_BYTES: u64 = 4 << 30;

/// What came, and what to call it: a plan begins with a brace, and everything else is a pipeline.
pub(crate) fn spool() -> Result<(FilePath, File)> {
    let mut file = tempfile::tempfile().context("cannot make a private file for standard input")?;
    let copied = io::copy(&mut io::stdin().lock().take(MAX_BYTES.saturating_add(1)), &mut file);
    if copied.context("cannot read standard input")? > MAX_BYTES {
        bail!("standard input has more than {MAX_BYTES} bytes, the limit");
    }
    file.flush().and_then(|()| file.rewind()).context("cannot read standard input again")?;
    let mut head = Vec::new();
    (&file).take(256).read_to_end(&mut head).context("cannot read standard input again")?;
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).trim_ascii_start();
    let is_json = text.starts_with(b"{") || text.starts_with(b"[") || text.starts_with(b"PK\x03\x04");
    let name = if is_json { "stdin.json" } else { "stdin.yml" };
    Ok((FilePath::new(name).context("the name of standard input is empty")?, file))
}
