//! A plugin from bytes: looked at, compiled or found in the cache, asked what it is.

use std::fmt;
use std::sync::Arc;

use wasmtime::component::Component;

use crate::cache::{Cache, Entry, Found, Key};
use crate::code::{self, Code};
use crate::host::Sandbox;
use crate::{Host, LoadError, LoadErrorKind, Plugin, interface};

/// A plugin that was loaded, and what the cache did.
#[derive(Debug)]
pub struct Loaded {
    /// The plugin.
    pub plugin: Plugin,
    /// What the cache did; `None` where there was none.
    pub cache: Option<Cached>,
}

/// What the cache did for a plugin. Its `Display` is a sentence that a log can show; the last two are worth showing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cached {
    /// The compiled code was there.
    Hit,
    /// It was not, and is now.
    Miss,
    /// What was there could not be used and was removed; the plugin was compiled and stored anew.
    Repaired {
        /// What was wrong with it.
        reason: String,
    },
    /// The plugin was compiled, and could not be stored. The reason does not name the plugin: with several of them it
    /// is the same one, and need be said once.
    Off {
        /// Why not.
        reason: String,
    },
}

impl fmt::Display for Cached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hit => write!(f, "the compiled code was in the cache"),
            Self::Miss => write!(f, "the compiled code was stored in the cache"),
            Self::Repaired { reason } => {
                write!(f, "the compiled code in the cache was removed and compiled anew: {reason}")
            }
            Self::Off { reason } => write!(f, "the compiled code cannot be stored in the cache: {reason}"),
        }
    }
}

impl Host {
    /// Compiles a component and asks it what it is. `name` is for messages alone. Compiling takes 60 ms for a small
    /// plugin and some 20 s for one of 12 MB; nothing is cached here.
    ///
    /// # Errors
    ///
    /// Where the bytes are no component, were built for another version of the interface, import more than the log,
    /// lack an export, or describe themselves wrongly.
    pub fn load(&self, name: &str, component: &[u8]) -> Result<Plugin, LoadError> {
        self.load_cached(name, component, None).map(|loaded| loaded.plugin)
    }

    /// As [`Host::load`], but a component that was compiled before by this version of the engine is taken from the
    /// cache, with the manifest that it gave then. Whatever is wrong with the cache, the plugin is loaded without it.
    ///
    /// # Errors
    ///
    /// As [`Host::load`]; the cache is never a reason.
    pub fn load_cached(&self, name: &str, component: &[u8], cache: Option<&Cache>) -> Result<Loaded, LoadError> {
        self.get(component, cache).map_err(|kind| LoadError { plugin: name.to_owned(), kind })
    }

    fn get(&self, bytes: &[u8], cache: Option<&Cache>) -> Result<Loaded, LoadErrorKind> {
        let (limit, used) = (self.limits().plugin_bytes, bytes.len());
        if used > limit {
            return Err(LoadErrorKind::TooLarge { limit, used });
        }
        interface::check_bytes(bytes)?;
        let sandbox = self.compiling()?;
        let Some(cache) = cache else {
            return Ok(Loaded { plugin: self.compiled(bytes, sandbox)?.plugin, cache: None });
        };
        let key = Key::new(bytes, &sandbox.engine);
        let broken = match cache.find(&key) {
            Found::Whole(entry) => match self.known(&entry, sandbox) {
                Ok(plugin) => return Ok(Loaded { plugin, cache: Some(Cached::Hit) }),
                Err(reason) => {
                    cache.remove(&key);
                    Some(reason)
                }
            },
            Found::Nothing => None,
            Found::Broken(reason) => Some(reason),
        };
        let Compiled { component, plugin, manifest } = self.compiled(bytes, sandbox)?;
        let code = component.serialize().map_err(|error| format!("{error:#}"));
        let cached = match (code.and_then(|code| cache.store(&key, &manifest, &code)), broken) {
            (Err(reason), _) => Cached::Off { reason },
            (Ok(()), Some(reason)) => Cached::Repaired { reason },
            (Ok(()), None) => Cached::Miss,
        };
        Ok(Loaded { plugin, cache: Some(cached) })
    }

    /// The plugin of an entry, or why the entry cannot be used after all. Its code is mapped at once, so that what is
    /// wrong with it is met while the component is still at hand.
    fn known(&self, entry: &Entry, sandbox: &Arc<Sandbox>) -> Result<Plugin, String> {
        let component =
            code::component(&sandbox.engine, false, Code::Cached(entry)).map_err(|error| format!("{error:#}"))?;
        Plugin::known(&component, entry.manifest(), self.shared(sandbox)).map_err(|kind| kind.to_string())
    }

    fn compiled(&self, bytes: &[u8], sandbox: &Arc<Sandbox>) -> Result<Compiled, LoadErrorKind> {
        let component = Component::from_binary(&sandbox.engine, bytes);
        let component = component.map_err(|error| LoadErrorKind::NotAComponent { reason: format!("{error:#}") })?;
        let (plugin, manifest) = Plugin::unknown(&component, self.shared(sandbox))?;
        Ok(Compiled { component, plugin, manifest })
    }
}

/// What compiling a component came to.
struct Compiled {
    component: Component,
    plugin: Plugin,
    /// As bytes.
    manifest: Vec<u8>,
}
