//! Machine code becomes something that can run. The only unsafe code of the workspace.
//!
//! What is part of the executable runs where it lies: it is in a section that the system maps as code, so that nothing
//! is copied, no page is touched before it is run, and no memory is ever made executable.

use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wasmtime::component::Component;
use wasmtime::{Config, CustomCodeMemory, Engine};

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

/// The alignment that the engine wants of code: a page, and on some machines of other makes a larger one.
pub(crate) const PAGE: usize = if cfg!(target_arch = "aarch64") { 65536 } else { 4096 };

/// Code that starts at a page.
#[repr(C)]
#[cfg_attr(target_arch = "aarch64", repr(align(65536)))]
#[cfg_attr(not(target_arch = "aarch64"), repr(align(4096)))]
#[derive(Debug)]
pub(crate) struct Paged<T>(pub(crate) T);

/// The machine code in a file, as bytes of a static that lies where the executable's own code does.
macro_rules! placed {
    ($path:literal, $size:literal) => {{
        #[cfg_attr(target_os = "linux", unsafe(link_section = ".text.engine"))]
        #[expect(unsafe_code, reason = "the name of a section of code; what lies there is run as `component` says")]
        static CODE: $crate::code::Paged<[u8; $size]> = $crate::code::Paged(*include_bytes!($path));
        &CODE.0
    }};
}
pub(crate) use placed;

/// Whether an engine runs code where it lies. The code of an executable can be run by one engine of a process: its
/// addresses are known to the whole process, each once. The first engine that asks has it for good, and all others copy.
#[derive(Debug, Default)]
pub(crate) struct InPlace(AtomicBool);

impl InPlace {
    /// Nobody has asked yet.
    pub(crate) const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Whether the engine of this configuration, all of whose code is part of the executable, runs it in place.
    pub(crate) fn take(&self, config: &mut Config) -> bool {
        // Elsewhere the code does not lie in a section that the system maps as code.
        let taken = cfg!(target_os = "linux") && !self.0.swap(true, Ordering::AcqRel);
        if taken {
            config.with_custom_code_memory(Some(Arc::new(Executable)));
        }
        taken
    }
}

/// The executable's own code: mapped by the system, never written.
struct Executable;

impl CustomCodeMemory for Executable {
    fn required_alignment(&self) -> usize {
        PAGE
    }

    fn publish_executable(&self, _: *const u8, _: usize) -> wasmtime::Result<()> {
        Ok(())
    }

    fn unpublish_executable(&self, _: *const u8, _: usize) -> wasmtime::Result<()> {
        Ok(())
    }
}

/// The code as a component, ready to be linked.
///
/// # Errors
///
/// Where the code was compiled by another version of the compiler or with another configuration, or the machine lacks
/// what it was compiled for.
#[expect(unsafe_code, reason = "the code is our own compiler's, see below")]
pub(crate) fn component(engine: &Engine, in_place: bool, code: Code<'_>) -> wasmtime::Result<Component> {
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
    //
    // Code that is run in place must live as long as the component and never change: a `Builtin`'s is a static, in a
    // section that is mapped without the right to write.
    // `in_place` comes from `InPlace::take` alone, so that no two engines are given the same addresses.
    match code {
        Code::BuiltIn(builtin) if in_place => unsafe {
            Component::deserialize_raw(engine, NonNull::from(builtin.code()))
        },
        Code::BuiltIn(builtin) => unsafe { Component::deserialize(engine, builtin.code()) },
        Code::Cached(entry) => unsafe { Component::deserialize(engine, entry.code()) },
    }
}
