//! Revisions and what is staged against git's own answers, over generated histories: loose and packed objects, deltas of
//! both kinds, tags, linked working trees, borrowed objects, shallow clones, subdirectories, both kinds of hash.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use engine_model::{FilePath, Tree};

use super::differential::{Numbers, write};
use super::{Folder, git};
use crate::{Revision, Staged};

/// Bytes of a file and whether it can be executed, by path.
type Files = BTreeMap<String, (bool, Vec<u8>)>;

/// What a tree of ours holds.
fn ours(tree: &dyn Tree) -> Files {
    let listing = tree.list().unwrap();
    let mut files = Files::new();
    for entry in listing.files {
        let bytes = tree.read(&entry.path, u64::MAX).unwrap();
        let mut piecewise = Vec::new();
        tree.open(&entry.path).unwrap().read_to_end(&mut piecewise).unwrap();
        assert_eq!(bytes, piecewise, "{}", entry.path);
        files.insert(entry.path.to_string(), (entry.executable, bytes));
    }
    files
}

/// What git has, from lines of `<mode> ... <name of the blob>` and a path; links and submodules are left out.
fn theirs(directory: &Path, listed: &[u8]) -> Files {
    let listed = String::from_utf8_lossy(listed);
    let lines: Vec<(&str, &str, &str)> = listed
        .split_terminator('\0')
        .filter_map(|line| {
            let (head, path) = line.split_once('\t')?;
            let words: Vec<&str> = head.split(' ').collect();
            let blob = words.iter().find(|word| word.len() >= 40)?;
            words[0].starts_with("100").then_some((words[0], *blob, path))
        })
        .collect();
    let input: String = lines.iter().map(|(_, blob, _)| format!("{blob}\n")).collect();
    let asked = tempfile::NamedTempFile::new().unwrap();
    fs::write(asked.path(), input).unwrap();
    let output = Command::new("git")
        .current_dir(directory)
        .args(["cat-file", "--batch"])
        .stdin(fs::File::options().read(true).open(asked.path()).unwrap())
        .output()
        .unwrap();
    let mut rest = output.stdout.as_slice();
    let mut files = Files::new();
    for (mode, _, path) in lines {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap();
        let size: usize = std::str::from_utf8(&rest[..end]).unwrap().rsplit(' ').next().unwrap().parse().unwrap();
        files.insert(path.to_owned(), (mode == "100755", rest[end + 1..end + 1 + size].to_vec()));
        rest = &rest[end + size + 2..];
    }
    files
}

/// Compares a revision of the repository around `directory` with git's own answer.
#[track_caller]
fn check_revision(directory: &Path, reference: &str) -> usize {
    let revision = Revision::open(directory, reference).unwrap();
    let sha = git(directory, &["rev-parse", "--verify", &format!("{reference}^{{commit}}")]);
    assert_eq!(revision.id(), String::from_utf8_lossy(&sha).trim_end(), "{reference}");
    // Asked for before anything is listed, files are found on the way down.
    let listed = git(directory, &["ls-tree", "-r", "-z", reference]);
    let expected = theirs(directory, &listed);
    for (path, (_, bytes)) in expected.iter().take(20) {
        assert_eq!(&revision.read(&FilePath::new(path).unwrap(), u64::MAX).unwrap(), bytes, "{path}");
    }
    let found = ours(&revision);
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{reference}");
    assert!(found == expected, "{reference} differs in bytes or modes");
    expected.len()
}

#[track_caller]
fn check_staged(directory: &Path) {
    let expected = theirs(directory, &git(directory, &["ls-files", "--stage", "-z"]));
    assert!(ours(&Staged::open(directory, None).unwrap()) == expected, "what is staged differs");
}

/// A text that later ones share much of.
fn text(numbers: &mut Numbers) -> String {
    let lines = [0, 1, 40, 900][numbers.below(4)];
    (0..lines).map(|line| format!("line {line} {}\n", numbers.below(3))).collect()
}

/// A history of a dozen commits with branches and tags, some of it packed.
fn history(numbers: &mut Numbers, options: &[&str], round: usize) -> Option<Folder> {
    let folder = Folder::repository(options)?;
    folder.git(&["config", "repack.useDeltaBaseOffset", if round.is_multiple_of(2) { "true" } else { "false" }]);
    for commit in 0..8 {
        for _ in 0..6 {
            let path = format!("{}/{}", numbers.pick(&["sub", "sub/deep", "top"]), numbers.path());
            write(&folder, &path, &text(numbers));
            if numbers.one_in(4) && folder.at(&path).is_file() {
                folder.mode(&path, 0o755);
            }
        }
        fs::remove_file(folder.at("link")).ok();
        symlink(format!("to{commit}"), folder.at("link")).unwrap();
        folder.commit();
        match commit {
            1 => drop(folder.git(&["tag", "light"])),
            2 => drop(folder.git(&["tag", "--annotate", "--message=a", "v1.0"])),
            3 => drop(folder.git(&["tag", "--annotate", "--message=a", "v1.0-again", "v1.0"])),
            4 => drop(folder.git(&["branch", "feature/x"])),
            5 if round % 3 != 1 => drop(folder.git(&["repack", "-q", "-a", "-d", "-f"])),
            _ => {}
        }
    }
    folder.git(&["update-ref", "refs/remotes/origin/main", "HEAD~1"]);
    folder.git(&["update-ref", "refs/merge-requests/7/head", "HEAD~2"]);
    if round.is_multiple_of(2) {
        folder.git(&["pack-refs", "--all"]);
    }
    if round % 3 == 2 {
        folder.git(&["gc", "-q", "--aggressive"]);
    }
    Some(folder)
}

#[test]
fn every_revision_is_git_s_own() {
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    for round in 0..6 {
        let options: &[&str] = if round == 3 { &["--object-format=sha256"] } else { &[] };
        let Some(folder) = history(&mut numbers, options, round) else { return };
        let here = folder.path();
        for name in ["HEAD", "main", "light", "v1.0", "v1.0-again", "feature/x", "origin/main", "heads/main"] {
            check_revision(here, name);
        }
        for name in ["refs/merge-requests/7/head", "refs/tags/v1.0", "tags/light", "remotes/origin/main"] {
            check_revision(here, name);
        }
        let mut files = 0;
        for sha in folder.says(&["log", "--all", "--format=%H"]).lines() {
            files += check_revision(here, sha);
            check_revision(here, &sha.split_at(12).0.to_uppercase());
            check_revision(&folder.at("sub"), sha);
        }
        assert!(files > 100, "too little to compare: {files}");
        let deltas = folder.says(&["cat-file", "--batch-all-objects", "--batch-check=%(deltabase)"]);
        let deltas = deltas.lines().filter(|base| base.contains(|digit| digit != '0')).count();
        assert!(round % 3 == 1 || deltas > 5, "no deltas to read in round {round}: {deltas}");
        write(&folder, "sub/staged", "staged");
        folder.git(&["add", "sub/staged"]);
        write(&folder, "sub/staged", "not staged");
        check_staged(here);
    }
}

#[test]
fn clones_of_every_kind_hold_what_git_says() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let Some(folder) = history(&mut numbers, &[], 2) else { return };
    let clones = Folder::new();
    let url = format!("file://{}", folder.path().display());
    let kinds: [(&str, &[&str]); 4] = [
        ("whole", &["--local"]),
        ("shallow", &["--depth=2"]),
        ("borrowing", &["--shared", "."]),
        ("mirrored", &["--no-hardlinks"]),
    ];
    for (name, options) in kinds {
        let from = if name == "borrowing" { folder.path().to_str().unwrap() } else { &url };
        let options = options.iter().filter(|option| **option != ".");
        let mut arguments: Vec<&str> = vec!["clone", "--quiet"];
        arguments.extend(options);
        arguments.extend([from, name]);
        git(clones.path(), &arguments);
        let clone = clones.at(name);
        for reference in ["HEAD", "main", "origin/main", "origin", "origin/HEAD"] {
            check_revision(&clone, reference);
        }
        check_staged(&clone);
    }
    let shallow = clones.at("shallow");
    git(&shallow, &["fetch", "--quiet", "--depth=1", "origin", "feature/x"]);
    check_revision(&shallow, "FETCH_HEAD");

    let borrowing = clones.at("borrowing");
    git(&borrowing, &["worktree", "add", "--quiet", "-b", "linked", "../linked", "HEAD"]);
    fs::write(clones.at("linked/new"), "of the linked one").unwrap();
    git(&clones.at("linked"), &["add", "new"]);
    check_staged(&clones.at("linked"));
    git(&clones.at("linked"), &["commit", "--quiet", "--message=m"]);
    check_revision(&clones.at("linked"), "HEAD");
    check_revision(&borrowing, "linked");

    git(&borrowing, &["submodule", "--quiet", "add", &url, "module"]);
    check_staged(&borrowing);
    check_revision(&borrowing.join("module"), "HEAD");
    check_staged(&borrowing.join("module"));
}
