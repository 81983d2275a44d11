//! Which branch is production.

use super::{Folder, git};
use crate::WorkingTree;

fn branch(folder: &Folder) -> Option<String> {
    folder.tree().production_branch()
}

#[test]
fn what_origin_says_counts_first_then_main_then_master() {
    let Some(folder) = Folder::repository(&[]) else { return };
    assert_eq!(branch(&folder).as_deref(), Some("main"), "without a commit");
    folder.git(&["checkout", "--quiet", "-b", "topic"]);
    folder.git(&["commit", "--quiet", "--allow-empty", "--message=a"]);
    assert_eq!(branch(&folder), None);
    folder.git(&["branch", "master"]);
    assert_eq!(branch(&folder).as_deref(), Some("master"));
    folder.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    assert_eq!(branch(&folder).as_deref(), Some("main"));
    folder.git(&["pack-refs", "--all"]);
    assert_eq!(branch(&folder).as_deref(), Some("main"), "packed");
    folder.git(&["update-ref", "refs/remotes/origin/release/1", "HEAD"]);
    folder.git(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/release/1"]);
    assert_eq!(branch(&folder).as_deref(), Some("release/1"));
    folder.git(&["worktree", "add", "--quiet", "linked", "master"]);
    let linked = WorkingTree::open(&folder.at("linked")).unwrap();
    assert_eq!(linked.production_branch().as_deref(), Some("release/1"));
    assert!(!git(&folder.at("linked"), &["status"]).is_empty());
}

#[test]
fn there_is_none_outside_a_repository() {
    assert_eq!(branch(&Folder::new()), None);
}
