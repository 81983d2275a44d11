//! Whether the engine and gitlab-ci-local say the same of which jobs start: thousands of pairs of rules and pipelines.
//!
//! The judge is asked for one decision at a time, by its own function and in one process. `changes` is left out, since it
//! asks git; `only` and `except` it does not have.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::checkout::Checkout;
use crate::parity::random::Random;
use crate::pipeline::built;
use crate::scratch::Scratch;

/// The name of the command.
pub(crate) const NAME: &str = "starts";

/// How many pairs there are unless somebody says.
pub(crate) const COUNT: usize = 2_000;

/// How many of them CI runs.
const PART: usize = 100;

/// The seed of the generator.
const SEED: u64 = 20_261_127;

/// How many pairs in a hundred may be covered by what is listed.
const MOST_LISTED: usize = 5;

/// What the judge does otherwise than GitLab.
const LISTED: [(&str, &str); 2] = [
    (
        "nothing-matched",
        "a variable that is not there is held against a pattern as the text `null`, in GitLab as no text (B1.14)",
    ),
    (
        "empty-operand",
        "an operand of `&&` or `||` that is empty counts as false, in GitLab as true: only nothing is false",
    ),
];

/// Names of refs.
const NAMES: [&str; 8] = ["main", "develop", "release/1", "release/2.0", "v1.2.3", "v2", "feature/x", "mainly"];

/// Parts of expressions.
const PARTS: [&str; 30] = [
    "$CI_COMMIT_BRANCH",
    "$CI_COMMIT_TAG",
    "$CI_COMMIT_BRANCH == \"main\"",
    "$CI_COMMIT_BRANCH != \"main\"",
    "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH",
    "$CI_COMMIT_BRANCH != $CI_DEFAULT_BRANCH",
    "$CI_COMMIT_REF_NAME == \"main\"",
    "$CI_COMMIT_REF_NAME =~ /^release\\/.*$/",
    "$CI_COMMIT_BRANCH =~ /main/",
    "$CI_COMMIT_BRANCH =~ /^(main|develop)$/",
    "$CI_COMMIT_TAG =~ /^v\\d+\\.\\d+\\.\\d+$/",
    "$CI_COMMIT_TAG =~ /^V/i",
    "$CI_COMMIT_REF_NAME !~ /^feature/",
    "$CI_COMMIT_BRANCH !~ /^release/",
    "$CI_COMMIT_TAG == null",
    "$CI_COMMIT_BRANCH != null",
    "$CI_PIPELINE_SOURCE == \"push\"",
    "$CI_PIPELINE_SOURCE != \"push\"",
    "$CI_PIPELINE_SOURCE == \"schedule\"",
    "$CI_PIPELINE_SOURCE == 'merge_request_event'",
    "$CI_PIPELINE_SOURCE =~ /^(web|api)$/",
    "$CI_MERGE_REQUEST_IID",
    "$CI_MERGE_REQUEST_TARGET_BRANCH_NAME == \"main\"",
    "$CI_COMMIT_REF_PROTECTED == \"true\"",
    "$DEPLOY",
    "$DEPLOY == \"true\"",
    "$DEPLOY != \"true\"",
    "$DEPLOY == null",
    "$MODE =~ /^fast|slow$/",
    "$MODE == \"\"",
];

/// A pair: rules, and a pipeline that somebody starts.
struct Pair {
    rules: Vec<Value>,
    when: Option<&'static str>,
    arguments: Vec<String>,
    variables: serde_json::Map<String, Value>,
}

/// All of it.
///
/// # Errors
///
/// Where a program cannot be run, or a folder cannot be made.
pub(crate) fn run(count: usize) -> Result<bool> {
    let judge = judge()?.context("gitlab-ci-local is not installed: npm install --global gitlab-ci-local")?;
    compared(count, &judge)
}

/// A part of it, for CI; nothing where gitlab-ci-local is not installed.
///
/// # Errors
///
/// Where a program cannot be run, or a folder cannot be made.
pub(crate) fn part() -> Result<bool> {
    match judge()? {
        Some(judge) => compared(PART, &judge),
        None => {
            writeln!(io::stdout().lock(), "{NAME}: gitlab-ci-local is not installed, nothing is compared")?;
            Ok(true)
        }
    }
}

/// The judge's module, where it is installed.
fn judge() -> Result<Option<PathBuf>> {
    let found = Command::new("sh").args(["-c", "command -v gitlab-ci-local"]).output().context("no shell")?;
    let path = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    if path.is_empty() {
        return Ok(None);
    }
    let program = Path::new(&path).canonicalize().with_context(|| format!("`{path}`"))?;
    Ok(program.parent().map(|folder| folder.join("utils.js")).filter(|module| module.is_file()))
}

fn compared(count: usize, judge: &Path) -> Result<bool> {
    let engine = built(&Checkout::open()?.root)?.join("engine");
    let scratch = Scratch::new(NAME)?;
    let mut random = Random::new(SEED);
    let pairs: Vec<Pair> = (0..count).map(|_| pair(&mut random)).collect();
    fs::create_dir_all(scratch.path().join("src"))?;
    fs::write(scratch.path().join("Dockerfile"), "FROM scratch\n")?;
    fs::write(scratch.path().join("src/main.rs"), "")?;
    let theirs = asked(&pairs, judge, scratch.path())?;
    let mut out = io::stdout().lock();
    let (mut agree, mut listed, mut differ) = (0_usize, 0_usize, 0_usize);
    for (pair, theirs) in pairs.iter().zip(&theirs) {
        let ours = ours(pair, &engine, scratch.path())?;
        if ours == *theirs {
            agree += 1;
        } else if let Some((name, _)) = deviation(pair) {
            listed += 1;
            if count <= PART {
                writeln!(out, "{NAME}: as listed: {name}")?;
            }
        } else {
            differ += 1;
            let rules = serde_json::to_string(&pair.rules)?;
            let arguments = pair.arguments.join(" ");
            writeln!(out, "{NAME}: engine says {ours}, gitlab-ci-local {theirs}, of {rules} with {arguments}")?;
        }
    }
    let many = listed * 100 > count * MOST_LISTED;
    let verdict = if differ > 0 || many { "failed" } else { "ok" };
    writeln!(out, "{NAME}: {count} pairs: {agree} agree, {listed} differ as listed, {differ} differ: {verdict}")?;
    Ok(differ == 0 && !many)
}

/// What the judge says of all pairs.
fn asked(pairs: &[Pair], judge: &Path, folder: &Path) -> Result<Vec<String>> {
    let driver = folder.join("driver.mjs");
    fs::write(&driver, include_str!("driver.mjs"))?;
    let cases: Vec<Value> = pairs
        .iter()
        .map(|pair| {
            json!({"rules": pair.rules, "variables": pair.variables, "when": pair.when.unwrap_or("on_success"),
                   "allow_failure": false, "cwd": folder})
        })
        .collect();
    let asked = folder.join("cases.json");
    fs::write(&asked, serde_json::to_string(&cases)?)?;
    let output = Command::new("node")
        .arg(&driver)
        .arg(judge)
        .arg(&asked)
        .stdin(Stdio::null())
        .output()
        .context("node cannot be run")?;
    ensure!(output.status.success(), "node ended with {}", output.status);
    let answers: Vec<Value> = serde_json::from_slice(&output.stdout).context("what node prints is no JSON")?;
    ensure!(answers.len() == pairs.len(), "{} answers to {} questions", answers.len(), pairs.len());
    Ok(answers.iter().map(said).collect())
}

/// What the engine says of a pair.
fn ours(pair: &Pair, engine: &Path, folder: &Path) -> Result<String> {
    let mut job = json!({"script": ["true"], "rules": pair.rules});
    if let (Some(when), Some(job)) = (pair.when, job.as_object_mut()) {
        job.insert("when".to_owned(), when.into());
    }
    fs::write(folder.join(".gitlab-ci.yml"), serde_json::to_string(&json!({"job": job}))?)?;
    let output = Command::new(engine)
        .current_dir(folder)
        .args(["pipeline", "--format", "json", "--no-origins"])
        .args(&pair.arguments)
        .output()
        .context("engine cannot be run")?;
    let error = || String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.code() == Some(0), "engine ended with {}: {}", output.status, error());
    let printed: Value = serde_json::from_slice(&output.stdout).context("what engine prints is no JSON")?;
    Ok(printed.pointer("/pipelines/0/jobs/job").map_or_else(|| "never".to_owned(), said))
}

/// `manual+` for a job that somebody starts and that may fail.
fn said(answer: &Value) -> String {
    let when = answer.get("when").and_then(Value::as_str).unwrap_or("refused");
    let allowed = answer.get("allow_failure").and_then(Value::as_bool) == Some(true);
    if when == "never" { "never".to_owned() } else { format!("{when}{}", if allowed { "+" } else { "" }) }
}

/// Whether the judge is known to see a pair otherwise than GitLab.
fn deviation(pair: &Pair) -> Option<(&'static str, &'static str)> {
    let conditions = || pair.rules.iter().filter_map(|rule| rule.get("if").and_then(Value::as_str));
    let missing = |condition: &str| {
        condition.split('$').skip(1).any(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            let (name, behind) = rest.split_at(end);
            let behind = behind.trim_start();
            (behind.starts_with("=~") || behind.starts_with("!~")) && !pair.variables.contains_key(name)
        })
    };
    let empty = pair.variables.values().any(|value| value == "");
    let joined = |condition: &str| condition.contains("&&") || condition.contains("||");
    let [nothing, operand] = LISTED;
    if conditions().any(missing) {
        Some(nothing)
    } else {
        conditions().any(|condition| empty && joined(condition)).then_some(operand)
    }
}

fn pair(random: &mut Random) -> Pair {
    let rules = (0..=random.below(3)).map(|_| rule(random)).collect();
    let when = random.chance(30).then(|| random.pick(&["manual", "always"]));
    let name = random.pick(&NAMES).to_owned();
    let mut variables = serde_json::Map::new();
    let mut arguments = Vec::new();
    let set = |variables: &mut serde_json::Map<String, Value>, name: &str, value: &str| {
        variables.insert(name.to_owned(), value.into());
    };
    let source = match random.below(5) {
        0 | 1 => {
            set(&mut variables, "CI_COMMIT_BRANCH", &name);
            arguments.extend(["--branch".to_owned(), name.clone()]);
            random.pick(&["push", "schedule", "web", "api", "trigger"])
        }
        2 | 3 => {
            set(&mut variables, "CI_COMMIT_TAG", &name);
            arguments.extend(["--tag".to_owned(), name.clone()]);
            random.pick(&["push", "schedule", "web"])
        }
        _ => {
            let target = random.pick(&["main", "develop"]);
            set(&mut variables, "CI_MERGE_REQUEST_IID", "1");
            set(&mut variables, "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", &name);
            set(&mut variables, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", target);
            let request = ["--merge-request".to_owned(), name.clone(), "--target".to_owned(), target.to_owned()];
            arguments.extend(request);
            arguments.extend(["--variable".to_owned(), "CI_MERGE_REQUEST_IID=1".to_owned()]);
            "merge_request_event"
        }
    };
    let protected = random.chance(40);
    if protected {
        arguments.push("--protected".to_owned());
    }
    arguments.extend(["--source".to_owned(), source.to_owned(), "--default-branch".to_owned(), "main".to_owned()]);
    set(&mut variables, "CI_PIPELINE_SOURCE", source);
    set(&mut variables, "CI_COMMIT_REF_NAME", &name);
    set(&mut variables, "CI_COMMIT_REF_PROTECTED", if protected { "true" } else { "false" });
    set(&mut variables, "CI_DEFAULT_BRANCH", "main");
    for (variable, values) in [("DEPLOY", ["true", "false", "no", ""]), ("MODE", ["fast", "slow", "slowly", ""])] {
        if random.chance(60) {
            // An empty value is rare, as it is in the wild.
            let value = if random.chance(5) { "" } else { random.pick(&values) };
            set(&mut variables, variable, value);
            arguments.extend(["--variable".to_owned(), format!("{variable}={value}")]);
        }
    }
    Pair { rules, when, arguments, variables }
}

fn rule(random: &mut Random) -> Value {
    let mut rule = serde_json::Map::new();
    if random.chance(90) {
        rule.insert("if".to_owned(), expression(random, 2).into());
    }
    if random.chance(12) {
        let path = random.pick(&["Dockerfile", "gone.txt", "src/*.rs", "src/*.py"]);
        rule.insert("exists".to_owned(), json!([path]));
    }
    if random.chance(50) || rule.is_empty() {
        let when = random.pick(&["manual", "never", "on_success", "always"]);
        rule.insert("when".to_owned(), when.into());
    }
    if random.chance(15) {
        rule.insert("allow_failure".to_owned(), random.chance(50).into());
    }
    rule.into()
}

fn expression(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.chance(55) {
        return random.pick(&PARTS).to_owned();
    }
    let operator = random.pick(&["&&", "||"]);
    let text = format!("{} {operator} {}", expression(random, depth - 1), expression(random, depth - 1));
    if random.chance(40) { format!("({text})") } else { text }
}
