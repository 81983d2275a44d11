//! A credential is an argument of a program.

use engine_sdk::prelude::*;

use crate::credential;
use crate::job::{Command, Expansion, Job};

pub(crate) fn rule() -> Rule {
    Rule::item(include_str!("rule.md"), check)
}

/// Words of the shell itself: what they are told is on no command line.
const OF_THE_SHELL: &[&str] = &[
    "echo", "printf", "export", "declare", "local", "readonly", "typeset", "read", "test", "[", "[[", "((", "set",
    "unset", ":", "true", "false", "cd", "eval", "source", ".", "alias", "return", "exit", "trap", "let",
];

/// Programs whose operands are files: a variable of the type file holds a path.
const OF_FILES: &[&str] = &[
    "cat", "chmod", "chown", "cp", "mv", "rm", "ln", "install", "ls", "head", "tail", "ssh-add", "base64", "shred",
    "tr",
];

/// What stands in front of a credential, whatever the variable's name.
const NAMED: &[&str] = &["secret_id=", "password=", "client_secret=", "authorization: bearer ", "private-token: "];

fn check(job: &Item<Job>, report: &mut Report) {
    for (index, command) in job.commands.iter().enumerate() {
        let Some(program) = command.program.as_deref() else { continue };
        if command.function || OF_THE_SHELL.contains(&program) || OF_FILES.contains(&program) {
            continue;
        }
        let Some(found) = command.expansions.iter().find(|expansion| shows(job, command, program, expansion)) else {
            continue;
        };
        report
            .finding(
                job.at("commands").index(index).key("words").index(found.word),
                format!("`{program}` gets the credential `${}` on its command line", found.variable),
            )
            .help(help(program));
    }
}

fn shows(job: &Job, command: &Command, program: &str, expansion: &Expansion) -> bool {
    let name = expansion.variable.as_str();
    let before = expansion.before.to_ascii_lowercase();
    // What GitLab hands out for this job alone, and the login that is asked for.
    let of_the_job = job.credentials.iter().any(|known| known == name) || name.starts_with("CI_JOB_");
    let login = matches!(program, "vault" | "bao") && before.ends_with("jwt=");
    let is_file =
        before.ends_with('@') || before.ends_with("file://") || names_a_file(command, expansion.word, &before);
    // Keys and credentials in a document are mostly variables of the type file.
    let upper = name.to_ascii_uppercase();
    let document = upper.contains("PRIVATE_KEY") || upper.contains("CREDENTIAL");
    let known = command.words.get(expansion.word).is_some_and(|word| word.known().is_some());
    let told = NAMED.iter().any(|named| before.ends_with(named)) && !known;
    expansion.word > 0
        && !of_the_job
        && !login
        && !is_file
        && !document
        && (credential::is_secret_value(job, command, expansion) || told)
}

/// Whether the option that a word belongs to takes the path of a file.
fn names_a_file(command: &Command, word: usize, before: &str) -> bool {
    let option = |text: &str| text == "-i" || text.contains("file") || text.ends_with("cert") || text.ends_with("-key");
    let own = before.split('=').next().filter(|name| name.starts_with('-') && before.contains('='));
    let earlier = word.checked_sub(1).and_then(|at| command.words.get(at)).and_then(Known::known);
    let earlier = earlier.filter(|text| before.is_empty() && text.starts_with('-') && !text.contains('='));
    own.is_some_and(option) || earlier.is_some_and(|text| option(text))
}

fn help(program: &str) -> &'static str {
    match program {
        "docker" | "podman" | "helm" | "buildah" | "skopeo" | "crane" => {
            "hand it over on standard input: `--password-stdin`"
        }
        "vault" | "bao" => {
            "log in with an ID token (`id_tokens:`), or hand it over on standard input: `secret_id=-` reads it there"
        }
        "curl" => "hand the header over on standard input (`-H @-`), or let `--config` name a file",
        "terraform" | "tofu" | "terragrunt" => "set the variable `TF_VAR_NAME` in place of `-var`",
        "git" => "use a credential helper, or `http.extraHeader` from the environment (`GIT_CONFIG_COUNT`)",
        "mysql" | "mysqldump" | "mariadb" => "write it to an option file and name that with `--defaults-extra-file`",
        _ => "hand it over in the environment, on standard input or in a file",
    }
}
