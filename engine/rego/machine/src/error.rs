//! What is wrong with a policy: a sentence, and where in which module.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is wrong with a policy. Lines and columns count from one; a column counts characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct Error {
    /// The module's name, where the fault has a place.
    pub module: Option<String>,
    /// Its line; zero without a place.
    pub line: u32,
    /// Its column; zero without a place.
    pub column: u32,
    /// One sentence without a full stop.
    pub message: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.module {
            Some(module) => write!(f, "{module}:{}:{}: {}", self.line, self.column, self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl Error {
    /// An error without a place.
    pub(crate) fn plain(message: impl Into<String>) -> Self {
        Self { module: None, line: 0, column: 0, message: message.into() }
    }

    /// What the library says, taken apart: `--> NAME:LINE:COLUMN`, the line, a caret, `error: MESSAGE`. What looks
    /// otherwise is kept as it is.
    pub(crate) fn of(said: &str) -> Self {
        let parts: Vec<&str> = said.split("--> ").collect();
        // Of several places the last one is the innermost, but for one that only helps to understand the error before.
        let last = parts.iter().rposition(|part| part.contains("\nerror:")).unwrap_or(parts.len().saturating_sub(1));
        let before = last.checked_sub(1).and_then(|before| parts.get(before));
        let (Some(before), Some(rest)) = (before, parts.get(last)) else { return Self::plain(sentence(said)) };
        let (place, shown) = rest.split_once('\n').unwrap_or((rest, ""));
        let mut parts = place.trim_end().rsplitn(3, ':');
        let column = parts.next().and_then(|text| text.parse().ok());
        let line = parts.next().and_then(|text| text.parse().ok());
        let (Some(column), Some(line), Some(module)) = (column, line, parts.next()) else {
            return Self::plain(sentence(said));
        };
        // The line of the policy is shown between bars, and what is wrong comes after it.
        let told = shown.lines().skip_while(|line| line.contains('|')).collect::<Vec<_>>().join(" ");
        let told = told.trim().strip_prefix("error:").unwrap_or(told.trim());
        let told = if told.trim().is_empty() { before } else { told };
        // What a built-in function says has no place in any file.
        if module.starts_with('<') {
            return Self::plain(sentence(told));
        }
        Self { module: Some(module.to_owned()), line, column, message: sentence(told) }
    }
}

/// One line, without a full stop and without a capital that begins a sentence.
fn sentence(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let joined = words.join(" ");
    let joined = joined.trim_end_matches('.');
    let mut characters = joined.chars();
    match (characters.next(), characters.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain(joined.chars().skip(1)).collect()
        }
        _ => joined.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn what_the_library_says_is_taken_apart() {
        let said = "\n--> a/b.rego:2:7\n  |\n2 | allow { x | y }\n  |       ^\nerror: `if` keyword is required before rule body";
        let expected = Error {
            module: Some("a/b.rego".into()),
            line: 2,
            column: 7,
            message: "`if` keyword is required before rule body".into(),
        };
        assert_eq!(Error::of(said), expected);
        assert_eq!(expected.to_string(), "a/b.rego:2:7: `if` keyword is required before rule body");
        let nested = format!("\n--> a/b.rego:1:1\n |\n1 | x\n | ^\nerror: compilation error: {said}");
        assert_eq!(Error::of(&nested), expected);
        let two = "\n--> a/b.rego:5:71\n  |\n5 | x == y\n  | ^\nerror: var `y` used before definition below.\n\
                   --> a/b.rego:5:77\n  |\n5 | y := 1\n  | ^\ndefinition: \n";
        assert_eq!(Error::of(two).to_string(), "a/b.rego:5:71: var `y` used before definition below");
        assert_eq!(Error::of("Cycle detected.").to_string(), "cycle detected");
        assert_eq!(Error::of("--> nowhere").to_string(), "--> nowhere");
    }
}
