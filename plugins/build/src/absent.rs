//! What a browser would give and a sandbox does not: imports that a library brings for JavaScript, the clock say, are
//! filled with functions that trap. A plugin that never asks for the time runs, one that does is stopped.

use std::collections::BTreeMap;

use wasm_encoder::{CodeSection, ExportKind, ExportSection, Function, FunctionSection, Module, TypeSection, ValType};
use wasmparser::{Parser, Payload, TypeRef};

/// How the names of such modules begin.
const JAVASCRIPT: &str = "__wbindgen_";

/// A module for each of those that `core_wasm` imports, under its name. What is no WebAssembly imports nothing here:
/// whoever encodes it says what is wrong.
pub(crate) fn modules(core_wasm: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut types = Vec::new();
    let mut wanted: BTreeMap<String, Vec<(String, u32)>> = BTreeMap::new();
    for payload in Parser::new(0).parse_all(core_wasm) {
        match payload {
            Ok(Payload::TypeSection(section)) => {
                types.extend(section.into_iter_err_on_gc_types().map_while(Result::ok));
            }
            Ok(Payload::ImportSection(section)) => {
                for import in section.into_imports().map_while(Result::ok) {
                    if let (true, TypeRef::Func(ty)) = (import.module.starts_with(JAVASCRIPT), import.ty) {
                        let functions = wanted.entry(import.module.to_owned()).or_default();
                        functions.push((import.name.to_owned(), ty));
                    }
                }
            }
            Ok(_) => {}
            Err(_) => return Vec::new(),
        }
    }
    wanted.into_iter().map(|(name, functions)| (name, trapping(&functions, &types))).collect()
}

/// A module that exports functions of these names and types, each of which traps.
fn trapping(functions: &[(String, u32)], types: &[wasmparser::FuncType]) -> Vec<u8> {
    let mut section = (TypeSection::new(), FunctionSection::new(), ExportSection::new(), CodeSection::new());
    for (index, (name, ty)) in (0_u32..).zip(functions) {
        let none = wasmparser::FuncType::new([], []);
        let ty = types.get(*ty as usize).unwrap_or(&none);
        let values =
            |values: &[wasmparser::ValType]| -> Vec<ValType> { values.iter().map(|one| value(*one)).collect() };
        section.0.ty().function(values(ty.params()), values(ty.results()));
        section.1.function(index);
        section.2.export(name, ExportKind::Func, index);
        let mut body = Function::new([]);
        body.instructions().unreachable().end();
        section.3.function(&body);
    }
    let mut module = Module::new();
    module.section(&section.0).section(&section.1).section(&section.2).section(&section.3);
    module.finish()
}

/// Numbers alone cross here.
fn value(ty: wasmparser::ValType) -> ValType {
    match ty {
        wasmparser::ValType::I64 => ValType::I64,
        wasmparser::ValType::F32 => ValType::F32,
        wasmparser::ValType::F64 => ValType::F64,
        wasmparser::ValType::V128 => ValType::V128,
        wasmparser::ValType::I32 | wasmparser::ValType::Ref(_) => ValType::I32,
    }
}
