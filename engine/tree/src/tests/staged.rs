//! What is staged: what counts, and what is refused.

use std::fs;
use std::os::unix::fs::symlink;

use engine_model::{FilePath, Tree as _};

use super::{Folder, check, git, names, skipped};
use crate::Staged;

fn staged(folder: &Folder) -> Staged {
    Staged::open(folder.path(), None).unwrap()
}

#[track_caller]
fn check_read(folder: &Folder, path: &str, expected: Result<&str, &str>) {
    let read = staged(folder).read(&FilePath::new(path).unwrap(), 100);
    let read = read.map(|bytes| String::from_utf8(bytes).unwrap()).map_err(|error| error.to_string());
    assert_eq!(read, expected.map(str::to_owned).map_err(str::to_owned));
}

#[test]
fn what_is_not_staged_does_not_count() {
    let Some(folder) = Folder::repository(&[]) else { return };
    check(&staged(&folder), &[]);
    folder.write("a", "staged").write("gone", "kept").write("d/x", "").write("out", "");
    symlink("d", folder.at("link")).unwrap();
    folder.git(&["add", "--all"]);
    folder.git(&["rm", "--quiet", "--cached", "out"]);
    folder.write("a", "later").write("new", "").write("intended", "i");
    folder.git(&["add", "--intent-to-add", "intended"]);
    fs::remove_file(folder.at("gone")).unwrap();
    let listing = staged(&folder).list().unwrap();
    assert_eq!(names(&listing), ["a", "d/x", "gone"]);
    assert_eq!(skipped(&listing), [("link", "it is a symbolic link, and links are not followed")]);
    check_read(&folder, "a", Ok("staged"));
    check_read(&folder, "gone", Ok("kept"));
    check_read(&folder, "intended", Err("no such file `intended`"));
    check_read(&folder, "d", Err("cannot read `d`: it is a directory"));
    check_read(&folder, "link", Err("cannot read `link`: it is a symbolic link, and links are not followed"));
    check_read(&folder, "link/x", Err("cannot read `link/x`: `link` is a symbolic link, and links are not followed"));
    check(&Staged::open(&folder.at("d"), None).unwrap(), &["x"]);
    assert_eq!(staged(&folder).production_branch().as_deref(), Some("main"));
}

#[test]
fn a_path_that_is_not_merged_is_named() {
    let Some(folder) = Folder::repository(&[]) else { return };
    folder.write("d/a", "1").commit();
    folder.git(&["checkout", "--quiet", "-b", "other"]);
    folder.write("d/a", "2").commit();
    folder.git(&["checkout", "--quiet", "main"]);
    folder.write("d/a", "3").commit();
    let merged = std::process::Command::new("git").current_dir(folder.path()).args(["merge", "other"]).output();
    assert!(!merged.unwrap().status.success());
    let message = Staged::open(folder.path(), None).unwrap_err().to_string();
    assert_eq!(message, "cannot read `d/a`: it is not merged: settle what it holds, then `git add` it");
}

#[test]
fn what_a_commit_takes_with_it_is_in_another_index() {
    let Some(folder) = Folder::repository(&[]) else { return };
    folder.write("a", "1").write("b", "1").commit();
    folder.write("a", "2").write("b", "2").git(&["add", "b"]);
    // The hook copies what git gives it; then the commit is refused.
    let hook = "#!/bin/sh\ncp \"$GIT_INDEX_FILE\" .git/given\nexit 1\n";
    folder.write(".git/hooks/pre-commit", hook).mode(".git/hooks/pre-commit", 0o755);
    for (arguments, a, b) in [(vec!["--all"], "2", "2"), (vec!["a"], "2", "1"), (vec![], "1", "2")] {
        let mut command = std::process::Command::new("git");
        command.current_dir(folder.path()).args(["-c", "user.name=t", "-c", "user.email=t@example.com"]);
        assert!(!command.args(["commit", "--message=m"]).args(&arguments).output().unwrap().status.success());
        let given = folder.at(".git/given");
        let staged = Staged::open(folder.path(), Some(&given)).unwrap();
        let read = |name: &str| staged.read(&FilePath::new(name).unwrap(), 9).unwrap();
        assert_eq!((read("a"), read("b")), (a.into(), b.into()), "{arguments:?}");
        fs::remove_file(given).unwrap();
    }
    assert!(Staged::open(folder.path(), Some(&folder.at("none"))).is_err());
}

#[test]
fn a_sparse_index_is_read_whole() {
    let Some(folder) = Folder::repository(&[]) else { return };
    folder.write("in/a", "1").write("out/b", "2").write("out/deep/c", "3").commit();
    folder.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "in"]);
    assert!(!folder.at("out").exists());
    let listed = String::from_utf8(git(folder.path(), &["ls-files", "--sparse"])).unwrap();
    assert!(listed.contains("out/\n"), "the index is not sparse: {listed}");
    check(&staged(&folder), &["in/a", "out/b", "out/deep/c"]);
    check_read(&folder, "out/deep/c", Ok("3"));
    check_read(&folder, "out", Err("cannot read `out`: it is a directory"));
}

#[test]
fn outside_of_a_repository_nothing_is_staged() {
    let folder = Folder::new();
    let message = Staged::open(folder.path(), None).unwrap_err().to_string();
    assert!(message.ends_with("it is in no git repository, and only git stages files"), "{message}");
}
