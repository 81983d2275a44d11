//! Directories and repositories for the tests. Repositories are made by the real git; without it those tests are
//! skipped with a line.

mod asking;
mod branch;
mod differential;
mod given;
mod history;
mod hostile;
mod listing;
mod memory;
mod reading;
mod revision;
mod staged;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use engine_model::{Listing, Tree};
use tempfile::TempDir;

use crate::WorkingTree;

/// A directory that goes when the test ends.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A new repository, or `None` where there is no git.
    fn repository(options: &[&str]) -> Option<Self> {
        let folder = Self::new();
        if Command::new("git").arg("--version").output().is_err() {
            println!("skipped: git is not installed");
            return None;
        }
        let mut arguments = vec!["init", "--quiet", "--initial-branch=main"];
        arguments.extend(options);
        folder.git(&arguments);
        Some(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn at(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> &Self {
        fs::create_dir_all(self.at(name).parent().unwrap()).unwrap();
        fs::write(self.at(name), text).unwrap();
        self
    }

    fn mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.at(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    fn git(&self, arguments: &[&str]) -> Vec<u8> {
        git(self.path(), arguments)
    }

    /// Commits all that is there, and gives the commit's name.
    fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message=m"]);
        self.says(&["rev-parse", "HEAD"])
    }

    /// What git prints, without the line's end.
    fn says(&self, arguments: &[&str]) -> String {
        String::from_utf8(self.git(arguments)).unwrap().trim_end().to_owned()
    }

    fn tree(&self) -> WorkingTree {
        WorkingTree::open(self.path()).unwrap()
    }
}

/// Runs git without the configuration of whoever runs the tests.
fn git(directory: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("git")
        .current_dir(directory)
        .args(["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "protocol.file.allow=always"])
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin")
        .env("HOME", "/nonexistent")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn names(listing: &Listing) -> Vec<&str> {
    listing.files.iter().map(|file| file.path.as_str()).collect()
}

fn skipped(listing: &Listing) -> Vec<(&str, &str)> {
    listing.skipped.iter().map(|skipped| (skipped.name.as_str(), skipped.reason.as_str())).collect()
}

/// What is listed below a directory, where nothing is passed over.
#[track_caller]
fn check(tree: &dyn Tree, expected: &[&str]) {
    let listing = tree.list().unwrap();
    assert_eq!((names(&listing), skipped(&listing)), (expected.to_vec(), vec![]));
}
