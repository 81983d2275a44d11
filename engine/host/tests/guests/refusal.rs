//! What is refused when it is loaded, each with its reason.

use engine_host::{Host, Limits, LoadErrorKind, Scope};

use crate::guest::{describing, from_text, host, hostile, plugin, refused, speaking, tight};

/// The interface as it stands.
const TODAY: &str = include_str!("../../../../plugins/wit/policy.wit");

/// What a plugin built for the next interface is told.
const TOMORROW: &str = "it was built for `engine:policy@0.2.0`, and this engine speaks `engine:policy@0.1.0`: \
    update the engine, or rebuild the plugin for 0.1.0";

fn reason(component: &[u8]) -> String {
    refused(host(), component).kind.to_string()
}

#[test]
fn what_is_no_component_is_refused() {
    assert_eq!(reason(b""), "it is no WebAssembly component: not WebAssembly");
    assert_eq!(reason(b"#!/bin/sh\necho"), "it is no WebAssembly component: not WebAssembly");
    let core = "it is no WebAssembly component: a core module, which has to be made a component first";
    assert_eq!(reason(b"\0asm\x01\0\0\0"), core);
    assert_eq!(reason(b"\0asm\x0d\0\x01\0"), "it does not export `describe`");

    let whole = hostile("none");
    for length in [9, 100, whole.len() / 2, whole.len() - 1] {
        let text = reason(&whole[..length]);
        assert!(text.starts_with("it is no WebAssembly component: "), "{length}: {text}");
    }
}

#[test]
fn random_bytes_behind_the_magic_number_are_refused() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..500 {
        let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
        for _ in 0..64 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            bytes.push((state >> 33) as u8);
        }
        assert!(host().load("random", &bytes).is_err());
    }
}

#[test]
fn flipped_bytes_never_take_the_host_down() {
    let host = Host::new(Limits { deadline: std::time::Duration::from_millis(200), ..tight() }).unwrap();
    let whole = hostile("none");
    let mut state = 1_u64;
    for _ in 0..60 {
        let mut bytes = whole.clone();
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = 8 + (state >> 33) as usize % (bytes.len() - 8);
        bytes[at] ^= 1 << (state & 7);
        if let Ok(plugin) = host.load("flipped", &bytes) {
            // Whatever it answers, it is an answer or an error.
            drop(crate::guest::ask(&plugin, "do.nothing"));
        }
    }
}

#[test]
fn every_import_but_the_log_is_refused_by_name() {
    let import = |text: &str| reason(&wat::parse_str(format!("(component {text})")).unwrap());
    let wasi =
        r#"(import "wasi:cli/environment@0.2.6" (instance (export "get-arguments" (func (result (list string))))))"#;
    assert_eq!(import(wasi), "it imports `wasi:cli/environment@0.2.6`, and the only import is `log`");
    let clock = r#"(import "now" (func (result u64)))"#;
    assert_eq!(import(clock), "it imports `now`, and the only import is `log`");
    let module = r#"(import "code" (core module))"#;
    assert_eq!(import(module), "it imports `code`, and the only import is `log`");
    let hidden = r#"(import "engine:policy/types@0.1.0" (instance (export "read-file" (func (result string)))))"#;
    assert_eq!(import(hidden), "it imports `engine:policy/types@0.1.0`, and the only import is `log`");
    let newer = r#"(import "engine:policy/types@0.2.0" (instance))"#;
    assert_eq!(import(newer), TOMORROW);
    let resource = r#"(import "handle" (type (sub resource)))"#;
    assert_eq!(import(resource), "it imports `handle`, and the only import is `log`");
}

#[test]
fn a_core_module_that_imports_cannot_even_become_a_component() {
    let module = wat::parse_str(r#"(module (import "env" "open" (func (param i32) (result i32))))"#).unwrap();
    let error = engine_plugin_build::component(&module).unwrap_err().to_string();
    assert!(error.contains("`env::open`"), "{error}");
}

#[test]
fn another_interface_is_refused() {
    let text = |text: &str| reason(&wat::parse_str(format!("(component {text})")).unwrap());
    let lifted = |name: &str| {
        format!(
            r#"(core module $m (func (export "f"))) (core instance $i (instantiate $m))
            (func (export "{name}") (canon lift (core func $i "f")))"#
        )
    };
    assert_eq!(text(&lifted("other")), "it does not export `describe`");
    let wrong = text(&lifted("describe"));
    assert!(wrong.starts_with("it does not speak `engine:policy@0.1.0`: `describe`: "), "{wrong}");
    assert!(wrong.ends_with(": rebuild it with this engine's interface"), "{wrong}");
    let log = text(r#"(import "log" (func (param "line" u32)))"#);
    assert_eq!(log, "it does not export `describe`");
}

/// A plugin that follows `interface`; its `check` takes `parameters`.
fn of_interface(interface: &str, parameters: &str) -> Vec<u8> {
    speaking(
        interface,
        &format!(
            r#"(module (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
            (func (export "describe") (result i32) unreachable)
            (func (export "check") (param {parameters}) (result i32) unreachable))"#
        ),
    )
}

#[test]
fn a_plugin_built_for_tomorrows_interface_is_told_so() {
    let newer = TODAY.replace("engine:policy@0.1.0", "engine:policy@0.2.0");
    let clock = newer.replace("import log:", "import now: func() -> u64;\n import log:");
    let takes_time = "check: func(scope: scope, facts: list<facts>, now: u64)";
    let changed = newer.replace("check: func(scope: scope, facts: list<facts>)", takes_time);
    for (interface, parameters) in [(&newer, "i32 i32 i32"), (&clock, "i32 i32 i32"), (&changed, "i32 i32 i32 i64")] {
        let component = of_interface(interface, parameters);
        assert_eq!(reason(&component), TOMORROW);
        // Nothing behind the name was compiled, or even read.
        let at = component.windows(5).position(|bytes| bytes == b"0.2.0").unwrap();
        let (mut spoilt, behind) = (component.clone(), at + 40);
        spoilt.truncate(behind);
        spoilt.resize(component.len(), 0xff);
        assert_eq!(reason(&spoilt), TOMORROW);
    }
    let older = TODAY.replace("engine:policy@0.1.0", "engine:policy@0.0.9");
    let text = reason(&of_interface(&older, "i32 i32 i32"));
    assert!(text.starts_with("it was built for `engine:policy@0.0.9`, "), "{text}");
    assert!(text.ends_with(" speaks `engine:policy@0.1.0`: rebuild the plugin for 0.1.0"), "{text}");
}

#[test]
fn another_signature_under_the_same_version_is_refused() {
    let takes_time = "check: func(scope: scope, facts: list<facts>, now: u64)";
    let changed = TODAY.replace("check: func(scope: scope, facts: list<facts>)", takes_time);
    let text = reason(&of_interface(&changed, "i32 i32 i32 i64"));
    assert!(text.starts_with("it does not speak `engine:policy@0.1.0`: `check`: "), "{text}");
    assert!(text.ends_with(": rebuild it with this engine's interface"), "{text}");
}

#[test]
fn an_encoding_of_tomorrow_is_named_as_one() {
    let expected = "it is no WebAssembly component: a component in an encoding that this engine does not read: \
        update the engine";
    assert_eq!(reason(b"\0asm\x0e\0\x01\0"), expected);
}

#[test]
fn a_plugin_too_large_is_not_compiled() {
    let host = Host::new(Limits { plugin_bytes: 1 << 10, ..tight() }).unwrap();
    let component = hostile("none");
    let error = refused(&host, &component);
    assert_eq!(error.kind, LoadErrorKind::TooLarge { limit: 1 << 10, used: component.len() });
    assert!(error.to_string().ends_with(" KiB, the limit is 1 KiB"), "{error}");
}

#[test]
fn a_manifest_is_checked() {
    let cases = [
        ("id", "the id `Hostile` is not kebab-case"),
        ("version", "the version is empty"),
        ("no-rules", "it has no rule"),
        ("rule-id", "the rule id `bad_item` is not kebab-case"),
        ("duplicate", "the rule `bad-item` stands twice"),
        ("title", "the title of the rule `bad-item` is not one line"),
        ("title-lines", "the title of the rule `bad-item` is not one line"),
        ("page-empty", "the page of the rule `bad-item` does not start with `# bad-item`"),
        ("page-heading", "the page of the rule `bad-item` does not start with `# bad-item`"),
        ("two-kinds", "the rule `bad-item` of scope `item` reads 2 kinds, and may read exactly one"),
        ("no-kind", "the rule `bad-item` of scope `item` reads 0 kinds, and may read exactly one"),
        (
            "no-kind-repository",
            "the rule `bad-repository` of scope `repository` reads 0 kinds, and may read one or more",
        ),
        ("kind", "the rule `bad-item` reads `Test Item`, which is no kind of facts"),
        ("kind-twice", "the rule `bad-repository` reads the kind `test.item` twice"),
        ("field", "the rule `bad-item` reads the field `a[0]`, which is not names and `*` joined by dots"),
    ];
    for (order, expected) in cases {
        let error = refused(host(), &hostile(order)).to_string();
        assert_eq!(error, format!("the plugin `bad` cannot be loaded: its manifest is broken: {expected}"), "{order}");
    }
}

#[test]
fn a_good_manifest_is_read() {
    let manifest = plugin().manifest();
    assert_eq!((plugin().id(), manifest.version.as_str(), manifest.rules.len()), ("hostile", "1.0.0", 2));
    let rule = manifest.rule("bad-item").unwrap();
    assert_eq!((rule.scope, rule.reads[0].kind.as_str()), (Scope::Item, "test.item"));
    assert_eq!(rule.reads[0].fields, ["name", "script.*.text"]);
    assert_eq!((&*rule.info.policy, rule.info.practices.as_slice()), ("hostile", &["A001".to_owned()][..]));
    assert!(manifest.rule("no-such-rule").is_none());
}

#[test]
fn a_manifest_behind_a_wild_pointer_is_a_broken_answer() {
    let error = refused(host(), &describing("", "i32.const 65532"));
    assert!(error.to_string().contains("its `describe` failed: its answer is broken: "), "{error}");
    let error = refused(
        host(),
        &from_text(
            r#"(module (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
            (func (export "describe") (result i32) (i32.div_u (i32.const 1) (i32.const 0)))
            (func (export "check") (param i32 i32 i32) (result i32) unreachable))"#,
        ),
    );
    assert!(error.to_string().ends_with("it trapped: wasm trap: integer divide by zero"), "{error}");
}
