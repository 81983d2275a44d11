//! Repositories that pairs are asked in: files on the default branch, and what another branch changes of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::parity::random::Random;

const FOLDERS: [&str; 9] = ["", "", "src/", "src/lib/", "docs/", "infra/", "infra/prod/", "infra/stage/", ".config/"];

const NAMES: [&str; 9] =
    ["main.rs", "lib.rs", "README.md", "Dockerfile", "main.tf", "vars.tf", "app.yml", ".env", "notes"];

/// A repository, checked out at a branch that changes something.
#[derive(Debug)]
pub(super) struct Repository {
    /// Its folder, below the root of all.
    pub(super) name: String,
    /// Its files.
    pub(super) files: Vec<String>,
    /// What git says that the branch changes, also files that are gone.
    pub(super) changed: Vec<String>,
}

impl Repository {
    /// Makes one in a folder below `root`.
    pub(super) fn new(root: &Path, number: usize, random: &mut Random) -> Result<Self> {
        let name = format!("repository-{number}");
        let folder = root.join(&name);
        fs::create_dir(&folder)?;
        let mut files = BTreeSet::new();
        for _ in 0..random.below(10).saturating_add(4) {
            files.insert(path(random));
        }
        for (at, file) in files.iter().enumerate() {
            write(&folder, file, &format!("{at}\n"))?;
        }
        git(&folder, &["init", "--quiet", "--initial-branch=main"])?;
        // A file under a new name is one that is gone and one that is there.
        git(&folder, &["config", "diff.renames", "false"])?;
        commit(&folder)?;
        git(&folder, &["update-ref", "refs/remotes/origin/main", "HEAD"])?;
        git(&folder, &["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"])?;
        git(&folder, &["checkout", "--quiet", "-b", "work"])?;
        for _ in 0..random.below(3).saturating_add(1) {
            let file = path(random);
            if files.len() > 2 && random.chance(30) && files.remove(&file) {
                fs::remove_file(folder.join(&file))?;
            } else {
                write(&folder, &file, "changed\n")?;
                files.insert(file);
            }
        }
        commit(&folder)?;
        let changed = git(&folder, &["diff", "--name-only", "origin/main"])?;
        let changed: Vec<String> = changed.lines().map(str::to_owned).collect();
        ensure!(!changed.is_empty(), "nothing is changed in `{name}`");
        Ok(Self { name, files: files.into_iter().collect(), changed })
    }

    /// Whether there is such a folder.
    pub(super) fn has_folder(&self, path: &str) -> bool {
        self.files.iter().any(|file| file.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
    }
}

fn path(random: &mut Random) -> String {
    format!("{}{}", random.pick(&FOLDERS), random.pick(&NAMES))
}

fn write(folder: &Path, file: &str, text: &str) -> Result<()> {
    let path = folder.join(file);
    fs::create_dir_all(path.parent().context("a file has a folder")?)?;
    fs::write(&path, text).with_context(|| format!("cannot write `{}`", path.display()))
}

fn commit(folder: &Path) -> Result<()> {
    git(folder, &["add", "--all"])?;
    let by = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
    git(folder, &[&by[..], &["commit", "--quiet", "--message=x"]].concat()).map(|_| ())
}

fn git(folder: &Path, args: &[&str]) -> Result<String> {
    let mut git = Command::new("git");
    git.current_dir(folder).args(args).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let output = git.stdin(Stdio::null()).output().context("git cannot be run")?;
    ensure!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
