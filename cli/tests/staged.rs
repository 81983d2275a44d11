//! `engine check --staged`: what the next commit would hold, and nothing else.

use std::process::Command;

use crate::support::{FLAWED, Project, QUIET, checked, engine, engine_with};

/// A repository with a quiet pipeline committed, or `None` where there is no git.
fn repository() -> Option<Project> {
    if Command::new("git").arg("--version").output().is_err() {
        println!("skipped: git is not installed");
        return None;
    }
    let project = Project::with(&[(".gitlab-ci.yml", QUIET)]);
    project.git(&["init", "--quiet", "--initial-branch=main"]);
    commit(&project);
    Some(project)
}

fn commit(project: &Project) {
    project.git(&["add", "--all"]);
    project.git(&["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "--message=m"]);
}

#[test]
fn what_is_staged_counts_and_what_is_on_disk_does_not() {
    let Some(project) = repository() else { return };
    let staged = || checked(project.path(), &["--staged"]);
    project.write(".gitlab-ci.yml", FLAWED);
    assert_eq!((staged().code, checked(project.path(), &[]).code), (0, 1));
    project.git(&["add", "--all"]);
    project.write(".gitlab-ci.yml", QUIET);
    let found = staged();
    assert_eq!((found.code, checked(project.path(), &[]).code), (1, 0));
    assert!(found.says("apply-unattended .gitlab-ci.yml:1"), "{:#?}", found.said);
    assert!(found.text.contains("--> .gitlab-ci.yml:4"), "the source is drawn from what is staged:\n{}", found.text);
}

#[test]
fn the_configuration_is_the_staged_one() {
    let Some(project) = repository() else { return };
    project.write("engine.yaml", "version: 1\nprofil: strict\n");
    assert_eq!(checked(project.path(), &["--staged"]).code, 0, "it is not staged");
    project.git(&["add", "--all"]);
    project.write("engine.yaml", "version: 1\n");
    let ended = engine(project.path(), &["check", "--staged"]);
    assert_eq!(ended.code, Some(3));
    assert!(ended.err.contains("did you mean `profile`"), "{}", ended.err);
}

#[test]
fn the_index_that_git_commits_is_the_one_that_is_read() {
    let Some(project) = repository() else { return };
    let code = |index| engine_with(project.path(), &["check", "--staged"], &[("GIT_INDEX_FILE", index)]).code;
    project.write(".gitlab-ci.yml", FLAWED);
    std::fs::copy(project.path().join(".git/index"), project.path().join(".git/before")).unwrap();
    project.git(&["add", "--all"]);
    assert_eq!((code(".git/before"), code(".git/index"), code("")), (Some(0), Some(1), Some(1)));
    assert_eq!(code(".git/none"), Some(3));
}

/// What `engine check --staged` with these arguments complains of.
#[track_caller]
fn check_refused(project: &Project, arguments: &[&str], message: &str) {
    let ended = engine(project.path(), &[&["check", "--staged"], arguments].concat());
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(ended.err.contains(message), "{}", ended.err);
}

#[test]
fn what_cannot_be_checked_so_is_refused() {
    let outside = Project::with(&[(".gitlab-ci.yml", FLAWED)]);
    check_refused(&outside, &[], "`.`: it is in no git repository, and only git stages files");
    let Some(project) = repository() else { return };
    for path in [".", "-", ".gitlab-ci.yml"] {
        check_refused(&project, &[path], "cannot be used with '[PATH]...'");
    }
    project.git(&["checkout", "--quiet", "-b", "other"]);
    project.write(".gitlab-ci.yml", "a: 1\n");
    commit(&project);
    project.git(&["checkout", "--quiet", "main"]);
    project.write(".gitlab-ci.yml", "a: 2\n");
    commit(&project);
    let merge = Command::new("git").args(["merge", "other"]).current_dir(project.path()).output().unwrap();
    assert!(!merge.status.success());
    check_refused(
        &project,
        &[],
        "cannot read `.gitlab-ci.yml`: it is not merged: settle what it holds, then `git add` it",
    );
}
