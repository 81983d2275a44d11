//! Files that somebody sent, as they are and in archives.

use std::io::{Read as _, Write as _};

use engine_model::{FilePath, Tree as _, TreeError};
use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};

use crate::{ArchiveLimits, Memory, MemoryError};

const LIMITS: ArchiveLimits = ArchiveLimits { bytes: 64 * 1024, files: 8 };

fn entry(kind: EntryType, size: usize) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(size as u64);
    header
}

fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    for (path, text) in files {
        let mut header = entry(EntryType::Regular, text.len());
        // A path that leads out can only be written past the builder's own care.
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.set_cksum();
        tar.append(&header, text.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// Checks what an archive is read as: its files, or why it is none.
#[track_caller]
fn check(bytes: &[u8], expect: Result<&[&str], &str>) {
    for bytes in [bytes.to_vec(), packed(bytes)] {
        let tree = Memory::from_archive(&bytes, LIMITS);
        match (tree, expect) {
            (Ok(tree), Ok(expect)) => {
                let listing = tree.list().unwrap();
                let files = listing.files.iter().map(|entry| entry.path.to_string());
                let skipped = listing.skipped.iter().map(|skipped| format!("{}: {}", skipped.name, skipped.reason));
                assert_eq!(files.chain(skipped).collect::<Vec<_>>(), expect);
            }
            (Err(error), Err(expect)) => assert!(error.to_string().contains(expect), "{error} and not {expect}"),
            (found, expect) => panic!("{found:?} and not {expect:?}"),
        }
    }
}

#[test]
fn files_are_listed_and_read() {
    let tree = Memory::new([("b/c.tf", b"2".to_vec()), ("a.yml", b"one".to_vec())]).unwrap();
    let files: Vec<String> = tree.list().unwrap().files.iter().map(|entry| entry.path.to_string()).collect();
    assert_eq!(files, ["a.yml", "b/c.tf"]);
    let path = |path: &str| FilePath::new(path).unwrap();
    assert_eq!(tree.read(&path("a.yml"), 3).unwrap(), b"one");
    assert!(matches!(tree.read(&path("a.yml"), 2), Err(TreeError::TooLarge { limit: 2, .. })));
    assert!(matches!(tree.read(&path("x"), 2), Err(TreeError::NotFound { .. })));
    let mut text = String::new();
    tree.open(&path("a.yml")).unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(text, "one");
}

#[test]
fn what_is_no_tree_is_refused() {
    let check = |paths: &[&str], expect: &str| {
        let error = Memory::new(paths.iter().map(|path| (*path, Vec::new()))).unwrap_err();
        assert!(error.to_string().contains(expect), "{error} and not {expect}");
    };
    check(&["../a"], "`../a` is no path below");
    check(&["/a"], "`/a` is no path below");
    check(&["a/./b"], "no path below");
    check(&[""], "no path below");
    check(&["a\0b"], "no path below");
    check(&["a", "a"], "two files `a`");
    check(&["a/b", "a/b/c"], "`a/b` is a file and a folder");
}

#[test]
fn an_archive_is_its_files() {
    check(&archive(&[("./a.tf", "1"), ("b/c.yml", "2")]), Ok(&["a.tf", "b/c.yml"]));
    check(&archive(&[]), Ok(&[]));
}

#[test]
fn a_tree_is_an_archive_and_back() {
    let long = format!("{}/b.tf", "x".repeat(150));
    let tree = Memory::new([(long.as_str(), b"2".to_vec()), ("a.yml", b"one".to_vec())]).unwrap();
    let bytes = crate::archive(&tree, LIMITS).unwrap();
    let again = Memory::from_archive(&bytes, LIMITS).unwrap();
    assert_eq!(again.list().unwrap().files, tree.list().unwrap().files);
    assert_eq!(again.read(&FilePath::new(&long).unwrap(), 9).unwrap(), b"2");
    assert_eq!(crate::archive(&again, LIMITS).unwrap(), bytes);
    assert!(crate::archive(&tree, ArchiveLimits { bytes: 600, files: 8 }).is_err());
    assert!(crate::archive(&tree, ArchiveLimits { files: 1, ..LIMITS }).is_err());
}

#[test]
fn links_and_devices_make_no_file() {
    let mut tar = Builder::new(Vec::new());
    tar.append_link(&mut entry(EntryType::Symlink, 0), "a", "/etc/passwd").unwrap();
    let mut device = entry(EntryType::Char, 0);
    tar.append_data(&mut device, "b", &b""[..]).unwrap();
    let mut folder = entry(EntryType::Directory, 0);
    tar.append_data(&mut folder, "c/", &b""[..]).unwrap();
    let bytes = tar.into_inner().unwrap();
    check(&bytes, Ok(&["a: it is a link, which leads nowhere here", "b: it is no regular file"]));
}

#[test]
fn hostile_archives_are_refused() {
    check(&archive(&[("../a", "1")]), Err("`../a` is no path below"));
    check(&archive(&[("/etc/a", "1")]), Err("`/etc/a` is no path below"));
    check(&archive(&[("a", "1"), ("./a", "2")]), Err("two files `a`"));
    check(&archive(&[("a", &"x".repeat(70_000))]), Err("more than 65536 bytes"));
    let many: Vec<String> = (0..9).map(|number| format!("f{number}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "")).collect();
    check(&archive(&many), Err("more than 8 files"));
    check(b"this is no archive", Err("the archive cannot be read"));
    let whole = archive(&[("a", &"x".repeat(5000))]);
    check(&whole[..2000], Err("the archive cannot be read"));
    // What unpacks to a thousand times its size is stopped where the limit is.
    let bomb = packed(&vec![0; 64 * 1024 * 1024]);
    let error = Memory::from_archive(&bomb, LIMITS);
    assert!(error.is_ok_and(|tree| tree.list().unwrap().files.is_empty()));
    let bomb = packed(&archive(&[("a", &"\0".repeat(64 * 1024 * 1024))]));
    assert_eq!(Memory::from_archive(&bomb, LIMITS).unwrap_err(), MemoryError::TooMuch { limit: 65536, what: "bytes" });
    assert!(Memory::from_archive(&packed(&whole)[..40], LIMITS).is_err());
}
