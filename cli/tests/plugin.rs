//! Plugins from disk: the same that are built in, loaded as a stranger's would be.

#![expect(clippy::disallowed_methods, reason = "folders that the tests themselves made")]

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::support::{Ended, MEMORY, Project, bounded, finished};

/// The components of the built-in plugins, compiled once.
fn components() -> &'static [(String, PathBuf)] {
    static COMPONENTS: OnceLock<Vec<(String, PathBuf)>> = OnceLock::new();
    COMPONENTS.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins");
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests");
        let component = |name: &str| {
            let bytes = engine_plugin_build::build(&folder.join(name), &target).unwrap();
            let path = target.join(format!("{name}.component.wasm"));
            std::fs::write(&path, bytes).unwrap();
            (name.to_owned(), path)
        };
        ["acl-paths", "allowed-branches", "apply-via-ci", "images-and-runners", "secret-ttl"].map(component).into()
    })
}

/// Runs `engine check` with a cache of its own. Compiling takes more memory than checking.
fn check(dir: &Path, cache: &Path, args: &[&str]) -> Ended {
    let mut command = bounded(4 * MEMORY, &[&["check", "--format", "json"], args].concat());
    finished(command.current_dir(dir).env("ENGINE_CACHE_DIR", cache))
}

#[test]
fn the_plugins_from_disk_say_what_the_built_in_ones_say() {
    let wild = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/collaborative/wild");
    let project = Project::with(&[]);
    copy(&wild, project.path());
    let cache = Project::with(&[]);
    let cache = cache.path().join("cache");
    let built_in = check(project.path(), &cache, &[]);

    // None of the built-in ones runs, and all of them are loaded from disk.
    let config = std::fs::read_to_string(project.path().join("engine.yaml")).unwrap();
    let mut lines = String::from("policies: [kubernetes, terraform]\nplugins:\n");
    for (name, path) in components() {
        std::fs::copy(path, project.path().join(format!("{name}.wasm"))).unwrap();
        lines.push_str(&format!("  - {name}.wasm\n"));
    }
    project.write("engine.yaml", format!("{config}{lines}"));
    let findings = |ended: &Ended| {
        let report: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
        (
            report["verdict"].clone(),
            report["findings"].clone(),
            report["undecided"].clone(),
            report["not_applicable"].clone(),
        )
    };
    let first = check(project.path(), &cache, &[]);
    let entries = std::fs::read_dir(&cache).unwrap().count();
    let again = check(project.path(), &cache, &[]);
    assert!(entries >= 4, "{entries} entries in the cache");
    for from_disk in [&first, &again] {
        assert_eq!(findings(from_disk), findings(&built_in));
    }
}

#[test]
fn a_plugin_on_the_command_line_must_not_repeat_a_rule() {
    let project = Project::with(&[(".gitlab-ci.yml", "a: {script: [make]}\n")]);
    let folder = Project::with(&[]);
    let cache = folder.path().join("cache");
    let (_, path) = &components()[0];
    let ended = check(project.path(), &cache, &["--plugin", path.to_str().unwrap()]);
    assert_eq!(ended.code, Some(3));
    assert!(ended.err.contains("a rule's id exists once"), "{}", ended.err);
}

#[test]
fn a_plugin_that_cannot_be_loaded_closes_the_gate_with_a_sentence() {
    let project = Project::with(&[(".gitlab-ci.yml", "a: {script: [make]}\n"), ("junk.wasm", "junk")]);
    let folder = Project::with(&[]);
    let cache = folder.path().join("cache");
    let ended = check(project.path(), &cache, &["--plugin", "junk.wasm"]);
    assert_eq!(ended.code, Some(2), "{}{}", ended.out, ended.err);
    assert!(ended.out.contains("not WebAssembly"), "{}", ended.out);
    let missing = check(project.path(), &cache, &["--plugin", "gone.wasm"]);
    assert_eq!(missing.code, Some(3));
    assert!(missing.err.contains("cannot read `gone.wasm`"), "{}", missing.err);
}

#[test]
fn a_cache_among_the_checked_files_is_not_used() {
    let project = Project::with(&[("a.yml", "a: {script: [make]}\n")]);
    let (_, path) = &components()[0];
    project.write("engine.yaml", "version: 1\npolicies: [allowed-branches, apply-via-ci, secret-ttl]\n");
    let cache = project.path().join("cache");
    let variables = [("ENGINE_CACHE_DIR", cache.to_str().unwrap())];
    let mut command = bounded(4 * MEMORY, &["check", "--plugin", path.to_str().unwrap(), "--allow-empty"]);
    let ended = finished(command.current_dir(project.path()).envs(variables));
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    assert!(ended.err.contains("lies in what is checked"), "{}", ended.err);
    assert_eq!(std::fs::read_dir(&cache).unwrap().count(), 0);
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
