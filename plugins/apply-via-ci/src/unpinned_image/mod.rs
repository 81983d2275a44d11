//! A job that plans or applies runs in an image that changes by itself.

use engine_sdk::prelude::*;

use crate::job::Job;

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

/// Tags that are moved from release to release.
const MOVING: &[&str] = &["latest", "stable", "edge", "nightly", "light", "full", "main", "master"];

fn check(job: &Item<Job>, report: &mut Report) {
    if !job.invocations().any(|(_, call)| call.changes != "no" || call.does(&["plan", "run-all plan", "preview"])) {
        return;
    }
    for (index, image) in job.images.iter().enumerate().filter(|(_, image)| !image.service && image.digest.is_absent())
    {
        let what = match image.tag.settled() {
            Ok(None) => "has neither a tag nor a digest".to_owned(),
            Ok(Some(tag)) if MOVING.contains(&tag.as_str()) => format!("follows the tag `{tag}`"),
            _ => continue,
        };
        let name = image.repository.known().map_or_else(|| "the image".to_owned(), |name| format!("`{name}`"));
        report
            .finding(job.at("images").index(index), format!("{name} {what}: it changes without a change here"))
            .help("name a version, or better its digest: `image: NAME:VERSION@sha256:…`");
    }
}
