//! Public pipelines: every one is read, and what is found in them is what a person has judged.
//!
//! The pipelines are no part of the repository; without them the tests say so and return. `testdata/precision.tsv` lists
//! each critical and high finding with `right` or `wrong`, as it was judged by hand: a difference has to be read and
//! judged in the same way before it is written down. `docs/precision.md` holds the reasons.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use engine_gate::{CheckOptions, Quiet};
use engine_model::{Class, Evaluation, FilePath, Severity};
use engine_tree::WorkingTree;
use similar::TextDiff;

use crate::support::gate;

/// The share of right findings below which a rule may only advise.
const LEAST: f64 = 0.9;

#[expect(clippy::disallowed_methods, reason = "the corpus is no tree that a user checks")]
fn files(directory: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml") {
            found.insert(path);
        }
    }
}

/// The YAML files of a folder of the corpus, sorted; empty, and said so, where there is none.
fn corpus(folder: &str) -> (PathBuf, BTreeSet<PathBuf>) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(folder);
    let mut found = BTreeSet::new();
    files(&corpus, &mut found);
    if found.is_empty() {
        println!("skipped: no pipelines at {}", corpus.display());
    }
    (corpus, found)
}

/// What `engine check FILE` comes to in the directory `root`.
fn checked(root: &Path, file: &Path) -> Evaluation {
    let tree = WorkingTree::with_paths(root, &[file.to_path_buf()]).unwrap();
    let named = vec![FilePath::new(file.to_str().unwrap()).unwrap()];
    let evaluation = gate().check(&tree, &CheckOptions { named, ..CheckOptions::default() }, &Quiet).unwrap();
    let broken = evaluation.findings.iter().find(|finding| finding.rule.as_str() == "broken-document");
    assert!(broken.is_none(), "{}: {broken:#?}", root.join(file).display());
    assert!(evaluation.counts.documents > 0, "{} is not read", root.join(file).display());
    evaluation
}

/// The lines of the list: judged, rule, file, line.
fn judged() -> Vec<[&'static str; 4]> {
    let list = include_str!("../../../../testdata/precision.tsv");
    let row = |line: &'static str| <[&str; 4]>::try_from(line.split('\t').collect::<Vec<_>>()).unwrap();
    list.lines().filter(|line| !line.starts_with('#')).map(row).collect()
}

#[test]
fn what_is_found_in_public_pipelines_is_what_was_judged() {
    let (folder, pipelines) = corpus("gitlab-ci");
    let mut found = BTreeSet::new();
    for path in &pipelines {
        let name = path.strip_prefix(&folder).unwrap();
        let repository = name.iter().next().unwrap();
        let file = name.strip_prefix(repository).unwrap();
        let evaluation = checked(&folder.join(repository), file);
        for finding in evaluation.findings.iter().filter(|finding| finding.severity >= Severity::High) {
            let start = finding.location.start();
            let file = format!("{}/{}", repository.to_str().unwrap(), finding.location.file.path());
            found.insert((finding.rule.to_string(), file, start.line, start.column));
        }
    }
    if pipelines.is_empty() {
        return;
    }
    let found: String = found.iter().map(|(rule, file, line, _)| format!("{rule}\t{file}\t{line}\n")).collect();
    let judged: String = judged().iter().map(|[_, rest @ ..]| rest.join("\t") + "\n").collect();
    let diff = TextDiff::from_lines(&judged, &found).unified_diff().header("judged", "found").to_string();
    assert!(diff.is_empty(), "read what differs, judge it, and write it to `testdata/precision.tsv`\n{diff}");
}

#[test]
fn a_rule_that_is_often_wrong_only_advises() {
    let mut rules: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for [verdict, rule, ..] in judged() {
        let (right, all) = rules.entry(rule).or_default();
        *right += u32::from(match verdict {
            "right" => true,
            "wrong" => false,
            other => panic!("`{other}` is neither `right` nor `wrong`"),
        });
        *all += 1;
    }
    let advises = |rule: &str| gate().rules().iter().any(|one| one.id.as_str() == rule && one.class == Class::Advice);
    let below = rules.iter().filter(|(_, (right, all))| f64::from(*right) < LEAST * f64::from(*all));
    let below: Vec<&str> = below.map(|(rule, _)| *rule).filter(|rule| !advises(rule)).collect();
    assert!(below.is_empty(), "{below:?}");
}

#[test]
fn every_pipeline_of_another_projects_tests_is_read() {
    let (_, pipelines) = corpus("gitlab-ci-expect");
    let roots = pipelines.iter().filter(|path| path.ends_with(".gitlab-ci.yml"));
    let mut count = 0;
    for path in roots {
        checked(path.parent().unwrap(), Path::new(".gitlab-ci.yml"));
        count += 1;
    }
    assert!(pipelines.is_empty() || count > 100, "{count} pipelines");
}

/// A job of a list that somebody labelled.
struct Labelled {
    file: &'static str,
    job: &'static str,
    /// For a branch that is not the default one, for a tag, for a merge request, and without a click.
    labels: [&'static str; 4],
}

fn labelled() -> Vec<Labelled> {
    let list = include_str!("../../../../testdata/reach.tsv");
    let row = |line: &'static str| {
        let fields: [&str; 7] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let [file, job, _, branch, tag, request, unattended] = fields;
        Labelled { file, job, labels: [branch, tag, request, unattended] }
    };
    list.lines().filter(|line| !line.starts_with('#')).map(row).collect()
}

/// What the engine proves of a job: the same four answers, `None` where it is not in the pipeline at all.
fn proved(folder: &Path, file: &str, name: &str) -> Option<[bool; 4]> {
    let (repository, file) = file.split_once('/').unwrap();
    let root = folder.join(repository);
    let tree = WorkingTree::with_paths(&root, &[PathBuf::from(file)]).unwrap();
    let named = vec![FilePath::new(file).unwrap()];
    let config = engine_config::Config::default_for(vec!["main".to_owned(), "master".to_owned()]);
    let jobs = engine_gate::facts(&tree, &config, "gitlab.job", &named).unwrap().unwrap();
    let jobs: Vec<serde_json::Value> = jobs.iter().map(|job| serde_json::from_str(job).unwrap()).collect();
    let job = jobs.iter().find(|job| job["name"] == name && job["pipeline"] == file)?;
    let starts = job["starts"].as_array().unwrap();
    // A variable that somebody can set is an input like any other, and a file that others include is labelled as if it
    // were all there is.
    let counts = |entry: &&serde_json::Value| {
        entry["reached"] == true
            || entry["witness"]["variables"].as_array().is_some_and(|set| !set.is_empty())
            || entry["reached"]["on"] == "the pipeline that this file is a piece of"
    };
    let refs = || starts.iter().flat_map(|start| start["refs"].as_array().unwrap()).filter(counts);
    let usual = |entry: &serde_json::Value| {
        entry["matches"] == "default" || ["main", "master"].iter().any(|name| entry["name"] == *name)
    };
    let unattended = |start: &&serde_json::Value| {
        start["when"] != "manual" && start["held"]["always"] != true && !start["refs"].as_array().unwrap().is_empty()
    };
    Some([
        refs().any(|entry| entry["type"] == "branch" && !usual(entry)),
        refs().any(|entry| entry["type"] == "tag"),
        refs().any(|entry| entry["type"] == "merge-request"),
        starts.iter().any(|start| unattended(&start)),
    ])
}

#[test]
fn what_is_proved_of_public_jobs_is_what_was_labelled() {
    const LEAST: f64 = 0.95;
    let (folder, pipelines) = corpus("gitlab-ci");
    if pipelines.is_empty() {
        return;
    }
    let (mut right, mut said, mut true_ones, mut open) = (0_u32, 0_u32, 0_u32, 0_u32);
    let mut differ = Vec::new();
    for Labelled { file, job, labels } in labelled() {
        let Some(proved) = proved(&folder, file, job) else {
            differ.push(format!("{file} {job}: not in the pipeline"));
            continue;
        };
        for ((label, proved), what) in labels.iter().zip(proved).zip(["branch", "tag", "merge request", "unattended"]) {
            if *label == "unknown" {
                open += 1;
                continue;
            }
            let wanted = *label == "yes";
            right += u32::from(wanted && proved);
            said += u32::from(proved);
            true_ones += u32::from(wanted);
            if wanted != proved {
                differ.push(format!("{file} {job} {what}: labelled {label}"));
            }
        }
    }
    let (precision, recall) = (f64::from(right) / f64::from(said), f64::from(right) / f64::from(true_ones));
    println!("{right} right of {said} said and {true_ones} labelled, {open} unknown: {precision:.3}, {recall:.3}");
    assert!(precision >= LEAST && recall >= LEAST, "{precision:.3} {recall:.3}\n{}", differ.join("\n"));
}
