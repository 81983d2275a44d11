//! The templates for GitLab CI, resolved and run by gitlab-ci-local on both samples: the careful one passes and goes on
//! to its plan, the wild one ends at the gate and leaves its reports. Programs that the samples call are stood in for, so
//! that nothing reaches out; `engine` and `git` are the real ones.
//!
//! Whether the two templates say the same is compared also where gitlab-ci-local is not installed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::checkout::Checkout;
use crate::outcome::Outcome;
use crate::scratch::Scratch;

const COMPONENT: &str = "templates/engine-check.yml";
const INCLUDE: &str = "ci/engine-check.gitlab-ci.yml";

/// The program that runs pipelines; its package for node is called so too.
const RUNNER: &str = "gitlab-ci-local";

/// What the samples call, and must not reach.
const STOOD_IN: [&str; 5] = ["terraform", "vault", "jq", "wget", "unzip"];

/// The reports of the gate, what each begins with, and what it holds only where something is wrong.
const REPORTS: [(&str, &str, &str); 2] =
    [("gl-code-quality-report.json", "[", "apply-unattended"), ("engine-junit.xml", "<?xml", "<failure ")];

/// A sample with a template in it, and a pipeline of it.
struct Case {
    sample: &'static str,
    branch: &'static str,
    template: &'static str,
    merge_request: bool,
    /// Whether the gate is open.
    passes: bool,
}

const CASES: [Case; 6] = [
    case("careful", COMPONENT, true),
    case("careful", COMPONENT, false),
    case("careful", INCLUDE, true),
    case("wild", COMPONENT, true),
    case("wild", COMPONENT, false),
    case("wild", INCLUDE, true),
];

const fn case(sample: &'static str, template: &'static str, merge_request: bool) -> Case {
    // Compared by length, since constants cannot compare texts.
    let passes = sample.len() == "careful".len();
    Case { sample, branch: if passes { "main" } else { "master" }, template, merge_request, passes }
}

/// Compares the templates and runs them.
///
/// # Errors
///
/// Where `engine` cannot be built, or a sample cannot be laid out.
pub(crate) fn check(checkout: &Checkout) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    alike(checkout, &mut outcome);
    if Command::new(RUNNER).arg("--version").output().is_err() {
        outcome.checked = vec![(2, "templates compared, no pipeline run: gitlab-ci-local is not installed")];
        return Ok(outcome);
    }
    let binaries = built(&checkout.root)?;
    for case in &CASES {
        if let Err(error) = run(case, checkout, &binaries) {
            let kind = if case.merge_request { "merge request" } else { "branch" };
            let message = format!("the {kind} pipeline of `{}` is not as it should be: {error:#}", case.sample);
            outcome.problem(case.template, 1, message, "run it by hand with gitlab-ci-local to see more");
        }
    }
    outcome.checked = vec![(2, "templates compared"), (CASES.len(), "pipelines run by gitlab-ci-local")];
    Ok(outcome)
}

/// Both templates are one job, but for what the inputs of the component say.
fn alike(checkout: &Checkout, outcome: &mut Outcome) {
    let component = checkout.text(COMPONENT).and_then(|text| text.split_once("\n---\n")).map_or("", |(_, job)| job);
    let include = checkout.text(INCLUDE).unwrap_or_default();
    // The stage and the weight of findings are the component's inputs, the image is named by whoever includes the file.
    let image = "  image:\n    name: $[[ inputs.image ]]\n    entrypoint: [\"\"]\n";
    let job = component.replace("$[[ inputs.stage ]]", "test").replace("$[[ inputs.fail-on ]]", "high");
    let job = job.replace("$[[ inputs.check-copies ]]", "false");
    if job.is_empty() || !include.ends_with(&job.replace(image, "")) {
        let message = format!("its job is not that of `{COMPONENT}` with the defaults of the inputs and no image");
        outcome.problem(INCLUDE, 1, message, "change both alike");
    }
}

/// The folder of `engine`, which is built.
pub(crate) fn built(root: &Path) -> Result<PathBuf> {
    let mut cargo = Command::new("cargo");
    let status = cargo.args(["build", "--release", "--quiet", "--bin", "engine"]).current_dir(root).status()?;
    ensure!(status.success(), "`engine` cannot be built");
    Ok(root.join("target/release"))
}

fn run(case: &Case, checkout: &Checkout, binaries: &Path) -> Result<()> {
    let scratch = Scratch::new("pipeline")?;
    let (repository, stand_ins) = (scratch.path().join("repository"), scratch.path().join("programs"));
    lay_out(case, checkout, &repository)?;
    let called = scratch.path().join("called");
    stand_in(&stand_ins, &called)?;
    commit(&repository, &scratch.path().join("origin.git"), case.branch)?;

    let mut command = Command::new(RUNNER);
    command.current_dir(&repository).arg("--force-shell-executor");
    if case.merge_request {
        let branch = format!("CI_MERGE_REQUEST_TARGET_BRANCH_NAME={}", case.branch);
        command.args(["--variable", "CI_PIPELINE_SOURCE=merge_request_event", "--variable", &branch]);
    }
    #[expect(clippy::disallowed_methods, reason = "where programs are found, to put ours in front")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = [stand_ins, binaries.to_owned()].into_iter().chain(std::env::split_paths(&path));
    let output = command.env("PATH", std::env::join_paths(folders)?).output()?;
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));

    ensure!(said.contains("engine check --trusted"), "the gate does not run:\n{said}");
    ensure!(output.status.success() == case.passes, "it ends with {}:\n{said}", output.status);
    let went_on = fs::exists(&called)?;
    let expected = case.passes && case.merge_request;
    ensure!(went_on == expected || (case.passes && !case.merge_request), "jobs behind the gate ran: {went_on}\n{said}");
    for (report, begins, wrong) in REPORTS {
        #[expect(clippy::disallowed_methods, reason = "a report that the gate has just written")]
        let text = fs::read_to_string(repository.join(report));
        let text = text.with_context(|| format!("the gate leaves no `{report}`:\n{said}"))?;
        ensure!(text.starts_with(begins), "`{report}` begins otherwise: {text:.80}");
        let found = text.contains(wrong);
        ensure!(found != case.passes, "`{report}` holds the finding of the wild sample: {found}");
    }
    Ok(())
}

/// Writes the sample with the template included and a stage for the gate before all others.
fn lay_out(case: &Case, checkout: &Checkout, repository: &Path) -> Result<()> {
    let sample = format!("testdata/collaborative/{}/", case.sample);
    for (path, text) in checkout.files() {
        let Some(name) = path.strip_prefix(&sample) else { continue };
        write(&repository.join(name), text)?;
    }
    let template = checkout.text(case.template).with_context(|| format!("there is no `{}`", case.template))?;
    write(&repository.join(case.template), template)?;
    let pipeline = repository.join(".gitlab-ci.yml");
    let text = checkout.text(&format!("{sample}.gitlab-ci.yml")).context("the sample has no pipeline")?;
    let image = format!("registry.example.com/tools/engine@sha256:{:064}", 0);
    let (include, job) = if case.template == COMPONENT {
        let component = "component: $CI_SERVER_FQDN/$CI_PROJECT_PATH/engine-check@$CI_COMMIT_SHA";
        (format!("  - {component}\n    inputs:\n      stage: gate\n      image: {image}\n"), String::new())
    } else {
        (format!("  - local: /{INCLUDE}\n"), format!("\nengine-check:\n  stage: gate\n  image: {image}\n"))
    };
    let text = without_gate(text);
    let text = text.replacen("include:\n", &format!("include:\n{include}"), 1);
    let text = text.replacen("stages:\n", "stages:\n  - gate\n", 1);
    write(&pipeline, &format!("{text}{job}"))
}

/// A pipeline without a gate job of its own, which the template's has the name of.
fn without_gate(text: &str) -> String {
    let mut out = String::new();
    let mut gate = false;
    for line in text.split_inclusive('\n') {
        if !line.starts_with([' ', '\n']) {
            gate = line.starts_with("engine-check:");
        }
        if !gate {
            out.push_str(line);
        }
    }
    out
}

/// Programs that only say that they were called.
fn stand_in(folder: &Path, called: &Path) -> Result<()> {
    for program in STOOD_IN {
        let file = folder.join(program);
        write(&file, &format!("#!/bin/sh\necho \"{program} $*\" >>'{}'\n", called.display()))?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// Makes a repository of the folder, and another one that it came from.
fn commit(repository: &Path, origin: &Path, branch: &str) -> Result<()> {
    let origin = origin.to_string_lossy();
    git(repository, &["init", "--quiet", "--initial-branch", branch])?;
    write(&repository.join(".git/info/exclude"), ".gitlab-ci-local\n")?;
    git(repository, &["add", "--all"])?;
    git(repository, &["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "--message=sample"])?;
    git(repository, &["clone", "--quiet", "--bare", ".", &origin])?;
    git(repository, &["remote", "add", "origin", &origin])?;
    // gitlab-ci-local takes the project's path from here.
    git(repository, &["remote", "add", "gcl-origin", "https://gitlab.example.com/acme/infra.git"])?;
    git(repository, &["fetch", "--quiet", "origin"])?;
    git(repository, &["remote", "set-head", "origin", branch])
}

fn git(folder: &Path, arguments: &[&str]) -> Result<()> {
    let output = Command::new("git").args(arguments).current_dir(folder).output().context("cannot start `git`")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`git {}` failed: {}", arguments.join(" "), said.trim());
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().context("a file has a folder")?;
    fs::create_dir_all(folder)?;
    fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use super::{COMPONENT, INCLUDE, alike};
    use crate::checkout::Checkout;
    use crate::outcome::Outcome;

    #[track_caller]
    fn check(component: &str, include: &str, problems: usize) {
        let mut outcome = Outcome::default();
        alike(&Checkout::of(&[(COMPONENT, component), (INCLUDE, include)]), &mut outcome);
        assert_eq!(outcome.problems.len(), problems, "{component} {include}");
    }

    #[test]
    fn the_templates_are_one_job() {
        let component = "spec:\n---\na:\n  stage: $[[ inputs.stage ]]\n  script: b\n";
        check(component, "# Said.\na:\n  stage: test\n  script: b\n", 0);
        check(component, "a:\n  stage: test\n  script: c\n", 1);
        check("", "", 1);
        check("a: 1\n", "a: 1\n", 1);
    }
}
