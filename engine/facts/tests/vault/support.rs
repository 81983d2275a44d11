//! Files in, what is known of Vault out, as short text with places.

use std::fmt::Write as _;
use std::sync::Arc;

use engine_facts::credential::{Credential, Lifetime};
use engine_facts::sourced::{Origin, Sourced};
use engine_facts::terraform;
use engine_facts::vault::{Policy, Stanza, Vault, Wildcard, derive};
use engine_formats::{Parsed, hcl, hcl1};
use engine_model::{Document, FilePath, Location, SourceFile, Value};

pub(crate) fn policy_file(path: &str, text: &str) -> Parsed {
    hcl1::parse(&file(path, text))
}

fn file(path: &str, text: &str) -> Arc<SourceFile> {
    SourceFile::new(FilePath::new(path).unwrap(), text.into())
}

/// What is known of files in one string, `//- path` before each; a string without is `main.tf`.
pub(crate) fn vault(text: &str) -> Vault {
    let text = if text.starts_with("//- ") { text.to_owned() } else { format!("//- main.tf\n{text}") };
    let (mut code, mut policies): (Vec<Arc<Document>>, Vec<Arc<Document>>) = (Vec::new(), Vec::new());
    for part in text.split("//- ").skip(1) {
        let (path, text) = part.split_once('\n').unwrap();
        if path.ends_with(".tf") {
            let parsed = hcl::parse(&file(path, text));
            assert!(parsed.broken.is_none(), "{path}: {:?}", parsed.findings);
            code.extend(parsed.document);
        } else {
            policies.extend(policy_file(path, text).document);
        }
    }
    derive(&terraform::derive(&code, &[]), &policies)
}

/// The policies, with every place.
pub(crate) fn policies(vault: &Vault) -> String {
    let mut out = String::new();
    for policy in &vault.policies {
        self::policy(policy, &mut out);
    }
    findings(vault, &mut out);
    out
}

fn policy(policy: &Policy, out: &mut String) {
    let complete = if policy.complete { "" } else { ", not complete" };
    writeln!(out, "{} ({}) named {}{complete}", policy.title, at(&policy.origin), text(&policy.name)).unwrap();
    for stanza in &policy.paths {
        self::stanza(stanza, out);
    }
}

fn stanza(stanza: &Stanza, out: &mut String) {
    write!(out, "  {} {}", place(&stanza.path), text(&stanza.path)).unwrap();
    match (&stanza.prefix, stanza.wildcard) {
        (Some(prefix), wildcard) if wildcard != Wildcard::None || stanza.templated => {
            write!(out, " {wildcard:?} from `{prefix}`").unwrap();
        }
        (Some(prefix), _) if stanza.path.get().is_none() => write!(out, " begins `{prefix}`").unwrap(),
        (prefix, wildcard) => {
            assert_eq!((prefix.as_deref(), wildcard), (stanza.path.get().map(String::as_str), Wildcard::None));
        }
    }
    let capabilities = stanza.capabilities.iter().map(|word| format!("{}@{}", text(word), place(word)));
    write!(out, " [{}]", capabilities.collect::<Vec<_>>().join(" ")).unwrap();
    let flags =
        [(stanza.templated, "templated"), (stanza.legacy, "legacy"), (stanza.denies, "denies"), (stanza.open, "open")];
    for (_, word) in flags.iter().filter(|(is, _)| *is) {
        write!(out, " {word}").unwrap();
    }
    let grants = if stanza.grants.is_empty() { "nothing".to_owned() } else { stanza.grants.join(" ") };
    writeln!(out, " = {grants}").unwrap();
}

/// The roles, with every place.
pub(crate) fn roles(vault: &Vault) -> String {
    let mut out = String::new();
    for role in &vault.roles {
        let policies = role.policies.iter().map(|policy| format!("{}@{}", text(policy), place(policy)));
        let known = if role.policies_known { "" } else { " and unknown ones" };
        let default = if role.default_policy.get() == Some(&false) { ", no default" } else { "" };
        writeln!(
            out,
            "{} {} ({}): [{}]{known}{default}",
            role.method,
            role.title,
            at(&role.origin),
            policies.collect::<Vec<_>>().join(" ")
        )
        .unwrap();
    }
    findings(vault, &mut out);
    out
}

/// The accesses, with every place.
pub(crate) fn accesses(vault: &Vault) -> String {
    let mut out = String::new();
    for access in &vault.accesses {
        let verb = if access.writes { "writes" } else { "reads" };
        writeln!(
            out,
            "{} ({}) {verb} {} {}",
            access.title,
            at(&access.origin),
            place(&access.path),
            text(&access.path)
        )
        .unwrap();
    }
    out
}

/// The credentials.
pub(crate) fn credentials(vault: &Vault) -> String {
    let mut out = String::new();
    for credential in &vault.credentials {
        self::credential(credential, &mut out);
    }
    findings(vault, &mut out);
    out
}

fn credential(credential: &Credential, out: &mut String) {
    let (initial, maximum) = (lifetime(&credential.initial), lifetime(&credential.maximum));
    let lasts = if initial == maximum { initial } else { format!("{initial}, at most {maximum}") };
    write!(out, "{} {} ({}): {lasts}", credential.kind.as_str(), credential.title, at(&credential.origin)).unwrap();
    if !credential.uses.is_absent() {
        write!(out, ", {} uses", shown(&credential.uses)).unwrap();
    }
    let flags = [(&credential.periodic, "periodic"), (&credential.root, "root"), (&credential.orphan, "orphan")];
    for (flag, word) in flags {
        match &flag.value {
            Value::Known(true) => write!(out, ", {word} {}", place(flag)).unwrap(),
            Value::Unknown(unknown) => write!(out, ", {word}? {}", unknown.on).unwrap(),
            _ => {}
        }
    }
    if let Some(open) = &credential.open {
        write!(out, ", open at {}", short(&open.location())).unwrap();
    }
    out.push('\n');
}

fn lifetime(lifetime: &Lifetime) -> String {
    let end = lifetime.end.as_str();
    let seconds = if lifetime.seconds.is_absent() { String::new() } else { format!(" {}", shown(&lifetime.seconds)) };
    let written = match &lifetime.text.origin {
        Some(origin) => format!(" `{}` at {}", text(&lifetime.text), short(&origin.place.location())),
        None => String::new(),
    };
    format!("{end}{seconds} by {}{written}", lifetime.field)
}

fn findings(vault: &Vault, out: &mut String) {
    for finding in &vault.findings {
        writeln!(out, "{} at {}: {}", finding.rule, short(&finding.location), finding.message).unwrap();
    }
}

fn text(value: &Sourced<String>) -> String {
    shown(value)
}

fn shown<T: std::fmt::Display>(value: &Sourced<T>) -> String {
    match &value.value {
        Value::Known(value) => value.to_string(),
        Value::Unknown(unknown) => format!("?{}:{}", unknown.why, unknown.on),
        Value::Absent => "nothing".into(),
    }
}

fn at(origin: &Origin) -> String {
    short(&origin.place.location())
}

fn place<T>(value: &Sourced<T>) -> String {
    value.origin.as_ref().map_or_else(|| "nowhere".into(), at)
}

/// `3:7`, with the file before it where it is not `main.tf`.
fn short(location: &Location) -> String {
    let start = location.start();
    let path = location.file.path().as_str();
    let file = if path == "main.tf" { String::new() } else { format!("{path}:") };
    format!("{file}{}:{}", start.line, start.column)
}
