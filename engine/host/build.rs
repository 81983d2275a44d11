//! Compiles the built-in plugins: every folder of `plugins/` whose manifest says `plugin = true` under
//! `[package.metadata.engine]` becomes a component, and that machine code for the target's baseline. Each is asked once
//! what it is, so that nobody has to when the engine runs.
//!
//! The interpreter of Rego is compiled likewise, with fuel counted: what it runs comes from disk.
//!
//! What comes out is `builtins.rs`, a list of names, manifests and code that `src/builtin.rs` includes.

#[path = "src/baked.rs"]
mod baked;
#[path = "src/bindings.rs"]
mod bindings;
#[path = "src/config.rs"]
mod config;

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store, StoreContextMut};

use bindings::{Policy, types};
use sha2::{Digest as _, Sha256};

fn main() -> Result<(), Box<dyn Error>> {
    let (target, out) = (variable("TARGET")?, PathBuf::from(variable("OUT_DIR")?));
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("../..").canonicalize()?;
    println!("cargo::rustc-env=ENGINE_HOST_TARGET={target}");
    let ours = ["build.rs", "src/baked.rs", "src/bindings.rs", "src/config.rs"].map(|it| format!("engine/host/{it}"));
    for changed in ["plugins", "engine/rego/guest", "engine/rego/machine", "Cargo.lock"]
        .iter()
        .copied()
        .chain(ours.iter().map(String::as_str))
    {
        println!("cargo::rerun-if-changed={}", root.join(changed).display());
    }

    let engine = Engine::new(&config::config(&target, false)?)?;
    // Code for another machine cannot be asked here. What a plugin says does not depend on what it is compiled for.
    let here = variable("HOST")?;
    let other = if here == target { None } else { Some(Engine::new(&config::config(&here, false)?)?) };
    let mut list = String::from("/// Every built-in plugin, by name.\n");
    list.push_str("pub(crate) static BUILTINS: &[Builtin] = &[\n");
    // A target folder of its own, since the outer cargo holds its own locked, and one for all builds of a profile: what
    // the guests stand on is compiled once, however often this script changes.
    let guests = out.ancestors().nth(3).ok_or("the build has no folder")?.join("guests");
    for (name, folder) in plugins(&root.join("plugins"))? {
        let wasm = engine_plugin_build::build(&folder, &guests)?;
        let (said, machine_code) = match &other {
            None => {
                let component = Component::from_binary(&engine, &wasm)?;
                (describe(&component)?, component.serialize()?)
            }
            Some(here) => (describe(&Component::from_binary(here, &wasm)?)?, engine.precompile_component(&wasm)?),
        };
        let baked = baked::write(&said);
        if baked::read(&baked).is_none_or(|read| baked::write(&read) != baked) {
            return Err(format!("the manifest of `{name}` is not read as it was written").into());
        }
        let (code, manifest) = (out.join(format!("{name}.cwasm")), out.join(format!("{name}.manifest")));
        std::fs::write(&code, machine_code)?;
        std::fs::write(&manifest, baked)?;
        let (code, manifest) = (placed(&code)?, format!("include_bytes!({manifest:?})"));
        writeln!(list, "    Builtin {{ name: {name:?}, manifest: {manifest}, code: {code} }},")?;
    }
    list.push_str("];\n");
    let wasm = engine_plugin_build::build_with(&root.join("engine/rego/guest"), &guests, &["time"])?;
    let counting = Engine::new(&config::config(&target, true)?)?;
    let code = out.join("interpreter.cwasm");
    std::fs::write(&code, counting.precompile_component(&wasm)?)?;
    let digest = out.join("interpreter.digest");
    std::fs::write(&digest, Sha256::digest(&wasm))?;
    list.push_str("/// The interpreter of Rego; its manifest is the digest of the component.\npub(crate) static INTERPRETER: Builtin =\n");
    writeln!(list, "    Builtin {{ name: \"rego\", manifest: include_bytes!({digest:?}),")?;
    writeln!(list, "        code: {} }};", placed(&code)?)?;
    std::fs::write(out.join("builtins.rs"), list)?;
    Ok(())
}

/// A file of machine code as an expression of Rust, see the macro in `src/code.rs`.
fn placed(code: &Path) -> Result<String, Box<dyn Error>> {
    let size = std::fs::metadata(code)?.len();
    Ok(format!("placed!({code:?}, {size})"))
}

/// What a plugin says of itself. It is ours, and the build waits for it: no limit but its stack is set.
fn describe(component: &Component) -> wasmtime::Result<types::Manifest> {
    let mut linker = Linker::new(component.engine());
    let log = |_: StoreContextMut<'_, ()>, (_, _): (types::Level, String)| Ok(());
    linker.root().func_wrap("log", log)?;
    let mut store = Store::new(component.engine(), ());
    store.set_epoch_deadline(1);
    Policy::instantiate(&mut store, component, &linker)?.call_describe(&mut store)
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
