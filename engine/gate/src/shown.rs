//! Files as they stand, for policies that are written for conftest: every file of a tree whose name says that it is
//! YAML, JSON or HCL. They are read only where a policy asks for them.

use std::collections::BTreeMap;

use engine_facts::parsed::{self, FILE, FILES, Named, Shown, Syntax};
use engine_formats::{MAX_FILE_BYTES, Source};
use engine_model::{FilePath, Finding, Gap, GapCause, Location};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use crate::derive::FactSet;
use crate::library::{Library, way_out};

/// What a file came to.
#[derive(Default)]
struct Read {
    shown: Option<Shown>,
    findings: Vec<Finding>,
    gap: Option<(GapCause, String, Option<Location>)>,
}

/// Adds the files as facts of these kinds, of [`FILE`] and [`FILES`]; nothing where there are none.
pub(crate) fn show(library: &Library<'_>, kinds: &[&'static str], set: &mut FactSet) {
    if kinds.is_empty() {
        return;
    }
    let mut wanted: Vec<(&FilePath, Syntax)> = Vec::new();
    let mut foreign: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut read = Vec::new();
    for path in library.file_paths() {
        match parsed::named(path) {
            Named::Read(syntax) => wanted.push((path, syntax)),
            Named::Foreign(format) if library.is_named(path) => {
                let gap =
                    (GapCause::NotEvaluated, format!("`{path}` is {format}, which the engine does not read"), None);
                read.push(Read { gap: Some(gap), ..Read::default() });
            }
            Named::Foreign(format) => {
                let count = foreign.entry(format).or_default();
                *count = count.saturating_add(1);
            }
            Named::Nothing => {}
        }
    }
    read.extend(wanted.par_iter().map(|(path, syntax)| one(library, path, *syntax)).collect::<Vec<_>>());
    let mut files = Vec::new();
    for Read { shown, findings, gap } in read {
        set.findings.extend(findings);
        if let Some((cause, message, location)) = gap {
            let gap = |kind: &&'static str| Gap {
                kind,
                fields: &[],
                cause,
                message: message.clone(),
                location: location.clone(),
                way_out: way_out(cause),
            };
            set.gaps.extend(kinds.iter().map(gap));
        }
        files.extend(shown);
    }
    set.understood.extend(understood(files.len(), &foreign));
    if kinds.contains(&FILE) {
        set.add(files.iter().flat_map(Shown::items));
    }
    if kinds.contains(&FILES) && !files.is_empty() {
        set.add([parsed::combined(&files)]);
    }
}

fn one(library: &Library<'_>, path: &FilePath, syntax: Syntax) -> Read {
    let bytes = match library.tree().read(path, MAX_FILE_BYTES) {
        Ok(bytes) => bytes,
        Err(error) => return Read { gap: Some((GapCause::UnreadFile, error.to_string(), None)), ..Read::default() },
    };
    let file = match engine_formats::source(path, bytes) {
        Source::Text(file) => file,
        Source::Broken(finding) => {
            let location = finding.as_ref().map(|finding| finding.location.clone());
            let gap = Some((GapCause::BrokenDocument, format!("`{path}` is not text"), location));
            return Read { findings: finding.into_iter().map(|finding| *finding).collect(), gap, shown: None };
        }
    };
    let parsed = parsed::read(&file, syntax);
    let location = parsed.findings.first().map(|finding| finding.location.clone());
    let (shown, gap) = match (parsed.broken, &parsed.document) {
        (Some(cause), _) => (None, Some((cause, format!("`{path}` could not be parsed"), location))),
        (None, Some(document)) => match Shown::new(document) {
            Ok(shown) => (Some(shown), None),
            Err(refused) => {
                let message = format!("`{path}` cannot be shown to policies: {}", refused.message);
                (None, Some((GapCause::NotEvaluated, message, Some(refused.place.location()))))
            }
        },
        (None, None) => (None, None),
    };
    Read { shown, findings: parsed.findings, gap }
}

/// One sentence for the first screen, without a full stop.
fn understood(files: usize, foreign: &BTreeMap<&'static str, usize>) -> Option<String> {
    let noun = |count: usize| if count == 1 { "file" } else { "files" };
    let shown = format!("As they stand, for policies written for conftest: {files} {}", noun(files));
    if foreign.is_empty() {
        return Some(shown);
    }
    let count: usize = foreign.values().sum();
    let named: Vec<String> = foreign.iter().map(|(format, count)| format!("{count} {format}")).collect();
    Some(format!("{shown}; {count} {} in formats that the engine does not read: {}", noun(count), named.join(", ")))
}
