//! The interpreter of Rego as a component: what is read from disk runs in it, inside the sandbox.
//!
//! There is nothing here but on WebAssembly: natively `engine-rego` calls `engine-rego-machine` itself.

#[cfg(target_arch = "wasm32")]
mod guest;
