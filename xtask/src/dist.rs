//! `cargo xtask dist`: what a release is made of. A binary for Linux that needs nothing but a kernel, run on both samples,
//! and in one archive with what belongs to it. The archive's bytes depend on what is in it alone, and the binary names no
//! folder of whoever built it.
//!
//! What others wrote, and under which licence, is `notices`, and what an executable is made of `executable`.

mod archive;
mod executable;
mod notices;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use sha2::{Digest as _, Sha256};

use crate::checkout::Checkout;
use crate::outcome::Outcome;
use archive::Entry;

/// Where the archive and its digest are written, below the root.
const FOLDER: &str = "target/dist";

/// What the archive holds as it is in the repository.
const TEXTS: [&str; 4] = ["LICENSE", "README.md", "CHANGELOG.md", "SECURITY.md"];

/// Shells, and how their completions are called.
const COMPLETIONS: [(&str, &str); 3] =
    [("bash", "completions/engine.bash"), ("zsh", "completions/_engine"), ("fish", "completions/engine.fish")];

/// The samples, and how `engine check` ends on them.
const SAMPLES: [(&str, i32); 2] = [("careful", 0), ("wild", 1)];

/// Makes the binary and the archive.
///
/// # Errors
///
/// Where something is not committed, the target is not installed, the build fails, or the binary is not what it should
/// be.
pub(crate) fn make(checkout: &Checkout) -> Result<Outcome> {
    let root = &checkout.root;
    let time = committed(root)?;
    let target = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    install(&target)?;
    let binary = build(root, &target)?;
    let bytes = read(&binary)?;
    executable::judge(&bytes).with_context(|| format!("`{}` cannot be given to others", binary.display()))?;
    for (sample, expected) in SAMPLES {
        let output = engine(&binary, &["check", &format!("testdata/collaborative/{sample}")], root)?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(output.status.code() == Some(expected), "the sample `{sample}` ends with {}:\n{said}", output.status);
    }

    let version = said(&binary, &["--version"], root)?;
    let version = version.trim().rsplit(' ').next().unwrap_or_default();
    let name = format!("engine-{version}-{target}");
    let mut entries = vec![Entry { path: "engine".to_owned(), bytes, executable: true }];
    let mut add = |path: &str, text: String| {
        entries.push(Entry { path: path.to_owned(), bytes: text.into_bytes(), executable: false });
    };
    for text in TEXTS {
        add(text, checkout.text(text).with_context(|| format!("there is no `{text}`"))?.to_owned());
    }
    add("engine.1", said(&binary, &["man"], root)?);
    for (shell, path) in COMPLETIONS {
        add(path, said(&binary, &["completions", shell], root)?);
    }
    let (notices, crates) = notices::collect(root)?;
    add("THIRD-PARTY.txt", notices);

    let size = entries.first().map_or(0, |entry| entry.bytes.len());
    let archive = archive::write(&name, entries, time)?;
    let folder = root.join(FOLDER);
    fs::create_dir_all(&folder)?;
    let file = format!("{name}.tar.gz");
    fs::write(folder.join(&file), &archive).with_context(|| format!("cannot write `{FOLDER}/{file}`"))?;
    let digest: String = Sha256::digest(&archive).iter().map(|byte| format!("{byte:02x}")).collect();
    fs::write(folder.join("SHA256SUMS"), format!("{digest}  {file}\n"))?;
    Ok(Outcome {
        checked: vec![
            (size / 1024, "KiB of a static binary"),
            (SAMPLES.len(), "samples checked by it"),
            (crates, "crates of others named"),
            (archive.len() / 1024, "KiB of archive in target/dist"),
        ],
        ..Outcome::default()
    })
}

/// When the commit was made, in seconds since 1970: the time of every file in the archive.
fn committed(root: &Path) -> Result<u64> {
    let git = |arguments: &[&str]| -> Result<String> {
        let output = Command::new("git").args(arguments).current_dir(root).output().context("cannot start `git`")?;
        ensure!(output.status.success(), "`git` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let open = git(&["status", "--porcelain"])?;
    ensure!(
        open.is_empty(),
        "a release is made of a commit, and these are in none:\n{open}\ncommit them, or put them aside"
    );
    git(&["log", "-1", "--format=%ct"])?.parse().context("the commit has no time")
}

/// Sees to the target, and to a compiler of C for it.
fn install(target: &str) -> Result<()> {
    let rustc = |argument: &str| -> Result<PathBuf> {
        let output = Command::new("rustc").args(["--print", argument, "--target", target]).output();
        let output = output.context("cannot start `rustc`")?;
        Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
    };
    let rustup = || Command::new("rustup").args(["target", "add", target]).status();
    if !rustc("target-libdir")?.is_dir() && !rustup().is_ok_and(|status| status.success()) {
        bail!("the target `{target}` is not installed; run `rustup target add {target}`");
    }
    // The sandbox has a few lines of C in it.
    if Command::new("musl-gcc").arg("--version").output().is_err() {
        bail!("there is no `musl-gcc`; install Debian's `musl-tools`, or what your system calls it");
    }
    Ok(())
}

/// Compiles the binary, and says where it is. The folders of whoever builds are in none of its bytes.
fn build(root: &Path, target: &str) -> Result<PathBuf> {
    let home = notices::cargo_home().context("cargo has no home")?;
    let flags = [
        format!("--remap-path-prefix={}=/cargo", home.display()),
        format!("--remap-path-prefix={}=/engine", root.display()),
        "-Cstrip=symbols".to_owned(),
    ];
    let flags = serde_json::to_string(&flags)?;
    let folder = root.join("target");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--locked", "--package", "engine-cli", "--bin", "engine", "--target", target]);
    cargo.arg("--config").arg(format!("target.{target}.rustflags={flags}")).arg("--target-dir").arg(&folder);
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS").current_dir(root).stdin(Stdio::null());
    let status = cargo.status().context("cannot start `cargo`")?;
    ensure!(status.success(), "cargo ended with {status}");
    Ok(folder.join(target).join("release/engine"))
}

/// What the binary says where all is well.
fn said(binary: &Path, arguments: &[&str], root: &Path) -> Result<String> {
    let output = engine(binary, arguments, root)?;
    ensure!(output.status.success(), "`engine {}` ends with {}", arguments.join(" "), output.status);
    String::from_utf8(output.stdout).context("the binary says what is no text")
}

fn engine(binary: &Path, arguments: &[&str], root: &Path) -> Result<std::process::Output> {
    let mut command = Command::new(binary);
    command.args(arguments).current_dir(root).stdin(Stdio::null());
    command.output().with_context(|| format!("`{}` does not run", binary.display()))
}

#[expect(clippy::disallowed_methods, reason = "what was just built, or a licence; not the user's input")]
fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use crate::checkout::Checkout;

    /// The image has the compiler that the repository asks for, so that none is fetched while it is built.
    #[test]
    fn the_container_file_has_the_compiler_of_the_repository() {
        let checkout = Checkout::open().unwrap();
        let text = |path: &str| checkout.text(path).unwrap().to_owned();
        let toolchain = text("rust-toolchain.toml");
        let channel = toolchain.lines().find_map(|line| line.strip_prefix("channel = ")).unwrap();
        let image = format!("/rust:{}-", channel.trim_matches('"'));
        assert!(text("Containerfile").contains(&image), "`Containerfile` names no image with `{image}`");
    }
}
