//! `cargo xtask <command>`: what people and CI check alike. Every check prints how much it looked at, and what is wrong
//! where; it ends with 1 if anything is.
//!
//! Here are the commands and how their outcome is printed. The tests are not here: `cargo test` runs them.

mod checkout;
mod ci;
mod dist;
mod hcl_judge;
mod layers;
mod licences;
mod markdown;
mod metadata;
mod outcome;
mod parity;
mod pipeline;
mod plans;
mod reports;
mod rules;
mod scratch;
mod spdx;
mod starts;
mod tidy;

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::{Context as _, Result};

use checkout::Checkout;
use outcome::Outcome;

/// A check, which looks and changes nothing, or a chore.
type Check = fn(&Checkout) -> Result<Outcome>;

/// Every check: its command, what it holds true, and the function.
const CHECKS: [(&str, &str, Check); 7] = [
    ("layers", "crates depend on each other only as the layers allow", layers::check),
    ("tidy", "sources are tidy, and documents name only what exists", tidy::check),
    ("licences", "every dependency has a licence that we accept, and its reason in ARCHITECTURE.md", licences::check),
    ("rules", "every rule has its page, and its id once", rules::check),
    ("reports", "others read the reports of the sample repositories, where they are installed", reports::check),
    ("pipeline", "the templates for GitLab CI run as they should, where gitlab-ci-local is installed", pipeline::check),
    ("plans", "the plans of testdata are what terraform makes, where it is installed", plans::check),
];

/// What changes files: its command, what it does, and the function.
const CHORES: [(&str, &str, Check); 2] = [
    ("dist", "makes the static binary and the archive of a release, in target/dist", dist::make),
    ("plans-write", "makes the plans of testdata anew with terraform, and keeps them", plans::write),
];

/// The command that runs all the others.
const CI: &str = "ci";

/// Every command's name.
fn commands() -> Vec<&'static str> {
    CHECKS
        .iter()
        .chain(&CHORES)
        .map(|(name, ..)| *name)
        .chain([hcl_judge::NAME, parity::NAME, starts::NAME, CI])
        .collect()
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, count) = match arguments.as_slice() {
        [command] => (command.as_str(), None),
        [command, count] if [hcl_judge::NAME, parity::NAME, starts::NAME].contains(&command.as_str()) => {
            (command.as_str(), Some(count.as_str()))
        }
        _ => ("", None),
    };
    match obey(command, count) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Where standard error is closed, the exit code still says it.
            let _ = writeln!(io::stderr(), "xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one command, and says whether everything passed.
fn obey(command: &str, count: Option<&str>) -> Result<bool> {
    if let Some((name, _, check)) = CHECKS.iter().chain(&CHORES).find(|(name, ..)| *name == command) {
        return run(name, *check);
    }
    if command == hcl_judge::NAME {
        let count = count.map_or(Ok(hcl_judge::COUNT), str::parse);
        return hcl_judge::run(count.context("the count of files is a number")?);
    }
    if command == parity::NAME {
        let count = count.map_or(Ok(parity::COUNT), str::parse);
        return parity::run(count.context("the count of pipelines is a number")?);
    }
    if command == starts::NAME {
        let count = count.map_or(Ok(starts::COUNT), str::parse);
        return starts::run(count.context("the count of pairs is a number")?);
    }
    if command == CI {
        return ci::run();
    }
    let mut out = io::stdout().lock();
    writeln!(out, "usage: cargo xtask <command>\n")?;
    for (name, purpose, _) in CHECKS.iter().chain(&CHORES) {
        writeln!(out, "  {name:<11} {purpose}")?;
    }
    let judge = hcl_judge::NAME;
    writeln!(out, "  {judge:<11} terraform and engine accept the same HCL, by {} files or [COUNT]", hcl_judge::COUNT)?;
    let judge = parity::NAME;
    writeln!(out, "  {judge:<11} gitlab-ci-local and engine resolve the same pipelines, {} or [COUNT]", parity::COUNT)?;
    let judge = starts::NAME;
    writeln!(out, "  {judge:<11} gitlab-ci-local and engine start the same jobs, {} times or [COUNT]", starts::COUNT)?;
    writeln!(out, "  {CI:<11} all checks, and formatting, clippy and the documentation")?;
    Ok(false)
}

/// Runs one check, prints its outcome, and says whether it passed.
fn run(name: &str, check: Check) -> Result<bool> {
    let outcome = check(&Checkout::open()?)?;
    write!(io::stdout().lock(), "{}", outcome.text(name))?;
    Ok(outcome.passed())
}
