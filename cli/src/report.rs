//! Reports in files: each is written whole or not at all, and one that cannot be written stops no other.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use engine_report::Kind;

use crate::args::Report;

/// Looks before the work is done whether the files can be there at all.
pub(crate) fn look(reports: &[Report]) -> Result<()> {
    for (position, report) in reports.iter().enumerate() {
        let shown = report.path.display();
        let same = |earlier: &&Report| {
            earlier.path == report.path
                || (place(&report.path).is_some() && place(&earlier.path) == place(&report.path))
        };
        if reports.iter().take(position).any(|earlier| same(&earlier)) {
            bail!("two reports cannot go into one file, `{shown}`");
        }
        if report.path.is_dir() {
            bail!("cannot write the report `{shown}`: it is a directory");
        }
    }
    Ok(())
}

/// Where a path leads, by whichever way it is written.
fn place(path: &Path) -> Option<PathBuf> {
    if let Ok(whole) = path.canonicalize() {
        return Some(whole);
    }
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Some(folder.canonicalize().ok()?.join(path.file_name()?))
}

/// Writes the reports, and gives what could not be written.
pub(crate) fn write(reports: &[Report], render: impl Fn(Kind) -> String) -> Vec<anyhow::Error> {
    let one = |report: &Report| {
        let written = whole(&report.path, &render(report.kind));
        written.with_context(|| format!("cannot write the report `{}`", report.path.display())).err()
    };
    reports.iter().filter_map(one).collect()
}

/// Writes a file beside its place and then renames it, so that nobody reads half of it. What is no regular file, a pipe
/// say, is written to as it is.
fn whole(path: &Path, text: &str) -> Result<()> {
    if path.exists() && !path.is_file() {
        std::fs::OpenOptions::new().write(true).open(path)?.write_all(text.as_bytes())?;
        return Ok(());
    }
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    // Others than its owner read a report: the job that uploads it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let mut file = builder.prefix(".engine-report-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}
