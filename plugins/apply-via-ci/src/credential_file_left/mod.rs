//! A file with a credential outlives the job.

use engine_sdk::prelude::*;

use crate::credential;
use crate::job::{Job, file_name};

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(job: &Item<Job>, report: &mut Report) {
    for (command, _, write) in credential::written(job) {
        let removed = |section: &str| {
            let removes = job.commands.iter().filter(|other| other.section == section).flat_map(|other| &other.removes);
            removes.into_iter().any(|path| same(path, &write.path))
        };
        if removed("after_script") {
            continue;
        }
        let known = write.path.known();
        let path = known.map_or_else(|| "a file".to_owned(), |path| format!("`{path}`"));
        let end = if removed("script") { "is removed only if nothing fails before" } else { "is never removed" };
        let finding = report
            .finding(job.at("commands").index(command), format!("the credential in {path} {end}"))
            .help("remove the file in `after_script`, which also runs when the script fails");
        if let Some(path) = known.filter(|path| !path.starts_with('~')) {
            let base = if path.starts_with('/') { "" } else { "${CI_PROJECT_DIR}/" };
            finding.fix(Fix::snippet("remove the file", format!("after_script:\n  - rm -f \"{base}{path}\"\n")));
        }
    }
}

/// Whether two paths name one file. What is not wholly known is compared by its last part.
fn same(a: &Known<String>, b: &Known<String>) -> bool {
    let text = |path: &Known<String>| match path {
        Known::Known(path) => Some(path.clone()),
        Known::Unknown(unknown) => Some(unknown.on.clone()),
        Known::Absent => None,
    };
    match (text(a), text(b)) {
        (Some(left), Some(right)) if a.known().is_some() && b.known().is_some() => left == right,
        (Some(left), Some(right)) => file_name(&left) == file_name(&right),
        _ => false,
    }
}
