//! What a component imports and exports, compared with the interface, so that a refusal names the import or export.

use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

use crate::bindings::types;
use crate::report::shown;
use crate::{LoadErrorKind, names};

/// The package of the interface, and its version.
const PACKAGE: &str = "engine:policy";
pub(crate) const VERSION: &str = "0.1.0";

/// How a component starts: the magic number, the version of the encoding, the layer.
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

/// Refuses what can be told from the bytes alone, before any time is spent on compiling them: what is no component,
/// and what was built for another version of the interface.
pub(crate) fn check_bytes(bytes: &[u8]) -> Result<(), LoadErrorKind> {
    let not = |reason: &str| Err(LoadErrorKind::NotAComponent { reason: reason.into() });
    match bytes.get(..8) {
        Some(COMPONENT) => {}
        Some(b"\0asm\x01\0\0\0") => return not("a core module, which has to be made a component first"),
        Some([0, b'a', b's', b'm', _, _, 1, 0]) => {
            return not("a component in an encoding that this engine does not read: update the engine");
        }
        _ => return not("not WebAssembly"),
    }
    let other = names::first(bytes, |name| check_version(name).is_err());
    other.map_or(Ok(()), check_version)
}

/// Refuses a component that imports more than the log or does not export what a plugin exports.
pub(crate) fn check(component: &Component) -> Result<(), LoadErrorKind> {
    let (engine, kind) = (component.engine(), component.component_type());
    for (name, import) in kind.imports(engine) {
        let granted = match import.ty {
            ComponentItem::ComponentFunc(_) => name == "log",
            // The interface's records come as an instance that holds nothing but types.
            ComponentItem::ComponentInstance(instance) => {
                instance.exports(engine).all(|(_, export)| matches!(export.ty, ComponentItem::Type(_)))
            }
            ComponentItem::Type(_) => true,
            _ => false,
        };
        if !granted {
            return Err(LoadErrorKind::RefusedImport { name: shown(name) });
        }
    }
    for name in ["describe", "check"] {
        let Some(export) = kind.get_export(engine, name) else {
            return Err(LoadErrorKind::MissingExport { name: name.to_owned() });
        };
        let ComponentItem::ComponentFunc(function) = export.ty else {
            return Err(LoadErrorKind::WrongInterface { reason: format!("`{name}` is not a function") });
        };
        let typed = match name {
            "describe" => function.typecheck::<(), (types::Manifest,)>(&kind.instance_type()),
            _ => function.typecheck::<(types::Scope, &[types::Facts<'_>]), (types::Report,)>(&kind.instance_type()),
        };
        typed.map_err(|error| LoadErrorKind::WrongInterface { reason: format!("`{name}`: {error:#}") })?;
    }
    Ok(())
}

/// Refuses a name of another version of the interface: before 1.0 the minor version must be the same.
fn check_version(name: &str) -> Result<(), LoadErrorKind> {
    let Some((interface, found)) = name.split_once('@') else { return Ok(()) };
    if interface.split('/').next() != Some(PACKAGE) {
        return Ok(());
    }
    let minor = |version: &str| {
        let version = version.split('+').next().unwrap_or_default();
        version.rsplit_once('.').map(|(minor, _)| minor.to_owned())
    };
    if minor(found) == minor(VERSION) {
        return Ok(());
    }
    Err(LoadErrorKind::WrongVersion { found: shown(found), expected: VERSION.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::{VERSION, check_version};

    #[test]
    fn the_version_is_the_one_in_the_interface() {
        let wit = include_str!("../../../plugins/wit/policy.wit");
        assert!(wit.contains(&format!("\npackage engine:policy@{VERSION};\n")));
    }

    #[test]
    fn a_patch_release_is_the_same_interface() {
        for same in ["engine:policy/types@0.1.7", "engine:policy@0.1.0", "engine:policy/types@0.1.0+build.5"] {
            assert_eq!(check_version(same), Ok(()), "{same}");
        }
        for none in ["log", "engine:policy/types", "engine:policy-more/types@0.2.0", "other:policy/types@0.2.0"] {
            assert_eq!(check_version(none), Ok(()), "{none}");
        }
    }

    #[test]
    fn another_version_is_refused_with_both_and_what_to_do() {
        let text = |found: &str| check_version(&format!("engine:policy/types@{found}")).unwrap_err().to_string();
        let newer = "update the engine, or rebuild the plugin for 0.1.0";
        for (found, advice) in [
            ("0.2.0", newer),
            ("1.0.0", newer),
            ("0.1.0-rc.1", newer),
            ("tomorrow", newer),
            ("0.0.9", "rebuild the plugin for 0.1.0"),
        ] {
            let speaks = "and this engine speaks `engine:policy@0.1.0`";
            assert_eq!(text(found), format!("it was built for `engine:policy@{found}`, {speaks}: {advice}"));
        }
        assert!(text(&"9".repeat(5000)).len() < 300);
    }
}
