//! Compiles the built-in plugins: every folder of `plugins/` whose manifest says `plugin = true` under
//! `[package.metadata.engine]` becomes a component, and that machine code for the target's baseline.
//!
//! What comes out is `builtins.rs`, a list of names and code that `src/builtin.rs` includes.

#[path = "src/config.rs"]
mod config;

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let (target, out) = (variable("TARGET")?, PathBuf::from(variable("OUT_DIR")?));
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("../..").canonicalize()?;
    println!("cargo::rustc-env=ENGINE_HOST_TARGET={target}");
    for changed in ["plugins", "Cargo.lock", "engine/host/build.rs", "engine/host/src/config.rs"] {
        println!("cargo::rerun-if-changed={}", root.join(changed).display());
    }

    let config = config::config(&target, false)?;
    let engine = wasmtime::Engine::new(&config)?;
    let mut list = String::from("/// Name and machine code of every built-in plugin, by name.\n");
    list.push_str("pub(crate) const BUILTINS: &[(&str, &[u8])] = &[\n");
    for (name, folder) in plugins(&root.join("plugins"))? {
        // A target folder of its own, kept between runs: the outer cargo holds its own locked.
        let component = engine_plugin_build::build(&folder, &out.join("plugins"))?;
        let file = out.join(format!("{name}.cwasm"));
        std::fs::write(&file, engine.precompile_component(&component)?)?;
        writeln!(list, "    ({name:?}, include_bytes!({file:?})),")?;
    }
    list.push_str("];\n");
    std::fs::write(out.join("builtins.rs"), list)?;
    Ok(())
}

/// Names and folders of the built-in plugins, by name.
fn plugins(folder: &Path) -> Result<Vec<(String, PathBuf)>, Box<dyn Error>> {
    let mut found = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "the engine's own sources, while it is built")]
    let entries = std::fs::read_dir(folder)?;
    for entry in entries {
        let entry = entry?;
        #[expect(clippy::disallowed_methods, reason = "the engine's own sources, while it is built")]
        let manifest = std::fs::read_to_string(entry.path().join("Cargo.toml"));
        if manifest.is_ok_and(|manifest| is_plugin(&manifest)) {
            found.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a manifest has `plugin = true` in the table `[package.metadata.engine]`.
fn is_plugin(manifest: &str) -> bool {
    let lines = manifest.lines().map(str::trim).skip_while(|line| *line != "[package.metadata.engine]");
    let mut table = lines.skip(1).take_while(|line| !line.starts_with('['));
    table.any(|line| line.split('#').next().is_some_and(|setting| setting.replace(' ', "") == "plugin=true"))
}

fn variable(name: &str) -> Result<String, Box<dyn Error>> {
    #[expect(clippy::disallowed_methods, reason = "how cargo speaks to a build script")]
    let value = std::env::var(name);
    value.map_err(|error| format!("`{name}`: {error}").into())
}
