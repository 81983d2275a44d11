//! `engine vendor`: what it fetches, what it writes, and that `engine check` reads the copies and no server.

mod stand_in;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use stand_in::{StandIn, TOKEN};
use tempfile::TempDir;

use crate::support::{self, Project};

/// A folder with a repository for each project, and a server that shows them.
struct Forge {
    folder: TempDir,
    server: StandIn,
}

impl Forge {
    /// `group/ci`, with a file that includes others, and `group/lib`, with a component in three versions.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = StandIn::start(folder.path().to_owned());
        let forge = Self { folder, server };
        forge.commit("group/ci", &[
            ("apply.yml", "include:\n  - local: base.yml\n  - local: 'more/*.yml'\napply:\n  extends: .base\n  script: [terraform apply plan]\n"),
            ("base.yml", ".base: {image: alpine}\n"),
            ("more/a.yml", "a: {script: [a]}\n"),
            ("more/b.yml", "b: {script: [b]}\n"),
            ("other.yml", "never: {script: [x]}\n"),
        ]);
        forge.git("group/ci", &["tag", "v1"]);
        for (version, text) in [("1.0.0", "one"), ("1.1.0", "two"), ("2.0.0", "three")] {
            let component = format!("spec: {{inputs: {{name: }}}}\n---\n$[[ inputs.name ]]: {{script: [{text}]}}\n");
            forge
                .commit("group/lib", &[("templates/tool.yml", &component), ("templates/big/template.yml", &component)]);
            forge.git("group/lib", &["tag", version]);
        }
        forge.server.state().releases = vec!["1.0.0", "1.1.0", "2.0.0"];
        forge
    }

    fn commit(&self, project: &str, files: &[(&str, &str)]) {
        let folder = self.path(project);
        if !folder.exists() {
            std::fs::create_dir_all(&folder).unwrap();
            self.git(project, &["init", "--quiet", "--initial-branch=main"]);
        }
        for (name, text) in files {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        self.git(project, &["add", "--all"]);
        self.git(project, &["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "x"]);
    }

    fn path(&self, project: &str) -> PathBuf {
        self.folder.path().join(project)
    }

    fn git(&self, project: &str, args: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args(args).current_dir(self.path(project)).env("GIT_CONFIG_GLOBAL", "/dev/null");
        let output = git.output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Runs `engine vendor` with the token.
    fn vendor(&self, project: &Project, args: &[&str]) -> Ended {
        let mut all = vec!["vendor", "--server", &self.server.address];
        all.extend(args);
        run(project.path(), &all, &[("GITLAB_TOKEN", TOKEN)])
    }
}

/// How a run ended: the exit code, standard output, standard error.
struct Ended {
    code: i32,
    out: String,
    err: String,
}

fn run(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> Ended {
    let mut command = support::bounded(2 * support::MEMORY, args);
    let path = crate::support::search_path();
    let ended = support::finished(command.current_dir(folder).env("PATH", path).envs(variables.iter().copied()));
    assert!(
        !ended.err.contains("panicked") && !ended.err.contains(TOKEN) && !ended.out.contains(TOKEN),
        "{}",
        ended.err
    );
    Ended { code: ended.code.unwrap(), out: ended.out, err: ended.err }
}

/// The jobs of the pipeline, and whether all of it was seen.
fn jobs(project: &Project) -> (Vec<String>, bool) {
    let ended = run(project.path(), &["pipeline", "--format", "json"], &[]);
    let value: Value = serde_json::from_str(&ended.out).unwrap();
    let pipeline = &value["pipelines"][0];
    let names = pipeline["jobs"].as_object().unwrap().keys().cloned().collect();
    (names, pipeline["complete"].as_bool().unwrap())
}

#[expect(clippy::disallowed_methods, reason = "what was written")]
fn read(project: &Project, path: &str) -> String {
    std::fs::read_to_string(project.path().join(path)).unwrap()
}

const PIPELINE: &str = "include:
  - {project: group/ci, ref: v1, file: [apply.yml]}
  - {template: Jobs/Build.gitlab-ci.yml}
  - {component: $CI_SERVER_FQDN/group/lib/tool@1, inputs: {name: tool}}
  - {component: $CI_SERVER_FQDN/group/lib/big@2.0.0, inputs: {name: big}}
own: {script: [x]}
";

#[test]
fn everything_that_is_included_comes_here_with_what_it_includes() {
    let forge = Forge::new();
    let project = Project::with(&[(".gitlab-ci.yml", PIPELINE)]);
    assert_eq!(jobs(&project), (vec!["own".to_owned()], false));
    let ended = forge.vendor(&project, &[]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert!(ended.out.ends_with("7 files fetched, 0 kept, 0 not fetched\n"), "{}", ended.out);
    let (names, complete) = jobs(&project);
    assert!(complete);
    assert_eq!(names, ["a", "apply", "b", "big", "of template", "own", "tool"]);
    let commit = forge.git("group/ci", &["rev-parse", "v1"]);
    assert_eq!(read(&project, &format!(".engine/vendor/project/group/ci/{commit}/more/a.yml")), "a: {script: [a]}\n");
    let printed = run(project.path(), &["pipeline", "--no-origins"], &[]).out;
    assert!(printed.contains("tool:\n  script:\n  - two\n"), "{printed}");

    // Again nothing is asked for, and what nobody includes any more goes.
    forge.server.state().asked.clear();
    let ended = forge.vendor(&project, &[]);
    assert!(ended.out.ends_with("0 files fetched, 7 kept, 0 not fetched\n"), "{}", ended.out);
    assert!(forge.server.state().asked.is_empty());
    project.write(".gitlab-ci.yml", "include: {template: Jobs/Build.gitlab-ci.yml}\nown: {script: [x]}\n");
    let ended = forge.vendor(&project, &[]);
    assert!(ended.code == 0 && ended.out.contains("removed `.engine/vendor/project/group/ci/"), "{}", ended.out);
    assert!(
        read(&project, "engine.lock").contains("Jobs/Build") && !read(&project, "engine.lock").contains("group/ci")
    );
}

#[test]
fn a_branch_that_moved_is_found_by_a_check_and_taken_by_an_update() {
    let forge = Forge::new();
    let project =
        Project::with(&[(".gitlab-ci.yml", "include: {project: group/ci, file: base.yml}\nown: {script: [x]}\n")]);
    assert_eq!(forge.vendor(&project, &[]).code, 0);
    let ended = forge.vendor(&project, &["--check"]);
    assert_eq!((ended.code, ended.out.as_str()), (0, ""), "{}", ended.err);
    let before = read(&project, "engine.lock");
    forge.commit("group/ci", &[("base.yml", ".base: {image: ruby}\n")]);
    let ended = forge.vendor(&project, &["--check"]);
    assert_eq!(ended.code, 1);
    assert!(ended.out.contains("the file `base.yml` of the project `group/ci` is another text now"), "{}", ended.out);
    assert_eq!(read(&project, "engine.lock"), before, "a check writes nothing");
    // What is here stays until somebody asks for more.
    assert_eq!(forge.vendor(&project, &[]).code, 0);
    assert_eq!(read(&project, "engine.lock"), before);
    assert_eq!(forge.vendor(&project, &["--update"]).code, 0);
    assert_ne!(read(&project, "engine.lock"), before);
    // A copy that somebody changed is none.
    let lock = read(&project, "engine.lock");
    let path = lock.lines().find_map(|line| line.trim().strip_prefix("vendored: \"")).unwrap().trim_end_matches('"');
    project.write(path, ".base: {image: forged}\n");
    assert!(!jobs(&project).1);
    assert_eq!(forge.vendor(&project, &[]).code, 0);
    assert_eq!(read(&project, path), ".base: {image: ruby}\n");
}

#[test]
fn a_remote_file_is_asked_for_without_the_token() {
    let forge = Forge::new();
    forge.server.state().pages =
        vec![("/moved.yml", "to /x.yml".to_owned()), ("/x.yml", "remote: {script: [r]}\n".to_owned())];
    let include = format!("include: {}/moved.yml\nown: {{script: [x]}}\n", forge.server.address);
    let project = Project::with(&[(".gitlab-ci.yml", &include)]);
    let ended = forge.vendor(&project, &[]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    assert_eq!(jobs(&project), (vec!["own".to_owned(), "remote".to_owned()], true));
    assert!(forge.server.state().asked.iter().all(|(_, token)| !token));
}

#[test]
fn what_cannot_be_fetched_is_said_where_it_is_included() {
    let forge = Forge::new();
    let fails = |include: &str, said: &str| {
        let project = Project::with(&[(".gitlab-ci.yml", &format!("include: {include}\nown: {{script: [x]}}\n"))]);
        let ended = forge.vendor(&project, &[]);
        assert_eq!(ended.code, 2, "{include}: {}{}", ended.out, ended.err);
        assert!(ended.err.contains(said) && ended.err.contains(".gitlab-ci.yml:1"), "{include}: {}", ended.err);
        assert!(!project.path().join("engine.lock").exists());
    };
    fails("{project: group/ci, ref: v9, file: a.yml}", "does not know it (status 404)");
    fails("{project: group/ci, ref: v1, file: gone.yml}", "does not know it (status 404)");
    fails("{component: $CI_SERVER_FQDN/group/lib/tool@7}", "no release of `group/lib` is what `7` stands for");
    fails("{component: other.example.com/group/lib/tool@1}", "`other.example.com` is not the GitLab that is asked");
    fails("{component: $CI_SERVER_FQDN/$CI_PROJECT_PATH/tool@1}", "holds a variable that only a pipeline knows");
    fails("{template: Nothing.gitlab-ci.yml}", "does not know it (status 404)");
    fails("http://127.0.0.1:1/x.yml", "its server cannot be reached");
    forge.server.state().fault = Some(503);
    fails("{project: group/ci, ref: v1, file: base.yml}", "GitLab answers with the status 503");
    forge.server.state().fault = None;
    let project = Project::with(&[(".gitlab-ci.yml", PIPELINE)]);
    let ended = run(project.path(), &["vendor", "--server", &forge.server.address], &[]);
    assert!(ended.code == 2 && ended.err.contains("the token may not read it, or there is none"), "{}", ended.err);
    let ended = run(project.path(), &["vendor"], &[]);
    assert!(ended.code == 3 && ended.err.contains("which GitLab to ask is not said"), "{}", ended.err);
}

#[test]
fn nothing_is_written_through_a_link() {
    let forge = Forge::new();
    let project = Project::with(&[(".gitlab-ci.yml", PIPELINE)]);
    let outside = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(outside.path(), project.path().join(".engine")).unwrap();
    let ended = forge.vendor(&project, &[]);
    assert!(ended.code == 3 && ended.err.contains("nothing is written through one"), "{}", ended.err);
    assert!(!outside.path().join("vendor").exists());
}

#[test]
fn projects_are_read_with_git_too() {
    let forge = Forge::new();
    for project in ["group/ci", "group/lib"] {
        let bare = forge.folder.path().join(format!("{project}.git"));
        let source = forge.path(project);
        forge.git(project, &["clone", "--quiet", "--bare", source.to_str().unwrap(), bare.to_str().unwrap()]);
        // What GitLab allows as well.
        let mut git = Command::new("git");
        git.args(["config", "uploadpack.allowReachableSHA1InWant", "true"]).current_dir(&bare);
        assert!(git.status().unwrap().success());
    }
    let project = Project::with(&[(".gitlab-ci.yml", PIPELINE)]);
    let server = format!("file://{}", forge.folder.path().display());
    let args = ["vendor", "--git", "--server", &server, "--api", &forge.server.address];
    let ended = run(project.path(), &args, &[("GITLAB_TOKEN", TOKEN)]);
    assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
    let by_git = read(&project, "engine.lock");
    assert_eq!(jobs(&project).0, ["a", "apply", "b", "big", "of template", "own", "tool"]);
    let other = Project::with(&[(".gitlab-ci.yml", PIPELINE)]);
    assert_eq!(forge.vendor(&other, &[]).code, 0);
    assert_eq!(by_git, read(&other, "engine.lock"), "both ways come to the same lock");
}
