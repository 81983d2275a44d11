//! Files of git's that lie or are damaged: never a wrong byte, never a panic, and never more memory than a limit.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use engine_model::{FilePath, Tree as _, TreeError};
use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::Folder;
use crate::{Revision, Staged};

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn overwrite(path: &PathBuf, bytes: &[u8]) {
    fs::remove_file(path).ok();
    fs::write(path, bytes).unwrap();
}

/// The files below a folder of git's own.
fn files(folder: &Folder, below: &str) -> Vec<PathBuf> {
    let mut pending = vec![folder.at(below)];
    let mut found = Vec::new();
    while let Some(directory) = pending.pop() {
        for (name, is_directory) in crate::disk::names_at(&directory, 1000).unwrap() {
            let list = if is_directory { &mut pending } else { &mut found };
            list.push(directory.join(name));
        }
    }
    found
}

fn path(name: &str) -> FilePath {
    FilePath::new(name).unwrap()
}

/// Reads all there is: what can be read is right, since objects are held against their names.
fn survive(folder: &Folder, sha: &str, right: &str) -> bool {
    let Ok(revision) = Revision::open(folder.path(), sha) else { return false };
    let Ok(bytes) = revision.read(&path("a"), 1 << 16) else { return false };
    assert_eq!(String::from_utf8_lossy(&bytes), right);
    revision.list().is_ok()
}

#[test]
fn no_damaged_byte_changes_what_is_read() {
    for packed in [false, true] {
        let Some(folder) = Folder::repository(&[]) else { return };
        let long: String = (0..200).map(|line| format!("line {line}\n")).collect();
        folder.write("a", &format!("{long}old\n")).write("d/b", "b").commit();
        let right = format!("{long}new and longer\n");
        let sha = folder.write("a", &right).commit();
        if packed {
            folder.git(&["repack", "-q", "-a", "-d", "-f"]);
        }
        assert!(survive(&folder, &sha, &right));
        let mut survived = 0_u32;
        let mut changes = 0_u32;
        for file in files(&folder, ".git/objects") {
            let bytes = crate::disk::read_path(&file, 1 << 20).unwrap();
            for at in 0..bytes.len() {
                for flip in [0x01, 0xf0] {
                    let mut changed = bytes.clone();
                    changed[at] ^= flip;
                    overwrite(&file, &changed);
                    changes += 1;
                    survived += u32::from(survive(&folder, &sha, &right));
                }
            }
            for cut in 0..bytes.len() {
                overwrite(&file, &bytes[..cut]);
                survive(&folder, &sha, &right);
            }
            overwrite(&file, &bytes);
        }
        assert!(survive(&folder, &sha, &right));
        assert!(survived < changes, "no change did any harm: {survived} of {changes}");
    }
}

/// Puts `text`, deflated, in the place of the blob of `a`, and gives what reading it comes to.
fn in_place_of_a(header: &str, text: &[u8], limit: u64) -> Option<Result<Vec<u8>, TreeError>> {
    let folder = Folder::repository(&[])?;
    folder.write("a", "right").commit();
    let blob = folder.says(&["rev-parse", "HEAD:a"]);
    let (first, rest) = blob.split_at(2);
    let file = folder.at(&format!(".git/objects/{first}/{rest}"));
    overwrite(&file, &zlib(&[header.as_bytes(), text].concat()));
    let revision = Revision::open(folder.path(), "HEAD").unwrap();
    let mut piecewise = Vec::new();
    let opened = revision.open(&path("a")).map(|mut opened| opened.read_to_end(&mut piecewise));
    assert!(!matches!(opened, Ok(Ok(_))), "reading piece by piece must end in an error");
    Some(revision.read(&path("a"), limit))
}

#[test]
fn lies_of_an_object_are_told() {
    let bomb = vec![0; 8 << 20];
    let cases: [(&str, &[u8], &str); 6] = [
        ("blob 5\0", b"wrong", "something else"),
        ("blob 5\0", &bomb, "longer than it says"),
        ("blob 50\0", b"right", "ends before it should"),
        ("blob 18446744073709551615\0", &bomb, "has more than 100 bytes"),
        ("blob 99999999999999999999\0", b"", "does not say what it is"),
        ("tree 5\0", b"right", "something else"),
    ];
    for (header, text, message) in cases {
        let Some(read) = in_place_of_a(header, text, 100) else { return };
        let error = read.unwrap_err().to_string();
        assert!(error.contains(message), "{header:?}: {error}");
    }
}

#[test]
fn a_file_over_the_limit_is_refused_before_it_is_inflated() {
    let Some(folder) = Folder::repository(&[]) else { return };
    let megabytes: String = "0123456789abcdef".repeat(4 << 16);
    folder.write("a", &megabytes).commit();
    folder.write("a", &format!("{megabytes}x")).commit();
    for packed in [false, true] {
        if packed {
            folder.git(&["repack", "-q", "-a", "-d", "-f"]);
        }
        for name in ["HEAD", "main"] {
            let revision = Revision::open(folder.path(), name).unwrap();
            let refused = revision.read(&path("a"), 1000);
            assert!(matches!(refused, Err(TreeError::TooLarge { limit: 1000, .. })), "{refused:?}");
            assert_eq!(revision.read(&path("a"), 1 << 23).unwrap().len(), megabytes.len() + 1);
        }
    }
    check_deltas(&folder);
}

/// Both versions are there, one of them as a delta.
fn check_deltas(folder: &Folder) {
    let all = folder.says(&["cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(deltabase)"]);
    assert!(all.lines().any(|line| line.starts_with("blob ") && line.contains(|c| ('1'..='9').contains(&c))), "{all}");
}

#[test]
fn references_that_name_each_other_end() {
    let Some(folder) = Folder::repository(&[]) else { return };
    folder.write("a", "").commit();
    folder.write(".git/refs/heads/x", "ref: refs/heads/y\n").write(".git/refs/heads/y", "ref: refs/heads/x\n");
    folder.write(".git/refs/heads/out", "ref: ../../../etc/passwd\n").write(".git/refs/heads/empty", "");
    for name in ["x", "y", "out", "empty"] {
        let message = Revision::open(folder.path(), name).unwrap_err().to_string();
        assert!(message.ends_with("git's reference is damaged"), "{message}");
    }
}

#[test]
fn what_is_called_like_git_s_own_is_no_file() {
    let Some(folder) = Folder::repository(&[]) else { return };
    folder.write("a", "secret").commit();
    let blob = folder.says(&["rev-parse", "HEAD:a"]);
    let tree: Vec<u8> = ["100644 .GIT", "100644 ..", "100644 a/../../b", "100644 ok", "100644 caf\u{e9}"]
        .iter()
        .flat_map(|name| {
            let id = (0..20).map(|byte| u8::from_str_radix(blob.get(2 * byte..2 * byte + 2).unwrap(), 16).unwrap());
            name.bytes().chain([0]).chain(id).collect::<Vec<u8>>()
        })
        .collect();
    folder.write(".git/hand-made", "");
    fs::write(folder.at(".git/hand-made"), tree).unwrap();
    let tree = folder.says(&["hash-object", "-t", "tree", "--literally", "-w", ".git/hand-made"]);
    let commit = folder.says(&["commit-tree", "-m", "m", &tree]);
    let listing = Revision::open(folder.path(), &commit).unwrap().list().unwrap();
    assert_eq!(super::names(&listing), ["caf\u{e9}", "ok"]);
    let expected =
        [("..", "its name cannot be a path"), (".GIT", "it is git's own"), ("a/../../b", "its name cannot be a path")];
    assert_eq!(super::skipped(&listing), expected);
}

#[test]
fn trees_without_end_are_cut() {
    let Some(folder) = Folder::repository(&[]) else { return };
    let mut tree = String::new();
    folder.write("a", "").commit();
    let mut below = folder.says(&["rev-parse", "HEAD^{tree}"]);
    // Ten names at each of eight levels are a hundred million files.
    for _ in 0..8 {
        tree.clear();
        (0..10).for_each(|name| tree.push_str(&format!("040000 tree {below}\td{name}\n")));
        folder.write(".git/lines", &tree);
        let input = fs::File::options().read(true).open(folder.at(".git/lines")).unwrap();
        let made = std::process::Command::new("git").current_dir(folder.path()).arg("mktree").stdin(input).output();
        below = String::from_utf8(made.unwrap().stdout).unwrap().trim_end().to_owned();
    }
    let commit = folder.says(&["commit-tree", "-m", "m", &below]);
    let revision = Revision::open(folder.path(), &commit).unwrap();
    let message = revision.list().unwrap_err().to_string();
    assert_eq!(message, "cannot read `.`: more than 1000000 names are in it, the limit for one tree");
    assert_eq!(revision.read(&path("d0/d1/d2/d3/d4/d5/d6/d7/a"), 9).unwrap(), b"");
    folder.git(&["read-tree", "HEAD"]);
    assert!(Staged::open(folder.path(), None).is_ok());
}
