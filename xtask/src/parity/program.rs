//! The two programs, and what they cost.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::suite::Repository;

/// gitlab-ci-local, by its name.
const JUDGE: &str = "gitlab-ci-local";

/// Who resolves a pipeline.
#[derive(Clone, Copy)]
pub(crate) enum Program<'p> {
    Engine(&'p Path),
    Judge,
}

/// What a program says of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    /// What it comes to: the jobs, and the keywords beside them.
    Pipeline(Value),
    /// It is none, and why.
    Refused(String),
    /// A part of it was not seen.
    Incomplete,
}

/// Whether there is a gitlab-ci-local.
pub(crate) fn is_installed() -> bool {
    Command::new(JUDGE).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

impl Program<'_> {
    /// Runs it on a repository that is laid out.
    pub(crate) fn run(self, folder: &Path, case: &Repository) -> Result<Said> {
        match self {
            Self::Engine(path) => engine(path, folder, case),
            Self::Judge => judge(folder, case),
        }
    }
}

fn engine(path: &Path, folder: &Path, case: &Repository) -> Result<Said> {
    let mut command = Command::new(path);
    command.current_dir(folder).args(["pipeline", "--format", "json", &case.own]);
    for (name, value) in case.variables(folder)? {
        command.arg("--variable").arg(format!("{name}={value}"));
    }
    let output = command.stdin(Stdio::null()).output().context("engine cannot be run")?;
    let code = output.status.code();
    ensure!(matches!(code, Some(0..=2)), "engine ended with {}: {}", output.status, text(&output.stderr));
    let printed: Value = serde_json::from_slice(&output.stdout).context("what engine prints is no JSON")?;
    let pipeline = printed.pointer("/pipelines/0").cloned().unwrap_or_default();
    let problems = [pipeline.get("problems"), printed.get("problems")];
    let problems = problems.into_iter().flatten().filter_map(Value::as_array).flatten();
    let messages: Vec<&str> = problems.filter_map(|problem| problem.get("message")?.as_str()).collect();
    Ok(match code {
        Some(1) => Said::Refused(messages.join("; ")),
        Some(2) => Said::Incomplete,
        _ => Said::Pipeline(pipeline),
    })
}

fn judge(folder: &Path, case: &Repository) -> Result<Said> {
    let mut command = Command::new(JUDGE);
    command.current_dir(folder).args(["--preview", "--no-json-schema-validation", "--file", &case.own]);
    let output = command.env("NO_COLOR", "1").stdin(Stdio::null()).output().context("gitlab-ci-local cannot be run")?;
    if !output.status.success() {
        return Ok(Said::Refused(text(&output.stderr)));
    }
    let printed = text(&output.stdout);
    // Warnings stand in front of the document.
    let document = printed.find("---\n").and_then(|at| printed.get(at..)).unwrap_or(&printed);
    Ok(Said::Pipeline(yaml_serde::from_str(document).context("what gitlab-ci-local prints is no YAML")?))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The CPU time of the processes that were waited for, in seconds; 0 where the system does not say.
pub(crate) fn children() -> f64 {
    /// How often the kernel's clock ticks in a second, for what it tells of processes.
    const TICKS: f64 = 100.0;
    #[expect(clippy::disallowed_methods, reason = "what the kernel says of this process")]
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = behind.split_whitespace().skip(13).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS
}
