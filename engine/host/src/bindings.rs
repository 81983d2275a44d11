//! The interface as Rust, generated from `plugins/wit`. Nothing of it leaves the crate: `manifest.rs` and `report.rs`
//! turn it into types of our own.

wasmtime::component::bindgen!({
    path: "../../plugins/wit",
    world: "policy",
    ownership: Borrowing { duplicate_if_necessary: false },
});

pub(crate) use engine::policy::types;
