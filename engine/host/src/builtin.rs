//! The plugins that were compiled into the engine. The only unsafe code of the workspace.

use wasmtime::Engine;
use wasmtime::component::Component;

include!(concat!(env!("OUT_DIR"), "/builtins.rs"));

/// A built-in plugin's machine code, ready to be linked.
///
/// # Errors
///
/// Where the code was compiled by another version of the compiler or with another configuration, or the machine lacks
/// what it was compiled for.
#[expect(unsafe_code, reason = "the code is our own build's, see below")]
pub(crate) fn component(engine: &Engine, code: &'static [u8]) -> wasmtime::Result<Component> {
    // SAFETY: deserialized bytes are executed, so they must be what the compiler wrote. `code` is one of `BUILTINS`
    // (it is called with nothing else, and the list is private to this crate): bytes that this crate's build script
    // got from the same version of the compiler in the same build, and that are part of this very executable, so who
    // could change them could change the code around this call as well. Nothing read at run time gets here.
    unsafe { Component::deserialize(engine, code) }
}
