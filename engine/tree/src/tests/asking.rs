//! Paths that were asked for by name.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::{Folder, check};
use crate::WorkingTree;

fn asked(folder: &Folder, paths: &[&str]) -> Result<WorkingTree, String> {
    let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
    WorkingTree::with_paths(folder.path(), &paths).map_err(|error| error.to_string())
}

#[test]
fn a_file_is_listed_also_if_ignored_and_a_directory_below() {
    let Some(folder) = Folder::repository(&[]) else { return };
    folder.write(".gitignore", "*.json\nout/\n").write("plan.json", "").write("other.json", "").write("a", "");
    folder.write("out/b", "").write("out/c.json", "").write("d/e/f", "");
    check(&asked(&folder, &["plan.json"]).unwrap(), &["plan.json"]);
    check(&asked(&folder, &["out", "d/e/"]).unwrap(), &["d/e/f", "out/b"]);
    check(&asked(&folder, &["./d/../a", "a", "d", "d/e/f"]).unwrap(), &["a", "d/e/f"]);
    check(&asked(&folder, &["."]).unwrap(), &[".gitignore", "a", "d/e/f"]);
    check(&asked(&folder, &[]).unwrap(), &[]);
    let absolute = folder.at("d").to_str().unwrap().to_owned();
    check(&asked(&folder, &[&absolute]).unwrap(), &["d/e/f"]);
}

#[test]
fn what_cannot_be_read_is_refused_at_once() {
    let folder = Folder::new();
    folder.write("a", "").write(".git/x", "");
    symlink("a", folder.at("link")).unwrap();
    let refused = |path: &str| asked(&folder, &[path]).unwrap_err();
    assert_eq!(refused("none"), "no such file `none`");
    assert_eq!(refused("none/x"), "no such file `none/x`");
    assert_eq!(refused("../a"), "cannot read `../a`: it is outside the tree");
    assert_eq!(refused(".."), "cannot read `..`: it is outside the tree");
    assert_eq!(refused("/etc"), "cannot read `/etc`: it is outside the tree");
    assert_eq!(refused(".git/x"), "cannot read `.git/x`: it is git's own");
    assert_eq!(refused("link"), "cannot read `link`: it is a symbolic link, and links are not followed");
    assert!(WorkingTree::with_paths(Path::new("/nonexistent"), &[]).is_err());
}
