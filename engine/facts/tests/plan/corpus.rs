//! Plans that nobody here wrote.

use std::fs;
use std::path::{Path, PathBuf};

use crate::schema::Schema;
use crate::{items, read, written};

#[expect(clippy::disallowed_methods, reason = "the corpus is no tree that a user checks")]
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the corpus is no tree that a user checks")]
fn every_change_of_the_corpus_fits_its_schema() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/tf-plan");
    let mut found = Vec::new();
    files(&folder, &mut found);
    if found.is_empty() {
        println!("skipped: no corpus at {}", folder.display());
        return;
    }
    let mut schema = Schema::new(include_str!("../../schema/terraform.change.json"));
    let (mut plans, mut changes) = (0, 0);
    for path in &found {
        let text = fs::read_to_string(path).unwrap();
        let Ok(plan) = read(&text) else { continue };
        // Some were cut by hand, and are plans without any change of what they plan.
        let whole: serde_json::Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap();
        let planned = whole["planned_values"]["root_module"]["resources"].as_array();
        let manages = planned.is_some_and(|all| all.iter().any(|one| one["mode"] == "managed"));
        let changes_something = whole["resource_changes"].as_array().is_some_and(|all| !all.is_empty());
        let gaps = usize::from(manages && !changes_something);
        assert_eq!((plan.findings.len(), plan.gaps.len()), (0, gaps), "{}: {:?}", path.display(), plan.gaps);
        plans += 1;
        for item in written(&items(&text)) {
            assert_eq!(schema.errors(&item), Vec::<String>::new(), "{}", path.display());
            changes += 1;
        }
    }
    println!("{plans} plans, {changes} changes");
    assert_eq!(plans, 107);
}
