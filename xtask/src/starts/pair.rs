//! Pairs: a pipeline's text, and a start of it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::expression::{expression, variables};
use super::listed;
use super::repository::Repository;
use super::seen::Seen;
use crate::parity::random::Random;

/// Names of refs.
const REFS: [&str; 8] = ["main", "develop", "release/1", "release/2.0", "v1.2.3", "v2", "feature/x", "mainly"];

/// Names of jobs, in order.
const JOBS: [&str; 4] = ["one", "two", "three", "four"];

const STAGES: [&str; 3] = ["build", "test", "deploy"];

/// Patterns of paths.
const PATHS: [&str; 30] = [
    "*",
    "**/*",
    "*.md",
    "*.{md,yml}",
    "**/*.tf",
    "**/*.rs",
    "**/main.*",
    "**/Dockerfile",
    "**/lib/*",
    "**/prod/**/*",
    ".*",
    ".config/*",
    "src/*",
    "src/*.rs",
    "src/**/*",
    "src/**/*.rs",
    "src/**/main.rs",
    "src/lib/main.rs",
    "infra/*/main.tf",
    "infra/**/*.{tf,yml}",
    "infra/{prod,stage}/*",
    "{docs,src}/README.md",
    "{src/**/*,docs/*}.{rs,md}",
    "[a-m]*",
    "[^a-m]*",
    "infra/[^p]*/*",
    "?ocs/*",
    "README.??",
    "gone.txt",
    "Gone/**/*",
];

/// Patterns that the two are known to see otherwise.
const OTHERWISE: [&str; 8] = ["src/**", "infra/**", "**/src/**", "?ocs/*", "[!a-m]*", "src", "infra", "docs"];

/// The variables that the text and the start set, each with its values.
const VARIABLES: [(&str, [&str; 4]); 4] = [
    ("DEPLOY", ["true", "false", "no", "true"]),
    ("MODE", ["fast", "slow", "slowly", "fast"]),
    ("TARGET", ["prod", "stage", "main", "v2"]),
    ("LIKE", ["/^release/", "/^(main|develop)$/", "/^V[0-9]/i", "/prod|x$/"]),
];

/// A pair.
#[derive(Debug)]
pub(super) struct Pair {
    /// The number of its repository.
    pub(super) repository: usize,
    /// The pipeline's text.
    pub(super) pipeline: Map<String, Value>,
    /// What GitLab, and whoever starts it, sets.
    pub(super) variables: BTreeMap<String, String>,
    /// Whether GitLab knows what is changed, or is told what to compare with.
    pub(super) compared: bool,
    /// Whether it is a merge request's.
    pub(super) request: bool,
    /// How `engine pipeline` is told of the start.
    pub(super) arguments: Vec<String>,
}

/// How the rules of a pair ask for files.
#[derive(Clone, Copy)]
struct Files<'f> {
    repository: &'f Repository,
    /// Whether `changes` says what to compare with.
    compares: bool,
}

pub(super) fn pair(random: &mut Random, repositories: &[Repository]) -> Option<Pair> {
    let number = random.below(repositories.len());
    let repository = repositories.get(number)?;
    let files = Files { repository, compares: random.chance(25) };
    let (mut pair, pushed) = start(random, number);
    let fresh = pushed && !pair.request && !files.compares && random.chance(20);
    if !fresh {
        let changed = repository.changed.iter().flat_map(|file| ["--changed".to_owned(), file.clone()]);
        pair.arguments.extend(changed);
    }
    pair.compared = files.compares || (pushed && !fresh);
    let mut pipeline = Map::new();
    let global = set(random, 30);
    if !global.is_empty() {
        pipeline.insert("variables".to_owned(), global.into());
    }
    if random.chance(45) {
        let seen = Seen::workflow(&pair.variables, &pipeline);
        let mut rules: Vec<Value> = (0..=random.below(3)).map(|_| of_workflow(random, &seen, files)).collect();
        if random.chance(50) {
            rules.push(json!({"when": "always"}));
        }
        pipeline.insert("workflow".to_owned(), json!({"rules": rules}));
    }
    let mut stage = 0;
    let mut names: Vec<&str> = Vec::new();
    for name in JOBS.iter().take(random.below(JOBS.len()).saturating_add(1)) {
        stage = random.below(STAGES.len()).max(stage);
        let ruled = random.chance(if pair.request && !pipeline.contains_key("workflow") { 99 } else { 88 });
        let mut job = job(random, ruled);
        job.insert("stage".to_owned(), STAGES.get(stage).copied().unwrap_or_default().into());
        let own = set(random, 8);
        if !own.is_empty() {
            job.insert("variables".to_owned(), own.into());
        }
        if random.chance(15) {
            job.insert("parallel".to_owned(), json!({"matrix": matrix(random)}));
        }
        if ruled {
            let seen = Seen::job(&pair.variables, &pipeline, &job);
            let rules: Vec<Value> = (0..=random.below(3)).map(|_| rule(random, &seen, files)).collect();
            job.insert("rules".to_owned(), rules.into());
        }
        if !names.is_empty() && random.chance(30) {
            job.insert("needs".to_owned(), needs(random, &names));
        }
        pipeline.insert((*name).to_owned(), job.into());
        names.push(name);
    }
    pair.pipeline = pipeline;
    Some(pair)
}

/// A start, and whether GitLab looks at what is pushed.
fn start(random: &mut Random, repository: usize) -> (Pair, bool) {
    let name = random.pick(&REFS).to_owned();
    let default = if random.chance(80) { "main" } else { "develop" };
    let mut variables = BTreeMap::new();
    let mut arguments = Vec::new();
    let mut put = |name: &str, value: &str| variables.insert(name.to_owned(), value.to_owned());
    let mut pass = |arguments_of: &[&str]| arguments.extend(arguments_of.iter().map(|part| (*part).to_owned()));
    let source = match random.below(5) {
        0 | 1 => {
            put("CI_COMMIT_BRANCH", &name);
            pass(&["--branch", &name]);
            random.pick(&["push", "push", "push", "schedule", "web", "api", "trigger"])
        }
        2 => {
            put("CI_COMMIT_TAG", &name);
            pass(&["--tag", &name]);
            random.pick(&["push", "push", "schedule", "web"])
        }
        _ => {
            let target = random.pick(&["main", "develop"]);
            put("CI_MERGE_REQUEST_IID", "1");
            put("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", &name);
            put("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", target);
            pass(&["--merge-request", &name, "--target", target, "--variable", "CI_MERGE_REQUEST_IID=1"]);
            "merge_request_event"
        }
    };
    let protected = random.chance(40);
    if protected {
        pass(&["--protected"]);
    }
    pass(&["--source", source, "--default-branch", default]);
    put("CI_PIPELINE_SOURCE", source);
    put("CI_COMMIT_REF_NAME", &name);
    put("CI_COMMIT_REF_PROTECTED", if protected { "true" } else { "false" });
    put("CI_DEFAULT_BRANCH", default);
    for (name, value) in set(random, 30) {
        let value = value.as_str().unwrap_or_default();
        put(&name, value);
        pass(&["--variable", &format!("{name}={value}")]);
    }
    let request = variables.contains_key("CI_MERGE_REQUEST_IID");
    let pushed = request || (source == "push" && variables.contains_key("CI_COMMIT_BRANCH"));
    let pair = Pair { repository, pipeline: Map::new(), variables, compared: false, request, arguments };
    (pair, pushed)
}

/// Some variables, each in so many of a hundred cases.
fn set(random: &mut Random, percent: usize) -> Map<String, Value> {
    let mut out = Map::new();
    for (name, values) in VARIABLES {
        if random.chance(percent) {
            // An empty value is rare, as it is in the wild, and so is a pattern that is none.
            let value = match (name, random.below(100)) {
                ("LIKE", 0) => "main",
                ("LIKE", 1 | 2) => "/^v\\d/",
                (_, 3..6) if name != "LIKE" => "",
                _ => random.pick(&values),
            };
            out.insert(name.to_owned(), value.into());
        }
    }
    out
}

/// Rows of variables, each with one value or more.
fn matrix(random: &mut Random) -> Vec<Value> {
    let row = |random: &mut Random| {
        let mut row = Map::new();
        for (name, values) in VARIABLES {
            let one = random.pick(&values);
            let others = values.iter().filter(|value| **value != one && random.chance(40));
            let mut of_row: Vec<&str> = std::iter::once(one).chain(others.copied()).collect();
            of_row.dedup();
            match random.below(6) {
                0 => _ = row.insert(name.to_owned(), one.into()),
                1 | 2 => _ = row.insert(name.to_owned(), of_row.into()),
                _ => {}
            }
        }
        if row.is_empty() {
            row.insert("MODE".to_owned(), json!(["fast", "slow"]));
        }
        row.into()
    };
    (0..=random.below(2)).map(|_| row(random)).collect()
}

/// The names that gitlab-ci-local has for the jobs of a matrix, the values without blanks between them.
pub(super) fn instances(name: &str, matrix: &Value) -> Vec<String> {
    let mut names = Vec::new();
    for row in matrix.as_array().into_iter().flatten().filter_map(Value::as_object) {
        let mut made = vec![String::new()];
        for values in row.values() {
            let values: Vec<&str> = match values {
                Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
                value => value.as_str().into_iter().collect(),
            };
            let longer = |known: &String, value: &str| match known.as_str() {
                "" => value.to_owned(),
                known => format!("{known},{value}"),
            };
            made = made.iter().flat_map(|known| values.iter().map(|value| longer(known, value))).collect();
        }
        names.extend(made.into_iter().map(|values| format!("{name}: [{values}]")));
    }
    names
}

fn of_workflow(random: &mut Random, seen: &Seen<'_>, files: Files<'_>) -> Value {
    let mut rule = clauses(random, seen, files, 10);
    if random.chance(30) || rule.is_empty() {
        rule.insert("when".to_owned(), random.pick(&["always", "always", "never"]).into());
    }
    let variables = set(random, 15);
    if !variables.is_empty() {
        rule.insert("variables".to_owned(), variables.into());
    }
    rule.into()
}

/// A job without its rules.
fn job(random: &mut Random, ruled: bool) -> Map<String, Value> {
    let mut job = Map::new();
    job.insert("script".to_owned(), json!(["true"]));
    let when = random.pick(&["manual", "always", "on_failure", "on_success"]);
    if random.chance(30) && (ruled || when != "manual" || random.chance(30)) {
        job.insert("when".to_owned(), when.into());
    }
    if random.chance(15) {
        let allowed = random.chance(50) || (job.get("when").is_some_and(|when| when == "manual") && random.chance(75));
        job.insert("allow_failure".to_owned(), allowed.into());
    }
    job
}

fn rule(random: &mut Random, seen: &Seen<'_>, files: Files<'_>) -> Value {
    let mut rule = clauses(random, seen, files, 20);
    if random.chance(50) || rule.is_empty() {
        let when = random.pick(&["manual", "never", "on_success", "always", "on_failure", "delayed"]);
        rule.insert("when".to_owned(), when.into());
        if when == "delayed" {
            rule.insert("start_in".to_owned(), "5 minutes".into());
        }
    }
    if random.chance(20) {
        rule.insert("allow_failure".to_owned(), random.chance(50).into());
    }
    let variables = set(random, 5);
    if !variables.is_empty() {
        rule.insert("variables".to_owned(), variables.into());
    }
    rule.into()
}

/// What a rule asks: files of each kind in so many of a hundred rules, and an expression in most.
fn clauses(random: &mut Random, seen: &Seen<'_>, files: Files<'_>, looks: usize) -> Map<String, Value> {
    let mut rule = Map::new();
    if random.chance(looks) {
        let paths = paths(random, files.repository, &PATHS);
        let changes = match (files.compares, random.chance(40)) {
            (true, _) => json!({"paths": paths, "compare_to": "main"}),
            (false, true) => json!({"paths": paths}),
            (false, false) => paths,
        };
        rule.insert("changes".to_owned(), changes);
    }
    if random.chance(looks) {
        let without_question_marks: Vec<&str> = PATHS.iter().copied().filter(|path| !path.contains('?')).collect();
        let paths = paths(random, files.repository, &without_question_marks);
        rule.insert("exists".to_owned(), if random.chance(30) { json!({"paths": paths}) } else { paths });
    }
    if random.chance(if rule.is_empty() { 90 } else { 35 }) {
        let wanted = |part: &str| variables(part).all(|variable| listed::of_variable(variable, seen).is_none());
        rule.insert("if".to_owned(), expression(random, 2, &wanted).into());
    }
    rule
}

fn paths(random: &mut Random, repository: &Repository, patterns: &[&str]) -> Value {
    let one = |random: &mut Random| match random.below(100) {
        0..2 => random.pick(&OTHERWISE).to_owned(),
        2..25 => repository.files.get(random.below(repository.files.len())).cloned().unwrap_or_default(),
        25..40 => repository.changed.get(random.below(repository.changed.len())).cloned().unwrap_or_default(),
        _ => random.pick(patterns).to_owned(),
    };
    (0..=random.below(2)).map(|_| one(random)).collect::<Vec<String>>().into()
}

fn needs(random: &mut Random, before: &[&str]) -> Value {
    let mut out = Vec::new();
    for name in before {
        match random.below(20) {
            0..4 => out.push(json!(name)),
            4..9 => out.push(json!({"job": name, "optional": true})),
            9 => out.push(json!({"job": name, "optional": false})),
            _ => {}
        }
    }
    out.into()
}
