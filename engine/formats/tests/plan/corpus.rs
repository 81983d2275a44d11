//! Plans that nobody here wrote.

use std::fs;
use std::path::{Path, PathBuf};

use engine_formats::plan::Broken;

use crate::parts;

#[expect(clippy::disallowed_methods, reason = "the corpus is no tree that a user checks")]
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the corpus is no tree that a user checks")]
fn every_real_plan_is_read_and_the_others_are_named_for_what_they_are() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/tf-plan");
    let mut found = Vec::new();
    files(&folder, &mut found);
    if found.is_empty() {
        println!("skipped: no corpus at {}", folder.display());
        return;
    }
    found.sort();
    let (mut plans, mut others) = (0, Vec::new());
    for path in &found {
        let bytes = fs::read(path).unwrap();
        let mut changes = 0;
        match parts(bytes.as_slice(), &mut |kind, text, _| {
            if kind == "change" {
                let change: serde_json::Value = serde_json::from_str(text).unwrap();
                assert!(change["address"].is_string(), "{}", path.display());
                changes += 1;
            }
        }) {
            Ok(_) => {
                let whole: serde_json::Value =
                    serde_json::from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes)).unwrap();
                assert_eq!(changes, whole["resource_changes"].as_array().map_or(0, Vec::len), "{}", path.display());
                plans += 1;
            }
            Err(broken) => {
                others.push(format!("{}: {broken}", path.strip_prefix(&folder).unwrap().display()));
                let named = matches!(&broken, Broken::Other(_) | Broken::Json { .. } | Broken::Version { .. });
                assert!(named, "{}: {broken}", path.display());
            }
        }
    }
    println!("{plans} plans of {} files; the others:\n{}", found.len(), others.join("\n"));
    assert_eq!((plans, found.len()), (107, 125), "{}", others.join("\n"));
}
