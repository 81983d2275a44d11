//! Where the tests' guests come from: one crate that obeys orders, and modules written as text.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use engine_host::{CallError, Facts, Host, Limits, LoadError, Plugin, Report, Scope};

/// Limits that a test reaches soon.
pub(crate) fn tight() -> Limits {
    Limits { deadline: Duration::from_secs(5), memory_bytes: 64 << 20, fuel: None, ..Limits::default() }
}

/// A host with [`tight`] limits, for all tests that need no other.
pub(crate) fn host() -> &'static Host {
    static HOST: OnceLock<Host> = OnceLock::new();
    HOST.get_or_init(|| Host::new(tight()).unwrap())
}

/// The hostile guest as [`host`] loaded it.
pub(crate) fn plugin() -> &'static Plugin {
    static PLUGIN: OnceLock<Plugin> = OnceLock::new();
    PLUGIN.get_or_init(|| host().load("hostile", &hostile("none")).unwrap())
}

/// The component of `testdata/guests/hostile`, with orders for its start and its `describe`.
pub(crate) fn hostile(order: &str) -> Vec<u8> {
    static BUILT: OnceLock<Vec<u8>> = OnceLock::new();
    let mut component = BUILT
        .get_or_init(|| {
            let folder = root().join("testdata/guests/hostile");
            let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests");
            engine_plugin_build::build(&folder, &target).unwrap()
        })
        .clone();
    let mark = b"orders of the hostile guest: ";
    let found: Vec<usize> = (0..component.len()).filter(|at| component[*at..].starts_with(mark)).collect();
    assert_eq!(found.len(), 1, "the mark stands once");
    let start = found[0] + mark.len();
    component[start..start + order.len()].copy_from_slice(order.as_bytes());
    component
}

/// A component whose core module is written as text and follows the interface's layout.
pub(crate) fn from_text(module: &str) -> Vec<u8> {
    speaking(include_str!("../../../../plugins/wit/policy.wit"), module)
}

/// A component whose core module is written as text and follows the layout of `interface`.
pub(crate) fn speaking(interface: &str, module: &str) -> Vec<u8> {
    let mut module = wat::parse_str(module).unwrap();
    let mut resolve = wit_parser::Resolve::default();
    let package = resolve.push_str("policy.wit", interface).unwrap();
    let world = resolve.select_world(&[package], Some("policy")).unwrap();
    wit_component::embed_component_metadata(&mut module, &resolve, world, wit_component::StringEncoding::UTF8).unwrap();
    engine_plugin_build::component(&module).unwrap()
}

/// A core module that exports what a plugin exports; `describe` does `body`, which ends in an `i32`.
pub(crate) fn describing(fields: &str, body: &str) -> Vec<u8> {
    from_text(&format!(
        r#"(module
            (memory (export "memory") 1)
            {fields}
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024)
            (func (export "describe") (result i32) {body})
            (func (export "check") (param i32 i32 i32) (result i32) unreachable))"#
    ))
}

/// What loading came to, which must be an error.
pub(crate) fn refused(host: &Host, component: &[u8]) -> LoadError {
    host.load("bad", component).map(|plugin| plugin.id().to_owned()).unwrap_err()
}

/// Two items of one kind; the hostile guest obeys the kind.
pub(crate) fn ask(plugin: &Plugin, kind: &str) -> Result<Report, CallError> {
    plugin.check(Scope::Item, &[Facts { kind, json: r#"[{"name":"a"},{"name":"b"}]"#, items: 2 }])
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
