//! Programs that run what they are told: on another machine, at another time, or here.
//!
//! A program that is told to run one of the table may do so; whether it does is its own business.

use engine_model::{Value, Why};

use super::invocation::{self, Changes, Invocation};
use super::{path, script};
use crate::sourced::Sourced;

/// Where and when an invocation runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Runs {
    /// In the job, which waits for it.
    InJob,
    /// On another machine, which the job only tells to do it.
    Elsewhere,
    /// In the background or at a later time; the job does not wait for it.
    Afterwards,
}

/// What a program is told.
pub(super) struct Told<'a> {
    /// Its words, with a `$NAME` for what is not known; the first is the program.
    pub(super) spoken: &'a dyn Fn() -> Vec<String>,
    /// What it reads, where that is known and it runs what it reads.
    pub(super) fed: &'a str,
}

/// Programs that only speak of what they are told, or install it. Shells and `eval` are read as scripts of their own.
const SPEAKERS: &[&str] = &[
    "echo", "printf", "cat", "tee", "grep", "sed", "which", "type", "command", "apk", "apt", "apt-get", "yum", "dnf",
    "brew", "pip", "pip3", "npm", "git", "cp", "mv", "rm", "ls", "cd", "mkdir", "chmod", "curl", "wget", "tar",
    "unzip", "export", "test", "[", "[[", "alias", "jq", "yq", "source", ".", "eval",
];

/// Programs that are handed a program in another language as a word.
const INTERPRETERS: &[&str] = &["python", "perl", "ruby", "node", "php", "lua"];

/// Whether a program may carry commands that it reads.
pub(super) fn reads_commands(program: &str) -> bool {
    matches!(
        program,
        "ssh"
            | "autossh"
            | "sshpass"
            | "mosh"
            | "rsh"
            | "pdsh"
            | "pssh"
            | "parallel-ssh"
            | "clush"
            | "kubectl"
            | "oc"
            | "gcloud"
            | "at"
            | "batch"
            | "crontab"
            | "systemd-run"
    )
}

/// Where a program runs what it is told; `None` for one that runs it here, or runs nothing.
pub(super) fn carries(program: &str, words: &[String]) -> Option<Runs> {
    let operands: Vec<&str> = words.iter().skip(1).map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    let tells = |group: &str, action: &[&str]| {
        let at = operands.iter().position(|word| *word == group);
        let after = at.and_then(|at| operands.get(at.saturating_add(1)..)).unwrap_or(&[]);
        after.iter().any(|word| action.contains(word))
    };
    let option = |names: &[&str]| {
        // What stands behind the image or the program is not an option of the carrier.
        words.iter().skip(1).take_while(|word| *word != "--").any(|word| names.contains(&word.as_str()))
    };
    let container = || operands.first().is_some_and(|word| *word == "run");
    let elsewhere = match program {
        "ssh" | "autossh" | "sshpass" | "mosh" | "rsh" | "pdsh" | "pssh" | "parallel-ssh" | "clush" | "ansible"
        | "salt" | "salt-ssh" => true,
        "kubectl" | "oc" => operands.iter().any(|word| matches!(*word, "exec" | "run" | "debug")),
        "aws" => tells("ssm", &["send-command", "start-session"]) || tells("ecs", &["execute-command"]),
        "gcloud" => tells("compute", &["ssh"]),
        "az" => tells("vm", &["run-command"]),
        _ => false,
    };
    let afterwards = match program {
        "at" | "batch" | "crontab" => true,
        "systemd-run" => !option(&["--wait", "--pipe", "-P", "--pty", "-t", "--scope"]),
        "screen" => words.iter().any(|word| word.starts_with("-d") && word.contains('m')),
        "tmux" => operands.first().is_some_and(|word| word.starts_with("new")),
        "docker" | "podman" | "nerdctl" => container() && option(&["-d", "--detach", "-itd", "-dit", "-td", "-id"]),
        _ => false,
    };
    match (elsewhere, afterwards) {
        (true, _) => Some(Runs::Elsewhere),
        (_, true) => Some(Runs::Afterwards),
        _ => None,
    }
}

/// A program that is not of the table and is told to run one that is: `aws-vault exec prod -- terraform apply`,
/// `docker run hashicorp/terraform apply`, `ssh host "terraform apply"`.
pub(super) fn told(
    program: &str,
    word: &Sourced<String>,
    rest: &[Sourced<String>],
    told: &Told<'_>,
) -> Option<Invocation> {
    let silent = SPEAKERS.contains(&program) && !matches!(program, "git" | "npm");
    if silent || script::is_shell_program(program) {
        return None;
    }
    let spoken = (told.spoken)();
    let second = spoken.get(1).map(String::as_str);
    // `git -c alias.x='!terraform apply' x`, `npm exec -- terraform apply`
    let runs_words = (program == "git" && spoken.iter().any(|text| text.contains("alias.") && text.contains('!')))
        || (program == "npm" && matches!(second, Some("exec" | "x")));
    if SPEAKERS.contains(&program) && !runs_words {
        return None;
    }
    if INTERPRETERS.iter().any(|name| program.starts_with(name)) {
        let mut texts = rest.iter().filter_map(|word| word.get());
        let named = texts.any(|text| {
            text.contains(char::is_whitespace) && invocation::PROGRAMS.iter().any(|name| text.contains(name))
        });
        let action = Sourced { value: Value::unknown(Why::Dynamic, program), origin: word.origin.clone() };
        return named.then(|| may("unknown", action, word));
    }
    let runs = carries(program, &spoken);
    // Of a program that certainly runs what it is told, words count too that are not wholly known.
    let told_here = if runs_words || runs.is_some() || runs_here(program, &spoken) {
        // `commands=…`, `["…"]`: a carrier may have a grammar of its own.
        named(&mut spoken.iter().skip(1).flat_map(|text| text.split(|c| breaks(c) || "=[]{},!".contains(c))))
    } else {
        named(&mut rest.iter().filter_map(|word| word.get()).flat_map(|text| text.split(breaks)))
    };
    let fed = || {
        let lines = told.fed.lines().map(str::trim).filter(|line| !line.starts_with('#'));
        lines.filter_map(|line| named(&mut line.split(breaks))).next()
    };
    let (tool, action) = told_here.or_else(|| runs.and_then(|_| fed()))?;
    let value = if action.contains('$') { Value::unknown(Why::Dynamic, action) } else { Value::Known(action) };
    let mut call = may(tool, Sourced { value, origin: word.origin.clone() }, word);
    call.runs = runs.unwrap_or(Runs::InJob);
    Some(call)
}

/// Whether a program runs its words in a container or an environment of its own: `docker run`, `aws-vault exec x --`.
fn runs_here(program: &str, words: &[String]) -> bool {
    let container = matches!(program, "docker" | "podman" | "nerdctl" | "docker-compose" | "buildah")
        && words.iter().any(|word| word == "run" || word == "exec");
    container || words.iter().any(|word| word == "--")
}

fn breaks(c: char) -> bool {
    c.is_whitespace() || ";&|()'\"".contains(c)
}

/// The program of the table that these words name, and what it is told to do, where that changes something or may.
fn named(words: &mut dyn Iterator<Item = &str>) -> Option<(&'static str, String)> {
    let mut last: Option<&'static str> = None;
    for text in words.filter(|text| !text.is_empty()) {
        let name = path::file_name(text);
        if let Some(tool) = invocation::table_name(name.split([':', '@']).next().unwrap_or(name)) {
            last = Some(tool);
            continue;
        }
        if text.starts_with('-') {
            continue;
        }
        // The first word that is no option is the action.
        if let Some(tool) = last.take()
            && (text.contains('$') || invocation::may_change(tool, text))
        {
            return Some((tool, text.to_owned()));
        }
    }
    None
}

/// A call that may change anything.
pub(super) fn may(tool: &'static str, action: Sourced<String>, program: &Sourced<String>) -> Invocation {
    Invocation {
        tool,
        action,
        changes: Changes::Maybe,
        flags: Vec::new(),
        operands: Vec::new(),
        plan: Sourced { value: Value::unknown(Why::Dynamic, "the program"), origin: program.origin.clone() },
        unattended: false,
        runs: Runs::InJob,
    }
}
