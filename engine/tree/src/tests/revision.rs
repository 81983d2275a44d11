//! What a revision refuses, and in which words.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use engine_model::{FilePath, Tree as _};

use super::{Folder, check, git, names, skipped};
use crate::Revision;

fn refused(root: &Path, reference: &str) -> String {
    Revision::open(root, reference).unwrap_err().to_string()
}

#[track_caller]
fn check_refused(folder: &Folder, reference: &str, message: &str) {
    assert_eq!(refused(folder.path(), reference), message);
}

#[track_caller]
fn check_read(revision: &Revision, path: &str, limit: u64, expected: Result<&str, &str>) {
    let read = revision.read(&FilePath::new(path).unwrap(), limit);
    let read = read.map(|bytes| String::from_utf8(bytes).unwrap()).map_err(|error| error.to_string());
    assert_eq!(read, expected.map(str::to_owned).map_err(str::to_owned));
}

#[test]
fn what_has_no_such_name_is_told_the_nearest() {
    let Some(folder) = Folder::repository(&[]) else { return };
    check_refused(&folder, "HEAD", "cannot read `HEAD`: the branch `main` has no commit yet");
    let sha = folder.write("a", "1").commit();
    folder.git(&["branch", "release"]);
    let none = |name: &str| format!("there is no branch, tag or commit `{name}` here: ");
    check_refused(&folder, "relaese", &(none("relaese") + "did you mean `release`?"));
    let fetch = "fetch it with `git fetch origin production-eu`";
    check_refused(&folder, "origin/production-eu", &(none("origin/production-eu") + fetch));
    let fetch = "fetch it with `git fetch origin something-else`, and name it `FETCH_HEAD`";
    check_refused(&folder, "something-else", &(none("something-else") + fetch));
    for name in ["HEAD~1", "main@{1}", "", "../../etc/passwd", "main:a", "--all", "a..b"] {
        let message = format!("`{name}` is no name of a revision: give a branch, a tag or the sha of a commit");
        check_refused(&folder, name, &message);
    }
    let blob = folder.says(&["rev-parse", "HEAD:a"]);
    check_refused(&folder, &blob, &format!("`{blob}` is a blob, and not a commit"));
    folder.git(&["tag", "tree", "HEAD^{tree}"]);
    check_refused(&folder, "tree", "`tree` is a tree, and not a commit");
    let absent = sha.replace(|digit| digit != '0', "1");
    let message = format!(
        "this repository does not hold the commit `{absent}`: fetch it with `git fetch --depth=1 origin {absent}`"
    );
    check_refused(&folder, &absent, &message);
}

#[test]
fn a_name_of_two_things_is_refused() {
    let Some(folder) = Folder::repository(&[]) else { return };
    let first = folder.write("a", "1").commit();
    folder.git(&["tag", "main"]);
    assert_eq!(Revision::open(folder.path(), "main").unwrap().id(), first, "both are one commit");
    let second = folder.write("a", "2").commit();
    let message = "`main` may be `refs/tags/main`, `refs/heads/main`: write the one that is meant in full";
    check_refused(&folder, "main", message);
    assert_eq!(Revision::open(folder.path(), "refs/heads/main").unwrap().id(), second);
    // A tag that is called what a commit is called for short.
    let short = first.split_at(8).0;
    folder.git(&["tag", short, &second]);
    let message = format!("`{short}` may be `refs/tags/{short}`, `{first}`: write the one that is meant in full");
    check_refused(&folder, short, &message);
    // A short name that several objects share.
    let mut seen = std::collections::BTreeMap::new();
    let twice = (0..).find_map(|number| {
        folder.write(&format!("n/{number}"), &format!("{number}"));
        (number % 300 == 299).then(|| folder.git(&["add", "--all"]))?;
        let all = folder.says(&["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]);
        seen.extend(all.lines().map(|sha| (sha.to_owned(), ())));
        let shas: Vec<&String> = seen.keys().collect();
        let short = |sha: &String| sha.split_at(4).0.to_owned();
        shas.windows(2).find(|two| short(two[0]) == short(two[1])).map(|two| short(two[0]))
    });
    let twice = twice.unwrap();
    let message = refused(folder.path(), &twice);
    assert!(message.starts_with(&format!("`{twice}` may be `{twice}")), "{message}");
    folder.git(&["commit", "--quiet", "--message=m"]);
    folder.git(&["repack", "-q", "-a", "-d"]);
    assert_eq!(refused(folder.path(), &twice), message, "packed");
}

#[test]
fn what_a_clone_lacks_is_said() {
    let Some(folder) = Folder::repository(&[]) else { return };
    let old = folder.write("a", "1").commit();
    folder.write("a", "2").commit();
    folder.git(&["config", "uploadpack.allowFilter", "true"]);
    let clones = Folder::new();
    let url = format!("file://{}", folder.path().display());
    git(clones.path(), &["clone", "--quiet", "--depth=1", &url, "shallow"]);
    let expected = format!(
        "this clone is shallow and does not hold the commit `{old}`: fetch it with `git fetch --depth=1 origin {old}`, \
         or raise `GIT_DEPTH`"
    );
    assert_eq!(refused(&clones.at("shallow"), &old), expected);
    git(clones.path(), &["clone", "--quiet", "--filter=blob:none", "--no-checkout", &url, "partial"]);
    let partial = Revision::open(&clones.at("partial"), "HEAD").unwrap();
    check(&partial, &["a"]);
    let blob = folder.says(&["rev-parse", "HEAD:a"]);
    let expected = format!(
        "cannot read `a`: this clone is partial and does not hold `{blob}`: fetch all with `git fetch --refetch \
         --no-filter origin`"
    );
    check_read(&partial, "a", 9, Err(&expected));
    git(&clones.at("partial"), &["fetch", "--quiet", "--refetch", "--no-filter", "origin"]);
    check_read(&Revision::open(&clones.at("partial"), "HEAD").unwrap(), "a", 9, Ok("2"));
}

#[test]
fn outside_of_a_repository_there_is_none() {
    let folder = Folder::new();
    let shown = folder.path().display();
    check_refused(&folder, "HEAD", &format!("`{shown}` is in no git repository, and a revision is read from one"));
    assert!(refused(&folder.at("none"), "HEAD").starts_with("no such file"));
}

#[test]
fn files_are_read_as_from_a_working_tree() {
    let Some(folder) = Folder::repository(&[]) else { return };
    folder.write("sub/d/a", "12345").write("sub/b.sh", "").write("top", "").mode("sub/b.sh", 0o755);
    symlink("d", folder.at("sub/link")).unwrap();
    folder.git(&["-c", "advice.addEmbeddedRepo=false", "init", "--quiet", "sub/module"]);
    git(&folder.at("sub/module"), &["commit", "--quiet", "--allow-empty", "--message=m"]);
    folder.commit();
    fs::remove_dir_all(folder.at("sub/d")).unwrap();
    let revision = Revision::open(&folder.at("sub"), "HEAD").unwrap();
    for _ in 0..2 {
        check_read(&revision, "d/a", 5, Ok("12345"));
        check_read(&revision, "d/a", 4, Err("`d/a` has more than 4 bytes, the limit for one file"));
        check_read(&revision, "d", 9, Err("cannot read `d`: it is a directory"));
        check_read(&revision, "d/a/x", 9, Err("no such file `d/a/x`"));
        check_read(&revision, "top", 9, Err("no such file `top`"));
        let link = "it is a symbolic link, and links are not followed";
        check_read(&revision, "link", 9, Err(&format!("cannot read `link`: {link}")));
        let through = "cannot read `link/a`: `link` is a symbolic link, and links are not followed";
        check_read(&revision, "link/a", 9, Err(through));
        // Once more after everything is listed.
        let listing = revision.list().unwrap();
        assert_eq!(names(&listing), ["b.sh", "d/a"]);
        assert!(listing.files.iter().all(|file| file.executable == (file.path.as_str() == "b.sh")));
        assert_eq!(skipped(&listing), [("link", link), ("module", "it is a submodule, a repository of its own")]);
    }
    folder.write("other/x", "");
    assert_eq!(names(&Revision::open(&folder.at("other"), "HEAD").unwrap().list().unwrap()), [""; 0]);
}

#[test]
fn references_in_a_form_that_is_not_read_are_said() {
    let Some(folder) = Folder::repository(&[]) else { return };
    if std::process::Command::new("git")
        .args(["init", "--quiet", "--ref-format=reftable"])
        .arg(folder.at("r"))
        .output()
        .is_ok_and(|output| !output.status.success())
    {
        println!("skipped: this git knows no reftable");
        return;
    }
    fs::write(folder.at("r/a"), "1").unwrap();
    git(&folder.at("r"), &["add", "a"]);
    git(&folder.at("r"), &["commit", "--quiet", "--message=m"]);
    let message = refused(&folder.at("r"), "HEAD");
    assert!(message.ends_with("give the commit's full sha"), "{message}");
    assert!(refused(&folder.at("r"), "main").ends_with("give the commit's full sha"));
    let sha = String::from_utf8(git(&folder.at("r"), &["rev-parse", "HEAD"])).unwrap();
    check(&Revision::open(&folder.at("r"), sha.trim_end()).unwrap(), &["a"]);
}
