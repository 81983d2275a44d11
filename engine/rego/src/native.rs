//! A policy that is part of the engine: compiled with it, run natively.

use std::fmt;
use std::sync::{Arc, OnceLock};

use engine_host::{Edit, Finding, Fix, Manifest, Place, Related, Report, Scope, Undecided};
use engine_model::{Route, RuleId, Span, Step};
use engine_rego_machine as machine;
use engine_rego_machine::{Machine, Program, Value};

/// The items of one kind, as values.
#[derive(Clone, Debug)]
pub struct Items<'a> {
    /// The kind.
    pub kind: &'a str,
    /// The items, cut to what the policy's rules read.
    pub values: Vec<Value>,
}

/// A policy that is part of the engine, ready to be called from any number of threads. Its program is read at its first
/// call.
pub struct Native {
    manifest: Manifest,
    program: &'static [u8],
    ready: OnceLock<Result<Arc<Ready>, String>>,
}

struct Ready {
    program: Program,
    machine: Machine,
}

impl fmt::Debug for Native {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Native").field("manifest", &self.manifest).finish_non_exhaustive()
    }
}

impl Native {
    pub(crate) fn new(manifest: Manifest, program: &'static [u8]) -> Self {
        Self { manifest, program, ready: OnceLock::new() }
    }

    /// The policy's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// What the policy says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Runs every rule of `scope` that reads one of these kinds.
    ///
    /// # Errors
    /// Where the program does not fit this engine: a broken build.
    pub fn check(&self, scope: Scope, items: &[Items<'_>]) -> Result<Report, String> {
        let ready = self.ready.get_or_init(|| {
            let program = Program::from_bytes(self.program).map_err(|error| error.to_string())?;
            let machine = Machine::new(&program).map_err(|error| error.to_string())?;
            Ok(Arc::new(Ready { program, machine }))
        });
        let ready = ready.as_ref().map_err(Clone::clone)?;
        let facts: Vec<machine::Facts<'_>> =
            items.iter().map(|one| machine::Facts { kind: one.kind, items: one.values.clone() }).collect();
        let scope = match scope {
            Scope::Item => machine::Scope::Item,
            Scope::Repository => machine::Scope::Repository,
        };
        Ok(report(machine::check(&ready.program, &ready.machine, scope, &[], &facts)))
    }
}

fn report(answer: machine::Answer) -> Report {
    let findings = answer.findings.into_iter().filter_map(|one| {
        Some(Finding {
            rule: RuleId::new(&one.rule)?,
            place: place(one.place),
            message: one.message,
            related: one.related.into_iter().map(related).collect(),
            help: one.help,
            fix: one.fix.map(fix),
        })
    });
    let undecided = answer.undecided.into_iter().filter_map(|one| {
        Some(Undecided { rule: RuleId::new(&one.rule)?, place: place(one.place), message: one.message })
    });
    let failed = answer.failed.into_iter().filter_map(|one| Some((RuleId::new(&one.rule)?, one.message)));
    Report { findings: findings.collect(), undecided: undecided.collect(), failed: failed.collect(), log: Vec::new() }
}

fn place(place: machine::Place) -> Place {
    let step = |step: machine::Step| match step {
        machine::Step::Key(key) => Step::Key(key.into()),
        machine::Step::Index(index) => Step::Index(index),
    };
    Place {
        facts: place.facts as usize,
        item: place.item as usize,
        route: Route(place.route.into_iter().map(step).collect()),
        range: place.range.map(|(start, end)| Span::new(start, end)),
    }
}

fn related(related: machine::Related) -> Related {
    Related { place: place(related.place), message: related.message }
}

fn fix(fix: machine::Fix) -> Fix {
    let edit = |edit: machine::Edit| Edit { place: place(edit.place), replacement: edit.replacement };
    Fix { title: fix.title, safe: fix.safe, edits: fix.edits.into_iter().map(edit).collect(), snippet: fix.snippet }
}
