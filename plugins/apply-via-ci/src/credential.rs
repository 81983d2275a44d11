//! Which commands print credentials, and which files hold them by name.

use crate::job::{Command, Expansion, Job, Write, file_name};

/// Words in the name of a variable that holds a credential.
const SECRET_WORDS: &[&str] =
    &["TOKEN", "SECRET", "PASSWORD", "PASSWD", "PRIVATE_KEY", "ACCESS_KEY", "CREDENTIAL", "API_KEY"];

/// Endings of the names of variables that only say where a credential is.
const POINTERS: &[&str] = &[
    "_FILE",
    "_PATH",
    "_NAME",
    "_ID",
    "_URL",
    "_ADDR",
    "_ENDPOINT",
    "_MOUNT",
    "_ENGINE",
    "_PREFIX",
    "_TTL",
    "_TYPE",
    "_DIR",
    "_ROLE",
    "_REGION",
    "_HOST",
    "_PORT",
    "_USER",
    "_USERNAME",
    "_VERSION",
    "_LENGTH",
    "_EXPIRY",
];

/// Variables that only look like a credential: the path of one, or what dies with the job and is masked in its log.
const HARMLESS: &[&str] = &["CI_JOB_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS", "AWS_SHARED_CREDENTIALS_FILE"];

/// Services of the AWS command line whose answers are credentials.
const AWS_SERVICES: &[&str] = &["sts", "secretsmanager", "configure", "ssm", "ecr"];

/// Programs that print what they are given.
const PRINTERS: &[&str] = &["echo", "printf", "cat", "tee"];

/// Whether a command's output is a credential.
pub(crate) fn prints_credential(command: &Command) -> bool {
    let arguments: Vec<&str> = command.arguments().filter(|word| !word.starts_with('-')).collect();
    match command.program.as_deref() {
        Some("vault" | "bao") => match arguments.as_slice() {
            ["read" | "login" | "unwrap", ..] => true,
            ["kv", "get", ..] | ["token", "create", ..] => true,
            ["write", path, ..] => path.ends_with("login") || path.contains("/sts/") || path.contains("/creds/"),
            _ => false,
        },
        // Options with values may stand before the service.
        Some("aws") => match arguments
            .get(arguments.iter().position(|word| AWS_SERVICES.contains(word)).unwrap_or(0)..)
            .unwrap_or(&[])
        {
            ["sts", action, ..] => *action != "get-caller-identity" && *action != "decode-authorization-message",
            ["secretsmanager", "get-secret-value", ..] | ["configure", "export-credentials", ..] => true,
            ["ssm", action, ..] => {
                action.starts_with("get-parameter") && command.arguments().any(|word| word == "--with-decryption")
            }
            ["ecr", "get-login-password", ..] => true,
            _ => false,
        },
        Some("gcloud") => matches!(arguments.as_slice(), ["auth", action, ..] if action.starts_with("print-")),
        Some("az") => matches!(arguments.as_slice(), ["account", "get-access-token", ..]),
        Some("env") => arguments.is_empty(),
        Some("printenv") => true,
        Some("export" | "declare" | "typeset") => {
            command.arguments().any(|word| word.starts_with('-') && word.contains('p'))
        }
        Some("set") => command.words.len() == 1,
        Some("terraform" | "tofu") => matches!(arguments.as_slice(), ["state", "pull", ..]),
        Some(program) if PRINTERS.contains(&program) => command.variables.iter().any(|name| is_secret(name)),
        _ => false,
    }
}

/// Whether a variable holds a credential, by its name. The token of the job itself dies with the job.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let named = SECRET_WORDS.iter().any(|word| name.contains(word)) || name == "PASS" || name.ends_with("_PASS");
    let points = POINTERS.iter().any(|end| name.ends_with(end)) && !name.ends_with("ACCESS_KEY_ID");
    named && !points && !HARMLESS.contains(&name.as_str())
}

/// Whether a variable is only the job's own token under another name: `TF_PASSWORD: $CI_JOB_TOKEN`.
fn is_job_token(job: &Job, name: &str) -> bool {
    let value = job.variables.iter().rev().find(|variable| variable.name == name);
    let value = value.and_then(|variable| variable.value.known());
    value.is_some_and(|value| value.trim_start_matches(['$', '{']).trim_end_matches('}') == "CI_JOB_TOKEN")
}

/// Whether a word's value is that of a variable that holds a credential. What the pipeline's own text says is none any
/// more, and the id of a key is none yet.
pub(crate) fn is_secret_value(job: &Job, command: &Command, expansion: &Expansion) -> bool {
    let name = expansion.variable.as_str();
    let open = command.words.get(expansion.word).is_some_and(|word| word.known().is_some());
    is_secret(name) && !open && !name.ends_with("ACCESS_KEY_ID") && !is_job_token(job, name)
}

/// Whether a command handles a credential: a word holds one, or a variable is given one.
pub(crate) fn handles_secret(job: &Job, command: &Command) -> bool {
    let given = |name: &str| is_secret(name) && !name.ends_with("ACCESS_KEY_ID") && !is_job_token(job, name);
    command.expansions.iter().any(|expansion| is_secret_value(job, command, expansion))
        || command.assignments.iter().any(|assignment| given(&assignment.name) && assignment.value.unknown().is_some())
}

/// Whether a command shows all that the job has in its environment.
pub(crate) fn prints_environment(command: &Command) -> bool {
    let words = command.words.len();
    match command.program.as_deref() {
        Some("env" | "printenv" | "set") => words == 1,
        Some("export" | "declare" | "typeset") => words == 2 && command.arguments().any(|word| word == "-p"),
        _ => false,
    }
}

/// The files that a job writes credentials to: the command's index, the file's index, and the file.
pub(crate) fn written(job: &Job) -> impl Iterator<Item = (usize, usize, &Write)> {
    let piped =
        |at: &Command| job.commands.iter().any(|other| other.pipeline == at.pipeline && prints_credential(other));
    let commands =
        job.commands.iter().enumerate().filter(move |(_, command)| !command.writes.is_empty() && piped(command));
    commands.flat_map(|(index, command)| command.writes.iter().enumerate().map(move |(at, write)| (index, at, write)))
}

/// Whether a path is a file that holds credentials, by its name.
pub(crate) fn is_credential_file(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let name = file_name(path);
    let by_name = matches!(
        name,
        ".env"
            | ".netrc"
            | ".pgpass"
            | ".vault-token"
            | ".aws"
            | "credentials"
            | "kubeconfig"
            | "id_rsa"
            | "id_ed25519"
    );
    by_name || name.ends_with(".tfstate") || name.ends_with(".tfstate.backup") || name.ends_with(".pem")
}
