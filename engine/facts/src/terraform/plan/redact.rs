//! What of a change nobody may see: found and written over before anything else reads it.
//!
//! Terraform marks sensitive values since 0.15, by a mirror of the value with `true` where one is. Older plans have no
//! marks, and a provider may forget one: there a value whose name says that it is a secret counts as marked.

use engine_model::{Document, Kind, NodeId, ScalarStyle, Span};

/// Words in the name of an attribute that holds a secret.
const NAMES: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "secret_key",
    "secret_id_value",
    "private_key",
    "client_secret",
    "access_key_secret",
    "secret_string",
    "secret_binary",
    "auth_token",
    "data_json",
];

/// Names that are secret as a whole word.
const WHOLE: [&str; 4] = ["secret", "token", "secret_id", "credentials"];

/// Endings of names that only say something about a secret.
const ABOUT: [&str; 9] = ["_policy", "_arn", "_ttl", "_path", "_name", "_url", "_length", "_version", "_wo_version"];

/// Whether a value is a secret by its attribute's name. Numbers and booleans are none: `password_length`.
pub(super) fn is_secret(document: &Document, name: &str, value: NodeId) -> bool {
    let named = WHOLE.contains(&name) || NAMES.iter().any(|word| name.contains(word));
    if !named || ABOUT.iter().any(|end| name.ends_with(end)) {
        return false;
    }
    !matches!(document.node(value).kind, Kind::Scalar(scalar) if scalar.style == ScalarStyle::Plain)
}

/// The members of a change that are read, or say what of them is marked.
const READ: [&str; 7] =
    ["actions", "before", "after", "after_unknown", "before_sensitive", "after_sensitive", "replace_paths"];

/// Whether a mirror says `true` of a value, or says so of parts that the value does not have.
pub(super) fn is_marked(document: &Document, value: NodeId, marks: Option<NodeId>) -> bool {
    let Some(marks) = marks else { return false };
    if document.scalar(marks).is_some_and(|mark| mark.text == "true") {
        return true;
    }
    let is_scalar = document.scalar(value).is_some();
    let mut open = if is_scalar { vec![marks] } else { Vec::new() };
    while let Some(mark) = open.pop() {
        match document.node(mark).kind {
            Kind::Scalar(scalar) if scalar.text == "true" => return true,
            Kind::Sequence(items) => open.extend(items),
            Kind::Mapping(entries) => open.extend(entries.iter().map(|entry| entry.value)),
            _ => {}
        }
    }
    false
}

/// The change's text with sensitive values written over, byte for byte and character for character; `None` where
/// nothing is sensitive.
pub(super) fn masked(document: &Document, change: NodeId) -> Option<String> {
    let doing = document.get(change, "change")?;
    let mut hidden = Vec::new();
    for (value, marks) in [("before", "before_sensitive"), ("after", "after_sensitive")] {
        let Some(value) = document.get(doing, value) else { continue };
        mark(document, value, document.get(doing, marks), &mut hidden);
    }
    // Identities and generated configuration repeat what is above, and carry no marks of their own; what else there is
    // nobody here knows.
    for entry in document.entries(doing) {
        let name = document.scalar(entry.key).map_or("", |key| key.text);
        if !READ.contains(&name) {
            all(document, entry.value, &mut hidden);
        }
    }
    write_over(document, hidden)
}

/// The providers' text, likewise: literals of arguments that are secret by their names.
pub(super) fn masked_providers(document: &Document, providers: NodeId) -> Option<String> {
    let mut hidden = Vec::new();
    for provider in document.entries(providers) {
        let Some(expressions) = document.get(provider.value, "expressions") else { continue };
        for argument in document.entries(expressions) {
            let name = document.scalar(argument.key).map_or("", |key| key.text);
            if is_secret(document, name, argument.value) || name == "access_key" {
                // The words of the configuration's own grammar stay: `constant_value`.
                for literal in document.entries(argument.value) {
                    all(document, literal.value, &mut hidden);
                }
            }
        }
    }
    write_over(document, hidden)
}

/// Notes every scalar of `value` that `marks`, its mirror, or its name says is sensitive.
fn mark(document: &Document, value: NodeId, marks: Option<NodeId>, hidden: &mut Vec<Span>) {
    // Pairs still to be looked at; depth is the JSON reader's, which bounds it.
    let mut open = vec![(value, marks)];
    while let Some((value, marks)) = open.pop() {
        if is_marked(document, value, marks) {
            all(document, value, hidden);
            continue;
        }
        match document.node(value).kind {
            Kind::Mapping(entries) => {
                for entry in entries {
                    let name = document.scalar(entry.key).map_or("", |key| key.text);
                    if is_secret(document, name, entry.value) {
                        all(document, entry.value, hidden);
                    } else {
                        open.push((entry.value, marks.and_then(|marks| document.get(marks, name))));
                    }
                }
            }
            Kind::Sequence(items) => {
                let mirror = marks.map_or(&[][..], |marks| document.items(marks));
                open.extend(items.iter().enumerate().map(|(index, item)| (*item, mirror.get(index).copied())));
            }
            _ => {}
        }
    }
}

/// Notes every scalar of `value`, and every key below it.
fn all(document: &Document, value: NodeId, hidden: &mut Vec<Span>) {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match document.node(value).kind {
            Kind::Scalar(_) => hidden.push(document.node(value).span),
            Kind::Sequence(items) => open.extend(items),
            Kind::Mapping(entries) => open.extend(entries.iter().flat_map(|entry| [entry.key, entry.value])),
            _ => {}
        }
    }
}

fn write_over(document: &Document, mut hidden: Vec<Span>) -> Option<String> {
    if hidden.is_empty() {
        return None;
    }
    hidden.sort_unstable_by_key(|span| span.start);
    let text = document.text();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for span in hidden {
        let range = span.range();
        if range.start < at {
            continue;
        }
        out.push_str(text.get(at..range.start).unwrap_or(""));
        let written = text.get(range.clone()).unwrap_or("");
        match written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(inside) => {
                out.push('"');
                out.extend(inside.chars().map(stand_in));
                out.push('"');
            }
            // `null` says that there is nothing, and a single digit has no room for quotes.
            None if written == "null" => out.push_str(written),
            None if written.len() < 2 => out.push('0'),
            None => {
                out.push('"');
                out.extend(std::iter::repeat_n('*', written.len().saturating_sub(2)));
                out.push('"');
            }
        }
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or(""));
    Some(out)
}

/// A character that says nothing and is as long in UTF-8.
fn stand_in(character: char) -> char {
    match character.len_utf8() {
        1 => '*',
        2 => '\u{b7}',
        3 => '\u{2022}',
        _ => '\u{1f784}',
    }
}
