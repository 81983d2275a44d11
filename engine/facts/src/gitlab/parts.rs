//! What the words of a command are made of: the variables in them, and what a program is told or fed.

use engine_formats::shell::{Command, Part, RedirectKind, Word};

use super::command::Expansion;

/// How many bytes in front of a variable are kept.
const MAX_BEFORE: usize = 200;

/// The variables whose values stand in a word, which is the `index`th.
pub(super) fn expansions(word: &Word, index: usize) -> Vec<Expansion> {
    let mut before = String::new();
    let mut out = Vec::new();
    for part in &word.parts {
        match part {
            Part::Literal { text, .. } => before.push_str(text),
            Part::Variable { name, operator, .. } => {
                // `${NAME:+word}` and a piece of a value are not the value.
                let operator = operator.as_deref().unwrap_or("");
                let piece = operator.strip_prefix(':').is_some_and(|rest| !rest.starts_with(['-', '=', '?']));
                if !piece && !operator.starts_with('+') {
                    let start = before.len().saturating_sub(MAX_BEFORE);
                    let start = before.ceil_char_boundary(start);
                    let before = before.get(start..).unwrap_or("").to_owned();
                    out.push(Expansion { variable: name.clone(), word: index, before });
                }
            }
            Part::Substitution { .. } | Part::Other { .. } => {}
        }
    }
    out
}

/// A word's text with `$NAME` for what only the job knows, and nothing for what a command in it prints.
pub(super) fn spoken(word: &Word, lookup: &dyn Fn(&str) -> Option<String>) -> String {
    if let Some(text) = word.text_with(lookup) {
        return text;
    }
    let mut out = String::new();
    for part in &word.parts {
        match part {
            Part::Literal { text, .. } | Part::Other { text, .. } => out.push_str(text),
            Part::Variable { name, operator, .. } => match lookup(name).filter(|_| operator.is_none()) {
                Some(value) => out.push_str(&value),
                None => {
                    out.push('$');
                    out.push_str(name);
                }
            },
            Part::Substitution { .. } => out.push('$'),
        }
    }
    out
}

/// The script that a shell reads from a heredoc or a here-string.
pub(super) fn standard_input(parsed: &Command) -> Option<&Word> {
    parsed.redirects.iter().find_map(|redirect| match redirect.kind {
        RedirectKind::HereString => Some(&redirect.target),
        _ => redirect.body.as_ref(),
    })
}

/// The names of the variables that a command uses, each once.
pub(super) fn used_variables(parsed: &Command) -> Vec<String> {
    let words = parsed.words.iter();
    let words = words.chain(parsed.assignments.iter().map(|assignment| &assignment.value));
    let words =
        words.chain(parsed.redirects.iter().flat_map(|redirect| redirect.body.iter().chain(Some(&redirect.target))));
    let mut names: Vec<String> = Vec::new();
    for part in words.flat_map(|word| &word.parts) {
        if let Part::Variable { name, .. } = part
            && !names.contains(name)
        {
            names.push(name.clone());
        }
    }
    names
}
