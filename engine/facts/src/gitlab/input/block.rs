//! `$[[ inputs.name | function ]]` in a text.

use std::ops::Range;

use engine_model::{Place, nearest};

use super::{Input, Written};

/// How many functions one block may have: GitLab's limit.
const MAX_FUNCTIONS: usize = 3;

/// GitLab's functions.
const FUNCTIONS: [&str; 5] = ["expand_vars", "truncate", "posix_escape", "posix_quote", "split"];

/// A block of a text.
pub(super) struct Block<'t> {
    /// All of it.
    pub(super) range: Range<usize>,
    /// What is between the brackets.
    pub(super) data: &'t str,
}

/// Every block, in order: two characters or more between the brackets, on one line.
pub(super) fn find(text: &str) -> Vec<Block<'_>> {
    let mut out = Vec::new();
    let mut from = 0_usize;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find("$[[")).map(|at| from.saturating_add(at)) {
        let inside = start.saturating_add(3);
        from = inside;
        let rest = text.get(inside..).unwrap_or("");
        let Some(end) = rest.find("]]") else { break };
        let data = rest.get(..end).unwrap_or("").trim();
        if data.contains('\n') || data.chars().nth(1).is_none() {
            continue;
        }
        from = inside.saturating_add(end).saturating_add(2);
        out.push(Block { range: start..from, data });
    }
    out
}

/// What stands for a block; `None` where nobody can tell, so that the block stays.
///
/// # Errors
///
/// GitLab's own verdict.
pub(super) fn evaluate(data: &str, inputs: &[Input]) -> Result<Option<(Written, Place)>, String> {
    let mut parts = data.split('|').map(str::trim);
    let access = parts.next().unwrap_or("");
    let functions: Vec<&str> = parts.collect();
    let Some((context, name)) = access.split_once('.') else {
        return Err(format!("`{access}` is no way to a value: inputs are written `inputs.name`"));
    };
    match context {
        // Filled in for each job of a matrix, and by what includes a component.
        "matrix" | "component" => return Ok(None),
        "inputs" => {}
        _ => return Err(format!("`{access}` is no way to a value: inputs are written `inputs.name`")),
    }
    // `inputs.list[0]` is a way into a value.
    let Some(input) = inputs.iter().find(|input| &*input.name == name) else {
        if name.contains('[') {
            return Ok(None);
        }
        let near = nearest(name, inputs.iter().map(|input| &*input.name));
        let near = near.map_or_else(String::new, |near| format!("; `{near}` is one"));
        return Err(format!("`{name}` is not among the inputs of this file{near}"));
    };
    if functions.len() > MAX_FUNCTIONS {
        return Err(format!("`$[[ {data} ]]` has more than {MAX_FUNCTIONS} functions"));
    }
    let mut value = input.value.clone();
    for function in functions {
        let name = function.split_once('(').map_or(function, |(name, _)| name).trim_end();
        if !FUNCTIONS.contains(&name) {
            let near = nearest(name, FUNCTIONS).map_or_else(String::new, |near| format!("; `{near}` is one"));
            return Err(format!("`{name}` is no function of inputs{near}"));
        }
        let Some(known) = value else { return Ok(None) };
        let Written::Text(text) = known else {
            return Err(format!("`{name}` takes text, and `{}` is none", input.name));
        };
        value = call(name, function, text)?;
    }
    Ok(value.map(|value| (value, input.place.clone())))
}

fn call(name: &str, function: &str, text: String) -> Result<Option<Written>, String> {
    Ok(match name {
        "truncate" => {
            let arguments = function.strip_prefix("truncate(").map(|rest| rest.trim_end_matches(')'));
            let numbers = arguments.and_then(|arguments| {
                let (offset, length) = arguments.split_once(',')?;
                Some((offset.trim().parse::<usize>().ok()?, length.trim().parse::<usize>().ok()?))
            });
            let (offset, length) = numbers.ok_or_else(|| "`truncate` takes an offset and a length".to_owned())?;
            Some(Written::Text(text.chars().skip(offset).take(length).collect()))
        }
        "posix_escape" => Some(Written::Text(escaped(&text))),
        // A text without variables stays what it is.
        "expand_vars" => (!text.contains('$')).then_some(Written::Text(text)),
        _ => None,
    })
}

/// A text as one word of a shell.
fn escaped(text: &str) -> String {
    if text.is_empty() {
        return "''".to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("'\n'"),
            c if c.is_ascii_alphanumeric() || "_-.,:+/@".contains(c) => out.push(c),
            c => {
                out.push('\\');
                out.push(c);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{escaped, find};

    #[test]
    fn blocks_are_on_one_line_and_hold_something() {
        let data = |text: &'static str| find(text).iter().map(|block| block.data).collect::<Vec<_>>();
        assert_eq!(data("a $[[ inputs.a ]] b $[[inputs.b|truncate(0,3)]]"), ["inputs.a", "inputs.b|truncate(0,3)"]);
        assert_eq!(data("$[[ x ]] $[[]] $[[ a\nb ]] $[ [ inputs.a ]]"), Vec::<&str>::new());
        assert_eq!(data("$[[\n inputs.a\n]]"), ["inputs.a"]);
        assert_eq!(data("$[[ $[[ inputs.a ]]"), ["$[[ inputs.a"]);
    }

    #[test]
    fn a_text_becomes_one_word() {
        assert_eq!(escaped("a b'c"), r"a\ b\'c");
        assert_eq!((escaped("").as_str(), escaped("a/b:c").as_str()), ("''", "a/b:c"));
    }
}
