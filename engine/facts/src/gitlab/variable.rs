//! Variables of a pipeline as they stand in its text, with the variables in them filled in.
//!
//! Any of them can be overridden when a pipeline is started; what is known here is what the text says.

use super::path;
use crate::sourced::Sourced;

/// How deep variables inside variables are followed.
const MAX_DEPTH: usize = 5;

/// A variable of the pipeline with the variables in it replaced; the project's directory stays a name.
pub(super) fn declared(variables: &[(String, Sourced<String>)], name: &str) -> Option<String> {
    nested(variables, name, 0)
}

fn nested(variables: &[(String, Sourced<String>)], name: &str, depth: usize) -> Option<String> {
    if name == path::PROJECT_DIRECTORY {
        return Some(format!("${name}"));
    }
    let value = variables.iter().find(|(known, _)| known == name)?.1.get()?;
    if !value.contains('$') {
        return Some(value.clone());
    }
    if depth >= MAX_DEPTH {
        return None;
    }
    expand(value, &|inner| (inner != name).then(|| nested(variables, inner, depth.saturating_add(1)))?)
}

/// A text with what is known of its variables filled in; the others stay as `$NAME`.
pub(super) fn filled(variables: &[(String, Sourced<String>)], text: &str) -> String {
    let known = |name: &str| Some(declared(variables, name).unwrap_or_else(|| format!("${name}")));
    expand(text, &known).unwrap_or_else(|| text.to_owned())
}

/// Whether a value has something in it that GitLab fills in. A `$` that no name follows is a character, as at the end of a
/// pattern.
pub(super) fn refers(value: &str) -> bool {
    let begins = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '{' | '$');
    value.match_indices('$').any(|(at, dollar)| {
        value.get(at..).and_then(|rest| rest.strip_prefix(dollar)).is_some_and(|rest| rest.starts_with(begins))
    })
}

/// `$NAME`, `${NAME}` and `$$` in a YAML value, as GitLab expands them; `None` where a name is unknown.
pub(super) fn expand(value: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let mut out = String::new();
    let mut rest = value;
    while let Some(at) = rest.find('$') {
        out.push_str(rest.get(..at)?);
        rest = rest.get(at.saturating_add(1)..)?;
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let braced = rest.strip_prefix('{');
        let body = braced.unwrap_or(rest);
        let len = body.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(body.len());
        let (name, after) = body.split_at_checked(len)?;
        if name.is_empty() {
            if braced.is_some() {
                return None;
            }
            // No name follows.
            out.push('$');
            continue;
        }
        out.push_str(&lookup(name)?);
        rest = if braced.is_some() { after.strip_prefix('}')? } else { after };
    }
    out.push_str(rest);
    Some(out)
}
