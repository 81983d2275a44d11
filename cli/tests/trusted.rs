//! `--trusted`: the revision judges, the tree is judged, and a revision that is not there judges nothing.

use std::path::Path;

use crate::support::{Ended, MEMORY, Project, bounded, checked, engine, finished};

/// A job that uses what it does not verify: one default finding.
const FLAWED: &str =
    "fetch:\n  script:\n    - curl -fsSO https://tools.example.com/tool\n    - chmod +x tool\n    - ./tool\n";

/// A waiver of it.
const WAIVED: &str = "version: 1\nwaive:\n  - rules: [unverified-download]\n    path: .gitlab-ci.yml\n    owner: jane\n    reason: none is published\n    expires: 2999-12-31\n";

/// A repository whose branch `main` holds these files.
fn repository(files: &[(&str, &str)]) -> Project {
    let project = Project::with(files);
    project.git(&["init", "-q", "-b", "main"]);
    commit(&project);
    project
}

fn commit(project: &Project) {
    project.git(&["add", "-A"]);
    project.git(&["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "a"]);
}

#[test]
fn a_tree_does_not_waive_its_own_findings() {
    let project = repository(&[(".gitlab-ci.yml", FLAWED), ("engine.yaml", "version: 1\n")]);
    project.write("engine.yaml", WAIVED);
    assert_eq!(checked(project.path(), &[]).code, 0, "the tree alone waives");
    let judged = checked(project.path(), &["--trusted", "main"]);
    assert_eq!(judged.code, 1, "{}", judged.text);
    assert!(judged.text.contains("judged by `engine.yaml` of `main` ("), "{}", judged.text);
    assert!(judged.says("gate-settings-changed engine.yaml:3: `waive[0]` is not in `main`"), "{:#?}", judged.said);
    // Once it is there, it holds, and the remark on it says whose it is.
    commit(&project);
    project.write("engine.yaml", "version: 1\n");
    let judged = checked(project.path(), &["--trusted", "main"]);
    assert_eq!(judged.code, 0, "{}", judged.text);
    assert!(judged.says("gap not-evaluated engine.yaml@"), "{:#?}", judged.said);
}

#[test]
fn policies_come_from_the_revision() {
    let config = "version: 1\nplugins: [gate/house.wasm]\n";
    let project = repository(&[(".gitlab-ci.yml", FLAWED), ("engine.yaml", "version: 1\n")]);
    // What only the tree names is not even read.
    project.write("engine.yaml", config);
    let judged = checked(project.path(), &["--trusted", "main"]);
    assert_eq!(judged.code, 1, "{}", judged.text);
    assert!(judged.says("broken-gate-settings engine.yaml:2: once this is merged"), "{:#?}", judged.said);
    assert_eq!(engine(project.path(), &["check"]).code, Some(3));
}

/// A mandatory rule that finds every job, and one of the same name that finds none.
fn house(fires: &str) -> String {
    format!(
        "# METADATA\n# title: A job is named\n# custom:\n#   class: mandatory\n#   severity: high\n#   scope: item\n\
         #   reads:\n#     gitlab.job: [name]\npackage house.named\n\n\
         findings contains {{\"message\": \"a job\", \"route\": [\"name\"]}} if {fires}\n"
    )
}

/// Runs the binary with room for the interpreter of Rego.
fn interpreting(directory: &Path, args: &[&str]) -> Ended {
    let cache = Project::with(&[]);
    let mut command = bounded(4 * MEMORY, args);
    finished(command.current_dir(directory).env("ENGINE_CACHE_DIR", cache.path().join("cache")))
}

#[test]
fn what_the_command_line_names_in_the_repository_comes_from_the_revision_by_whichever_way() {
    let job = "build:\n  script: [make]\n";
    let folder = Project::with(&[]);
    let at = |path: &str| folder.path().join(path);
    let shown = |path: &str| at(path).display().to_string();
    for (path, text) in [
        ("real/infra/.gitlab-ci.yml", job.to_owned()),
        ("real/gate/policy/named/rule.rego", house("true")),
        ("real/gate/deny/main.rego", "package main\ndeny contains \"a\" if data.on\n".to_owned()),
        ("real/gate/data/on.json", "{\"on\": true}".to_owned()),
    ] {
        folder.write(path, text);
    }
    let real = at("real");
    folder.git(&["init", "-q", "-b", "main", "real"]);
    let commit = |args: &[&str]| folder.git(&[&["-C", "real"], args].concat());
    commit(&["add", "-A"]);
    commit(&["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "a"]);
    std::os::unix::fs::symlink(&real, at("link")).unwrap();
    // The change that is judged takes the teeth out of all of it.
    folder.write("real/gate/policy/named/rule.rego", house("false"));
    folder.write("real/gate/data/on.json", "{\"on\": false}");
    let check = |directory: &str, paths: &[&str], named: &[&str]| {
        let ended = interpreting(&at(directory), &[&["check"], paths, &["--trusted", "main"], named].concat());
        assert_eq!(ended.code, Some(1), "in {directory}: {paths:?} {named:?}\n{}{}", ended.out, ended.err);
    };
    let (linked, whole) = (shown("link/gate/policy"), shown("real/gate/policy"));
    check("real", &["infra"], &["--policy", "gate/policy"]);
    check("real/infra", &[], &["--policy", "../gate/policy"]);
    check("real/infra", &[], &["--policy", &whole]);
    check("real/infra", &[], &["--policy", &linked]);
    check("real/infra", &[], &["--policy", "/proc/self/cwd/../gate/policy"]);
    check("", &["link"], &["--policy", "real/gate/policy"]);
    check("", &["link/infra"], &["--policy", "link/gate/policy"]);
    check("real", &["infra/.gitlab-ci.yml"], &["--policy", "gate/policy"]);
    check("real", &["infra"], &["--policy", "gate/deny", "--data", "gate/data"]);
    check("real/infra", &[], &["--policy", &shown("link/gate/deny"), "--data", &shown("link/gate/data/on.json")]);
    // A folder that only the change has, a link of its own say, is none.
    std::os::unix::fs::symlink("/", real.join("gate/out")).unwrap();
    let ended = engine(&real, &["check", "infra", "--trusted", "main", "--policy", "gate/out"]);
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(ended.err.contains("there is no file of Rego in `gate/out` of `main`"), "{}", ended.err);
    // A plugin too.
    folder.write("real/gate/own.wasm", "no component");
    let ended = engine(&real, &["check", "infra", "--trusted", "main", "--plugin", "gate/own.wasm"]);
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(ended.err.contains("cannot read `gate/own.wasm` of `main`"), "{}", ended.err);
}

#[test]
fn a_broken_engine_yaml_of_the_tree_judges_nothing_and_is_found() {
    let project = repository(&[(".gitlab-ci.yml", FLAWED), ("engine.yaml", WAIVED)]);
    project.write("engine.yaml", "version: 1\nprofil: strict\n");
    let judged = checked(project.path(), &["--trusted", "main"]);
    assert_eq!(judged.code, 1, "{}", judged.text);
    assert!(judged.says("broken-gate-settings engine.yaml:2: once this is merged"), "{:#?}", judged.said);
    // The revision's own is an error, at its place.
    commit(&project);
    project.write("engine.yaml", "version: 1\n");
    let ended = engine(project.path(), &["check", "--trusted", "main"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(3), ""), "{}", ended.err);
    assert!(ended.err.contains("`profil`") && ended.err.contains("engine.yaml@"), "{}", ended.err);
}

#[test]
fn the_job_that_runs_the_gate_is_held_to_what_it_was() {
    let gate = "gate:\n  script:\n    - engine check --trusted origin/main\n  rules:\n    - if: $CI_PIPELINE_SOURCE == \"merge_request_event\"\n    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH\n";
    let project = repository(&[(".gitlab-ci.yml", gate)]);
    let same = checked(project.path(), &["--trusted", "main"]);
    assert!(!same.says("gate-"), "{:#?}", same.said);
    project.write(".gitlab-ci.yml", gate.replace("origin/main", "HEAD || true"));
    let judged = checked(project.path(), &["--trusted", "main"]);
    assert_eq!(judged.code, 1, "{}", judged.text);
    assert!(
        judged.says("gate-job-weakened .gitlab-ci.yml:3: job `gate` runs the gate, and hides"),
        "{:#?}",
        judged.said
    );
}

#[test]
fn a_revision_that_is_not_there_judges_nothing() {
    let check = |project: &Project, name: &str, part: &str| {
        let ended = engine(project.path(), &["check", "--trusted", name]);
        assert_eq!((ended.code, ended.out.as_str()), (Some(3), ""), "{}", ended.err);
        assert!(ended.err.contains(part), "no `{part}` in\n{}", ended.err);
    };
    let project = repository(&[(".gitlab-ci.yml", FLAWED)]);
    check(&project, "mian", "there is no branch, tag or commit `mian` here");
    check(&project, "", "``");
    check(&Project::with(&[(".gitlab-ci.yml", FLAWED)]), "main", "is in no git repository");
    // A shallow clone does not hold what came before.
    project.write("a.txt", "a");
    commit(&project);
    let shallow = Project::with(&[]);
    let from = format!("file://{}", project.path().display());
    shallow.git(&["clone", "-q", "--depth=1", &from, "."]);
    check(&shallow, "HEAD~1", "`HEAD~1`");
    check(&shallow, "0123456789012345678901234567890123456789", "shallow");
}
