//! The two programs, and what they reject in a folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::{Rejected, number};
use crate::checkout::Checkout;

/// Whether `terraform` can be started.
pub(super) fn has_terraform() -> bool {
    let mut command = Command::new("terraform");
    command.arg("version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // It looks for news of itself otherwise.
    command.env("CHECKPOINT_DISABLE", "1").status().is_ok_and(|status| status.success())
}

/// Builds the engine, as everything is built, and says where it lies.
pub(super) fn build() -> Result<PathBuf> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--quiet", "--bin", "engine", "--message-format", "json"]);
    let output = cargo.current_dir(Checkout::root()?).stderr(Stdio::inherit()).output();
    let output = output.context("cannot start `cargo`")?;
    ensure!(output.status.success(), "the engine cannot be built");
    let text = String::from_utf8(output.stdout).context("cargo's messages are no text")?;
    let messages = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let of_engine = |message: &Value| message.pointer("/target/name").and_then(Value::as_str) == Some("engine");
    let mut found = messages.filter(of_engine).filter_map(|message| {
        let executable = message.get("executable")?.as_str()?;
        Some(PathBuf::from(executable))
    });
    found.next_back().context("cargo does not say where the engine is")
}

/// What `terraform fmt` rejects, and the title of its first error for each file.
pub(super) fn terraform(folder: &Path) -> Result<Rejected> {
    let mut command = Command::new("terraform");
    command.args(["fmt", "-recursive", "-list=false", "-write=false", "-no-color"]).arg(".");
    command.current_dir(folder).env("CHECKPOINT_DISABLE", "1").stdin(Stdio::null());
    let output = command.output().context("cannot start `terraform`")?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let rejected = errors(&said);
    ensure!(
        output.status.success() == rejected.is_empty(),
        "`terraform fmt` ends with {} and names {} files: {said}",
        output.status,
        rejected.len()
    );
    Ok(rejected)
}

/// The files that Terraform's diagnostics name, with the title of the first error for each.
fn errors(said: &str) -> Rejected {
    let mut rejected = Rejected::new();
    let mut title = "";
    for line in said.lines() {
        if let Some(error) = line.strip_prefix("Error: ") {
            title = error.trim_end();
        }
        let place = line.strip_prefix("  on ").and_then(|rest| rest.split_once(" line ")).map(|(path, _)| path);
        if let Some(file) = place.and_then(number) {
            rejected.entry(file).or_insert_with(|| title.to_owned());
        }
    }
    rejected
}

/// What the engine finds broken, and its first message for each file.
pub(super) fn engine(program: &Path, folder: &Path) -> Result<Rejected> {
    let mut command = Command::new(program);
    command.args(["check", "--format", "json", "."]).current_dir(folder).stdin(Stdio::null());
    let output = command.output().with_context(|| format!("cannot start `{}`", program.display()))?;
    let report: Value = serde_json::from_slice(&output.stdout).with_context(|| {
        format!("the engine ends with {}, without a report: {}", output.status, String::from_utf8_lossy(&output.stderr))
    })?;
    broken(&report)
}

/// The files that a report calls broken themselves. What is broken in a text that a file holds, such as a policy of
/// Vault in a heredoc, has the route to that text; Terraform passes it over.
fn broken(report: &Value) -> Result<Rejected> {
    let findings = report.get("findings").and_then(Value::as_array).context("a report without `findings`")?;
    let mut rejected = Rejected::new();
    for finding in findings {
        let text = |pointer: &str| finding.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let route = finding.get("route").and_then(Value::as_array).context("a finding without `route`")?;
        if text("/rule") == "broken-document"
            && route.is_empty()
            && let Some(file) = number(text("/location/path"))
        {
            rejected.entry(file).or_insert_with(|| text("/message").to_owned());
        }
    }
    Ok(rejected)
}

#[cfg(test)]
mod tests {
    use super::{broken, errors};

    #[test]
    fn a_diagnostic_names_its_file() {
        let said = "\
Error: Invalid expression

  on m000/f00007.tf line 3, in locals:
   3:   a =

Expected the start of an expression.

Error: Unclosed configuration block

  on m000/f00007.tf line 2, in locals:

Error: Attribute redefined

  on m001/f00050.tf line 1:
   1: Error: no
";
        let expect = [(7, "Invalid expression".to_owned()), (50, "Attribute redefined".to_owned())];
        assert_eq!(errors(said), expect.into());
    }

    #[test]
    fn a_report_names_its_broken_files() {
        let finding = |rule: &str, path: &str, route: &[&str]| serde_json::json!({"rule": rule, "message": "m", "location": {"path": path}, "route": route});
        let findings = [
            finding("broken-document", "m000/f00007.tf", &[]),
            finding("x", "m000/f00008.tf", &[]),
            finding("broken-document", "m000/f00009.tf", &["policy"]),
            finding("broken-document", "m", &[]),
        ];
        let report = serde_json::json!({ "findings": findings });
        assert_eq!(broken(&report).unwrap(), [(7, "m".to_owned())].into());
        assert!(broken(&serde_json::json!({})).is_err());
    }
}
