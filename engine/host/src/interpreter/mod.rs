//! The engine's own guest that runs policies which are text: sources become a program, a program a [`Plugin`].
//!
//! It is compiled with the engine, and counts fuel: what it runs comes from disk.

mod bindings;

use std::fmt;
use std::sync::Arc;

use wasmtime::Store;
use wasmtime::component::{Component, InstancePre};

use crate::bindings::types;
use crate::builtin::INTERPRETER;
use crate::cache::{Cache, Found, Key};
use crate::guest::{Guest, World};
use crate::store::State;
use crate::{Cached, CallError, Host, Limits, LoadError, LoadErrorKind, Manifest, Plugin};

pub(crate) use bindings::Failure;
use bindings::{Interpreter as Instance, InterpreterPre};

impl World for InterpreterPre<State> {
    type Instance = Instance;

    fn of(linked: InstancePre<State>) -> wasmtime::Result<Self> {
        Self::new(linked)
    }

    fn instantiate(&self, store: &mut Store<State>) -> wasmtime::Result<Instance> {
        self.instantiate(store)
    }
}

/// A guest that compiles and runs policies which are text. Cheap to copy.
#[derive(Clone)]
pub struct Interpreter {
    guest: Arc<Guest<InterpreterPre<State>>>,
}

impl fmt::Debug for Interpreter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interpreter").finish_non_exhaustive()
    }
}

/// A compiled policy and what runs it.
pub(crate) struct Program {
    interpreter: Interpreter,
    bytes: Arc<[u8]>,
}

/// What compiling came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// The program; or what is wrong with the sources, in the interpreter's own words.
    pub program: Result<Vec<u8>, String>,
    /// What the cache did; `None` where there was none, and where the sources are wrong.
    pub cache: Option<Cached>,
}

impl Host {
    /// The interpreter of Rego that is part of the engine, nothing of its code touched before its first call.
    ///
    /// # Errors
    ///
    /// Where its sandbox cannot be set up.
    pub fn interpreter(&self) -> Result<Interpreter, LoadError> {
        let sandbox = self.interpreting().map_err(|kind| LoadError { plugin: INTERPRETER.name().to_owned(), kind })?;
        Ok(Interpreter { guest: Arc::new(Guest::built_in(&INTERPRETER, self.shared(sandbox))) })
    }

    /// An interpreter from the bytes of its component, compiled now: for a host that counts no fuel, which the one that
    /// is part of the engine always does.
    ///
    /// # Errors
    ///
    /// Where the bytes are no component of the world `interpreter`.
    pub fn load_interpreter(&self, component: &[u8]) -> Result<Interpreter, LoadError> {
        let load = || {
            let sandbox = self.compiling()?;
            let component = Component::from_binary(&sandbox.engine, component);
            let component = component.map_err(|error| LoadErrorKind::NotAComponent { reason: format!("{error:#}") })?;
            Ok(Interpreter { guest: Arc::new(Guest::linked(&component, self.shared(sandbox))?) })
        };
        load().map_err(|kind| LoadError { plugin: INTERPRETER.name().to_owned(), kind })
    }
}

impl Interpreter {
    /// Compiles what a request holds. A program that was compiled before is taken from the cache; whatever is wrong
    /// with that, the request is compiled without it.
    ///
    /// # Errors
    ///
    /// Where the interpreter overruns a limit or traps on these sources.
    pub fn compile(&self, request: &str, cache: Option<&Cache>) -> Result<Compiled, CallError> {
        let key = cache.map(|cache| (cache, Key::of_program(request.as_bytes(), INTERPRETER.manifest())));
        let mut broken = None;
        if let Some((cache, key)) = &key {
            match cache.find(key) {
                Found::Whole(entry) => {
                    return Ok(Compiled { program: Ok(entry.into_content()), cache: Some(Cached::Hit) });
                }
                Found::Nothing => {}
                Found::Broken(reason) => broken = Some(reason),
            }
        }
        let (program, _) = self.guest.call(|guest, store| guest.call_compile(store, request))?;
        let stored = match (&program, key) {
            (Ok(program), Some((cache, key))) => Some(cache.store(&key, &[], program)),
            _ => None,
        };
        let cache = stored.map(|stored| match (stored, broken) {
            (Err(reason), _) => Cached::Off { reason },
            (Ok(()), Some(reason)) => Cached::Repaired { reason },
            (Ok(()), None) => Cached::Miss,
        });
        Ok(Compiled { program, cache })
    }

    /// Evaluates rules of a program; request and answer are the interpreter's own.
    ///
    /// # Errors
    ///
    /// Where a limit is overrun or the interpreter traps.
    pub fn evaluate(&self, program: &[u8], request: &str) -> Result<Result<String, String>, CallError> {
        self.guest.call(|guest, store| guest.call_evaluate(store, program, request)).map(|(said, _)| said)
    }

    /// A program as a policy of the gate.
    #[must_use]
    pub fn policy(&self, program: Vec<u8>, manifest: Manifest) -> Plugin {
        Plugin::program(Program { interpreter: self.clone(), bytes: program.into() }, manifest)
    }
}

impl Program {
    pub(crate) fn limits(&self) -> &Limits {
        &self.interpreter.guest.shared.limits
    }

    pub(crate) fn check(
        &self,
        scope: types::Scope,
        only: &[&str],
        facts: &[types::Facts<'_>],
    ) -> Result<((types::Report, Vec<Failure>), State), CallError> {
        self.interpreter.guest.call(|guest, store| guest.call_check(store, &self.bytes, only, scope, facts))
    }
}
