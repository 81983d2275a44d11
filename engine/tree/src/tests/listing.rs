//! Which files a working tree holds.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use engine_model::Tree;
use rustix::fs::{CWD, FileType, Mode};

use super::{Folder, check, git, names, skipped};
use crate::WorkingTree;

#[test]
fn outside_a_repository_every_file_counts_but_git_s_own() {
    let folder = Folder::new();
    folder
        .write("b/.gitignore", "*")
        .write("b/x.tf", "")
        .write("a.yml", "")
        .write(".hidden/y", "")
        .write(".git/no", "");
    check(&folder.tree(), &[".hidden/y", "a.yml", "b/.gitignore", "b/x.tf"]);
}

#[test]
fn a_tracked_file_is_never_hidden_and_an_untracked_one_may_be() {
    let Some(folder) = Folder::repository(&[]) else { return };
    folder.write(".gitignore", "*.tf\nout/\n").write("kept.tf", "").write("out/kept", "").write("out/deep/kept", "");
    folder.git(&["add", "--force", "--all"]);
    folder.write("hidden.tf", "").write("out/hidden", "").write("new.yml", "").write("other/hidden.tf", "");
    check(&folder.tree(), &[".gitignore", "kept.tf", "new.yml", "out/deep/kept", "out/kept"]);
}

#[test]
fn a_deleted_file_and_one_behind_a_new_link_are_gone() {
    let Some(folder) = Folder::repository(&[]) else { return };
    folder.write("gone", "").write("there", "").write("d/x", "").write("e/x", "");
    folder.git(&["add", "--all"]);
    fs::remove_file(folder.at("gone")).unwrap();
    fs::remove_dir_all(folder.at("d")).unwrap();
    symlink("e", folder.at("d")).unwrap();
    let listing = folder.tree().list().unwrap();
    assert_eq!(names(&listing), ["e/x", "there"]);
    assert_eq!(skipped(&listing), [("d", "it is a symbolic link, and links are not followed")]);
}

#[test]
fn a_subdirectory_is_listed_alone_with_the_rules_from_above() {
    let Some(folder) = Folder::repository(&[]) else { return };
    folder.write(".gitignore", "*.log\n/sub/deep/no\n").write(".git/info/exclude", "*.bak\n").write("top", "");
    folder.write("sub/a", "").write("sub/kept.log", "").write("sub/a.bak", "").write("sub/deep/no", "");
    folder.git(&["add", "--force", "sub/kept.log"]);
    folder.write("sub/x.log", "").write("sub/.gitignore", "!y.log\n").write("sub/y.log", "");
    let tree = WorkingTree::open(&folder.at("sub")).unwrap();
    check(&tree, &[".gitignore", "a", "kept.log", "y.log"]);
}

#[test]
fn an_ignored_root_is_read_since_it_was_asked_for() {
    let Some(folder) = Folder::repository(&[]) else { return };
    folder.write(".gitignore", "build/\n").write("build/a", "");
    check(&WorkingTree::open(&folder.at("build")).unwrap(), &["a"]);
    check(&folder.tree(), &[".gitignore"]);
}

#[test]
fn a_linked_working_tree_has_its_own_index_and_shares_the_excludes() {
    let Some(folder) = Folder::repository(&[]) else { return };
    folder.write("a", "").write(".git/info/exclude", "*.bak\nlinked\n");
    folder.git(&["add", "--all"]);
    folder.git(&["commit", "--quiet", "--message=a"]);
    folder.git(&["worktree", "add", "--quiet", "linked"]);
    folder.write("linked/b.bak", "").write("linked/c", "").write("linked/kept.bak", "");
    git(&folder.at("linked"), &["add", "--force", "kept.bak"]);
    check(&WorkingTree::open(&folder.at("linked")).unwrap(), &["a", "c", "kept.bak"]);
    check(&folder.tree(), &["a"]);
}

#[test]
fn submodules_and_repositories_inside_are_opaque_but_can_be_roots() {
    let (Some(folder), Some(other)) = (Folder::repository(&[]), Folder::repository(&[])) else { return };
    other.write("inner", "");
    other.git(&["add", "--all"]);
    other.git(&["commit", "--quiet", "--message=a"]);
    folder.git(&["submodule", "--quiet", "add", other.path().to_str().unwrap(), "module"]);
    folder.write("nested/x", "");
    git(&folder.at("nested"), &["init", "--quiet"]);
    folder.write("not-one/.git/x", "").write("not-one/y", "");
    let listing = folder.tree().list().unwrap();
    assert_eq!(names(&listing), [".gitmodules", "not-one/y"]);
    let reasons =
        [("module", "it is a submodule, a repository of its own"), ("nested/", "it is a git repository of its own")];
    assert_eq!(skipped(&listing), reasons);
    check(&WorkingTree::open(&folder.at("module")).unwrap(), &["inner"]);
}

#[test]
fn links_are_named_and_not_followed_so_loops_cost_nothing() {
    let Some(folder) = Folder::repository(&[]) else { return };
    folder.write("d/file", "").write(".gitignore", "ignored\n");
    symlink("..", folder.at("d/loop")).unwrap();
    symlink("d/file", folder.at("tracked")).unwrap();
    symlink("nowhere", folder.at("broken")).unwrap();
    symlink("d", folder.at("ignored")).unwrap();
    folder.git(&["add", "tracked"]);
    let listing = folder.tree().list().unwrap();
    assert_eq!(names(&listing), [".gitignore", "d/file"]);
    let linked: Vec<&str> = skipped(&listing).into_iter().map(|(name, _)| name).collect();
    assert_eq!(linked, ["broken", "d/loop", "tracked"]);
}

#[test]
fn what_is_no_file_is_passed_over_with_the_reason() {
    let folder = Folder::new();
    folder.write("a", "");
    rustix::fs::mknodat(CWD, folder.at("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    let _socket = UnixListener::bind(folder.at("socket")).unwrap();
    fs::write(folder.path().join(OsStr::from_bytes(b"caf\xe9")), "").unwrap();
    fs::create_dir(folder.path().join(OsStr::from_bytes(b"d\xff"))).unwrap();
    let listing = folder.tree().list().unwrap();
    assert_eq!(names(&listing), ["a"]);
    let expected = [
        ("caf\u{fffd}", "its name is not UTF-8"),
        ("d\u{fffd}/", "its name is not UTF-8"),
        ("pipe", "it is a named pipe, not a regular file"),
        ("socket", "it is a socket, not a regular file"),
    ];
    assert_eq!(skipped(&listing), expected);
}

#[test]
fn a_directory_that_may_not_be_read_is_told() {
    let folder = Folder::new();
    folder.write("a", "").write("closed/x", "");
    folder.mode("closed", 0);
    let listing = folder.tree().list().unwrap();
    // Whoever runs as root may read everything.
    let closed = fs::metadata(folder.at("closed/x")).is_err();
    folder.mode("closed", 0o700);
    if closed {
        assert_eq!(skipped(&listing), [("closed/", "it cannot be read: permission denied")]);
    } else {
        println!("skipped: this user may read everything");
    }
}

#[test]
fn the_mode_says_what_can_be_executed() {
    let Some(folder) = Folder::repository(&[]) else { return };
    folder.write("tracked.sh", "").write("plain", "").write("new.sh", "");
    folder.mode("tracked.sh", 0o755);
    folder.mode("new.sh", 0o755);
    folder.git(&["add", "tracked.sh", "plain"]);
    let listing = folder.tree().list().unwrap();
    let modes: Vec<(&str, bool)> = listing.files.iter().map(|file| (file.path.as_str(), file.executable)).collect();
    assert_eq!(modes, [("new.sh", true), ("plain", false), ("tracked.sh", true)]);
}

#[test]
fn a_conflict_is_listed_once() {
    let Some(folder) = Folder::repository(&[]) else { return };
    folder.write("a", "1");
    folder.git(&["add", "a"]);
    folder.git(&["commit", "--quiet", "--message=1"]);
    let blob = String::from_utf8(folder.git(&["rev-parse", "HEAD:a"])).unwrap();
    let stages: String = (1..=3).map(|stage| format!("100644 {} {stage}\ta\n", blob.trim())).collect();
    folder.git(&["rm", "--quiet", "--cached", "a"]);
    folder.write(".git/stages", &stages);
    let input = fs::File::options().read(true).open(folder.at(".git/stages")).unwrap();
    let mut command = std::process::Command::new("git");
    assert!(
        command
            .current_dir(folder.path())
            .args(["update-index", "--index-info"])
            .stdin(input)
            .status()
            .unwrap()
            .success()
    );
    check(&folder.tree(), &["a"]);
}

#[test]
fn too_many_names_are_an_error_and_a_damaged_index_is_one() {
    let Some(folder) = Folder::repository(&[]) else { return };
    folder.write("a", "").write("b", "").write("c", "");
    assert!(folder.tree().at_most(3).list().is_ok());
    let message = folder.tree().at_most(2).list().unwrap_err().to_string();
    assert_eq!(message, "cannot read `.`: more than 2 names are in it, the limit for one tree");
    folder.write(".git/index", "DIRC nonsense that is long enough");
    assert!(folder.tree().list().unwrap_err().to_string().starts_with("cannot read `.git/index`: version"));
}

#[test]
fn rules_too_large_to_read_are_told_and_hide_nothing() {
    let Some(folder) = Folder::repository(&[]) else { return };
    folder.write(".gitignore", &"*\n".repeat(600_000)).write("a", "");
    let listing = folder.tree().list().unwrap();
    assert_eq!(names(&listing), [".gitignore", "a"]);
    let reason = "its rules do not count: `.gitignore` has more than 1048576 bytes, the limit for one file";
    assert_eq!(skipped(&listing), [(".gitignore", reason)]);
}

#[test]
fn directories_without_end_are_cut() {
    let folder = Folder::new();
    let deep = vec!["d"; 300].join("/");
    folder.write("a", "").write(&format!("{deep}/x"), "");
    let listing = folder.tree().list().unwrap();
    assert_eq!(names(&listing), ["a"]);
    assert!(matches!(skipped(&listing)[..], [(name, "it is nested too deep")] if name.len() == 2 * 257));
}
