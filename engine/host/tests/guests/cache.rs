//! The cache: compiled once, found again, and nothing that is wrong with it is run or stops a check.

use std::fs::{File, Permissions, set_permissions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use engine_host::{Cache, Cached, Host, Limits, Loaded};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::guest::{ask, host, hostile, tight};

/// A user that nobody is.
const NOBODY: u32 = 65534;

/// An empty directory, and a cache below it.
struct Place {
    temporary: TempDir,
    cache: Cache,
}

impl Place {
    fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let cache = Cache::open(&temporary.path().join("cache")).unwrap();
        Self { temporary, cache }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.temporary.path().join("cache").join(name)
    }

    /// The names of everything in the cache, sorted.
    fn names(&self) -> Vec<String> {
        #[expect(clippy::disallowed_methods, reason = "no tree of a user, but the test's own directory")]
        let listed = std::fs::read_dir(self.path("")).unwrap();
        let mut names: Vec<_> = listed.map(|one| one.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The path of the only entry.
    fn entry(&self) -> PathBuf {
        let names = self.names();
        assert_eq!(names.len(), 1, "{names:?}");
        self.path(&names[0])
    }
}

fn read(path: &Path) -> Vec<u8> {
    #[expect(clippy::disallowed_methods, reason = "no file of a user, but the test's own")]
    std::fs::read(path).unwrap()
}

fn write(path: &Path, bytes: &[u8]) {
    File::create(path).unwrap().write_all(bytes).unwrap();
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|this| this.uid() == 0)
}

/// Loads a guest, which must work, and says what the cache did.
fn load(host: &Host, component: &[u8], cache: &Cache) -> Cached {
    let Loaded { plugin, cache } = host.load_cached("hostile", component, Some(cache)).unwrap();
    assert_eq!(plugin.id(), "hostile");
    assert_eq!(ask(&plugin, "do.count-calls").unwrap().findings[0].message, "1");
    cache.unwrap()
}

/// The hostile guest with a custom section of this name behind it: other bytes, the same plugin.
fn marked(name: &str) -> Vec<u8> {
    let mut component = hostile("none");
    let length = u8::try_from(name.len()).unwrap();
    component.extend([0, length + 1, length]);
    component.extend(name.as_bytes());
    component
}

/// A host that counts fuel, and so runs other code than [`host`] does.
fn counting(fuel: u64) -> Host {
    Host::new(Limits { fuel: Some(fuel), ..tight() }).unwrap()
}

#[test]
fn what_was_compiled_is_found_again() {
    let place = Place::new();
    assert_eq!(load(host(), &hostile("none"), &place.cache), Cached::Miss);
    assert_eq!(load(host(), &hostile("none"), &place.cache), Cached::Hit);
    let mode = std::fs::metadata(place.entry()).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600, "{mode:o}");

    // Another process, another component, an engine that compiles otherwise.
    let again = Cache::open(&place.path("")).unwrap();
    assert_eq!(load(&Host::new(tight()).unwrap(), &hostile("none"), &again), Cached::Hit);
    assert_eq!(load(host(), &marked("other"), &place.cache), Cached::Miss);
    assert_eq!(load(&counting(1 << 30), &hostile("none"), &place.cache), Cached::Miss);
    assert_eq!(place.names().len(), 3);

    let without = host().load_cached("hostile", &hostile("none"), None).unwrap();
    assert!(without.cache.is_none());
}

#[test]
fn a_plugin_from_the_cache_is_the_one_that_was_stored() {
    let place = Place::new();
    let load = || counting(5_000_000).load_cached("hostile", &hostile("none"), Some(&place.cache)).unwrap();
    let (compiled, found) = (load(), load());
    assert_eq!((compiled.cache, found.cache), (Some(Cached::Miss), Some(Cached::Hit)));
    assert_eq!(compiled.plugin.manifest(), found.plugin.manifest());
    for plugin in [&compiled.plugin, &found.plugin] {
        assert_eq!(ask(plugin, "test.item"), ask(&compiled.plugin, "test.item"));
        let burnt = ask(plugin, "do.loop").unwrap_err().to_string();
        assert_eq!(burnt, "it used up its fuel of 5000000 units");
    }
}

#[test]
fn a_plugin_from_the_cache_is_not_asked_again_what_it_is() {
    let place = Place::new();
    assert!(counting(100).load_cached("hostile", &hostile("none"), Some(&place.cache)).is_err());
    assert_eq!(place.names(), [""; 0], "a plugin that is refused is not kept");
    load(&counting(1 << 30), &hostile("none"), &place.cache);
    let found = counting(100).load_cached("hostile", &hostile("none"), Some(&place.cache)).unwrap();
    assert_eq!((found.cache, found.plugin.id()), (Some(Cached::Hit), "hostile"));
}

/// Loads a guest, lets `spoil` change its entry, and loads it again: it is compiled anew for `reason`.
fn repaired(what: &str, reason: &str, spoil: impl FnOnce(&Place, &Path)) {
    let place = Place::new();
    assert_eq!(load(host(), &hostile("none"), &place.cache), Cached::Miss, "{what}");
    let entry = place.entry();
    spoil(&place, &entry);
    let expected = Cached::Repaired { reason: reason.into() };
    assert_eq!(load(host(), &hostile("none"), &place.cache), expected, "{what}");
    assert_eq!(load(host(), &hostile("none"), &place.cache), Cached::Hit, "{what}");
    let found = std::fs::symlink_metadata(&entry).unwrap();
    assert!(found.is_file() && found.mode() & 0o7777 == 0o600, "{what}");
}

/// Where the parts of an entry stand, as `entry.rs` draws them.
const LENGTHS: usize = 80;
const CHECKSUM: usize = 96;
const CONTENT: usize = 128;

#[test]
fn an_entry_with_a_fault_is_compiled_anew() {
    let change = |entry: &Path, at: usize| {
        let mut bytes = read(entry);
        let at = at.min(bytes.len() - 1);
        bytes[at] ^= 1;
        write(entry, &bytes);
    };
    repaired("the last byte", "its checksum does not match", |_, entry| change(entry, usize::MAX));
    repaired("a byte of the manifest", "its checksum does not match", |_, entry| change(entry, CONTENT + 9));
    repaired("a byte of the checksum", "its checksum does not match", |_, entry| change(entry, CHECKSUM));
    repaired("the magic number", "it is no entry of this version of the cache", |_, entry| change(entry, 0));
    repaired("half of it", "it does not have the length that it says", |_, entry| {
        let bytes = read(entry);
        write(entry, &bytes[..bytes.len() / 2]);
    });
    repaired("half of its header", "it is cut off", |_, entry| write(entry, &read(entry)[..60]));
    repaired("nothing", "it is cut off", |_, entry| write(entry, b""));
    repaired("a text", "it is cut off", |_, entry| write(entry, b"#!/bin/sh\n"));
}

#[test]
fn an_entry_of_another_plugin_or_engine_is_compiled_anew() {
    let other = |host: &Host, component: &[u8]| {
        let place = Place::new();
        load(host, component, &place.cache);
        read(&place.entry())
    };
    let plugin = other(host(), &marked("other"));
    repaired("another plugin", "it is of another plugin", |_, entry| write(entry, &plugin));
    let engine = other(&counting(1 << 30), &hostile("none"));
    let reason = "it was compiled by another version of the engine";
    repaired("another engine", reason, |_, entry| write(entry, &engine));
}

#[test]
fn an_entry_that_is_not_a_private_file_is_compiled_anew() {
    let mode = |entry: &Path, mode| set_permissions(entry, Permissions::from_mode(mode)).unwrap();
    repaired("its group writes", "others can write it (mode 620)", |_, entry| mode(entry, 0o620));
    repaired("others write", "others can write it (mode 602)", |_, entry| mode(entry, 0o602));
    repaired("a link to the entry itself", "it is a symbolic link", |place, entry| {
        std::fs::rename(entry, place.path("moved")).unwrap();
        symlink(place.path("moved"), entry).unwrap();
    });
    repaired("a pipe that nobody writes", "it is not a regular file", |_, entry| {
        std::fs::remove_file(entry).unwrap();
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, entry, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    });
    if !is_root() {
        println!("skipped: only root can give a file away");
        return;
    }
    let owner = format!("it belongs to user {NOBODY}, not to user 0");
    repaired("somebody else's", &owner, |_, entry| chown(entry, Some(NOBODY), None).unwrap());
}

#[test]
fn an_entry_whose_code_is_none_is_compiled_anew() {
    // Whole by its checksum, so what is refused is what the header vouches for: code without a byte, and a manifest.
    let forged = |entry: &Path, manifest: &[u8], code: &[u8]| {
        let mut bytes = read(entry)[..LENGTHS].to_vec();
        bytes.extend((manifest.len() as u64).to_le_bytes());
        bytes.extend((code.len() as u64).to_le_bytes());
        let checksum = Sha256::new().chain_update(&bytes).chain_update(manifest).chain_update(code).finalize();
        bytes.extend(checksum);
        bytes.extend(manifest);
        bytes.extend(code);
        write(entry, &bytes);
    };
    let place = Place::new();
    load(host(), &hostile("none"), &place.cache);
    let entry = place.entry();
    let content = read(&entry);
    let lengths: [u8; 8] = content[LENGTHS..LENGTHS + 8].try_into().unwrap();
    let (manifest, code) = content[CONTENT..].split_at(usize::try_from(u64::from_le_bytes(lengths)).unwrap());
    for (manifest, code) in [(manifest, &b""[..]), (manifest, b"\x7fELF"), (&b""[..], code), (&manifest[1..], code)] {
        forged(&entry, manifest, code);
        let cached = load(host(), &hostile("none"), &place.cache);
        assert!(matches!(cached, Cached::Repaired { .. }), "{cached:?}");
        assert_eq!(load(host(), &hostile("none"), &place.cache), Cached::Hit);
    }
}

#[test]
fn a_cache_that_cannot_be_written_stops_nothing() {
    let place = Place::new();
    let small = Cache::open(&place.path("")).unwrap().with_room(64, 100);
    let Cached::Off { reason } = load(host(), &hostile("none"), &small) else { panic!("stored") };
    assert!(reason.ends_with(" bytes, and the whole cache may have 100"), "{reason}");
    assert_eq!(place.names(), [""; 0]);

    // A directory in an entry's place can be neither read nor replaced.
    load(host(), &hostile("none"), &place.cache);
    let entry = place.entry();
    std::fs::remove_file(&entry).unwrap();
    std::fs::create_dir(&entry).unwrap();
    for _ in 0..2 {
        let cached = load(host(), &hostile("none"), &place.cache);
        assert!(matches!(cached, Cached::Off { .. }), "{cached:?}");
        assert!(cached.to_string().starts_with("the compiled code cannot be stored in the cache: "), "{cached}");
    }
    std::fs::remove_dir(&entry).unwrap();

    // The directory is gone.
    std::fs::remove_dir(place.path("")).unwrap();
    let cached = load(host(), &hostile("none"), &place.cache);
    assert_eq!(cached, Cached::Off { reason: "no such file or directory".into() });
}

#[test]
fn threads_and_hosts_share_a_cache() {
    let place = Place::new();
    std::thread::scope(|scope| {
        let one = |number: usize| {
            let (host, cache) = (Host::new(tight()).unwrap(), Cache::open(&place.path("")).unwrap());
            for _ in 0..3 {
                let cached = load(&host, &marked(["a", "b"][number % 2]), &cache);
                assert!(matches!(cached, Cached::Hit | Cached::Miss), "{cached:?}");
            }
        };
        let threads: Vec<_> = (0..6).map(|number| scope.spawn(move || one(number))).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
    let names = place.names();
    assert!(names.len() == 2 && names.iter().all(|name| name.ends_with(".code")), "{names:?}");
    assert_eq!(load(host(), &marked("a"), &place.cache), Cached::Hit);
}

#[test]
fn the_entries_that_were_not_used_for_longest_go() {
    let place = Place::new();
    let cache = Cache::open(&place.path("")).unwrap().with_room(2, 1 << 30);
    let at = |path: &Path, seconds| {
        let file = File::options().write(true).open(path).unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
    };
    load(host(), &marked("a"), &cache);
    let a = place.entry();
    load(host(), &marked("b"), &cache);
    let b = place.names().into_iter().map(|name| place.path(&name)).find(|path| *path != a).unwrap();
    // What is not ours stays, and so does what somebody may be writing just now.
    for name in ["notes.txt", "unfinished-1-1", "unfinished-2-2"] {
        write(&place.path(name), b"");
    }
    at(&place.path("notes.txt"), 1);
    at(&place.path("unfinished-1-1"), 1);
    at(&a, 1000);
    at(&b, 2000);
    assert_eq!(load(host(), &marked("a"), &cache), Cached::Hit);
    assert_eq!(load(host(), &marked("c"), &cache), Cached::Miss);
    assert!(a.exists() && !b.exists());
    let names = place.names();
    let others: Vec<_> = names.iter().filter(|name| !name.ends_with(".code")).collect();
    assert_eq!(others, ["notes.txt", "unfinished-2-2"]);
    assert_eq!(names.len(), 4, "{names:?}");

    // By size as well: there is room for one and a half.
    let size = std::fs::metadata(&a).unwrap().len();
    let cache = cache.with_room(64, size + size / 2);
    assert_eq!(load(host(), &marked("d"), &cache), Cached::Miss);
    assert_eq!(place.names().iter().filter(|name| name.ends_with(".code")).count(), 1);
    assert_eq!(load(host(), &marked("d"), &cache), Cached::Hit);
}

/// A directory that is refused, made by `make` below an empty one, and the sentence.
fn refused(expected: &str, make: impl FnOnce(&Path) -> PathBuf) {
    let temporary = tempfile::tempdir().unwrap();
    let directory = make(temporary.path());
    let error = Cache::open(&directory).map(drop).unwrap_err();
    assert_eq!(error.directory, directory);
    let root = temporary.path().canonicalize().unwrap();
    let expected = expected.replace("ROOT", &root.display().to_string());
    assert_eq!(error.to_string(), format!("the cache `{}` cannot be used: {expected}", directory.display()));
}

#[test]
fn a_directory_that_others_could_write_is_refused() {
    let with_mode = |path: PathBuf, mode| {
        std::fs::create_dir(&path).unwrap();
        set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    };
    for mode in [0o770, 0o775, 0o702, 0o1777] {
        let expected = format!("others can write it (mode {mode:o}): run `chmod go-w` on it, or remove it");
        refused(&expected, |root| with_mode(root.join("cache"), mode));
    }
    let link = "it is a symbolic link, and links are not followed: name the directory itself";
    refused(link, |root| {
        symlink(with_mode(root.join("real"), 0o700), root.join("cache")).unwrap();
        root.join("cache")
    });
    refused(link, |root| {
        symlink(root.join("nowhere"), root.join("cache")).unwrap();
        root.join("cache")
    });
    refused("it is not a directory: remove it, or name another one", |root| {
        write(&root.join("cache"), b"");
        root.join("cache")
    });
    refused("it is not a directory: remove it, or name another one", |root| {
        write(&root.join("file"), b"");
        root.join("file/cache")
    });
    let parent = "`ROOT/open` above it can be written by everybody, who could put another one in its place: \
        name a directory below your home";
    refused(parent, |root| with_mode(with_mode(root.join("open"), 0o777).join("cache"), 0o700));
    refused(parent, |root| with_mode(root.join("open"), 0o777).join("not/yet/made"));

    if !is_root() {
        println!("skipped: only root can give a directory away");
        return;
    }
    let owner = format!("it belongs to user {NOBODY}, and this is user 0: name a directory of your own");
    refused(&owner, |root| {
        let path = with_mode(root.join("cache"), 0o700);
        chown(&path, Some(NOBODY), None).unwrap();
        path
    });
    let parent = format!(
        "`ROOT/theirs` above it belongs to user {NOBODY}, who could put another one in its place: \
        name a directory below your home"
    );
    refused(&parent, |root| {
        let path = with_mode(root.join("theirs"), 0o755);
        chown(&path, Some(NOBODY), None).unwrap();
        path.join("cache")
    });
}

#[test]
fn a_missing_directory_is_made_for_this_user_alone() {
    let temporary = tempfile::tempdir().unwrap();
    let directory = temporary.path().join("a/b/cache");
    let cache = Cache::open(&directory).unwrap();
    for made in ["a", "a/b", "a/b/cache"] {
        let mode = std::fs::metadata(temporary.path().join(made)).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o700, "{made}");
    }
    assert_eq!(load(host(), &hostile("none"), &cache), Cached::Miss);
    // One that others can read is good enough, and so is a link further up.
    set_permissions(&directory, Permissions::from_mode(0o755)).unwrap();
    symlink(temporary.path().join("a"), temporary.path().join("link")).unwrap();
    let again = Cache::open(&temporary.path().join("link/b/cache")).unwrap();
    assert_eq!(load(host(), &hostile("none"), &again), Cached::Hit);
}

#[test]
fn a_cache_among_the_checked_files_is_told() {
    let place = Place::new();
    let root = place.temporary.path();
    std::fs::create_dir(root.join("other")).unwrap();
    std::fs::create_dir(root.join("cac")).unwrap();
    symlink(root, root.join("other/link")).unwrap();
    for (tree, inside) in
        [("", true), ("cache", true), ("other/link", true), ("other", false), ("cac", false), ("nowhere", true)]
    {
        assert_eq!(place.cache.lies_in(&root.join(tree)), inside, "{tree}");
    }
}
