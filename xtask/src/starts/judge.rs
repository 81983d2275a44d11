//! gitlab-ci-local: its own functions in one process for all pairs, and its command for a few.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value, json};

use super::listed::Answer;
use super::pair::Pair;
use super::repository::Repository;
use super::said;

/// Where it is.
#[derive(Debug)]
pub(super) struct Judge {
    /// The program.
    program: PathBuf,
    /// The folder of its modules.
    modules: PathBuf,
}

/// What it says of a pair.
#[derive(Debug)]
pub(super) struct Judged {
    /// Its jobs as its parser makes them, also those that are not there.
    parsed: Option<Map<String, Value>>,
    /// The jobs of the pipeline.
    pub(super) answer: Answer,
}

impl Judge {
    /// Where it is installed; `None` where it is not.
    pub(super) fn find() -> Result<Option<Self>> {
        let found = Command::new("sh").args(["-c", "command -v gitlab-ci-local"]).output().context("no shell")?;
        let path = String::from_utf8_lossy(&found.stdout).trim().to_owned();
        if path.is_empty() {
            return Ok(None);
        }
        let program = Path::new(&path).canonicalize().with_context(|| format!("`{path}`"))?;
        let modules = program.parent().filter(|folder| folder.join("utils.js").is_file()).map(Path::to_owned);
        Ok(modules.map(|modules| Self { program, modules }))
    }

    /// What it says of all pairs.
    pub(super) fn asked(&self, root: &Path, pairs: &[Pair], repositories: &[Repository]) -> Result<Vec<Judged>> {
        let (driver, cases) = (root.join("driver.mjs"), root.join("cases.json"));
        fs::write(&driver, include_str!("driver.mjs"))?;
        let each: Vec<Value> = pairs
            .iter()
            .map(|pair| {
                let repository = repositories.get(pair.repository).map(|repository| &repository.name);
                json!({"repository": repository, "options": options(pair), "pipeline": pair.pipeline})
            })
            .collect();
        fs::write(&cases, serde_json::to_string(&each)?)?;
        let mut node = Command::new("node");
        node.arg(&driver).args([&self.modules, &cases]).arg(root).stdin(Stdio::null());
        let output = node.output().context("node cannot be run")?;
        let error = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "node ended with {}: {error}", output.status);
        let answers: Vec<Value> = serde_json::from_slice(&output.stdout).context("what node prints is no JSON")?;
        ensure!(answers.len() == pairs.len(), "{} answers to {} questions", answers.len(), pairs.len());
        Ok(answers.iter().map(judged).collect())
    }

    /// What its command says of a pair; `None` where that is what its parser said.
    pub(super) fn command(&self, folder: &Path, pair: &Pair, judged: &Judged) -> Result<Option<String>> {
        fs::write(folder.join(".gitlab-ci.yml"), serde_json::to_string(&pair.pipeline)?)?;
        let mut command = Command::new(&self.program);
        command.current_dir(folder).args(["--list-json", "--home", HOME, "--state-dir", STATE]);
        command.arg(format!("--evaluate-rule-changes={}", pair.compared));
        for name in unset(pair) {
            command.args(["--unset-variable", name]);
        }
        for (name, value) in &pair.variables {
            command.args(["--variable", &format!("{name}={value}")]);
        }
        let output = command.stdin(Stdio::null()).output().context("gitlab-ci-local cannot be run")?;
        let error = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        if !output.status.success() {
            return Ok(judged.parsed.is_some().then_some(error));
        }
        // Warnings come before the list.
        let printed = String::from_utf8_lossy(&output.stdout);
        let list = printed.find("[\n").and_then(|at| printed.get(at..)).unwrap_or_default();
        let listed: Vec<Value> = serde_json::from_str(list).with_context(|| format!("it lists no JSON: {printed}"))?;
        let name = |job: &Value| job.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let kept = |job: &Value| json!({"when": job.get("when"), "allow_failure": job.get("allow_failure")});
        let listed: Map<String, Value> = listed.iter().map(|job| (name(job), kept(job))).collect();
        let same = judged.parsed.as_ref() == Some(&listed);
        Ok((!same).then(|| Value::from(listed).to_string()))
    }
}

/// What it would read of the person who runs it.
const HOME: &str = "../home";

/// Where it keeps what it writes.
const STATE: &str = "../state";

/// What it would set of itself, and GitLab does not.
fn unset(pair: &Pair) -> Vec<&'static str> {
    ["CI_COMMIT_BRANCH"].into_iter().filter(|name| !pair.variables.contains_key(*name)).collect()
}

fn options(pair: &Pair) -> Value {
    let variables: Vec<String> = pair.variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
    json!({"variable": variables, "unsetVariable": unset(pair), "evaluateRuleChanges": pair.compared, "home": HOME,
           "stateDir": STATE})
}

fn judged(answer: &Value) -> Judged {
    let parsed = answer.get("jobs").and_then(Value::as_object).cloned();
    let answer = match &parsed {
        None => Err(answer.get("refused").and_then(Value::as_str).unwrap_or("no answer").to_owned()),
        Some(_) if answer.get("made") == Some(&Value::Bool(false)) => Ok(Map::new()),
        Some(jobs) => Ok(jobs.clone()),
    };
    let there = |(name, job): (String, Value)| (job.get("when")? != "never").then(|| (name, said(&job)));
    Judged { parsed, answer: answer.map(|jobs| jobs.into_iter().filter_map(there).collect()) }
}
