//! What code is compiled for and how: one function, read by the crate and by its build script alike.
//!
//! Code that was compiled by the build script loads at run time only if both configured the compiler alike, and the
//! sandbox checks that when it loads it. How instances are allocated is not part of it, nor are limits.

use wasmtime::{Config, OptLevel};

/// The configuration for `target`, a triple that rustc knows.
///
/// Naming a target means its baseline: x86-64 as of 2003 (SSE2, no later extension), ARMv8.0 on 64-bit ARM. Nothing
/// of the machine that builds the engine is baked in, and what it compiled runs on every machine that runs the engine.
///
/// With `fuel` the code counts what it executes, so that the same input ends at the same instruction on every
/// machine; it is then other code, and cannot be mixed with code that does not count.
pub(crate) fn config(target: &str, fuel: bool) -> wasmtime::Result<Config> {
    let mut config = Config::new();
    config.target(target)?;
    config.cranelift_opt_level(OptLevel::Speed);

    // Interruption: a check at every function's entry and every loop's back edge.
    config.epoch_interruption(true);
    config.consume_fuel(fuel);

    // The same answer everywhere: floats have one NaN.
    config.cranelift_nan_canonicalization(true);
    config.wasm_relaxed_simd(false);

    // What a plugin needs, and nothing that grows the surface.
    config.wasm_component_model(true);
    config.concurrency_support(false);
    config.wasm_memory64(false);
    config.wasm_multi_memory(false);
    config.wasm_tail_call(false);
    config.wasm_custom_page_sizes(false);
    config.wasm_wide_arithmetic(false);
    config.shared_memory(false);

    // A trap is told by its kind and by the guest's own log; addresses in stripped code would tell nobody anything.
    config.wasm_backtrace_max_frames(None);
    config.generate_address_map(false);
    config.native_unwind_info(cfg!(windows));

    // A fresh instance maps the guest's data copy on write.
    config.memory_init_cow(true);
    Ok(config)
}
