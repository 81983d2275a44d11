//! The image's Terraform is from before 1.0.

use engine_sdk::prelude::*;

use crate::job::{Job, file_name};

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

/// The last release line before 1.0.
const LAST: u32 = 15;

/// The first one that an image of somebody else's, which may count its own versions, is believed to mean.
const FIRST: u32 = 8;

fn check(job: &Item<Job>, report: &mut Report) {
    if !job.invocations().any(|(_, call)| call.tool == "terraform") {
        return;
    }
    for (index, image) in job.images.iter().enumerate().filter(|(_, image)| !image.service) {
        let (Some(repository), Some(tag)) = (image.repository.known(), image.tag.known()) else { continue };
        if file_name(repository) == "terraform" && is_old(tag) {
            report
                .finding(job.at("images").index(index), format!("Terraform {tag} is from before 1.0 and gets no fixes"))
                .help("upgrade release by release: each reads the state of the one before");
        }
    }
}

/// Whether a tag is a version from 0.8 to 0.15.
fn is_old(tag: &str) -> bool {
    let minor = tag.trim_start_matches('v').strip_prefix("0.").and_then(|rest| rest.split(['.', '-']).next());
    minor.and_then(|minor| minor.parse::<u32>().ok()).is_some_and(|minor| (FIRST..=LAST).contains(&minor))
}
