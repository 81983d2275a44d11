//! The guests that were compiled into the engine: a name, a manifest and machine code each.

use crate::code::placed;

include!(concat!(env!("OUT_DIR"), "/builtins.rs"));

/// A built-in guest. Its fields are private, so that the list which the build script wrote holds all there are.
#[derive(Debug)]
pub(crate) struct Builtin {
    name: &'static str,
    manifest: &'static [u8],
    code: &'static [u8],
}

impl Builtin {
    /// The name of its folder.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// What it said of itself when the engine was built, as `baked.rs` writes it; of the interpreter
    /// the digest of its component.
    pub(crate) fn manifest(&self) -> &'static [u8] {
        self.manifest
    }

    /// Its machine code.
    pub(crate) fn code(&self) -> &'static [u8] {
        self.code
    }
}

#[cfg(test)]
mod tests {
    use super::BUILTINS;
    use crate::{Host, Limits};

    #[test]
    fn what_was_baked_is_what_the_guest_says() {
        let host = Host::new(Limits::default()).unwrap();
        let plugins = host.builtins();
        assert!(!plugins.is_empty() && plugins.len() == BUILTINS.len());
        for plugin in plugins {
            let plugin = plugin.unwrap();
            let (said, bytes) = plugin.ask().unwrap();
            assert_eq!(&said, plugin.manifest(), "{}", plugin.id());
            let baked = BUILTINS.iter().find(|builtin| builtin.name() == plugin.id()).unwrap();
            assert_eq!(bytes, baked.manifest(), "{}", plugin.id());
        }
    }
}
