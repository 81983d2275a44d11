//! `cargo xtask <command>`: what people and CI check alike. Every check prints how much it looked at, and what is wrong
//! where; it ends with 1 if anything is.
//!
//! Here are the commands and how their outcome is printed. The tests are not here: `cargo test` runs them.

mod checkout;
mod ci;
mod layers;
mod licences;
mod markdown;
mod metadata;
mod outcome;
mod rules;
mod spdx;
mod tidy;

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Result;

use checkout::Checkout;
use outcome::Outcome;

/// A check: it looks, and changes nothing.
type Check = fn(&Checkout) -> Result<Outcome>;

/// Every check: its command, what it holds true, and the function.
const CHECKS: [(&str, &str, Check); 4] = [
    ("layers", "crates depend on each other only as the layers allow", layers::check),
    ("tidy", "sources are tidy, and documents name only what exists", tidy::check),
    ("licences", "every dependency has a licence that we accept, and its reason in ARCHITECTURE.md", licences::check),
    ("rules", "every rule has its page, and its id once", rules::check),
];

/// The command that runs all the others.
const CI: &str = "ci";

/// Every command's name.
fn commands() -> Vec<&'static str> {
    CHECKS.iter().map(|(name, ..)| *name).chain([CI]).collect()
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let command = match arguments.as_slice() {
        [command] => command.as_str(),
        _ => "",
    };
    match obey(command) {
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
fn obey(command: &str) -> Result<bool> {
    if let Some((name, _, check)) = CHECKS.iter().find(|(name, ..)| *name == command) {
        return run(name, *check);
    }
    if command == CI {
        return ci::run();
    }
    let mut out = io::stdout().lock();
    writeln!(out, "usage: cargo xtask <command>\n")?;
    for (name, purpose, _) in CHECKS {
        writeln!(out, "  {name:<9} {purpose}")?;
    }
    writeln!(out, "  {CI:<9} all of these, and formatting, clippy and the documentation")?;
    Ok(false)
}

/// Runs one check, prints its outcome, and says whether it passed.
fn run(name: &str, check: Check) -> Result<bool> {
    let outcome = check(&Checkout::open()?)?;
    write!(io::stdout().lock(), "{}", outcome.text(name))?;
    Ok(outcome.passed())
}
