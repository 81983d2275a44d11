//! The reports of the sample repositories, read by others: Microsoft's validator of SARIF, a reader of JUnit XML. Where
//! one of them is not installed, its reports are only counted.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::checkout::Checkout;
use crate::outcome::Outcome;
use crate::scratch::Scratch;

const SAMPLES: [&str; 2] = ["wild", "careful"];

/// The validator, of the npm package `@microsoft/sarif-multitool-linux`.
const SARIF: &str = "Sarif.Multitool";

/// The reader, of the Python package `junitparser`.
const JUNIT: &str = "junitparser";

/// What the validator says of a report that has no address of its maker, and that is no fault: there is none.
const ACCEPTED: [&str; 1] = ["SARIF2005"];

/// Writes the reports and has them read.
///
/// # Errors
///
/// Where the engine cannot be built, or a file cannot be read.
pub(crate) fn check(checkout: &Checkout) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let scratch = Scratch::new("reports")?;
    for sample in SAMPLES {
        judge(&checkout.root, scratch.path(), sample, &mut outcome)?;
    }
    let here = |program: &str| Command::new(program).arg("--version").output().is_ok();
    let what = match (here(SARIF), here(JUNIT)) {
        (true, true) => "sample repositories, their reports read by others",
        (true, false) => "sample repositories; JUnit read by nobody: junitparser is not installed",
        (false, true) => "sample repositories; SARIF read by nobody: Sarif.Multitool is not installed",
        (false, false) => "sample repositories, read by nobody: neither Sarif.Multitool nor junitparser is installed",
    };
    outcome.checked = vec![(SAMPLES.len(), what)];
    Ok(outcome)
}

fn judge(root: &Path, scratch: &Path, sample: &str, outcome: &mut Outcome) -> Result<()> {
    let file = |ending: &str| scratch.join(format!("{sample}.{ending}"));
    let (sarif, junit) = (file("sarif"), file("xml"));
    let folder = format!("testdata/collaborative/{sample}");
    let report = |kind: &str, path: &Path| format!("--report={kind}={}", path.display());
    let mut engine = Command::new("cargo");
    engine.args(["run", "--quiet", "--release", "--bin", "engine", "--", "check", &folder]).current_dir(root);
    let ended = engine.args([report("sarif", &sarif), report("junit", &junit)]).output();
    let code = ended.context("cannot start `cargo`")?.status.code();
    ensure!(matches!(code, Some(0 | 1)), "`engine check {folder}` ended with {code:?}");

    let output = file("validated");
    let mut validator = Command::new(SARIF);
    // It needs no data of languages, and those are not everywhere.
    validator.env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1").arg("validate").arg(&sarif).arg("-o").arg(&output);
    if validator.output().is_ok() {
        let said = read(&output).context("the validator of SARIF wrote nothing")?;
        for (rule, message) in results(&serde_json::from_str(&said)?) {
            if !ACCEPTED.contains(&rule.as_str()) {
                outcome.problem(&folder, 1, format!("SARIF, {rule}: {message}"), "see engine/report/src/sarif.rs");
            }
        }
    }
    let merged = file("merged");
    if let Ok(ended) = Command::new(JUNIT).arg("merge").arg(&junit).arg(&merged).output() {
        let tests = |path: &Path| read(path).map(|text| text.matches("<testcase ").count());
        if !ended.status.success() || tests(&junit)? != tests(&merged).unwrap_or(0) {
            let said = String::from_utf8_lossy(&ended.stderr).into_owned();
            outcome.problem(&folder, 1, format!("JUnit is read otherwise: {said}"), "see engine/report/src/junit.rs");
        }
    }
    Ok(())
}

/// A file that a reader or the engine has just written.
fn read(path: &Path) -> Result<String> {
    #[expect(clippy::disallowed_methods, reason = "a report, not the user's input")]
    let text = fs::read_to_string(path)?;
    Ok(text)
}

/// Rules and messages of a log of the validator.
fn results(log: &serde_json::Value) -> Vec<(String, String)> {
    let runs = log.get("runs").and_then(serde_json::Value::as_array).into_iter().flatten();
    let results = runs.filter_map(|run| run.get("results")?.as_array()).flatten();
    let one = |result: &serde_json::Value| {
        let rule = result.get("ruleId").and_then(serde_json::Value::as_str).unwrap_or("?");
        (rule.to_owned(), result.get("message").map(ToString::to_string).unwrap_or_default())
    };
    results.map(one).collect()
}
