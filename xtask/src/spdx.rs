//! Licence expressions as SPDX writes them (SPDX 2.3, annex D), and the older `MIT/Apache-2.0`.

use std::collections::VecDeque;

/// How deep parentheses may go.
const DEPTH: usize = 16;

/// Whether the expression can be satisfied with allowed licences alone. `allowed` is asked for single ones, such as
/// `MIT` or `Apache-2.0 WITH LLVM-exception`.
///
/// # Errors
///
/// Where it is no licence expression: what is wrong with it.
pub(crate) fn satisfied(expression: &str, allowed: impl Fn(&str) -> bool) -> Result<bool, String> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words: VecDeque<&str> = spaced.split_whitespace().collect();
    let satisfied = any(&mut words, &allowed, DEPTH)?;
    match words.front() {
        None => Ok(satisfied),
        Some(word) => Err(format!("`{word}` is one word too many")),
    }
}

/// `OR` binds least.
fn any(words: &mut VecDeque<&str>, allowed: &impl Fn(&str) -> bool, depth: usize) -> Result<bool, String> {
    let mut satisfied = all(words, allowed, depth)?;
    while words.pop_front_if(|word| *word == "OR").is_some() {
        satisfied |= all(words, allowed, depth)?;
    }
    Ok(satisfied)
}

fn all(words: &mut VecDeque<&str>, allowed: &impl Fn(&str) -> bool, depth: usize) -> Result<bool, String> {
    let mut satisfied = one(words, allowed, depth)?;
    while words.pop_front_if(|word| *word == "AND").is_some() {
        satisfied &= one(words, allowed, depth)?;
    }
    Ok(satisfied)
}

fn one(words: &mut VecDeque<&str>, allowed: &impl Fn(&str) -> bool, depth: usize) -> Result<bool, String> {
    let Some(depth) = depth.checked_sub(1) else { return Err("it has too many parentheses".into()) };
    match words.pop_front() {
        None | Some(")" | "AND" | "OR" | "WITH") => Err("a licence is missing".into()),
        Some("(") => {
            let satisfied = any(words, allowed, depth)?;
            words.pop_front_if(|word| *word == ")").ok_or("a `)` is missing")?;
            Ok(satisfied)
        }
        Some(licence) if words.pop_front_if(|word| *word == "WITH").is_some() => {
            let exception = words.pop_front().ok_or("an exception is missing after `WITH`")?;
            Ok(allowed(&format!("{licence} WITH {exception}")))
        }
        Some(licence) => Ok(allowed(licence)),
    }
}

#[cfg(test)]
mod tests {
    use super::satisfied;

    fn judged(expression: &str) -> Result<bool, String> {
        satisfied(expression, |licence| ["MIT", "Zlib", "Apache-2.0 WITH LLVM-exception"].contains(&licence))
    }

    #[test]
    fn what_can_be_chosen_or_must_be_kept() {
        for (expression, expected) in [
            ("MIT", true),
            ("GPL-3.0", false),
            ("GPL-3.0 OR MIT", true),
            ("GPL-3.0/MIT", true),
            ("GPL-3.0 / GPL-2.0", false),
            ("MIT AND GPL-3.0", false),
            ("MIT AND Zlib", true),
            ("GPL-3.0 AND Zlib OR MIT", true),
            ("GPL-3.0 AND (Zlib OR MIT)", false),
            ("(GPL-3.0 OR MIT) AND Zlib", true),
            ("((MIT))", true),
            ("Apache-2.0", false),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("GPL-3.0 WITH LLVM-exception OR Apache-2.0", false),
        ] {
            assert_eq!(judged(expression), Ok(expected), "{expression}");
        }
    }

    #[test]
    fn what_is_no_expression_is_no_pass() {
        let deep = format!("{}MIT{}", "(".repeat(100_000), ")".repeat(100_000));
        for expression in ["", "MIT OR", "OR MIT", "(MIT", "MIT)", "MIT Zlib", "MIT WITH", "MIT AND AND Zlib", &deep] {
            assert!(judged(expression).is_err(), "{expression:.20}");
        }
    }
}
