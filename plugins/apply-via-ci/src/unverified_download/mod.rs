//! Something is downloaded and run without a look at what came.

use engine_sdk::prelude::*;

use crate::job::{Command, Job, file_name};

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

/// Programs that run what they are handed.
const RUNNERS: &[&str] = &["sh", "bash", "ash", "dash", "zsh", "python", "python3", "perl", "ruby", "node", "sudo"];

/// Programs that make a file something to run.
const INSTALLERS: &[&str] = &["chmod", "install", "dpkg", "rpm", "sh", "bash", "python", "python3"];

/// Programs that unpack a file. What comes out may be data: it counts where something is run afterwards.
const UNPACKERS: &[&str] = &["unzip", "tar", "bsdtar", "gunzip"];

/// Programs that check what a file is.
const VERIFIERS: &[&str] =
    &["sha256sum", "sha512sum", "sha1sum", "shasum", "gpg", "gpgv", "cosign", "minisign", "rekor-cli", "slsa-verifier"];

fn check(job: &Item<Job>, report: &mut Report) {
    if job.commands.iter().any(verifies) {
        return;
    }
    for (index, command) in job.commands.iter().enumerate().filter(|(_, command)| downloads(command)) {
        let used = job.commands.iter().enumerate().skip(index + 1);
        let mut used = used.filter(|(at, later)| runs(command, later) || unpacked_and_run(job, command, *at, later));
        let Some(used) = used.next() else { continue };
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

/// Whether a later command runs what an earlier one downloaded, or makes it something to run.
fn runs(download: &Command, later: &Command) -> bool {
    if later.pipeline == download.pipeline {
        return later.runs(RUNNERS);
    }
    let names = file_names(download);
    later.words.first().is_some_and(|word| is_one(&names, word)) || (later.runs(INSTALLERS) && takes(&names, later))
}

/// Whether the command at `at` unpacks what an earlier one downloaded, and the job then runs something that can come
/// from there: a program by its path, one that the archive is named after, one that is moved to a folder of programs.
fn unpacked_and_run(job: &Job, download: &Command, at: usize, unpacker: &Command) -> bool {
    let names = file_names(download);
    let unpacks = unpacker.runs(UNPACKERS) && (unpacker.pipeline == download.pipeline || takes(&names, unpacker));
    let programs = |word: &str| word.split('/').any(|part| matches!(part, "bin" | "sbin" | ".bin"));
    let run = |later: &Command| {
        let Some(program) = later.words.first() else { return false };
        let Some(path) = program.known() else { return true };
        path.contains('/')
            || names.iter().any(|name| is_named_after(name, path))
            || later.runs(&["chmod", "install", "dpkg", "rpm", "make"])
            || (later.runs(&["mv", "cp", "ln"]) && later.arguments().any(programs))
            || (later.runs(&["export"]) && later.variables.iter().any(|name| name == "PATH"))
    };
    unpacks && (unpacker.arguments().any(programs) || job.commands.iter().skip(at + 1).any(run))
}

/// Whether an archive is named after a program: `vault_1.19.0_linux.zip` after `vault`.
fn is_named_after(archive: &str, program: &str) -> bool {
    archive.strip_prefix(program).is_some_and(|rest| rest.starts_with(['.', '_', '-']))
}

fn takes(names: &[String], command: &Command) -> bool {
    command.words.iter().skip(1).any(|word| is_one(names, word))
}

/// Whether a word names one of these files.
fn is_one(names: &[String], word: &Known<String>) -> bool {
    let name = file_name(text(word).trim_matches(['"', '\'']));
    !name.is_empty() && names.iter().any(|known| known == name)
}

/// A word as it is known, or as it is written.
fn text(word: &Known<String>) -> &str {
    word.known().map_or_else(|| word.unknown().map_or("", |unknown| unknown.on.as_str()), String::as_str)
}

/// The names of the files that a download may have made.
fn file_names(download: &Command) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let written = download.writes.iter().map(|write| &write.path);
    for word in download.words.iter().skip(1).chain(written) {
        let written = text(word);
        let text = written.split(['?', '#']).next().unwrap_or(written).trim_matches(['"', '\'']);
        let name = file_name(text);
        if !name.is_empty() && !name.starts_with('-') {
            names.push(name.to_owned());
        }
    }
    names
}
