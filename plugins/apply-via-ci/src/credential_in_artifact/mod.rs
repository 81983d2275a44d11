//! A credential is kept after the job that used it.

use engine_sdk::prelude::*;

use crate::credential;
use crate::job::Job;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

fn check(job: &Item<Job>, report: &mut Report) {
    for (command, file, write) in credential::written(job) {
        let Some(keeper) = write.kept.first() else { continue };
        let path = write.path.known().map_or_else(|| "a file".to_owned(), |path| format!("`{path}`"));
        let place = job.at("commands").index(command).key("writes").index(file);
        report
            .finding(
                job.at("commands").index(command),
                format!("a credential is written to {path}, which the job keeps"),
            )
            .related(place.key("kept").index(0), format!("it is kept by the `{}` of the job", plural(&keeper.by)))
            .help("keep credentials in the environment of the job; nothing that is kept may hold one");
    }
    for (index, path) in job.artifacts.paths.iter().enumerate() {
        let Some(path) = path.known().filter(|path| credential::is_credential_file(path)) else { continue };
        report
            .finding(
                job.at("artifacts").key("paths").index(index),
                format!("`{path}` holds credentials by its name, and is kept as an artifact"),
            )
            .help("whoever can see the pipeline can download it: take it out of `artifacts`");
    }
}

fn plural(by: &str) -> &str {
    if by == "report" { "artifacts:reports" } else { by }
}
