//! From a path to bytes, and what is refused.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use engine_model::{FilePath, Tree, TreeError};
use rustix::fs::{CWD, FileType, Mode};

use super::Folder;
use crate::WorkingTree;

fn read(tree: &WorkingTree, path: &str, limit: u64) -> Result<Vec<u8>, TreeError> {
    tree.read(&FilePath::new(path).unwrap(), limit)
}

#[track_caller]
fn check_refused(tree: &WorkingTree, path: &str, message: &str) {
    assert_eq!(read(tree, path, 100).unwrap_err().to_string(), message);
}

#[test]
fn a_file_is_read_up_to_the_limit_and_not_beyond() {
    let folder = Folder::new();
    folder.write("d/a", "12345").write("empty", "");
    let tree = folder.tree();
    assert_eq!(read(&tree, "d/a", 5).unwrap(), b"12345");
    assert_eq!(read(&tree, "d/a", u64::MAX).unwrap(), b"12345");
    assert_eq!(read(&tree, "empty", 0).unwrap(), b"");
    let message = read(&tree, "d/a", 4).unwrap_err().to_string();
    assert_eq!(message, "`d/a` has more than 4 bytes, the limit for one file");
    check_refused(&tree, "d/b", "no such file `d/b`");
    check_refused(&tree, "d/a/b", "no such file `d/a/b`");
    check_refused(&tree, "d", "cannot read `d`: it is a directory");
}

#[test]
fn a_huge_file_is_refused_by_its_size() {
    let folder = Folder::new();
    folder.write("huge", "");
    fs::File::options().write(true).open(folder.at("huge")).unwrap().set_len(200 << 20).unwrap();
    let limit = (200 << 20) - 1;
    assert!(matches!(read(&folder.tree(), "huge", limit), Err(TreeError::TooLarge { .. })));
}

#[test]
fn a_file_that_lies_about_its_size_is_cut_off() {
    let Ok(tree) = WorkingTree::open(Path::new("/proc/self")) else {
        println!("skipped: there is no /proc");
        return;
    };
    assert!(!read(&tree, "status", 1 << 20).unwrap().is_empty());
    assert!(matches!(read(&tree, "status", 10), Err(TreeError::TooLarge { limit: 10, .. })));
}

#[test]
fn links_lead_nowhere() {
    let (folder, outside) = (Folder::new(), Folder::new());
    outside.write("secret", "s");
    folder.write("d/a", "a");
    symlink(outside.at("secret"), folder.at("file")).unwrap();
    symlink(outside.path(), folder.at("directory")).unwrap();
    symlink("d", folder.at("inside")).unwrap();
    let tree = folder.tree();
    check_refused(&tree, "file", "cannot read `file`: it is a symbolic link, and links are not followed");
    for name in ["directory", "inside"] {
        let reason = format!("`{name}` is a symbolic link, and links are not followed");
        check_refused(&tree, &format!("{name}/secret"), &format!("cannot read `{name}/secret`: {reason}"));
    }
}

#[test]
fn the_root_itself_may_be_a_link() {
    let (folder, other) = (Folder::new(), Folder::new());
    folder.write("a", "1");
    symlink(folder.path(), other.at("link")).unwrap();
    let tree = WorkingTree::open(&other.at("link")).unwrap();
    assert_eq!(read(&tree, "a", 1).unwrap(), b"1");
    assert_eq!(tree.root(), folder.path().canonicalize().unwrap());
}

#[test]
fn nothing_blocks() {
    let folder = Folder::new();
    rustix::fs::mknodat(CWD, folder.at("pipe"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let _socket = UnixListener::bind(folder.at("socket")).unwrap();
    check_refused(&folder.tree(), "pipe", "cannot read `pipe`: it is a named pipe, not a regular file");
    check_refused(&folder.tree(), "socket", "cannot read `socket`: it is a socket, not a regular file");
    if let Ok(dev) = WorkingTree::open(Path::new("/dev")) {
        check_refused(&dev, "zero", "cannot read `zero`: it is a device, not a regular file");
    }
    // git's own files are no more trusted than the tree's.
    fs::create_dir(folder.at(".git")).unwrap();
    rustix::fs::mknodat(CWD, folder.at(".git/HEAD"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    assert!(folder.tree().list().is_ok());
}

#[test]
fn git_s_own_files_are_not_the_tree_s() {
    let folder = Folder::new();
    folder.write(".git/config", "token").write("d/.git", "gitdir: x");
    check_refused(&folder.tree(), ".git/config", "cannot read `.git/config`: it is git's own");
    check_refused(&folder.tree(), "d/.git", "cannot read `d/.git`: it is git's own");
}

#[test]
fn a_root_must_be_a_directory() {
    let folder = Folder::new();
    folder.write("a", "");
    let open = |name: &str| WorkingTree::open(&folder.at(name)).unwrap_err();
    assert!(matches!(open("none"), TreeError::NotFound { .. }));
    assert!(open("a").to_string().ends_with("it is not a directory"));
}
