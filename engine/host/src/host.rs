//! The host: everything that guests share, made once.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use wasmtime::component::{Component, Linker};
use wasmtime::{Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::builtin::{BUILTINS, Builtin};
use crate::code::{self, Code, InPlace};
use crate::config::config;
use crate::guest::Shared;
use crate::store::{State, link};
use crate::ticker::Ticker;
use crate::{Error, Limits, LoadError, LoadErrorKind, Plugin};

/// The triple that built-in plugins were compiled for, and that others are.
const TARGET: &str = env!("ENGINE_HOST_TARGET");

/// The sandbox: engine, linker, limits and the thread that keeps the deadlines. Make one for a process; plugins keep
/// what they need of it, so it may be dropped before them.
pub struct Host {
    builtins: Arc<Sandbox>,
    /// For plugins that are loaded from bytes. Made when the first one is: it holds the compiler.
    loaded: OnceLock<Result<Arc<Sandbox>, String>>,
    /// For the interpreter. Made when the first policy that is text is loaded.
    interpreting: OnceLock<Result<Arc<Sandbox>, String>>,
    limits: Arc<Limits>,
    ticker: Arc<Ticker>,
    pool: Option<u32>,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("limits", &self.limits).field("pool", &self.pool).finish_non_exhaustive()
    }
}

/// An engine with the one import linked.
pub(crate) struct Sandbox {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<State>,
    pub(crate) fuel: Option<u64>,
    /// Whether the code, which is part of the executable, runs where it lies.
    in_place: bool,
    /// What was mapped of it, by name: addresses can be given to an engine once.
    mapped: Mutex<BTreeMap<&'static str, Component>>,
}

/// Who runs the code of the built-in plugins in place, and who that of the interpreter.
static BUILTIN_CODE: InPlace = InPlace::new();
static INTERPRETER_CODE: InPlace = InPlace::new();

impl Host {
    /// A host for a process that makes some calls and ends: memory is mapped for each call.
    ///
    /// # Errors
    ///
    /// Where the machine cannot give what the limits ask for, or no thread.
    pub fn new(limits: Limits) -> Result<Self, Error> {
        Self::make(limits, None)
    }

    /// A host for a process that serves: memory for `calls` calls at once is reserved up front (addresses, not pages)
    /// and used again, which makes a call cheaper. A call more at the same time fails as a trap.
    ///
    /// # Errors
    ///
    /// As [`Host::new`]; reserving may also meet the process's limit of address space, 4 GiB a call.
    pub fn pooled(limits: Limits, calls: u32) -> Result<Self, Error> {
        Self::make(limits, Some(calls))
    }

    fn make(limits: Limits, pool: Option<u32>) -> Result<Self, Error> {
        let ticker = Arc::new(Ticker::start().map_err(Error::Thread)?);
        let builtins = Sandbox::new(&limits, pool, Origin::Builtin).map(Arc::new);
        let builtins = builtins.map_err(|error| Error::Setup { reason: format!("{error:#}") })?;
        ticker.drive(&builtins.engine);
        Ok(Self {
            builtins,
            loaded: OnceLock::new(),
            interpreting: OnceLock::new(),
            limits: Arc::new(limits),
            ticker,
            pool,
        })
    }

    /// The limits of every call.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The plugins that were compiled into the engine, by name. Their manifests were read when the engine was built, and
    /// their code is mapped when it is first called, so this costs next to nothing.
    #[must_use]
    pub fn builtins(&self) -> Vec<Result<Plugin, LoadError>> {
        let load = |builtin: &'static crate::builtin::Builtin| {
            let plugin = Plugin::built_in(builtin, self.shared(&self.builtins));
            plugin.map_err(|kind| LoadError { plugin: builtin.name().to_owned(), kind })
        };
        BUILTINS.iter().map(load).collect()
    }

    /// What a plugin in one of this host's sandboxes needs.
    pub(crate) fn shared(&self, sandbox: &Arc<Sandbox>) -> Shared {
        Shared { sandbox: Arc::clone(sandbox), limits: Arc::clone(&self.limits), ticker: Arc::clone(&self.ticker) }
    }

    /// The sandbox for plugins that are loaded from bytes.
    pub(crate) fn compiling(&self) -> Result<&Arc<Sandbox>, LoadErrorKind> {
        let sandbox = self.loaded.get_or_init(|| {
            let sandbox = Sandbox::new(&self.limits, self.pool, Origin::Bytes).map_err(|error| format!("{error:#}"))?;
            self.ticker.drive(&sandbox.engine);
            Ok(Arc::new(sandbox))
        });
        sandbox.as_ref().map_err(|reason| LoadErrorKind::Incompatible { reason: reason.clone() })
    }

    /// The sandbox for the interpreter, which is compiled already and counts fuel.
    pub(crate) fn interpreting(&self) -> Result<&Arc<Sandbox>, LoadErrorKind> {
        let sandbox = self.interpreting.get_or_init(|| {
            let sandbox = Sandbox::new(&self.limits, self.pool, Origin::Interpreter);
            let sandbox = sandbox.map_err(|error| format!("{error:#}"))?;
            self.ticker.drive(&sandbox.engine);
            Ok(Arc::new(sandbox))
        });
        sandbox.as_ref().map_err(|reason| LoadErrorKind::Incompatible { reason: reason.clone() })
    }
}

/// Where a sandbox's code comes from.
#[derive(Clone, Copy, PartialEq)]
enum Origin {
    /// Compiled into the engine: no compiler is needed, and no fuel is counted.
    Builtin,
    /// Compiled into the engine, and what it runs is not: fuel is counted.
    Interpreter,
    /// Compiled on this machine, now or by an earlier process.
    Bytes,
}

impl Sandbox {
    /// The code of a guest that is part of the executable, mapped once.
    pub(crate) fn mapped(&self, builtin: &'static Builtin) -> wasmtime::Result<Component> {
        let mut mapped = self.mapped.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(component) = mapped.get(builtin.name()) {
            return Ok(component.clone());
        }
        let component = code::component(&self.engine, self.in_place, Code::BuiltIn(builtin))?;
        mapped.insert(builtin.name(), component.clone());
        Ok(component)
    }

    fn new(limits: &Limits, pool: Option<u32>, origin: Origin) -> wasmtime::Result<Self> {
        let fuel = match origin {
            Origin::Builtin => None,
            // Its code counts whatever the limits say.
            Origin::Interpreter => Some(limits.fuel.unwrap_or(u64::MAX)),
            Origin::Bytes => limits.fuel,
        };
        let mut config = config(TARGET, fuel.is_some())?;
        config.enable_compiler(origin == Origin::Bytes);
        let in_place = match origin {
            Origin::Builtin => BUILTIN_CODE.take(&mut config),
            Origin::Interpreter => INTERPRETER_CODE.take(&mut config),
            Origin::Bytes => false,
        };
        config.max_wasm_stack(limits.stack_bytes);
        if let Some(calls) = pool {
            config.allocation_strategy(pooling(limits, calls));
        }
        let engine = Engine::new(&config)?;
        let mut linker = Linker::new(&engine);
        link(&mut linker)?;
        Ok(Self { engine, linker, fuel, in_place, mapped: Mutex::default() })
    }
}

/// Slots for `calls` calls at once. A plugin has one memory and a table or two; one compiled from Python has 38 core
/// instances, and is what the numbers leave room for.
fn pooling(limits: &Limits, calls: u32) -> InstanceAllocationStrategy {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(calls)
        .total_core_instances(calls.saturating_mul(4).max(80))
        .total_memories(calls.max(40))
        .total_tables(calls.saturating_mul(2).max(80))
        .max_memory_size(limits.memory_bytes)
        .table_elements(20_000)
        .max_component_instance_size(1 << 20)
        .max_core_instance_size(1 << 20)
        .max_core_instances_per_component(80)
        .max_memories_per_component(40)
        .max_tables_per_component(80);
    if PoolingAllocationConfig::is_pagemap_scan_available() {
        // The kernel says which pages a call dirtied: those alone are written back, and none is unmapped and faulted
        // in again. Without its word, writing back 2 MiB would cost more than unmapping.
        pool.pagemap_scan(Enabled::Auto).linear_memory_keep_resident(2 << 20).table_keep_resident(1 << 20);
    }
    InstanceAllocationStrategy::Pooling(pool)
}
