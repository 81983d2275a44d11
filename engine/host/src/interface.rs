//! What a component imports and exports, compared with the interface, so that a refusal names the import or export.

use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

use crate::LoadErrorKind;
use crate::bindings::types;

/// The package of the interface, and its version.
const PACKAGE: &str = "engine:policy";
const VERSION: &str = "0.1.0";

/// Refuses a component that imports more than the log or does not export what a plugin exports.
pub(crate) fn check(component: &Component) -> Result<(), LoadErrorKind> {
    let (engine, kind) = (component.engine(), component.component_type());
    for (name, import) in kind.imports(engine) {
        check_version(name)?;
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
            return Err(LoadErrorKind::RefusedImport { name: name.to_owned() });
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
    if !interface.starts_with(PACKAGE) {
        return Ok(());
    }
    let minor = |version: &str| version.rsplit_once('.').map(|(minor, _)| minor.to_owned());
    if minor(found) == minor(VERSION) {
        return Ok(());
    }
    Err(LoadErrorKind::WrongVersion { found: found.to_owned(), expected: VERSION.to_owned() })
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
        assert_eq!(check_version("engine:policy/types@0.1.7"), Ok(()));
        let other = check_version("engine:policy/types@0.2.0").unwrap_err().to_string();
        assert_eq!(other, "it was made for `engine:policy@0.2.0`, and this engine has `engine:policy@0.1.0`");
    }
}
