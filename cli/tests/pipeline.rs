//! `engine pipeline` and `engine facts`: what they print, and how they end.

use std::path::Path;

use serde_json::Value;

use crate::support::{self, Project};

/// How a run ended: the exit code, standard output, standard error.
struct Ended {
    code: i32,
    out: String,
    err: String,
}

fn engine(dir: &Path, args: &[&str]) -> Ended {
    let ended = support::finished(support::bounded(support::MEMORY, args).current_dir(dir));
    assert!(!ended.err.contains("panicked"), "{}", ended.err);
    assert_eq!(support::obeyed(&ended.err), None, "{:?}", ended.err);
    Ended { code: ended.code.unwrap(), out: ended.out, err: ended.err }
}

/// A repository whose pipeline takes inputs, a base, a reference and defaults from three files.
const FILES: [(&str, &str); 3] = [
    (
        ".gitlab-ci.yml",
        "include:\n  - local: t.yml\n    inputs: {name: prod}\n  - local: base.yml\ndefault: {tags: [docker]}\n\
         build:\n  extends: .base\n  script: [make, !reference [.base, before_script]]\n  image: null\n",
    ),
    (
        "t.yml",
        "spec:\n  inputs:\n    name:\n---\napply-$[[ inputs.name ]]:\n  script:\n    - |\n      one\n      two $[[ inputs.name ]]\n  \
         variables: {ON: yes, TEXT: 'yes', NUMBER: 017}\n  artifacts: {expire_in: 1 hour, paths: []}\n",
    ),
    ("base.yml", ".base:\n  before_script: ['echo a: b']\n  image: alpine\n  when: manual\n"),
];

const PRINTED: &str = "stages:
- .pre
- build
- test
- deploy
- .post

apply-prod:
  script:
  - |
    one
    two prod
  variables:
    \"ON\": true
    TEXT: \"yes\"
    NUMBER: 15
  artifacts:
    expire_in: \"1 hour\"
    paths: []
  tags:
  - docker

build:
  before_script:
  - \"echo a: b\"
  when: manual
  script:
  - make
  - \"echo a: b\"
  tags:
  - docker
";

#[test]
fn a_pipeline_is_printed_as_gitlab_makes_it() {
    let project = Project::with(&FILES);
    let run = engine(project.path(), &["pipeline", "--no-origins"]);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    assert_eq!(run.out, PRINTED);
    let run = engine(project.path(), &["pipeline"]);
    let line = "  - \"echo a: b\" # base.yml:2, by reference at .gitlab-ci.yml:8, by include at .gitlab-ci.yml:4\n";
    assert!(run.out.contains(line), "{}", run.out);
    assert!(run.out.contains("  - | # t.yml:7, by include at .gitlab-ci.yml:2, by input at .gitlab-ci.yml:3\n"));
    let coloured = engine(project.path(), &["pipeline", "--color", "always"]);
    assert!(coloured.out.contains("make \u{1b}[2m# .gitlab-ci.yml:8\u{1b}[0m\n"), "{}", coloured.out);
}

#[test]
fn what_is_printed_is_a_pipeline_that_prints_the_same() {
    let project = Project::with(&FILES);
    let printed = engine(project.path(), &["pipeline"]).out;
    let again = Project::with(&[(".gitlab-ci.yml", printed.replace("- .pre\n", "").replace("- .post\n", "").as_str())]);
    let run = engine(again.path(), &["pipeline", "--no-origins"]);
    assert_eq!((run.code, run.out.as_str()), (0, PRINTED), "{}", run.err);
}

#[test]
fn json_has_values_and_where_they_come_from() {
    let project = Project::with(&FILES);
    let run = engine(project.path(), &["pipeline", "--format", "json"]);
    let value: Value = serde_json::from_str(&run.out).unwrap();
    let pipeline = &value["pipelines"][0];
    assert_eq!(pipeline["jobs"]["apply-prod"]["variables"]["NUMBER"], 15);
    assert_eq!(pipeline["jobs"]["build"].get("image"), None);
    let origin = &pipeline["origins"]["/jobs/build/script/1"];
    assert_eq!((origin["path"].as_str(), origin["line"].as_i64()), (Some("base.yml"), Some(2)));
    let hops: Vec<_> = origin["via"].as_array().unwrap().iter().map(|hop| hop["by"].as_str().unwrap()).collect();
    assert_eq!(hops, ["reference", "include"]);
    assert_eq!(pipeline["valid"], true);
}

#[test]
fn the_end_says_whether_gitlab_takes_it_and_all_was_seen() {
    let ends = |text: &str, code: i32, said: &str| {
        let project = Project::with(&[(".gitlab-ci.yml", text)]);
        let run = engine(project.path(), &["pipeline"]);
        assert_eq!(run.code, code, "{text}\n{}", run.err);
        assert!(run.err.contains(said), "{text}\n{}", run.err);
    };
    ends("job: {script: [x]}\n", 0, "");
    ends("job: {scirpt: [x]}\n", 1, "did you mean `script`?");
    ends("job: {script: [x]}\nother: [\n", 1, ".gitlab-ci.yml:2:8");
    ends("include: {project: group/ci, file: a.yml}\njob: {script: [x]}\n", 2, "run `engine vendor`");
    let empty = Project::with(&[("main.tf", "")]);
    let run = engine(empty.path(), &["pipeline"]);
    assert_eq!(run.code, 3);
    assert!(run.err.contains("there is no `.gitlab-ci.yml` in `.`"), "{}", run.err);
    let run = engine(empty.path(), &["pipeline", "--variable", "NAME"]);
    assert_eq!(run.code, 3);
}

#[test]
fn inputs_and_variables_are_given() {
    let project = Project::with(&[
        (
            ".gitlab-ci.yml",
            "spec:\n  inputs:\n    env: {default: dev}\n---\ninclude:\n  - local: $WHERE.yml\n    rules: [{if: '$CI_PIPELINE_SOURCE == \"push\"'}]\n\
             job: {script: [echo $[[ inputs.env ]]]}\n",
        ),
        ("t.yml", "t: {script: [x]}\n"),
    ]);
    let print = |args: &[&str]| {
        let args: Vec<&str> = ["pipeline", "--no-origins"].iter().chain(args).copied().collect();
        let run = engine(project.path(), &args);
        (run.code, run.out)
    };
    let (code, text) = print(&["--variable", "CI_PIPELINE_SOURCE=web"]);
    assert!(code == 0 && text.contains("echo dev") && !text.contains("\nt:"), "{code} {text}");
    let (code, text) =
        print(&["--variable", "CI_PIPELINE_SOURCE=push", "--variable", "WHERE=t", "--input", "env=prod"]);
    assert!(code == 0 && text.contains("echo prod") && text.contains("\nt:"), "{code} {text}");
    let (code, _) = print(&[]);
    assert_eq!(code, 2, "which file is included is not known");
}

#[test]
fn facts_are_what_policies_see() {
    let project = Project::with(&FILES);
    let run = engine(project.path(), &["facts"]);
    assert!(run.code == 0 && run.out.lines().any(|line| line == "gitlab.job"), "{}", run.out);
    let run = engine(project.path(), &["facts", "gitlab.job"]);
    let items: Value = serde_json::from_str(&run.out).unwrap();
    let names: Vec<_> = items.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["apply-prod", "build"]);
    let run = engine(project.path(), &["facts", "vault.role"]);
    assert_eq!((run.code, run.out.as_str()), (0, "[]\n"));
    let run = engine(project.path(), &["facts", "gitlab.jobs"]);
    assert!(run.code == 3 && run.err.contains("did you mean `gitlab.job`?"), "{}", run.err);
}

/// A pipeline whose jobs start in different pipelines.
const STARTS: &str = "variables: {DEPLOY: 'no'}\nworkflow:\n  rules:\n    - if: $CI_PIPELINE_SOURCE == 'merge_request_event'\n    \
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH\n    - if: $CI_COMMIT_TAG\n      variables: {DEPLOY: 'yes'}\n\
    test: {script: [make]}\n\
    docs: {script: [make docs], rules: [{changes: ['docs/**']}]}\n\
    ask: {script: [./ask], rules: [{if: $CI_COMMIT_MESSAGE =~ /now/}]}\n\
    deploy:\n  script: [terraform apply plan]\n  when: manual\n  rules:\n    - if: $DEPLOY == 'yes'\n      when: on_success\n    \
    - if: $CI_COMMIT_BRANCH\n      allow_failure: false\n";

/// The host's tests hand jobs to plugins: they are those of today.
#[test]
fn the_jobs_that_plugins_are_tested_with_are_what_the_engine_says_of_the_sample() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let run = engine(root, &["facts", "gitlab.job", "testdata/collaborative/wild"]);
    let kept = include_str!("../../engine/host/tests/guests/gitlab.job.json");
    assert_eq!((run.code, run.out.trim()), (0, kept.trim()), "write the file anew with `engine facts`");
}

#[test]
fn one_start_shows_the_jobs_that_it_has() {
    let project = Project::with(&[(".gitlab-ci.yml", STARTS)]);
    let jobs = |args: &[&str]| {
        let ended = engine(project.path(), &[&["pipeline", "--format", "json"], args].concat());
        let value: Value = serde_json::from_str(&ended.out).unwrap();
        let jobs = value["pipelines"][0]["jobs"].as_object().unwrap();
        let said = |(name, job): (&String, &Value)| {
            let when = job["when"].as_str().unwrap_or("?");
            format!("{name} {when}{}", if job["allow_failure"] == true { "+" } else { "" })
        };
        (ended.code, jobs.iter().map(said).collect::<Vec<_>>().join(", "))
    };
    let said = ["--variable", "CI_COMMIT_MESSAGE=do it now"];
    let with = |args: &[&'static str]| jobs(&[args, &said].concat());
    assert_eq!(with(&["--branch", "main"]).1, "ask on_success, deploy manual, docs on_success, test on_success");
    assert_eq!(
        with(&["--branch", "main", "--changed", "src/x.rs"]).1,
        "ask on_success, deploy manual, test on_success"
    );
    assert_eq!(
        with(&["--branch", "main", "--changed", "docs/a.md"]).1,
        "ask on_success, deploy manual, docs on_success, test on_success"
    );
    assert_eq!(with(&["--branch", "other"]), (0, String::new()));
    assert_eq!(with(&["--tag", "v1"]).1, "ask on_success, deploy on_success+, docs on_success, test on_success");
    assert_eq!(with(&["--merge-request", "x", "--changed", "a"]).1, "ask on_success, test on_success");
    assert_eq!(with(&["--branch", "trunk", "--default-branch", "trunk"]).0, 0);
    let open = engine(project.path(), &["pipeline", "--branch", "main"]);
    assert_eq!(open.code, 2);
    assert!(open.err.contains("whether `ask` is in this pipeline depends on `$CI_COMMIT_MESSAGE`"), "{}", open.err);
    for (args, message) in [
        (&["pipeline", "--source", "web"][..], "a start has a ref"),
        (&["pipeline", "--merge-request", "x", "--source", "push"], "merge_request_event"),
        (&["pipeline", "--branch", "a", "--tag", "b"], "cannot be used with"),
        (&["pipeline", "--branch", "a", "--source", "pushed"], "invalid value"),
    ] {
        let ended = engine(project.path(), args);
        assert_eq!(ended.code, 3, "{args:?}");
        assert!(ended.err.contains(message), "{args:?} {}", ended.err);
    }
}

#[test]
fn jobs_of_a_matrix_are_printed_by_themselves_where_they_start_otherwise() {
    let text = "build:\n  script: [make $OS]\n  parallel: {matrix: [{OS: [a, b]}]}\n\
                deploy:\n  script: [deploy $OS]\n  parallel: {matrix: [{OS: [a, b]}]}\n  variables: {KEPT: x}\n  \
                needs: [{job: build, parallel: {matrix: [{OS: '$[[ matrix.OS ]]'}]}}]\n  \
                rules:\n    - if: $OS == 'a' && $CI_COMMIT_BRANCH == 'main'\n";
    let project = Project::with(&[(".gitlab-ci.yml", text)]);
    let print = |args: &[&str]| {
        let ended = engine(project.path(), &[&["pipeline", "--format", "json"], args].concat());
        assert_eq!(ended.code, 0, "{}", ended.err);
        let value: Value = serde_json::from_str(&ended.out).unwrap();
        value["pipelines"][0]["jobs"].clone()
    };
    let whole = print(&[]);
    assert_eq!(whole["deploy"]["needs"][0]["parallel"]["matrix"][0]["OS"], "$[[ matrix.OS ]]");
    let main = print(&["--branch", "main"]);
    let names: Vec<&String> = main.as_object().unwrap().keys().collect();
    assert_eq!(names, ["build", "deploy: [a]"]);
    let deploy = &main["deploy: [a]"];
    assert_eq!(deploy["needs"][0]["parallel"]["matrix"][0]["OS"], "a");
    assert_eq!(deploy["variables"], serde_json::json!({"KEPT": "x", "OS": "a"}));
    assert!(deploy.get("parallel").is_none() && main["build"].get("parallel").is_some());
}

#[test]
fn where_a_job_lacks_one_that_it_needs_there_is_no_pipeline() {
    let check = |need: &str, args: &[&str], expect: &[&str]| {
        let text = format!(
            "build: {{script: [make], rules: [{{if: $CI_COMMIT_TAG}}]}}\nlint: {{script: [x]}}\n\
             test: {{script: [x], needs: [{need}], rules: [{{if: $CI_COMMIT_BRANCH == 'main'}}]}}\n"
        );
        let project = Project::with(&[(".gitlab-ci.yml", text.as_str())]);
        let ended = engine(project.path(), &[&["pipeline", "--format", "json"], args].concat());
        assert_eq!(ended.code, 0, "{}", ended.err);
        let value: Value = serde_json::from_str(&ended.out).unwrap();
        let jobs: Vec<&String> = value["pipelines"][0]["jobs"].as_object().unwrap().keys().collect();
        assert_eq!(jobs, expect, "{need} {args:?}");
    };
    check("build", &["--branch", "main"], &[]);
    check("build", &["--branch", "other"], &["lint"]);
    check("build", &["--tag", "v1"], &["build", "lint"]);
    check("{job: build, optional: true}", &["--branch", "main"], &["lint", "test"]);
    check("{job: build, optional: false}, lint", &["--branch", "main"], &[]);
    check("lint", &["--branch", "main"], &["lint", "test"]);
}

#[test]
fn a_job_is_explained_in_sentences() {
    let project = Project::with(&[(".gitlab-ci.yml", STARTS)]);
    let ended = engine(project.path(), &["reach", "deploy"]);
    assert_eq!(ended.code, 2, "{}", ended.err);
    assert_eq!(
        ended.out,
        "deploy at .gitlab-ci.yml:11:1
  changes production: `terraform apply`
  by itself, if `$DEPLOY == 'yes'` (.gitlab-ci.yml:15:7)
    perhaps on the default branch: it depends on `$DEPLOY`
      it would be a push to the branch `main`, the default branch, with `DEPLOY` set to `yes`
    on any tag
      shown by a push of the tag `v1.0.0`
    perhaps for any merge request: it depends on `$DEPLOY`
      it would be a merge request from the branch `feature/x` of a fork, with `DEPLOY` set to `yes`
  by hand, and the pipeline waits for it, if `$CI_COMMIT_BRANCH` (.gitlab-ci.yml:17:7)
    on the default branch
      shown by a push to the branch `main`, the default branch
  Nothing else starts it: that holds for every name, every variable and every file.
  Nobody says who may pass variables to a pipeline (`gitlab.settings.variable_override_role`), so
  GitLab's own are believed: its default for new projects is that nobody may.
"
    );
    let ended = engine(project.path(), &["reach", "deplyo"]);
    assert_eq!((ended.code, ended.out.as_str()), (3, ""));
    assert!(ended.err.contains("did you mean `deploy`?"), "{}", ended.err);
}

#[test]
fn a_pipeline_is_drawn_into_one_file_that_needs_no_other() {
    let odd =
        "'<b>&\"a': {script: [x], stage: test}\nlast: {script: [x], stage: deploy, needs: ['<b>&\"a'], when: manual}\n";
    let project = Project::with(&[(".gitlab-ci.yml", odd)]);
    let ended = engine(project.path(), &["pipeline", "--graph", "p.svg"]);
    assert_eq!((ended.code, ended.out.as_str()), (0, ""), "{}", ended.err);
    #[expect(clippy::disallowed_methods, reason = "what the program wrote")]
    let drawn = std::fs::read_to_string(project.path().join("p.svg")).unwrap();
    for part in
        [">&lt;b&gt;&amp;&quot;a<", ">last<", "by hand, nothing waits", "● on any branch", "class=\"need\"", ">deploy<"]
    {
        assert!(drawn.contains(part), "{part} {drawn}");
    }
    assert!(!drawn.contains("<b>") && !drawn.contains("href") && !drawn.contains("<script"), "{drawn}");
    let opened = drawn.matches("<g").count();
    assert_eq!(opened, drawn.matches("</g>").count());
}
