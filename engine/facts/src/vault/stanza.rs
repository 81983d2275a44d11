//! One stanza of a policy, from wherever it was read: what its pattern matches, what it grants, and what Vault would
//! refuse about it.

use std::collections::BTreeSet;

use engine_model::{Finding, Place, Unknown, Value};

use super::problem::{INVALID_VAULT_POLICY, problem};
use super::{Stanza, Wildcard, duration};
use crate::sourced::{Origin, Sourced};

/// The most findings that one policy gets.
const MAX_FINDINGS: usize = 100;

/// A value of a policy, with its place.
#[derive(Clone, Debug)]
pub(super) enum Raw {
    /// A string, a number or a boolean.
    Text(Sourced<String>),
    /// A list.
    List(Vec<Raw>, Place),
    /// An object or a block.
    Object(Place),
    /// Something that cannot be told.
    Unknown(Unknown, Place),
}

impl Raw {
    fn place(&self) -> Option<&Place> {
        match self {
            Self::Text(text) => text.origin.as_ref().map(|origin| &origin.place),
            Self::List(_, place) | Self::Object(place) | Self::Unknown(_, place) => Some(place),
        }
    }
}

/// A stanza as written.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) path: Sourced<String>,
    /// The text before the first unknown part, where the path is not known as a whole.
    pub(super) lead: Option<String>,
    pub(super) place: Place,
    /// Its arguments in order: name, the name's place, value.
    pub(super) arguments: Vec<(String, Place, Raw)>,
}

/// What the stanzas of one policy come to.
#[derive(Debug)]
pub(super) struct Stanzas {
    pub(super) stanzas: Vec<Stanza>,
    /// What Vault would refuse.
    pub(super) findings: Vec<Finding>,
    /// Whether all of it could be read, and none of it is refused.
    pub(super) complete: bool,
}

impl Default for Stanzas {
    fn default() -> Self {
        Self { stanzas: Vec::new(), findings: Vec::new(), complete: true }
    }
}

/// What a stanza may hold: the arguments of Vault, and of OpenBao after them.
const ARGUMENTS: &[&str] = &[
    "allowed_parameters",
    "capabilities",
    "comment",
    "control_group",
    "denied_parameters",
    "max_wrapping_ttl",
    "mfa_methods",
    "min_wrapping_ttl",
    "policy",
    "required_parameters",
    "subscribe_event_types",
    "expiration",
    "list_scan_response_keys_filter_path",
    "pagination_limit",
];

/// Arguments whose value is a list.
const LISTS: &[&str] = &["capabilities", "mfa_methods", "required_parameters", "subscribe_event_types"];

/// Arguments whose value is an object.
const OBJECTS: &[&str] = &["allowed_parameters", "control_group", "denied_parameters"];

/// Every capability of Vault and of OpenBao.
const CAPABILITIES: &[&str] =
    &["create", "read", "update", "patch", "delete", "list", "sudo", "deny", "subscribe", "recover", "scan"];

impl Stanzas {
    /// Says that Vault refuses the policy.
    pub(super) fn refuse(&mut self, place: &Place, message: String, help: Option<String>) {
        self.complete = false;
        if self.findings.len() >= MAX_FINDINGS {
            return;
        }
        self.findings.extend(problem(INVALID_VAULT_POLICY, place, message, help));
    }

    /// Adds what a stanza comes to.
    pub(super) fn add(&mut self, written: Written) {
        let Written { path, lead, place, arguments } = written;
        let path = self.pattern(path, &place);
        let mut stanza = Stanza {
            prefix: path.get().or(lead.as_ref()).map(|known| prefix(known.trim_start_matches('/')).to_owned()),
            wildcard: wildcard(&path),
            templated: path.get().is_some_and(|pattern| pattern.contains("{{")),
            path,
            origin: Origin::written(place),
            capabilities: Vec::new(),
            legacy: false,
            grants: Vec::new(),
            denies: false,
            open: false,
        };
        // Of what stands twice the last one counts, but lists add up.
        let legacy = arguments.iter().rposition(|(name, ..)| name == "policy");
        for (index, (name, place, value)) in arguments.iter().enumerate() {
            let at = value.place().unwrap_or(place);
            if arguments.iter().take(index).any(|(earlier, ..)| earlier == name) {
                let message = format!("`{name}` is set twice, which Vault refuses from 1.21 on");
                self.refuse(place, message, Some("keep one; before 1.21, and in OpenBao, lists add up".to_owned()));
            }
            match (name.as_str(), value) {
                ("policy", value) if legacy == Some(index) => self.legacy(value, &mut stanza),
                ("capabilities", value) => self.capabilities(value, &mut stanza),
                (_, Raw::Unknown(..)) => {}
                (name, Raw::Text(_) | Raw::Object(_)) if LISTS.contains(&name) => {
                    self.refuse(at, format!("`{name}` is not a list"), None);
                }
                (name, Raw::Text(_) | Raw::List(..)) if OBJECTS.contains(&name) => {
                    self.refuse(at, format!("`{name}` is not an object"), None);
                }
                (name, _) if ARGUMENTS.contains(&name) => {}
                (name, _) => {
                    let message = format!("`{name}` is no argument of a `path` block");
                    self.refuse(place, message, Some(format!("a `path` block holds {}", listed(ARGUMENTS))));
                }
            }
        }
        self.words(&mut stanza);
        if !stanza.denies {
            self.wrapping(&arguments);
            let known: BTreeSet<&String> = stanza.capabilities.iter().filter_map(Sourced::get).collect();
            stanza.grants = known.into_iter().filter(|known| CAPABILITIES.contains(&known.as_str())).cloned().collect();
        }
        self.stanzas.push(stanza);
    }

    /// The pattern, as Vault keeps it.
    fn pattern(&mut self, path: Sourced<String>, stanza: &Place) -> Sourced<String> {
        let Sourced { value: Value::Known(pattern), origin } = path else { return path };
        let place = origin.as_ref().map_or(stanza, |origin| &origin.place);
        if pattern.contains("+*") {
            let message = format!("`{pattern}` holds `+*`, which Vault refuses");
            self.refuse(place, message, Some("write `+` for one whole segment, or `*` at the end".to_owned()));
        }
        if !is_balanced(&pattern) {
            let message = format!("`{pattern}` holds a template that is not closed, or not opened");
            self.refuse(place, message, Some("write it as `{{identity.entity.id}}`".to_owned()));
        }
        let pattern = pattern.strip_prefix('/').map_or_else(|| pattern.clone(), str::to_owned);
        Sourced { value: Value::Known(pattern), origin }
    }

    /// Whether each capability exists. Vault looks no further than to the first `deny`, and so neither at anything
    /// else.
    fn words(&mut self, stanza: &mut Stanza) {
        for written in &stanza.capabilities {
            if stanza.denies {
                return;
            }
            let Some(word) = written.get() else { continue };
            stanza.denies = word == "deny";
            if let (false, Some(origin)) = (CAPABILITIES.contains(&word.as_str()), &written.origin) {
                let help = format!("a capability is {}", listed(CAPABILITIES));
                self.refuse(&origin.place, format!("`{word}` is no capability"), Some(help));
            }
        }
    }

    /// The bounds of wrapping, which no other rule looks at.
    fn wrapping(&mut self, arguments: &[(String, Place, Raw)]) {
        let [shortest, longest] = ["min_wrapping_ttl", "max_wrapping_ttl"].map(|name| {
            let (_, _, Raw::Text(text)) = arguments.iter().rev().find(|(argument, ..)| argument == name)? else {
                return None;
            };
            let (seconds, origin) = (duration(text.get()?), text.origin.as_ref()?);
            if let Err(refusal) = &seconds {
                self.refuse(&origin.place, format!("{refusal}, in `{name}`"), None);
            }
            Some((seconds.ok()?, &origin.place))
        });
        if let (Some((shortest, _)), Some((longest, place))) = (shortest, longest)
            && 0 < longest
            && longest < shortest
        {
            self.refuse(place, "`max_wrapping_ttl` is less than `min_wrapping_ttl`".to_owned(), None);
        }
    }

    /// `policy = "write"`, which came before `capabilities`.
    fn legacy(&mut self, value: &Raw, stanza: &mut Stanza) {
        stanza.legacy = true;
        let text = match value {
            Raw::Text(text) => text,
            Raw::Unknown(unknown, place) => {
                stanza.open = true;
                let value = Value::Unknown(unknown.clone());
                stanza.capabilities.push(Sourced { value, origin: Some(Origin::written(place.clone())) });
                return;
            }
            Raw::List(_, place) | Raw::Object(place) => {
                self.refuse(place, "`policy` is not a string".to_owned(), None);
                return;
            }
        };
        stanza.denies = text.get().is_some_and(|word| word == "deny");
        let means: &[&str] = match text.get().map(String::as_str) {
            Some("read") => &["read", "list"],
            Some("write") => &["create", "read", "update", "delete", "list"],
            Some("sudo") => &["create", "read", "update", "delete", "list", "sudo"],
            Some("deny") => &["deny"],
            Some("") => &[],
            Some(other) => {
                let help = format!("write {}", listed(&["deny", "read", "write", "sudo"]));
                if let Some(origin) = &text.origin {
                    self.refuse(&origin.place, format!("`{other}` is no legacy `policy`"), Some(help));
                }
                &[]
            }
            None => {
                stanza.open = true;
                stanza.capabilities.push(text.clone());
                &[]
            }
        };
        let means =
            means.iter().map(|word| Sourced { value: Value::Known((*word).to_owned()), origin: text.origin.clone() });
        stanza.capabilities.extend(means);
    }

    fn capabilities(&mut self, value: &Raw, stanza: &mut Stanza) {
        let items = match value {
            Raw::List(items, _) => items,
            Raw::Unknown(unknown, place) => {
                stanza.open = true;
                let value = Value::Unknown(unknown.clone());
                stanza.capabilities.push(Sourced { value, origin: Some(Origin::written(place.clone())) });
                return;
            }
            Raw::Text(_) | Raw::Object(_) => {
                if let Some(place) = value.place() {
                    let help = "write it in brackets: `[\"read\"]`".to_owned();
                    self.refuse(place, "`capabilities` is not a list".to_owned(), Some(help));
                }
                return;
            }
        };
        for item in items {
            match item {
                Raw::Text(text) => {
                    stanza.open |= text.get().is_none();
                    stanza.capabilities.push(text.clone());
                }
                Raw::Unknown(unknown, place) => {
                    stanza.open = true;
                    let value = Value::Unknown(unknown.clone());
                    stanza.capabilities.push(Sourced { value, origin: Some(Origin::written(place.clone())) });
                }
                Raw::List(_, place) | Raw::Object(place) => {
                    self.refuse(place, "a capability is not a string".to_owned(), None);
                }
            }
        }
    }
}

/// The literal text before the first wildcard or template.
fn prefix(pattern: &str) -> &str {
    let template = pattern.find("{{");
    let glob = pattern.strip_suffix('*').map(str::len);
    let mut at = 0_usize;
    let mut segment = None;
    for part in pattern.split('/') {
        if part == "+" {
            segment = Some(at);
            break;
        }
        at = at.saturating_add(part.len()).saturating_add(1);
    }
    let end = [template, glob, segment].into_iter().flatten().min().unwrap_or(pattern.len());
    pattern.get(..end).unwrap_or("")
}

/// The wildcards of a pattern; of one that is unknown none is told.
fn wildcard(path: &Sourced<String>) -> Wildcard {
    let Some(pattern) = path.get() else { return Wildcard::None };
    // The last segment of `a/+*` would be a `+` and a `*`, but Vault refuses it.
    match (pattern.ends_with('*'), pattern.split('/').any(|segment| segment == "+")) {
        (false, false) => Wildcard::None,
        (true, false) => Wildcard::Prefix,
        (false, true) => Wildcard::Segment,
        (true, true) => Wildcard::Both,
    }
}

/// Whether every `{{` has its `}}`, and none stands inside another.
fn is_balanced(pattern: &str) -> bool {
    let mut parts = pattern.split("{{");
    let before = parts.next().is_none_or(|first| !first.contains("}}"));
    before && parts.all(|part| part.matches("}}").count() == 1)
}

/// Words in backticks.
fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}
