//! `trigger:`: which pipelines of this repository a job starts.
//!
//! A pipeline of another project has a gate of its own and is no gap here. A child that is made while the pipeline
//! runs, or that comes from another project's file, is one.

use engine_model::{FilePath, Gap, GapCause};

use super::cursor::Cursor;

/// The files of this tree that a job triggers; what of its children cannot be seen is added to `gaps`.
pub(super) fn children(job: &str, trigger: &Cursor<'_>, gaps: &mut Vec<Gap>) -> Vec<FilePath> {
    let Some(include) = trigger.get("include") else {
        return Vec::new();
    };
    let mut files = Vec::new();
    for entry in include.flat() {
        let local = if entry.is_scalar() { Some(entry.clone()) } else { entry.get("local") };
        let path = local.and_then(|local| local.text().get().cloned()).filter(|path| !path.contains('$'));
        if let Some(path) = path.and_then(|path| FilePath::new(&path)) {
            files.push(path);
            continue;
        }
        let made = entry.get("artifact").is_some();
        let (cause, message) = if made {
            (GapCause::Dynamic, format!("the child pipeline of the job `{job}` is made while the pipeline runs"))
        } else {
            (GapCause::NotVendored, format!("the child pipeline of the job `{job}` is not in this tree"))
        };
        let way_out = (!made).then(|| "keep a copy in the repository and include it with `local:`".to_owned());
        gaps.push(Gap {
            kind: super::JOB,
            fields: &[],
            cause,
            message,
            location: Some(entry.place().location()),
            way_out,
        });
    }
    files
}
