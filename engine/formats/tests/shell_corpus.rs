//! The scripts of the corpus' pipelines are read whole.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine_formats::{Source, shell, source, yaml};
use engine_model::{Document, FilePath, Kind, NodeId};

const KEYS: [&str; 3] = ["script", "before_script", "after_script"];
/// How deep nodes are followed.
const MAX_DEPTH: usize = 20;

/// Every YAML file below `folder`.
#[expect(clippy::disallowed_methods, reason = "the corpus is no tree that is checked")]
fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml") {
            into.push(path);
        }
    }
}

/// The lines of a script, its nested lists included.
fn lines(document: &Document, node: NodeId, depth: usize, into: &mut Vec<String>) {
    if depth > MAX_DEPTH {
        return;
    }
    into.extend(document.scalar(node).map(|scalar| scalar.text.to_owned()));
    for item in document.items(node) {
        lines(document, *item, depth + 1, into);
    }
}

fn scripts(document: &Document, node: NodeId, depth: usize, into: &mut Vec<String>) {
    if depth > MAX_DEPTH {
        return;
    }
    match document.node(node).kind {
        Kind::Mapping(entries) => {
            for entry in entries {
                if document.scalar(entry.key).is_some_and(|key| KEYS.contains(&key.text)) {
                    let mut script = Vec::new();
                    lines(document, entry.value, 0, &mut script);
                    into.push(script.join("\n"));
                }
                scripts(document, entry.value, depth + 1, into);
            }
        }
        Kind::Sequence(items) => items.iter().for_each(|item| scripts(document, *item, depth + 1, into)),
        _ => {}
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the corpus is no tree that is checked")]
fn nearly_every_script_of_the_corpus_is_read_whole() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let mut paths = Vec::new();
    for folder in ["gitlab-ci", "gitlab-ci-expect"] {
        files(&corpus.join(folder), &mut paths);
    }
    if paths.is_empty() {
        println!("skipped: no corpus at {}", corpus.display());
        return;
    }
    paths.sort();
    let mut texts = Vec::new();
    for path in paths {
        let Source::Text(file) = source(&FilePath::new("ci.yml").unwrap(), std::fs::read(&path).unwrap()) else {
            continue;
        };
        let Some(document) = yaml::parse(&file).document else { continue };
        document.roots().iter().for_each(|root| scripts(&Arc::clone(&document), *root, 0, &mut texts));
    }
    texts.retain(|text| !text.is_empty());
    texts.sort();
    texts.dedup();
    assert!(texts.len() > 200, "only {} scripts were found", texts.len());
    let broken: Vec<&String> = texts.iter().filter(|text| !shell::parse(text).problems.is_empty()).collect();
    println!("{} of {} scripts have problems: {broken:#?}", broken.len(), texts.len());
    assert!(broken.len() * 50 <= texts.len(), "more than 2 % of the scripts have problems: {broken:#?}");
    let commands: usize = texts.iter().map(|text| shell::parse(text).commands.len()).sum();
    assert!(commands > 1000, "only {commands} commands were found");
}
