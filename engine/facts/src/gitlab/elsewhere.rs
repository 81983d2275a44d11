//! Places other than scripts where a job can be told to run a program: said as gaps, since they are not read.

use engine_model::{Gap, GapCause, Location};

use super::cursor::Cursor;
use super::invocation;
use super::job::texts;
use crate::sourced::Sourced;

/// Variables that name a script which a shell reads before anything else.
const STARTUP: [&str; 2] = ["BASH_ENV", "ENV"];

/// What of a job may run a program of the table outside of its scripts.
pub(super) fn gaps(job: &Cursor<'_>, variables: &[(String, Sourced<String>)]) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for (name, value) in variables.iter().filter(|(name, _)| STARTUP.contains(&name.as_str())) {
        let location = value.origin.as_ref().map(|origin| origin.place.location());
        gaps.push(gap(format!("`{name}` names a script that every shell reads first"), location));
    }
    let images = job.get("image").into_iter().chain(job.get("services").map_or_else(Vec::new, |list| list.flat()));
    for image in images.filter(Cursor::is_mapping) {
        let words = ["name", "entrypoint", "command"].iter().flat_map(|keyword| texts(&image, keyword));
        let words: Vec<String> = words.filter_map(|word| word.get().cloned()).collect();
        let told = image.get("entrypoint").is_some() || image.get("command").is_some();
        let names = words.iter().any(|word| invocation::PROGRAMS.iter().any(|program| word.contains(program)));
        let acts =
            words.iter().any(|word| ["apply", "destroy", "import", "up", "state"].iter().any(|act| word.contains(act)));
        if told && names && acts {
            gaps.push(gap("what this container is told to run is not read".to_owned(), Some(image.place().location())));
        }
    }
    gaps
}

fn gap(message: String, location: Option<Location>) -> Gap {
    let cause = GapCause::NotEvaluated;
    Gap { kind: super::JOB, fields: &["commands"], cause, message, location, way_out: None }
}
