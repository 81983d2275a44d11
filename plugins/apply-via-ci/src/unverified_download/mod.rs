//! Something is downloaded and run without a look at what came.

use engine_sdk::prelude::*;

use crate::job::{Command, Job, file_name};

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

/// Programs that run or unpack what they are handed.
const RUNNERS: &[&str] = &[
    "sh", "bash", "ash", "dash", "zsh", "python", "python3", "perl", "ruby", "node", "tar", "bsdtar", "unzip",
    "gunzip", "sudo",
];

/// Programs that make a file something to run.
const INSTALLERS: &[&str] =
    &["unzip", "tar", "bsdtar", "gunzip", "chmod", "install", "dpkg", "rpm", "sh", "bash", "python", "python3"];

/// Programs that check what a file is.
const VERIFIERS: &[&str] =
    &["sha256sum", "sha512sum", "sha1sum", "shasum", "gpg", "gpgv", "cosign", "minisign", "rekor-cli", "slsa-verifier"];

fn check(job: &Item<Job>, report: &mut Report) {
    if job.commands.iter().any(verifies) {
        return;
    }
    for (index, command) in job.commands.iter().enumerate().filter(|(_, command)| downloads(command)) {
        let Some(used) = job.commands.iter().enumerate().skip(index + 1).find(|(_, later)| runs(command, later)) else {
            continue;
        };
        let what = used.1.program.as_deref().unwrap_or("a program");
        report
            .finding(
                job.at("commands").index(index),
                format!("what is downloaded here is handed to `{what}` unverified"),
            )
            .related(job.at("commands").index(used.0), "it is used here")
            .help(
                "verify a checksum that is written in the repository (`sha256sum -c`), or take the tool into the image",
            );
    }
}

fn verifies(command: &Command) -> bool {
    command.runs(VERIFIERS) || (command.runs(&["openssl"]) && command.arguments().any(|word| word == "dgst"))
}

fn downloads(command: &Command) -> bool {
    let remote = |word: &str| word.contains("http://") || word.contains("https://") || word.contains("ftp://");
    let arguments = || command.words.iter().skip(1);
    let address = arguments().any(|word| match word {
        Known::Known(word) => remote(word),
        Known::Unknown(unknown) => remote(&unknown.on) || unknown.on.to_ascii_uppercase().contains("URL"),
        Known::Absent => false,
    });
    command.runs(&["curl", "wget"]) && address
}

/// Whether a later command runs or unpacks what an earlier one downloaded.
fn runs(download: &Command, later: &Command) -> bool {
    if later.pipeline == download.pipeline {
        return later.runs(RUNNERS);
    }
    let names = file_names(download);
    let named = |word: &Known<String>| {
        let text =
            word.known().map_or_else(|| word.unknown().map_or("", |unknown| unknown.on.as_str()), String::as_str);
        let name = file_name(text.trim_matches(['"', '\'']));
        !name.is_empty() && names.iter().any(|known| known == name)
    };
    let program = later.words.first().is_some_and(named);
    program || (later.runs(INSTALLERS) && later.words.iter().skip(1).any(named))
}

/// The names of the files that a download may have made.
fn file_names(download: &Command) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let written = download.writes.iter().map(|write| &write.path);
    for word in download.words.iter().skip(1).chain(written) {
        let text =
            word.known().map_or_else(|| word.unknown().map_or("", |unknown| unknown.on.as_str()), String::as_str);
        let text = text.split(['?', '#']).next().unwrap_or(text).trim_matches(['"', '\'']);
        let name = file_name(text);
        if !name.is_empty() && !name.starts_with('-') {
            names.push(name.to_owned());
        }
    }
    names
}
