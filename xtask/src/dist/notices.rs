//! Who wrote what the binary is made of besides us, and under which licence: the texts that their licences ask to go
//! along, each once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::metadata;

/// How files with a licence or a notice begin.
const NAMES: [&str; 6] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];

/// What is linked besides crates: its name, its licence, who holds it, and which file of the toolchain has the text.
const BESIDES: [(&str, &str, &str, &str); 2] = [
    ("musl, the C library", "MIT", "Copyright 2005-2020 Rich Felker and others", "MIT.txt"),
    ("Rust's standard library", "Apache-2.0 OR MIT", "Copyright of the Rust project's contributors", "Apache-2.0.txt"),
];

/// The whole text, and how many crates it names.
///
/// # Errors
///
/// Where cargo does not say which crates there are, or one of them has no text.
pub(super) fn collect(root: &Path) -> Result<(String, usize)> {
    let crates = metadata::load(root, true)?;
    let mut texts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut list = String::from("What engine is made of besides its own code, and under which licences.\n\n");
    let mut without = Vec::new();
    for other in crates.iter().filter(|other| !other.ours) {
        let name = format!("{} {}", other.name, other.version);
        let licence = other.licence.as_deref().unwrap_or_default();
        writeln!(list, "{name}: {licence}")?;
        let folder = Path::new(&other.manifest).parent().context("a manifest is in a folder")?;
        let found = licences(folder)?;
        if found.is_empty() {
            without.push((name.clone(), licence.to_owned()));
        }
        for text in found {
            texts.entry(text).or_default().insert(name.clone());
        }
    }
    let count = crates.iter().filter(|other| !other.ours).count();
    let toolchain = toolchain()?;
    for (name, licence, holder, file) in BESIDES {
        writeln!(list, "{name}: {licence}")?;
        let text = text(&toolchain.join("share/doc/rust/licenses").join(file))?;
        texts.entry(text).or_default().insert(format!("{name} ({holder})"));
    }
    if !without.is_empty() {
        writeln!(list, "\nWithout a text of their own, so that the one of their licence below holds:")?;
        for (name, licence) in without {
            writeln!(list, "{name}: {licence}")?;
        }
    }
    for (text, names) in texts {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        writeln!(list, "\n{}\n{}\n\n{text}", "=".repeat(80), names.join(", "))?;
    }
    Ok((list, count))
}

/// Where cargo keeps the crates of others.
pub(super) fn cargo_home() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "cargo's own folder, so that the binary does not name it")]
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("CARGO_HOME").or_else(|| Some(variable("HOME")?.join(".cargo")))
}

fn toolchain() -> Result<PathBuf> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output().context("cannot start `rustc`")?;
    ensure!(output.status.success(), "`rustc --print sysroot` failed");
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

/// The texts of a folder's files that are called like a licence, in the order of their names.
fn licences(folder: &Path) -> Result<Vec<String>> {
    #[expect(clippy::disallowed_methods, reason = "a crate's own sources, not a user's")]
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_uppercase();
        NAMES.iter().any(|start| name.starts_with(start)) && path.is_file()
    });
    paths.sort();
    paths.iter().map(|path| text(path)).collect()
}

/// A text as it is, but for the ends of its lines.
fn text(path: &Path) -> Result<String> {
    let text = String::from_utf8_lossy(&super::read(path)?).replace("\r\n", "\n");
    Ok(text.trim_matches('\n').to_owned())
}
