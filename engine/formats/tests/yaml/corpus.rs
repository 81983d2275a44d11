//! Real pipelines.

use std::path::{Path, PathBuf};

use engine_formats::yaml;
use engine_model::{Document, FilePath, GapCause, Kind, SourceFile};

use crate::property;

/// Files that are not YAML, with the reason.
const NOT_YAML: &[(&str, &str)] = &[];

#[expect(clippy::disallowed_methods, reason = "the corpus is no tree that a user checks")]
fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml") {
            found.push(path);
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the corpus is no tree that a user checks")]
fn every_pipeline_of_the_corpus_is_read() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let mut found = Vec::new();
    for folder in ["gitlab-ci", "gitlab-ci-expect"] {
        files(&corpus.join(folder), &mut found);
    }
    if found.is_empty() {
        println!("skipped: no corpus at {}", corpus.display());
        return;
    }
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.strip_prefix(&corpus).unwrap().to_string_lossy().into_owned();
        let parsed = yaml::parse(&SourceFile::new(FilePath::new(&name).unwrap(), text));
        let known = NOT_YAML.iter().find(|(file, _)| name.ends_with(file));
        let broken = parsed.broken.is_some_and(|cause| cause != GapCause::NotRendered);
        assert_eq!(broken, known.is_some(), "{name}: {:#?}", parsed.findings);
        let document = parsed.document.unwrap();
        property::check(&document);
        routes(&document, &name);
    }
}

/// Each node's route leads back to it; where a key stands twice, to the last one.
fn routes(document: &Document, name: &str) {
    for node in property::nodes(document) {
        let is_key = document.parent(node).is_some_and(|parent| document.entries(parent).iter().any(|e| e.key == node));
        if is_key {
            continue;
        }
        let route = document.route_of(node);
        if document.walk(&route) == Some(node) {
            continue;
        }
        let mut at = Some(node);
        let mut twice = false;
        while let Some(here) = at {
            if let (Some(parent), Some(key)) = (document.parent(here), document.key_of(here)) {
                let key = document.scalar(key).map(|scalar| scalar.text);
                let same = |entry: &&engine_model::Entry| document.scalar(entry.key).map(|s| s.text) == key;
                twice |= document.entries(parent).iter().filter(same).count() > 1;
                twice |= key.is_none() && matches!(document.node(parent).kind, Kind::Mapping(_));
            }
            at = document.parent(here);
        }
        assert!(twice, "{name}: {route} leads elsewhere");
    }
}
