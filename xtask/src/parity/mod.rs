//! Whether the engine and gitlab-ci-local make the same of a pipeline: hundreds that nobody wrote, those of public test
//! suites and the samples of this repository.
//!
//! Both print what a pipeline comes to, and the two are compared as data. Where they differ, a fact about GitLab decides;
//! `deviation` has the list, and `docs/parity.md` what came of it.

mod compare;
mod deviation;
mod grammar;
mod normal;
mod page;
mod program;
pub(crate) mod random;
mod suite;

use std::io::{self, Write as _};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result, ensure};

use crate::checkout::Checkout;
use crate::pipeline::built;
use crate::scratch::Scratch;
use compare::Found;
use program::Program;
use suite::Repository;

/// The name of the command.
pub(crate) const NAME: &str = "parity";

/// How many pipelines are generated unless somebody says.
pub(crate) const COUNT: usize = 600;

/// How many of them CI runs.
const PART: usize = 40;

/// The seed of the generator.
const SEED: u64 = 20_261_126;

/// How many cases in a hundred may be covered by listed deviations.
const MOST_LISTED: usize = 10;

/// All of it; writes the page where nothing is left out.
///
/// # Errors
///
/// Where a program cannot be run, or a folder cannot be made.
pub(crate) fn run(count: usize) -> Result<bool> {
    let checkout = Checkout::open()?;
    ensure!(program::is_installed(), "gitlab-ci-local is not installed: npm install --global gitlab-ci-local");
    let results = judged(&checkout, count, true)?;
    let passed = said(&results)?;
    if count >= COUNT && passed {
        page::write(&checkout, &results, SEED)?;
    }
    Ok(passed)
}

/// A part of it, for CI; nothing where gitlab-ci-local is not installed.
///
/// # Errors
///
/// Where a program cannot be run, or a folder cannot be made.
pub(crate) fn part() -> Result<bool> {
    if !program::is_installed() {
        writeln!(io::stdout().lock(), "{NAME}: gitlab-ci-local is not installed, nothing is compared")?;
        return Ok(true);
    }
    said(&judged(&Checkout::open()?, PART, false)?)
}

/// What came of the cases, in their order, and what they cost.
pub(crate) struct Results {
    pub(crate) cases: Vec<(Repository, Found)>,
    /// CPU seconds of the engine and of gitlab-ci-local.
    pub(crate) cost: (f64, f64),
}

fn judged(checkout: &Checkout, count: usize, suites: bool) -> Result<Results> {
    let engine = built(&checkout.root)?.join("engine");
    let mut cases: Vec<Repository> = (0..count).map(|number| suite::generated(grammar::case(SEED, number))).collect();
    cases.extend(suite::samples(checkout));
    if suites {
        cases.extend(suite::public(checkout)?);
    }
    let scratch = Scratch::new(NAME)?;
    for (index, case) in cases.iter().enumerate() {
        case.lay_out(&scratch.path().join(index.to_string()))?;
    }
    let before = program::children();
    let ours = each(&cases, |index, case| Program::Engine(&engine).run(&scratch.path().join(index.to_string()), case))?;
    let between = program::children();
    let theirs = each(&cases, |index, case| Program::Judge.run(&scratch.path().join(index.to_string()), case))?;
    let after = program::children();
    let mut out = Vec::with_capacity(cases.len());
    for ((case, ours), theirs) in cases.into_iter().zip(ours).zip(theirs) {
        let found = compare::compare(&case, &ours, &theirs).with_context(|| format!("`{}`", case.name))?;
        out.push((case, found));
    }
    Ok(Results { cases: out, cost: (between - before, after - between) })
}

/// Runs something for each case, two at a time.
fn each<T: Send>(cases: &[Repository], work: impl Fn(usize, &Repository) -> Result<T> + Sync) -> Result<Vec<T>> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Result<T>)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(index) else { break };
                    let result = work(index, case).with_context(|| format!("`{}`", case.name));
                    if let Ok(mut done) = done.lock() {
                        done.push((index, result));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().map_err(|_| anyhow::anyhow!("a run ended in a panic"))?;
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Says what differs and how much agrees; whether that is enough.
fn said(results: &Results) -> Result<bool> {
    let mut out = io::stdout().lock();
    let mut differ = 0_usize;
    for (case, found) in &results.cases {
        if let Found::Differs(differences) = found {
            differ += 1;
            writeln!(out, "{NAME}: {}: {}", case.name, differences.join("\n  "))?;
            for (path, text) in case.files.iter().filter(|_| differ <= 3) {
                writeln!(out, "--- {path}\n{text}")?;
            }
        }
    }
    let of = |wanted: fn(&Found) -> bool| results.cases.iter().filter(|(_, found)| wanted(found)).count();
    let all = results.cases.len();
    let (agree, listed) = (of(|found| matches!(found, Found::Agrees)), of(|found| matches!(found, Found::Listed(_))));
    let undecided = of(|found| matches!(found, Found::Undecided));
    let unused = deviation::unused(results);
    if all >= COUNT {
        unused.iter().try_for_each(|name| writeln!(out, "{NAME}: no case needs the deviation `{name}`"))?;
    }
    // A part has too few cases to say how many of all are listed.
    let many = all >= COUNT && listed * 100 > all * MOST_LISTED;
    let (engine, judge) = results.cost;
    writeln!(
        out,
        "{NAME}: {all} cases: {agree} agree, {listed} differ as listed, {undecided} undecided, {differ} differ; \
         CPU time {engine:.2} s and {judge:.2} s, 1 to {:.0}",
        judge / engine.max(0.001)
    )?;
    Ok(differ == 0 && !many && (all < COUNT || unused.is_empty()))
}
