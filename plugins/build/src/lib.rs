//! A plugin's crate compiled to a component: what `engine`'s own build, its tests and a plugin's author all call.
//!
//! Two steps: cargo compiles the crate for `wasm32-unknown-unknown`, and the core module becomes a component by the
//! interface that the author's library left in it. Compiling a component to machine code is `engine-host`'s.

mod absent;
mod cargo;
mod error;

use std::path::Path;

pub use error::Error;

/// The target that plugins are compiled for: no operating system, so that nothing can be imported by accident.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// The crate in `manifest_dir` as a validated component.
///
/// Runs `cargo build` (the one in `CARGO`, else the one on the path) with the profile `plugin`, which is given on the
/// command line, so that a crate outside this workspace is compiled alike. Everything that an outer cargo set for
/// *its* build (flags, wrappers, features) is kept from the inner one, so this may be called in a build script and
/// under clippy. `target_dir` should be kept between runs, and must not be the one that an outer cargo holds locked.
///
/// # Errors
///
/// Where cargo does not run or fails (with what it said), the target is not installed, the crate makes no `cdylib`,
/// or the module is no plugin ([`component`]).
pub fn build(manifest_dir: &Path, target_dir: &Path) -> Result<Vec<u8>, Error> {
    build_with(manifest_dir, target_dir, &[])
}

/// The same, with features of the crate.
///
/// # Errors
///
/// As [`build`].
pub fn build_with(manifest_dir: &Path, target_dir: &Path, features: &[&str]) -> Result<Vec<u8>, Error> {
    let module = cargo::build(manifest_dir, target_dir, features)?;
    #[expect(clippy::disallowed_methods, reason = "a file that cargo has just written, not the user's input")]
    let core_wasm = std::fs::read(&module).map_err(|source| Error::Read { path: module, source })?;
    component(&core_wasm)
}

/// A core module as a validated component.
///
/// # Errors
///
/// Where the module is not WebAssembly, carries no interface, or imports or exports what its interface does not say.
pub fn component(core_wasm: &[u8]) -> Result<Vec<u8>, Error> {
    let encode = || {
        let encoder = wit_component::ComponentEncoder::default().validate(true);
        let mut encoder = encoder.module(core_wasm).map_err(text)?;
        for (name, module) in absent::modules(core_wasm) {
            encoder = encoder.adapter(&name, &module).map_err(text)?;
        }
        encoder.encode().map_err(text)
    };
    encode().map_err(|reason| Error::Encode { reason })
}

/// An error and what led to it, in one line.
fn text(error: impl std::fmt::Display) -> String {
    format!("{error:#}")
}

#[cfg(test)]
mod tests {
    use super::component;

    #[test]
    fn what_is_no_plugin_is_refused_with_a_reason() {
        let text = component(b"not wasm").unwrap_err().to_string();
        assert!(text.starts_with("the module cannot become a component: "), "{text}");
        assert!(component(b"\0asm\x01\0\0").is_err());
    }

    #[test]
    fn a_module_without_an_interface_becomes_a_component_without_exports() {
        // Refusing it is the host's, when it is loaded.
        let bytes = component(b"\0asm\x01\0\0\0").unwrap();
        assert_eq!(bytes.get(..8), Some(&b"\0asm\x0d\0\x01\0"[..]));
    }
}
