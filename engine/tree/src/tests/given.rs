//! A text that was given, over the tree that it belongs to.

use std::fs;
use std::io::{Read as _, Write as _};

use engine_model::{FilePath, Tree as _, TreeError};

use crate::{Given, WorkingTree};

#[test]
fn the_given_text_stands_before_the_tree() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("base.yml"), "a: 1\n").unwrap();
    fs::write(folder.path().join("given.yml"), "not this one\n").unwrap();
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"include: base.yml\n").unwrap();
    let path = |name: &str| FilePath::new(name).unwrap();
    let tree = Given::new(path("given.yml"), file, WorkingTree::open(folder.path()).unwrap());

    let files: Vec<String> = tree.list().unwrap().files.iter().map(|entry| entry.path.to_string()).collect();
    assert_eq!(files, ["given.yml"]);
    assert_eq!(tree.read(&path("given.yml"), 100).unwrap(), b"include: base.yml\n");
    assert_eq!(tree.read(&path("base.yml"), 100).unwrap(), b"a: 1\n");
    assert!(matches!(tree.read(&path("given.yml"), 3), Err(TreeError::TooLarge { limit: 3, .. })));

    let (mut first, mut second) = (String::new(), String::new());
    let mut one = tree.open(&path("given.yml")).unwrap();
    let mut other = tree.open(&path("given.yml")).unwrap();
    one.by_ref().take(7).read_to_string(&mut first).unwrap();
    other.read_to_string(&mut second).unwrap();
    assert_eq!((first.as_str(), second.as_str()), ("include", "include: base.yml\n"));
    second.clear();
    tree.open(&path("base.yml")).unwrap().read_to_string(&mut second).unwrap();
    assert_eq!(second, "a: 1\n");
}
