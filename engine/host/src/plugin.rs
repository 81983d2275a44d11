//! A plugin that is ready to be called, and one call of it.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use wasmtime::component::Component;
use wasmtime::{Store, Trap};

use crate::bindings::{Policy, PolicyPre, types};
use crate::builtin::Builtin;
use crate::code::{self, Code};
use crate::host::Sandbox;
use crate::report::Question;
use crate::store::{State, most_copied, store};
use crate::ticker::Ticker;
use crate::{CallError, Facts, Limits, LoadErrorKind, Manifest, Report, Scope, baked, interface, manifest};

/// A plugin that is ready to be called: its manifest read, its interface checked. Cheap to call, from any number of
/// threads at once; every call runs in an instance of its own.
///
/// The code of a built-in plugin is mapped at its first call: one whose kinds of facts do not occur costs its manifest.
pub struct Plugin {
    guest: Guest,
    manifest: Manifest,
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plugin").field("manifest", &self.manifest).finish_non_exhaustive()
    }
}

/// What all plugins of a sandbox need of their host.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) ticker: Arc<Ticker>,
}

/// What is linked once, so that an instance costs little.
struct Guest {
    shared: Shared,
    /// Where the code comes from when the first call is made; `None` where it is linked already.
    builtin: Option<&'static Builtin>,
    linked: OnceLock<Result<PolicyPre<State>, CallError>>,
}

impl Plugin {
    /// A built-in plugin, nothing of its code touched.
    pub(crate) fn built_in(builtin: &'static Builtin, shared: Shared) -> Result<Self, LoadErrorKind> {
        let said = baked::read(builtin.manifest());
        let said = said.ok_or_else(|| LoadErrorKind::Incompatible { reason: "its manifest is cut off".into() })?;
        let manifest = manifest::check(said).map_err(LoadErrorKind::BrokenManifest)?;
        Ok(Self { guest: Guest { shared, builtin: Some(builtin), linked: OnceLock::new() }, manifest })
    }

    /// Links a component that was never seen before, and asks it what it is. What it said comes as bytes as well.
    pub(crate) fn unknown(component: &Component, shared: Shared) -> Result<(Self, Vec<u8>), LoadErrorKind> {
        interface::check(component)?;
        let guest = Guest::linked(component, shared)?;
        let (manifest, bytes) = guest.ask()?;
        Ok((Self { guest, manifest }, bytes))
    }

    /// Links a component that was asked before, and said this.
    pub(crate) fn known(component: &Component, said: &[u8], shared: Shared) -> Result<Self, LoadErrorKind> {
        let said = baked::read(said);
        let said = said.ok_or_else(|| LoadErrorKind::Incompatible { reason: "its manifest is cut off".into() })?;
        let manifest = manifest::check(said).map_err(LoadErrorKind::BrokenManifest)?;
        Ok(Self { guest: Guest::linked(component, shared)?, manifest })
    }

    /// What the guest says of itself now.
    #[cfg(test)]
    pub(crate) fn ask(&self) -> Result<(Manifest, Vec<u8>), LoadErrorKind> {
        self.guest.ask()
    }

    /// The plugin's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// What the plugin says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Runs every rule of `scope` on `facts`, in a fresh instance. Blocks for at most the deadline and the time to
    /// copy the facts in and the answer out. The thread needs the limit of the stack and 256 KiB beyond.
    ///
    /// # Errors
    ///
    /// Where the guest overruns a limit, traps, or gives an answer that names rules or places it cannot mean. The
    /// rules are then undecided; the plugin can be called again.
    pub fn check(&self, scope: Scope, facts: &[Facts<'_>]) -> Result<Report, CallError> {
        let handed: Vec<_> = facts.iter().map(|one| types::Facts { kind: one.kind, json: one.json }).collect();
        let (said, state) = self.guest.call(|policy, store| policy.call_check(store, scope.to_guest(), &handed))?;
        let question = Question { manifest: &self.manifest, scope, facts, limits: &self.guest.shared.limits };
        let mut report = question.answer(said)?;
        report.log = state.log.lines;
        Ok(report)
    }
}

impl Guest {
    fn linked(component: &Component, shared: Shared) -> Result<Self, LoadErrorKind> {
        let linked = link(component, &shared.sandbox);
        let linked = linked.map_err(|error| LoadErrorKind::WrongInterface { reason: format!("{error:#}") })?;
        Ok(Self { shared, builtin: None, linked: OnceLock::from(Ok(linked)) })
    }

    /// The linked code; that of a built-in plugin is mapped at the first call.
    fn ready(&self) -> Result<&PolicyPre<State>, CallError> {
        let map = || {
            let sandbox = &self.shared.sandbox;
            let lost = || wasmtime::Error::msg("there is none");
            let mapped =
                self.builtin.ok_or_else(lost).and_then(|it| code::component(&sandbox.engine, Code::BuiltIn(it)));
            let linked = mapped.and_then(|component| link(&component, sandbox));
            linked.map_err(|error| CallError::Code { reason: format!("{error:#}") })
        };
        self.linked.get_or_init(map).as_ref().map_err(Clone::clone)
    }

    /// Asks the guest what it is, and gives it as bytes as well.
    fn ask(&self) -> Result<(Manifest, Vec<u8>), LoadErrorKind> {
        let said = self.call(|policy, store| policy.call_describe(store)).and_then(|(said, _)| {
            let (limit, used) = (self.shared.limits.output_bytes, manifest::size(&said));
            if used > limit { Err(CallError::Output { limit, used, more: false }) } else { Ok(said) }
        });
        let said = said.map_err(LoadErrorKind::Describe)?;
        let bytes = baked::write(&said);
        Ok((manifest::check(said).map_err(LoadErrorKind::BrokenManifest)?, bytes))
    }

    /// One call in an instance of its own.
    fn call<T>(
        &self,
        run: impl FnOnce(Policy, &mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<(T, State), CallError> {
        let linked = self.ready()?;
        let started = Instant::now();
        let limits = &*self.shared.limits;
        // A deadline beyond the clock's end is none.
        let _watch = started.checked_add(limits.deadline).map(|deadline| self.shared.ticker.watch(deadline));
        let trap = |error: wasmtime::Error| CallError::Trap { reason: format!("{error:#}") };
        let mut store = store(linked.engine(), limits, self.shared.sandbox.fuel, started).map_err(trap)?;
        let instance = linked.instantiate(&mut store);
        let started = instance.is_ok();
        let said = instance.and_then(|policy| run(policy, &mut store));
        let mut state = store.into_data();
        match said {
            Ok(said) => Ok((said, state)),
            Err(error) => Err(self.cause(&error, &mut state, started)),
        }
    }

    /// Why a call failed: the limit that was overrun, else what the guest said before it gave up, else its trap.
    /// Before it `started`, it can have broken nothing but the machine's bounds: no slot is left in the pool, say.
    fn cause(&self, error: &wasmtime::Error, state: &mut State, started: bool) -> CallError {
        let limits = &*self.shared.limits;
        if let Some(overrun) = state.take_overrun(limits) {
            return overrun;
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::StackOverflow | Trap::MemoryOutOfBounds) => CallError::Stack { limit: limits.stack_bytes },
            Some(Trap::OutOfFuel) => CallError::Fuel { limit: self.shared.sandbox.fuel.unwrap_or_default() },
            Some(trap) => match (trap, state.log.last_error.take()) {
                (Trap::UnreachableCodeReached, Some(message)) => CallError::Panic { message },
                (trap, _) => CallError::Trap { reason: trap.to_string() },
            },
            // Nothing but the guest's answer (or a line of its log) is read outside the guest's own code.
            None => {
                let reason = error.root_cause().to_string();
                if reason.contains("fuel allocated for hostcalls") {
                    return CallError::Output { limit: limits.output_bytes, used: most_copied(limits), more: true };
                }
                if started { CallError::Answer { reason } } else { CallError::Trap { reason } }
            }
        }
    }
}

/// The component with the one import, so that making an instance of it needs no more looking up.
fn link(component: &Component, sandbox: &Sandbox) -> wasmtime::Result<PolicyPre<State>> {
    sandbox.linker.instantiate_pre(component).and_then(PolicyPre::new)
}
