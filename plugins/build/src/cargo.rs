//! One call of cargo, shielded from an outer one.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Error, TARGET};

/// The profile, as arguments: small, one unit of code, a panic is a trap.
const PROFILE: [&str; 7] = [
    "profile.plugin.inherits='release'",
    "profile.plugin.opt-level=3",
    "profile.plugin.lto=true",
    "profile.plugin.codegen-units=1",
    "profile.plugin.panic='abort'",
    "profile.plugin.strip='symbols'",
    "profile.plugin.overflow-checks=true",
];

/// Compiles the crate and gives the path of its core module. Where the target is not installed it is installed first.
pub(crate) fn build(manifest_dir: &Path, target_dir: &Path, features: &[&str]) -> Result<PathBuf, Error> {
    match compile(manifest_dir, target_dir, features) {
        Err(Error::MissingTarget) if install_target(manifest_dir) => compile(manifest_dir, target_dir, features),
        other => other,
    }
}

/// Asks rustup for the target, for the toolchain that builds the crate. Without rustup nothing is installed.
fn install_target(manifest_dir: &Path) -> bool {
    let mut command = Command::new("rustup");
    command.args(["target", "add", TARGET]).current_dir(manifest_dir);
    command.output().is_ok_and(|output| output.status.success())
}

/// What rustc is told. Crates that can throw dice are told that there are none here: what would ask for them fails, and
/// nothing is imported. Where a panic names a file, it names none of this machine's folders: who builds a plugin is in
/// none of its bytes.
fn flags() -> String {
    let mut flags = vec!["--cfg".to_owned(), "getrandom_backend=\"unsupported\"".to_owned()];
    #[expect(clippy::disallowed_methods, reason = "where cargo keeps the crates of others")]
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = variable("CARGO_HOME").or_else(|| Some(variable("HOME")?.join(".cargo")));
    flags.extend(home.map(|home| format!("--remap-path-prefix={}=/cargo", home.display())));
    format!("target.{TARGET}.rustflags={}", serde_json::Value::from(flags))
}

fn compile(manifest_dir: &Path, target_dir: &Path, features: &[&str]) -> Result<PathBuf, Error> {
    let manifest = manifest_dir.join("Cargo.toml");
    let program = program();
    let mut command = Command::new(&program);
    command.env_clear().envs(std::env::vars_os().filter(|(name, _)| name.to_str().is_none_or(inherits)));
    command.args(["build", "--profile", "plugin", "--target", TARGET, "--message-format", "json-render-diagnostics"]);
    for setting in PROFILE {
        command.args(["--config", setting]);
    }
    command.arg("--config").arg(flags());
    if !features.is_empty() {
        command.arg("--features").arg(features.join(","));
    }
    command.arg("--manifest-path").arg(&manifest).arg("--target-dir").arg(target_dir);
    let start = |source| Error::Start { program: program.to_string_lossy().into_owned(), source };
    let output = command.output().map_err(start)?;
    if !output.status.success() {
        let output = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
        let missing = output.contains(TARGET) && output.contains("may not be installed");
        return Err(if missing { Error::MissingTarget } else { Error::Cargo { manifest, output } });
    }
    module(&String::from_utf8_lossy(&output.stdout), &manifest).ok_or(Error::NoModule { manifest })
}

fn program() -> OsString {
    #[expect(clippy::disallowed_methods, reason = "cargo says in `CARGO` which cargo it is")]
    let named = std::env::var_os("CARGO");
    named.unwrap_or_else(|| "cargo".into())
}

/// Whether the inner cargo may see a variable of ours. An outer cargo describes its own build in variables, and each
/// of them would change what the inner one builds: flags for another target, clippy in the place of rustc.
fn inherits(name: &str) -> bool {
    const KEPT: [&str; 7] =
        ["CARGO_HOME", "CARGO_MAKEFLAGS", "CARGO_HTTP_", "CARGO_NET_", "CARGO_REGIST", "CARGO_SOURCE_", "CARGO_TERM_"];
    const DROPPED: [&str; 14] = [
        "CLIPPY_ARGS",
        "DEBUG",
        "HOST",
        "NUM_JOBS",
        "OPT_LEVEL",
        "OUT_DIR",
        "PROFILE",
        "RUSTC",
        "RUSTC_LINKER",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTDOC",
        "RUSTDOCFLAGS",
        "RUSTFLAGS",
        "TARGET",
    ];
    if name == "CARGO" || name.starts_with("CARGO_") {
        return KEPT.iter().any(|kept| name.starts_with(kept));
    }
    !name.starts_with("DEP_") && !DROPPED.contains(&name)
}

/// The `.wasm` file among cargo's messages that belongs to `manifest`.
fn module(messages: &str, manifest: &Path) -> Option<PathBuf> {
    let ours = manifest.canonicalize().ok()?;
    let lines = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let artifacts = lines.filter(|message| {
        let of = message.get("manifest_path").and_then(serde_json::Value::as_str);
        of.and_then(|path| Path::new(path).canonicalize().ok()).is_some_and(|path| path == ours)
    });
    let files = artifacts.flat_map(|message| match message.get("filenames") {
        Some(serde_json::Value::Array(files)) => files.clone(),
        _ => Vec::new(),
    });
    let mut paths = files.filter_map(|file| file.as_str().map(PathBuf::from));
    paths.find(|path| path.extension().is_some_and(|extension| extension == "wasm"))
}

#[cfg(test)]
mod tests {
    use super::{inherits, module};
    use std::path::Path;

    #[test]
    fn an_outer_cargo_is_not_inherited() {
        for kept in ["PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTC_WRAPPER", "CARGO_NET_OFFLINE", "TMPDIR"] {
            assert!(inherits(kept), "{kept}");
        }
        for dropped in ["RUSTC_WORKSPACE_WRAPPER", "CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS", "CARGO_TARGET_DIR", "TARGET"]
        {
            assert!(!inherits(dropped), "{dropped}");
        }
        for dropped in ["CARGO", "CARGO_BUILD_TARGET", "CARGO_FEATURE_STD", "CARGO_PROFILE_RELEASE_LTO", "DEP_Z_ROOT"] {
            assert!(!inherits(dropped), "{dropped}");
        }
    }

    #[test]
    fn the_module_is_the_one_of_the_manifest() {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let line = |path: &str, file: &str| {
            serde_json::json!({"reason": "compiler-artifact", "manifest_path": path, "filenames": ["a.rlib", file]})
                .to_string()
        };
        let ours = manifest.to_string_lossy();
        let messages = [line("/elsewhere/Cargo.toml", "other.wasm"), "no json".into(), line(&ours, "ours.wasm")];
        assert_eq!(module(&messages.join("\n"), &manifest).unwrap(), Path::new("ours.wasm"));
        assert_eq!(module(&line(&ours, "b.rlib"), &manifest), None);
    }
}
