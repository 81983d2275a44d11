//! The world `interpreter` as Rust, generated from `plugins/wit`; its records are those of the world `policy`.

wasmtime::component::bindgen!({
    path: "../../plugins/wit",
    world: "interpreter",
    ownership: Borrowing { duplicate_if_necessary: false },
    with: { "engine:policy/types": crate::bindings::engine::policy::types },
});
