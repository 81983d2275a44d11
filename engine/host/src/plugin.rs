//! A policy that is ready to be called: a plugin, or a program that an interpreter runs.

use std::fmt;
use std::sync::Arc;

use wasmtime::Store;
use wasmtime::component::{Component, InstancePre};

use crate::bindings::{Policy, PolicyPre, types};
use crate::builtin::Builtin;
use crate::guest::{Guest, Shared, World};
use crate::interpreter::Program;
use crate::report::Question;
use crate::store::State;
use crate::{CallError, Facts, LoadErrorKind, Manifest, Report, Scope, baked, manifest};

/// A policy that is ready to be called: its manifest read, its interface checked. Cheap to call, from any number of
/// threads at once; every call runs in an instance of its own.
///
/// The code of a built-in plugin is mapped at its first call: one whose kinds of facts do not occur costs its manifest.
/// Copies share everything.
#[derive(Clone)]
pub struct Plugin {
    body: Arc<Body>,
    manifest: Arc<Manifest>,
}

/// What runs.
enum Body {
    Component(Guest<PolicyPre<State>>),
    Program(Program),
}

impl World for PolicyPre<State> {
    type Instance = Policy;

    fn of(linked: InstancePre<State>) -> wasmtime::Result<Self> {
        Self::new(linked)
    }

    fn instantiate(&self, store: &mut Store<State>) -> wasmtime::Result<Policy> {
        self.instantiate(store)
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plugin").field("manifest", &self.manifest).finish_non_exhaustive()
    }
}

impl Plugin {
    fn new(body: Body, manifest: Manifest) -> Self {
        Self { body: Arc::new(body), manifest: Arc::new(manifest) }
    }

    /// A built-in plugin, nothing of its code touched.
    pub(crate) fn built_in(builtin: &'static Builtin, shared: Shared) -> Result<Self, LoadErrorKind> {
        let manifest = said(builtin.manifest())?;
        Ok(Self::new(Body::Component(Guest::built_in(builtin, shared)), manifest))
    }

    /// Links a component that was never seen before, and asks it what it is. What it said comes as bytes as well.
    pub(crate) fn unknown(component: &Component, shared: Shared) -> Result<(Self, Vec<u8>), LoadErrorKind> {
        crate::interface::check(component)?;
        let guest = Guest::linked(component, shared)?;
        let (manifest, bytes) = ask(&guest)?;
        Ok((Self::new(Body::Component(guest), manifest), bytes))
    }

    /// Links a component that was asked before, and said this.
    pub(crate) fn known(component: &Component, bytes: &[u8], shared: Shared) -> Result<Self, LoadErrorKind> {
        let manifest = said(bytes)?;
        Ok(Self::new(Body::Component(Guest::linked(component, shared)?), manifest))
    }

    /// A program that its interpreter runs. Nothing of the manifest is checked: it is the host's side that wrote it.
    pub(crate) fn program(program: Program, manifest: Manifest) -> Self {
        Self::new(Body::Program(program), manifest)
    }

    /// What the guest says of itself now.
    #[cfg(test)]
    pub(crate) fn ask(&self) -> Result<(Manifest, Vec<u8>), LoadErrorKind> {
        match &*self.body {
            Body::Component(guest) => ask(guest),
            Body::Program(_) => Err(LoadErrorKind::MissingExport { name: "describe".into() }),
        }
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

    /// Whether its rules can be run one by one ([`Plugin::check_one`]), so that one which overruns costs no other.
    #[must_use]
    pub fn is_separable(&self) -> bool {
        matches!(*self.body, Body::Program(_))
    }

    /// Runs every rule of `scope` on `facts`, in a fresh instance. Blocks for at most the deadline and the time to
    /// copy the facts in and the answer out. The thread needs the limit of the stack and 256 KiB beyond.
    ///
    /// # Errors
    ///
    /// Where the guest overruns a limit, traps, or gives an answer that names rules or places it cannot mean. The
    /// rules are then undecided; the plugin can be called again.
    pub fn check(&self, scope: Scope, facts: &[Facts<'_>]) -> Result<Report, CallError> {
        self.run(scope, &[], facts)
    }

    /// Runs one rule alone, as [`Plugin::check`] does; all of them where they are not separable.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn check_one(&self, rule: &str, scope: Scope, facts: &[Facts<'_>]) -> Result<Report, CallError> {
        self.run(scope, &[rule], facts)
    }

    fn run(&self, scope: Scope, only: &[&str], facts: &[Facts<'_>]) -> Result<Report, CallError> {
        let handed: Vec<_> = facts.iter().map(|one| types::Facts { kind: one.kind, json: one.json }).collect();
        let (limits, said, failed, state) = match &*self.body {
            Body::Component(guest) => {
                let call =
                    |policy: Policy, store: &mut Store<State>| policy.call_check(store, scope.to_guest(), &handed);
                let (said, state) = guest.call(call)?;
                (&*guest.shared.limits, said, Vec::new(), state)
            }
            Body::Program(program) => {
                let ((said, failed), state) = program.check(scope.to_guest(), only, &handed)?;
                (program.limits(), said, failed, state)
            }
        };
        let mut report = Question { manifest: &self.manifest, scope, facts, limits }.answer(said)?;
        let failed =
            failed.into_iter().filter_map(|one| Some((self.manifest.rule(&one.rule)?.info.id.clone(), one.message)));
        report.failed = failed.collect();
        report.log = state.log.lines;
        Ok(report)
    }
}

/// What a plugin said of itself when it was compiled.
fn said(bytes: &[u8]) -> Result<Manifest, LoadErrorKind> {
    let said = baked::read(bytes);
    let said = said.ok_or_else(|| LoadErrorKind::Incompatible { reason: "its manifest is cut off".into() })?;
    manifest::check(said).map_err(LoadErrorKind::BrokenManifest)
}

/// Asks the guest what it is, and gives it as bytes as well.
fn ask(guest: &Guest<PolicyPre<State>>) -> Result<(Manifest, Vec<u8>), LoadErrorKind> {
    let said = guest.call(|policy, store| policy.call_describe(store)).and_then(|(said, _)| {
        let (limit, used) = (guest.shared.limits.output_bytes, manifest::size(&said));
        if used > limit { Err(CallError::Output { limit, used, more: false }) } else { Ok(said) }
    });
    let said = said.map_err(LoadErrorKind::Describe)?;
    let bytes = baked::write(&said);
    Ok((manifest::check(said).map_err(LoadErrorKind::BrokenManifest)?, bytes))
}
