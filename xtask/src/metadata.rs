//! What `cargo metadata` tells about crates, as far as the checks read it.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// One crate.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Crate {
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// Its licence, as its manifest says it.
    pub(crate) licence: Option<String>,
    /// Its manifest: relative to the root where it is ours.
    pub(crate) manifest: String,
    /// Whether it is a crate of this workspace.
    pub(crate) ours: bool,
    /// What its manifest names.
    pub(crate) dependencies: Vec<Dependency>,
}

/// One line of a manifest.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    /// The crate that it names.
    pub(crate) name: String,
    /// What the crate is needed for.
    pub(crate) kind: Kind,
    /// Whether it is a crate of this workspace.
    pub(crate) ours: bool,
}

/// What a crate is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The crate itself.
    Normal,
    /// Its build script.
    Build,
    /// Its tests.
    Dev,
}

/// The crates of the workspace; with `deep` every crate of `Cargo.lock` too.
///
/// # Errors
///
/// Where cargo fails, for example because `Cargo.lock` is not up to date.
pub(crate) fn load(root: &Path, deep: bool) -> Result<Vec<Crate>> {
    let mut cargo = Command::new("cargo");
    cargo.args(["metadata", "--format-version", "1", "--locked"]).current_dir(root);
    if !deep {
        cargo.arg("--no-deps");
    }
    let output = cargo.output().context("cannot start `cargo`")?;
    ensure!(output.status.success(), "`cargo metadata` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    read(&output.stdout, root)
}

fn read(json: &[u8], root: &Path) -> Result<Vec<Crate>> {
    let metadata: Value = serde_json::from_slice(json).context("`cargo metadata` gave no JSON")?;
    list(&metadata, "packages").map(|package| read_crate(package, root)).collect()
}

fn read_crate(package: &Value, root: &Path) -> Result<Crate> {
    let manifest = Path::new(text(package, "manifest_path")?);
    let dependencies = list(package, "dependencies").map(|dependency| {
        let kind = match dependency.get("kind").and_then(Value::as_str) {
            Some("dev") => Kind::Dev,
            Some("build") => Kind::Build,
            _ => Kind::Normal,
        };
        let ours = dependency.get("path").is_some_and(Value::is_string);
        Ok(Dependency { name: text(dependency, "name")?.to_owned(), kind, ours })
    });
    Ok(Crate {
        name: text(package, "name")?.to_owned(),
        version: text(package, "version")?.to_owned(),
        licence: package.get("license").and_then(Value::as_str).map(str::to_owned),
        manifest: manifest.strip_prefix(root).unwrap_or(manifest).to_string_lossy().into_owned(),
        ours: package.get("source").is_none_or(Value::is_null),
        dependencies: dependencies.collect::<Result<_>>()?,
    })
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str> {
    value.get(key).and_then(Value::as_str).with_context(|| format!("`cargo metadata` gave no `{key}`"))
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::{Crate, Dependency, Kind, read};
    use std::path::Path;

    #[test]
    fn crates_are_read_with_what_they_name() {
        let json = serde_json::json!({"packages": [{
            "name": "a", "version": "0.1.0", "license": "MIT", "source": null, "manifest_path": "/r/engine/a/Cargo.toml",
            "dependencies": [
                {"name": "b", "kind": null, "path": "/r/b"},
                {"name": "c", "kind": "build"},
                {"name": "d", "kind": "dev"},
            ],
        }]});
        let dependency = |name: &str, kind, ours| Dependency { name: name.into(), kind, ours };
        let expected = Crate {
            name: "a".into(),
            version: "0.1.0".into(),
            licence: Some("MIT".into()),
            manifest: "engine/a/Cargo.toml".into(),
            ours: true,
            dependencies: vec![
                dependency("b", Kind::Normal, true),
                dependency("c", Kind::Build, false),
                dependency("d", Kind::Dev, false),
            ],
        };
        assert_eq!(read(json.to_string().as_bytes(), Path::new("/r")).unwrap(), [expected]);
        assert!(read(br#"{"packages": [{"name": "a"}]}"#, Path::new("/r")).is_err());
    }
}
