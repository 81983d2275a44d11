//! Whether the engine and gitlab-ci-local say the same of which jobs start: thousands of pairs of a pipeline and a start.
//!
//! Compared are the jobs that there are, those of a matrix each by its name, their `when` and `allow_failure`, where
//! `workflow`, `rules` with all that they ask, variables, matrices and `needs` decide. `only` and `except` gitlab-ci-local does not have; what else it does not have is
//! said in `driver.mjs`, and what it does otherwise than GitLab in `listed.rs`.

mod expression;
mod judge;
mod listed;
mod pair;
mod repository;
mod seen;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::checkout::Checkout;
use crate::parity::random::Random;
use crate::pipeline::built;
use crate::scratch::Scratch;
use judge::Judge;
use listed::{Answer, Answers, LISTED};
use pair::Pair;
use repository::Repository;

/// The name of the command.
pub(crate) const NAME: &str = "starts";

/// How many pairs there are unless somebody says.
pub(crate) const COUNT: usize = 2_000;

/// How many of them CI runs.
const PART: usize = 100;

/// The seed of the generator.
const SEED: u64 = 20_261_127;

/// How many repositories there are for them.
const REPOSITORIES: usize = 24;

/// Of how many pairs one goes through gitlab-ci-local's command too.
const COMMANDED: usize = 100;

/// How many pairs in a hundred may be covered by what is listed.
const MOST_LISTED: usize = 5;

/// All of it.
///
/// # Errors
///
/// Where a program cannot be run, or a folder cannot be made.
pub(crate) fn run(count: usize) -> Result<bool> {
    let judge = Judge::find()?.context("gitlab-ci-local is not installed: npm install --global gitlab-ci-local")?;
    compared(count, &judge)
}

/// A part of it, for CI; nothing where gitlab-ci-local is not installed.
///
/// # Errors
///
/// Where a program cannot be run, or a folder cannot be made.
pub(crate) fn part() -> Result<bool> {
    match Judge::find()? {
        Some(judge) => compared(PART, &judge),
        None => {
            writeln!(io::stdout().lock(), "{NAME}: gitlab-ci-local is not installed, nothing is compared")?;
            Ok(true)
        }
    }
}

fn compared(count: usize, judge: &Judge) -> Result<bool> {
    let engine = built(&Checkout::open()?.root)?.join("engine");
    let scratch = Scratch::new(NAME)?;
    let mut random = Random::new(SEED);
    let repositories: Vec<Repository> =
        (0..REPOSITORIES).map(|number| Repository::new(scratch.path(), number, &mut random)).collect::<Result<_>>()?;
    let pairs: Vec<Pair> = (0..count).filter_map(|_| pair::pair(&mut random, &repositories)).collect();
    let judged = judge.asked(scratch.path(), &pairs, &repositories)?;
    let mut out = io::stdout().lock();
    let (mut agree, mut differ, mut empty, mut commands) = (0_usize, 0_usize, 0_usize, 0_usize);
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for (pair, judged) in pairs.iter().zip(&judged) {
        let Some(repository) = repositories.get(pair.repository) else { continue };
        let folder = scratch.path().join(&repository.name);
        let ours = ours(pair, &engine, &folder)?;
        empty += usize::from(ours.as_ref().is_ok_and(BTreeMap::is_empty));
        let answers = Answers { pair, repository, ours: &ours, theirs: &judged.answer };
        if ours == judged.answer {
            agree += 1;
        } else if let Some(listed) = answers.listed() {
            *known.entry(listed.name).or_default() += 1;
        } else {
            differ += 1;
            writeln!(out, "{NAME}: {}", told(answers)?)?;
        }
        // The command knows nothing of workflows.
        if commands < count / COMMANDED && !pair.pipeline.contains_key("workflow") {
            commands += 1;
            if let Some(other) = judge.command(&folder, pair, judged)? {
                differ += 1;
                writeln!(out, "{NAME}: gitlab-ci-local lists {other}, of {}", told(answers)?)?;
            }
        }
    }
    for listed in LISTED {
        if let Some(times) = known.get(listed.name) {
            writeln!(out, "{NAME}: {times} differ by {}: {}", listed.name, listed.reason)?;
        }
    }
    let listed: usize = known.values().sum();
    let many = listed * 100 > count * MOST_LISTED;
    let parallel = |job: &Value| job.get("parallel").is_some();
    let matrices = pairs.iter().filter(|pair| pair.pipeline.values().any(parallel)).count();
    let verdict = if differ > 0 || many { "failed" } else { "ok" };
    writeln!(
        out,
        "{NAME}: {count} pairs, {empty} without a job, {matrices} with a matrix, {commands} by its command too: {agree} agree, {listed} differ as \
         listed, {differ} differ: {verdict}"
    )?;
    Ok(differ == 0 && !many)
}

/// What the engine says of a pair.
fn ours(pair: &Pair, engine: &Path, folder: &Path) -> Result<Answer> {
    fs::write(folder.join(".gitlab-ci.yml"), serde_json::to_string(&pair.pipeline)?)?;
    let output = Command::new(engine)
        .current_dir(folder)
        .args(["pipeline", "--format", "json", "--no-origins"])
        .args(&pair.arguments)
        .output()
        .context("engine cannot be run")?;
    if output.status.code() != Some(0) {
        return Ok(Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    let printed: Value = serde_json::from_slice(&output.stdout).context("what engine prints is no JSON")?;
    let jobs = printed.pointer("/pipelines/0/jobs").and_then(Value::as_object).context("there are no jobs")?;
    let mut answer = BTreeMap::new();
    for (name, job) in jobs {
        // Jobs of a matrix that start alike are printed as the one that they are written as.
        let names = match job.pointer("/parallel/matrix") {
            Some(_) => pair::instances(
                name,
                pair.pipeline.get(name).and_then(|job| job.pointer("/parallel/matrix")).unwrap_or(&Value::Null),
            ),
            None => vec![name.replace(", ", ",")],
        };
        answer.extend(names.into_iter().map(|name| (name, said(job))));
    }
    Ok(Ok(answer))
}

/// `manual+` for a job that somebody starts and that may fail.
fn said(job: &Value) -> String {
    let when = job.get("when").and_then(Value::as_str).unwrap_or("nothing");
    let allowed = job.get("allow_failure").and_then(Value::as_bool) == Some(true);
    format!("{when}{}", if allowed { "+" } else { "" })
}

/// A pair and its answers, for whoever looks for the reason.
fn told(answers: Answers<'_>) -> Result<String> {
    let show = |answer: &Answer| match answer {
        Ok(jobs) => jobs.iter().map(|(name, said)| format!("{name} {said}")).collect::<Vec<_>>().join(", "),
        Err(why) => format!("refused: {why}"),
    };
    let Answers { pair, repository, ours, theirs } = answers;
    Ok(format!(
        "engine says [{}], gitlab-ci-local [{}]\n  {}\n  {}\n  with {}",
        show(ours),
        show(theirs),
        serde_json::to_string(&pair.pipeline)?,
        pair.arguments.join(" "),
        repository.files.join(" "),
    ))
}
