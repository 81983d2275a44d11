//! `engine vendor`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use engine_gate::LOCK;
use engine_model::FilePath;
use engine_report::TextOptions;
use engine_tree::WorkingTree;
use engine_vendor::{Api, Forge, Git, Mode, Vendored};

use crate::args::{Terminal, Vendor};
use crate::{FAIL, PASS, UNDECIDED, terminal};

/// Fetches, writes and says what came of it.
pub(crate) fn run(vendor: &Vendor, terminal: &Terminal) -> Result<u8> {
    let tree = WorkingTree::open(&vendor.path)?;
    let forge = forge(vendor)?;
    let mode = if vendor.check || vendor.update { Mode::All } else { Mode::Missing };
    let told = |title: &str| {
        if terminal::progress() {
            terminal::remark(&format!("fetching the {title}"));
        }
    };
    let vendored = engine_vendor::vendor(&tree, forge.as_ref(), mode, &told)?;
    let options = TextOptions { base: String::new(), ..terminal::text_options(terminal, true) };
    for failed in &vendored.failed {
        let message = format!("the {} is not fetched: {}", failed.title, failed.failure);
        terminal::explain(&message, &failed.location, None, &options, terminal);
    }
    if vendor.check {
        return checked(&vendored);
    }
    // A part of it is better than nothing where copies are missing, and worse than what was there where all is anew.
    if mode == Mode::Missing || vendored.failed.is_empty() {
        write(&vendor.path, &vendored)?;
    }
    terminal::print(&said(&vendored))?;
    Ok(if vendored.failed.is_empty() { PASS } else { UNDECIDED })
}

/// Says whether the copies are what the server has.
fn checked(vendored: &Vendored) -> Result<u8> {
    let mut text = String::new();
    for change in &vendored.changed {
        text.push_str(&format!("{}\n", terminal::harmless(change)));
    }
    terminal::print(&text)?;
    Ok(match (vendored.failed.is_empty(), vendored.changed.is_empty()) {
        (false, _) => UNDECIDED,
        (true, false) => FAIL,
        (true, true) => PASS,
    })
}

fn said(vendored: &Vendored) -> String {
    let count = |n: usize| if n == 1 { "1 file".to_owned() } else { format!("{n} files") };
    let mut out = String::new();
    for title in &vendored.fetched {
        out.push_str(&format!("fetched the {}\n", terminal::harmless(title)));
    }
    for path in &vendored.unused {
        out.push_str(&format!("removed `{path}`, which nobody includes\n"));
    }
    let fetched = count(vendored.copies.len());
    out.push_str(&format!("{fetched} fetched, {} kept, {} not fetched\n", vendored.kept, vendored.failed.len()));
    out
}

fn forge(vendor: &Vendor) -> Result<Box<dyn Forge>> {
    let server = vendor.server.clone().or_else(|| terminal::variable("CI_SERVER_URL"));
    let server = server.context("which GitLab to ask is not said: give `--server https://git.example.com`")?;
    let authorities = match &vendor.ca {
        Some(path) => Some(read(path)?),
        None => None,
    };
    let token = terminal::variable(&vendor.token).filter(|token| !token.trim().is_empty());
    let secret = token.as_ref().map(|token| token.trim().to_owned());
    let version = env!("CARGO_PKG_VERSION");
    if !vendor.git {
        let api = Api::new(&server, secret, authorities.as_deref(), version).map_err(anyhow::Error::msg)?;
        return Ok(Box::new(api));
    }
    let job = terminal::variable("CI_JOB_TOKEN").filter(|token| !token.is_empty());
    let api = vendor.api.clone().unwrap_or_else(|| server.clone());
    let api = Api::new(&api, secret.clone(), authorities.as_deref(), version).map_err(anyhow::Error::msg)?;
    Ok(Box::new(Git::new(api, &server, secret.or(job)).map_err(anyhow::Error::msg)?))
}

#[expect(clippy::disallowed_methods, reason = "a file of the caller's own")]
fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))
}

/// Writes copies and lock, and removes what nobody includes. Nothing is written through a link.
fn write(root: &Path, vendored: &Vendored) -> Result<()> {
    let root = root.canonicalize().with_context(|| format!("cannot read `{}`", root.display()))?;
    for (path, bytes) in &vendored.copies {
        let path = inside(&root, path)?;
        fs::create_dir_all(path.parent().unwrap_or(&root)).with_context(|| cannot_write(&path))?;
        fs::write(&path, bytes).with_context(|| cannot_write(&path))?;
    }
    for path in &vendored.unused {
        let path = inside(&root, path)?;
        if path.is_file() {
            fs::remove_file(&path).with_context(|| cannot_write(&path))?;
        }
    }
    let lock = inside(&root, &FilePath::new(LOCK).context("the lock has no name")?)?;
    match &vendored.lock {
        Some(text) => fs::write(&lock, text).with_context(|| cannot_write(&lock))?,
        None if lock.is_file() => fs::remove_file(&lock).with_context(|| cannot_write(&lock))?,
        None => {}
    }
    Ok(())
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write `{}`", path.display())
}

/// A path below the root, no part of which is a link.
fn inside(root: &Path, path: &FilePath) -> Result<PathBuf> {
    let mut at = root.to_owned();
    for part in path.as_str().split('/') {
        at.push(part);
        if at.is_symlink() {
            bail!("`{}` is a link: nothing is written through one", at.display());
        }
    }
    Ok(at)
}
