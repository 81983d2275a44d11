//! A plugin that is ready to be called, and one call of it.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use wasmtime::component::Component;
use wasmtime::{Store, Trap};

use crate::bindings::{Policy, PolicyPre, types};
use crate::host::Sandbox;
use crate::report::Question;
use crate::store::{State, most_copied, store};
use crate::ticker::Ticker;
use crate::{CallError, Facts, Limits, LoadErrorKind, Manifest, Report, Scope, interface, manifest};

/// A plugin that is ready to be called: compiled, its interface checked, its manifest read. Cheap to call, from any
/// number of threads at once; every call runs in an instance of its own.
pub struct Plugin {
    guest: Guest,
    manifest: Manifest,
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plugin").field("manifest", &self.manifest).finish_non_exhaustive()
    }
}

/// What is linked once, so that an instance costs little.
struct Guest {
    pre: PolicyPre<State>,
    limits: Arc<Limits>,
    fuel: Option<u64>,
    ticker: Arc<Ticker>,
}

impl Plugin {
    /// Links a component and asks it what it is.
    pub(crate) fn new(
        component: &Component,
        sandbox: &Sandbox,
        limits: &Arc<Limits>,
        ticker: &Arc<Ticker>,
    ) -> Result<Self, LoadErrorKind> {
        interface::check(component)?;
        let pre = sandbox.linker.instantiate_pre(component).and_then(PolicyPre::new);
        let pre = pre.map_err(|error| LoadErrorKind::WrongInterface { reason: format!("{error:#}") })?;
        let guest = Guest { pre, limits: Arc::clone(limits), fuel: sandbox.fuel, ticker: Arc::clone(ticker) };
        let said = guest.call(|policy, store| policy.call_describe(store)).and_then(|(said, _)| {
            let (limit, used) = (limits.output_bytes, manifest::size(&said));
            if used > limit { Err(CallError::Output { limit, used, more: false }) } else { Ok(said) }
        });
        let manifest =
            manifest::check(said.map_err(LoadErrorKind::Describe)?).map_err(LoadErrorKind::BrokenManifest)?;
        Ok(Self { guest, manifest })
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
        let question = Question { manifest: &self.manifest, scope, facts, limits: &self.guest.limits };
        let mut report = question.answer(said)?;
        report.log = state.log.lines;
        Ok(report)
    }
}

impl Guest {
    /// One call in an instance of its own.
    fn call<T>(
        &self,
        run: impl FnOnce(Policy, &mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<(T, State), CallError> {
        let started = Instant::now();
        let limits = &*self.limits;
        // A deadline beyond the clock's end is none.
        let _watch = started.checked_add(limits.deadline).map(|deadline| self.ticker.watch(deadline));
        let trap = |error: wasmtime::Error| CallError::Trap { reason: format!("{error:#}") };
        let mut store = store(self.pre.engine(), limits, self.fuel, started).map_err(trap)?;
        let instance = self.pre.instantiate(&mut store);
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
        let limits = &*self.limits;
        if let Some(overrun) = state.take_overrun(limits) {
            return overrun;
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::StackOverflow | Trap::MemoryOutOfBounds) => CallError::Stack { limit: limits.stack_bytes },
            Some(Trap::OutOfFuel) => CallError::Fuel { limit: self.fuel.unwrap_or_default() },
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
