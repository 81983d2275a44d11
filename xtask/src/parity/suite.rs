//! The pipelines that are compared, as repositories.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use super::grammar::Case;
use crate::checkout::Checkout;

/// Where pipelines of others are, beside the repository; users do not have them.
const PUBLIC: &str = "../shared/corpus/gitlab-ci-expect/firecow__gitlab-ci-local/tests/test-cases";

/// A repository with a pipeline.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    pub(crate) name: String,
    /// Paths and texts.
    pub(crate) files: Vec<(String, String)>,
    /// The pipeline's own file.
    pub(crate) own: String,
    /// What is in it.
    pub(crate) keywords: BTreeSet<String>,
}

/// A generated pipeline.
pub(crate) fn generated(case: Case) -> Repository {
    Repository { name: case.name, files: case.files, own: ".gitlab-ci.yml".to_owned(), keywords: case.keywords }
}

/// The samples of this repository.
pub(crate) fn samples(checkout: &Checkout) -> Vec<Repository> {
    let mut samples: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for (path, text) in checkout.files() {
        let Some((name, file)) = path.strip_prefix("testdata/collaborative/").and_then(|rest| rest.split_once('/'))
        else {
            continue;
        };
        samples.entry(name).or_default().push((file.to_owned(), text.to_owned()));
    }
    let sample = |(name, files): (&str, Vec<(String, String)>)| Repository {
        name: format!("sample {name}"),
        files,
        own: ".gitlab-ci.yml".to_owned(),
        keywords: BTreeSet::from(["samples of this repository".to_owned()]),
    };
    samples.into_iter().map(sample).collect()
}

/// The cases of gitlab-ci-local itself, where they are.
#[expect(clippy::disallowed_methods, reason = "test cases of others, beside the repository")]
pub(crate) fn public(checkout: &Checkout) -> Result<Vec<Repository>> {
    let root = checkout.root.join(PUBLIC);
    let Ok(folders) = fs::read_dir(&root) else { return Ok(Vec::new()) };
    let mut paths: Vec<PathBuf> = folders.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    let mut out = Vec::new();
    while let Some(folder) = paths.pop() {
        let files = files(&folder, &folder)?;
        let own: Vec<String> = files.iter().map(|(path, _)| path.clone()).filter(|path| is_own(path)).collect();
        // Some have their cases a folder deeper.
        if own.is_empty() {
            let below = fs::read_dir(&folder)?.map(|entry| entry.map(|entry| entry.path()));
            paths.extend(below.collect::<Result<Vec<_>, _>>()?.into_iter().filter(|path| path.is_dir()));
            continue;
        }
        let shown = folder.strip_prefix(&root)?.to_string_lossy().into_owned();
        for own in own {
            let name = format!("{shown}/{own}");
            let keywords = BTreeSet::from(["cases of gitlab-ci-local".to_owned()]);
            out.push(Repository { name, files: files.clone(), own, keywords });
        }
    }
    out.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(out)
}

fn is_own(path: &str) -> bool {
    path.starts_with(".gitlab-ci") && path.ends_with(".yml") && !path.contains('/') && !path.contains("variables.yml")
}

#[expect(clippy::disallowed_methods, reason = "test cases of others, beside the repository")]
fn files(root: &Path, folder: &Path) -> Result<Vec<(String, String)>> {
    let mut out = Vec::new();
    if !folder.is_dir() {
        return Ok(out);
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            out.extend(files(root, &path)?);
        } else if let Ok(text) = fs::read_to_string(&path) {
            out.push((path.strip_prefix(root)?.to_string_lossy().into_owned(), text));
        }
    }
    out.sort();
    Ok(out)
}

impl Repository {
    /// Writes it as a repository with one commit.
    pub(crate) fn lay_out(&self, folder: &Path) -> Result<()> {
        for (path, text) in &self.files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().context("a file is in a folder")?)?;
            fs::write(path, text)?;
        }
        let who = ["-c", "user.name=parity", "-c", "user.email=parity@example.com"];
        git(folder, &["init", "--quiet", "--initial-branch=main"])?;
        git(folder, &["remote", "add", "origin", "https://gitlab.example.com/group/project.git"])?;
        git(folder, &["add", "--all", "--force"])?;
        git(folder, &[&who[..], &["commit", "--quiet", "--message", "x"]].concat())?;
        // What `rules:changes` compares with.
        git(folder, &["update-ref", "refs/remotes/origin/main", "HEAD"])?;
        Ok(())
    }

    /// What gitlab-ci-local starts a pipeline with, as far as includes ask for it.
    pub(crate) fn variables(&self, folder: &Path) -> Result<Vec<(&'static str, String)>> {
        Ok(vec![
            ("CI_PIPELINE_SOURCE", "push".to_owned()),
            ("CI_COMMIT_BRANCH", "main".to_owned()),
            ("CI_COMMIT_REF_NAME", "main".to_owned()),
            ("CI_COMMIT_SHA", git(folder, &["rev-parse", "HEAD"])?.trim().to_owned()),
            ("CI_PROJECT_PATH", "group/project".to_owned()),
            ("CI_SERVER_FQDN", "gitlab.example.com".to_owned()),
            ("CI_SERVER_HOST", "gitlab.example.com".to_owned()),
        ])
    }
}

fn git(folder: &Path, args: &[&str]) -> Result<String> {
    let mut git = Command::new("git");
    git.current_dir(folder).args(args).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let output = git.stdin(Stdio::null()).output().context("git cannot be run")?;
    ensure!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
