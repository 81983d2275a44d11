//! Everything that CI does besides the tests, in one command, so that what passes here passes there.

use std::io::{self, Write};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::checkout::Checkout;

/// What cargo checks: the step, its arguments, and a variable that it needs.
type Tool = (&'static str, &'static [&'static str], Option<(&'static str, &'static str)>);

/// Before the checks, since it is quick and everybody's first mistake.
const FORMAT: Tool = ("fmt", &["fmt", "--all", "--check"], None);

/// After the checks, since they compile.
const COMPILED: [Tool; 2] = [
    ("clippy", &["clippy", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"], None),
    (
        "doc",
        &["doc", "--release", "--workspace", "--no-deps", "--document-private-items"],
        Some(("RUSTDOCFLAGS", "-D warnings")),
    ),
];

/// How a step went.
struct Step {
    name: &'static str,
    took: Duration,
    passed: bool,
}

/// Runs every step, also after one that failed, and says whether all passed.
///
/// # Errors
///
/// Where standard output is closed.
pub(crate) fn run() -> Result<bool> {
    let mut out = io::stdout();
    let mut steps = vec![step(&mut out, FORMAT.0, || tool(FORMAT))?];
    for (name, _, check) in crate::CHECKS {
        steps.push(step(&mut out, name, || crate::run(name, check))?);
    }
    for compiled in COMPILED {
        steps.push(step(&mut out, compiled.0, || tool(compiled))?);
    }
    steps.push(step(&mut out, crate::hcl_judge::NAME, crate::hcl_judge::part)?);
    steps.push(step(&mut out, crate::parity::NAME, crate::parity::part)?);
    steps.push(step(&mut out, crate::starts::NAME, crate::starts::part)?);
    write!(out, "\n{}", table(&steps))?;
    Ok(steps.iter().all(|step| step.passed))
}

/// A step that cannot be run has not passed, and the next one still runs.
fn step(out: &mut impl Write, name: &'static str, work: impl FnOnce() -> Result<bool>) -> Result<Step> {
    writeln!(out, "==> {name}")?;
    let start = Instant::now();
    let passed = match work() {
        Ok(passed) => passed,
        Err(error) => {
            writeln!(out, "{name}: {error:#}")?;
            false
        }
    };
    Ok(Step { name, took: start.elapsed(), passed })
}

fn tool((_, arguments, variable): Tool) -> Result<bool> {
    let root = Checkout::root()?;
    let status = Command::new("cargo").args(arguments).envs(variable).current_dir(root).status();
    Ok(status.context("cannot start `cargo`")?.success())
}

fn table(steps: &[Step]) -> String {
    let row = |step: &Step| {
        let Step { name, took, passed } = step;
        format!("{name:<10}{:>8.1}  {}\n", took.as_secs_f64(), if *passed { "ok" } else { "FAILED" })
    };
    let rows: String = steps.iter().map(row).collect();
    format!("{:<10}{:>8}\n{rows}", "step", "seconds")
}

#[cfg(test)]
mod tests {
    use super::{Step, step, table};
    use std::time::Duration;

    #[test]
    fn a_step_that_cannot_run_has_failed() {
        let mut out = Vec::new();
        assert!(!step(&mut out, "a", || anyhow::bail!("no cargo")).unwrap().passed);
        assert!(step(&mut out, "b", || Ok(true)).unwrap().passed);
        assert_eq!(out, b"==> a\na: no cargo\n==> b\n");
    }

    #[test]
    fn the_table_shows_every_step() {
        let step = |name, seconds, passed| Step { name, took: Duration::from_millis(seconds), passed };
        let expected = "step       seconds\nfmt            1.2  ok\nclippy       100.0  FAILED\n";
        assert_eq!(table(&[step("fmt", 1_200, true), step("clippy", 100_000, false)]), expected);
    }
}
