//! Logins at Vault: as whom a job goes there, and with what in its hand.
//!
//! Source: Vault documentation, auth methods AppRole and JWT/OIDC, "via the CLI" and "via the API".

use engine_model::{Unknown, Value, Why};

use super::command::Command;
use super::script::written;
use crate::sourced::{Origin, Sourced};

/// A command that logs in at Vault.
#[derive(Clone, Debug)]
pub struct Login {
    /// The command.
    pub origin: Origin,
    /// `approle`, `jwt`, or what the command calls the method; absent where it does not.
    pub method: Option<String>,
    /// Where the method is mounted, `auth/` left out.
    pub mount: Sourced<String>,
    /// The role's name, or its id where the method asks for that; unknown on the variable that holds it.
    pub role: Sourced<String>,
    /// The variable that holds what proves it: a secret id, an ID token.
    pub secret: Option<String>,
}

/// What of a login proves who one is, by method.
const PROOFS: [(&str, &str); 4] =
    [("secret_id", "approle"), ("jwt", "jwt"), ("password", "userpass"), ("token", "token")];

/// The login that a command is, if it is one.
pub(super) fn login(command: &Command) -> Option<Login> {
    let words = Words { command };
    let (mount, told) = match command.program()? {
        "vault" | "bao" => words.cli()?,
        "curl" | "wget" | "http" => (words.address()?, None),
        _ => return None,
    };
    let role = words.argument("role_id").or_else(|| words.argument("role")).unwrap_or_default();
    let proof = PROOFS.iter().find_map(|(name, method)| Some((words.argument(name)?, *method)));
    let secret = proof.as_ref().and_then(|(value, _)| match &value.value {
        Value::Unknown(unknown) => Some(unknown.on.trim_start_matches('$').to_owned()),
        _ => None,
    });
    let method = told.or_else(|| proof.map(|(_, method)| method.to_owned()));
    Some(Login { origin: command.origin.clone(), method, mount, role, secret })
}

/// The words of a command with the variables in them.
struct Words<'c> {
    command: &'c Command,
}

impl Words<'_> {
    /// `vault write auth/MOUNT/login …`, `vault login -method=METHOD -path=MOUNT …`.
    fn cli(&self) -> Option<(Sourced<String>, Option<String>)> {
        let known = |at: usize| self.command.words.get(at).and_then(|word| word.get()).map(String::as_str);
        let option = |name: &str| {
            let texts = self.command.words.iter().filter_map(|word| word.get());
            let mut values =
                texts.filter_map(|text| text.trim_start_matches('-').strip_prefix(name)?.strip_prefix('='));
            values.next().map(str::to_owned)
        };
        match known(1)? {
            "login" => {
                let method = option("method")?;
                let mount = option("path").unwrap_or_else(|| method.clone());
                let mount = mount.trim_start_matches("auth/").trim_end_matches('/').to_owned();
                Some((Sourced { value: Value::Known(mount), origin: None }, Some(method)))
            }
            "write" => {
                let mut words = self.command.words.iter().enumerate().skip(2);
                words.find_map(|(at, word)| Some((self.mount(at, word)?, None)))
            }
            _ => None,
        }
    }

    /// `…/v1/auth/MOUNT/login`.
    fn address(&self) -> Option<Sourced<String>> {
        let mut words = self.command.words.iter().enumerate().skip(1);
        words.find_map(|(at, word)| self.mount(at, word))
    }

    /// The mount in `auth/MOUNT/login`.
    fn mount(&self, at: usize, word: &Sourced<String>) -> Option<Sourced<String>> {
        let (_, behind) = written(word).trim_matches('"').split_once("auth/")?;
        let (mount, _) = behind.split_once("/login")?;
        let variable =
            |text: &str| self.command.expansions.iter().any(|used| used.word == at && text.contains(&used.variable));
        let value = match mount.contains('$') && variable(mount) {
            true => Value::unknown(Why::Dynamic, mount),
            false => Value::Known(mount.to_owned()),
        };
        Some(Sourced { value, origin: word.origin.clone() })
    }

    /// The value of `name=VALUE`, or of `"name": "VALUE"` in a text of JSON; unknown on the variable that holds it.
    fn argument(&self, name: &str) -> Option<Sourced<String>> {
        let (pair, field) = (format!("{name}="), format!("\"{name}\""));
        self.command.words.iter().enumerate().skip(1).find_map(|(at, word)| {
            let given = word.get().and_then(|text| text.strip_prefix(&pair));
            // Of a text of JSON this part may be written out where another one is not.
            let said = || {
                let (_, behind) = written(word).split_once(&field)?;
                let value = behind.trim_start_matches([':', ' ', '"']).split('"').next()?;
                (!value.is_empty() && !value.contains(['$', '\''])).then_some(value)
            };
            if let Some(value) = given.or_else(said) {
                return Some(Sourced { value: Value::Known(value.to_owned()), origin: word.origin.clone() });
            }
            let holds = |before: &str| {
                before == pair || before.trim_end_matches([':', ' ', '"', '\'']).ends_with(field.trim_end_matches('"'))
            };
            let used = self.command.expansions.iter().find(|used| used.word == at && holds(&used.before))?;
            let unknown = Unknown { why: Why::Dynamic, on: format!("${}", used.variable) };
            Some(Sourced { value: Value::Unknown(unknown), origin: word.origin.clone() })
        })
    }
}
