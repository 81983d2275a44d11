//! What every guest has in common: code that is linked once, and one call of it under limits.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use wasmtime::component::{Component, InstancePre};
use wasmtime::{Store, Trap};

use crate::builtin::Builtin;
use crate::host::Sandbox;
use crate::store::{State, most_copied, store};
use crate::ticker::Ticker;
use crate::{CallError, Limits, LoadErrorKind};

/// What all guests of a sandbox need of their host.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) ticker: Arc<Ticker>,
}

/// A world of the interface: what its instances look like.
pub(crate) trait World: Sized {
    /// An instance of a guest of this world.
    type Instance;

    /// Finds the exports of the world in a linked component.
    fn of(linked: InstancePre<State>) -> wasmtime::Result<Self>;

    /// Makes an instance.
    fn instantiate(&self, store: &mut Store<State>) -> wasmtime::Result<Self::Instance>;
}

/// What is linked once, so that an instance costs little.
pub(crate) struct Guest<W> {
    pub(crate) shared: Shared,
    /// Where the code comes from when the first call is made; `None` where it is linked already.
    builtin: Option<&'static Builtin>,
    linked: OnceLock<Result<W, CallError>>,
}

impl<W: World> Guest<W> {
    /// A guest that is part of the engine, nothing of its code touched.
    pub(crate) fn built_in(builtin: &'static Builtin, shared: Shared) -> Self {
        Self { shared, builtin: Some(builtin), linked: OnceLock::new() }
    }

    pub(crate) fn linked(component: &Component, shared: Shared) -> Result<Self, LoadErrorKind> {
        let linked = link(component, &shared.sandbox);
        let linked = linked.map_err(|error| LoadErrorKind::WrongInterface { reason: format!("{error:#}") })?;
        Ok(Self { shared, builtin: None, linked: OnceLock::from(Ok(linked)) })
    }

    /// The linked code; that of a built-in guest is mapped at the first call.
    fn ready(&self) -> Result<&W, CallError> {
        let map = || {
            let sandbox = &self.shared.sandbox;
            let lost = || wasmtime::Error::msg("there is none");
            let mapped = self.builtin.ok_or_else(lost).and_then(|it| sandbox.mapped(it));
            let linked = mapped.and_then(|component| link(&component, sandbox));
            linked.map_err(|error| CallError::Code { reason: format!("{error:#}") })
        };
        self.linked.get_or_init(map).as_ref().map_err(Clone::clone)
    }

    /// One call in an instance of its own.
    pub(crate) fn call<T>(
        &self,
        run: impl FnOnce(W::Instance, &mut Store<State>) -> wasmtime::Result<T>,
    ) -> Result<(T, State), CallError> {
        let linked = self.ready()?;
        let started = Instant::now();
        let limits = &*self.shared.limits;
        // A deadline beyond the clock's end is none.
        let _watch = started.checked_add(limits.deadline).map(|deadline| self.shared.ticker.watch(deadline));
        let trap = |error: wasmtime::Error| CallError::Trap { reason: format!("{error:#}") };
        let sandbox = &self.shared.sandbox;
        let mut store = store(&sandbox.engine, limits, sandbox.fuel, started).map_err(trap)?;
        let instance = linked.instantiate(&mut store);
        let started = instance.is_ok();
        let said = instance.and_then(|guest| run(guest, &mut store));
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
fn link<W: World>(component: &Component, sandbox: &Sandbox) -> wasmtime::Result<W> {
    sandbox.linker.instantiate_pre(component).and_then(W::of)
}
