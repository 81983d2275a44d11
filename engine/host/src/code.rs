//! Machine code becomes something that can run. The only unsafe code of the workspace.

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::builtin::Builtin;
use crate::cache::Entry;

/// Machine code that this engine's own compiler wrote. There are no other ways to come by it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Code<'a> {
    /// Part of this executable.
    BuiltIn(&'static Builtin),
    /// From the cache, found whole.
    Cached(&'a Entry),
}

/// The code as a component, ready to be linked.
///
/// # Errors
///
/// Where the code was compiled by another version of the compiler or with another configuration, or the machine lacks
/// what it was compiled for.
#[expect(unsafe_code, reason = "the code is our own compiler's, see below")]
pub(crate) fn component(engine: &Engine, code: Code<'_>) -> wasmtime::Result<Component> {
    let code = match code {
        Code::BuiltIn(builtin) => builtin.code(),
        Code::Cached(entry) => entry.code(),
    };
    // SAFETY: deserialized bytes are executed, so they must be what the compiler wrote. `Code` is made of two things
    // alone, and only their own modules can make those.
    //
    // A `Builtin` is one of the list that this crate's build script wrote: bytes that it got from the same version of
    // the compiler in the same build, and that are part of this very executable, so who could change them could change
    // the code around this call as well.
    //
    // An `Entry` is what a process of this user wrote after it had compiled the component itself: it was read from a
    // regular file that belongs to this user and that nobody else can write, in a directory that belongs to this user,
    // that nobody else can write and that nobody else can put another one in the place of (`cache::Cache::open`). Who
    // could write there could replace the executable's own memory as well, being this user. The file is read once, and
    // the bytes that are deserialized are the ones that were verified: the digest of the component, the digest of the
    // compiler, its version, flags and target, and a checksum over all of it, so that a half-written or decayed file is
    // never run. A file that a plugin's author supplies does not get here: authors supply components, and those are
    // compiled.
    unsafe { Component::deserialize(engine, code) }
}
