//! `$[[ inputs.name | function ]]` in a text.

use std::collections::BTreeMap;
use std::ops::Range;

use engine_model::{Place, nearest};

use super::super::include::expanded;
use super::{Component, Input, Written};

/// How many functions one block may have: GitLab's limit.
const MAX_FUNCTIONS: usize = 3;

/// How many names an access may have behind `inputs`, and how many indices each: GitLab's limits.
const MAX_SEGMENTS: usize = 4;
const MAX_INDICES: usize = 5;

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

/// What a block may ask for.
pub(super) struct Known<'k> {
    pub(super) inputs: &'k [Input],
    /// Whether there may be inputs that are not among them.
    pub(super) open: bool,
    /// What the header says of the component that is asked for, and where.
    pub(super) declared: &'k [(String, Place)],
    /// The component that the file was included as.
    pub(super) component: Option<&'k Component>,
    /// The variables that there are before the pipeline has a text, where somebody says.
    pub(super) variables: Option<&'k BTreeMap<String, String>>,
}

/// What stands for a block; `None` where nobody can tell, so that the block stays.
///
/// # Errors
///
/// GitLab's own verdict.
pub(super) fn evaluate(data: &str, known: &Known<'_>) -> Result<Option<(Written, Place)>, String> {
    let mut parts = data.split('|').map(str::trim);
    let access = parts.next().unwrap_or("");
    let functions: Vec<&str> = parts.collect();
    let Some((context, rest)) = access.split_once('.') else {
        return Err(format!("`{access}` is no way to a value: inputs are written `inputs.name`"));
    };
    let found = match context {
        // Filled in for each job of a matrix.
        "matrix" => return Ok(None),
        "component" => component(rest, known)?,
        "inputs" => input(access, rest, known)?,
        _ => return Err(format!("`{access}` is no way to a value: inputs are written `inputs.name`")),
    };
    if functions.len() > MAX_FUNCTIONS {
        return Err(format!("`$[[ {data} ]]` has more than {MAX_FUNCTIONS} functions"));
    }
    let (mut value, place) = found.map_or((None, None), |(value, place)| (value, Some(place)));
    for function in functions {
        let name = function.split_once('(').map_or(function, |(name, _)| name).trim_end();
        if !FUNCTIONS.contains(&name) {
            let near = nearest(name, FUNCTIONS).map_or_else(String::new, |near| format!("; `{near}` is one"));
            return Err(format!("`{name}` is no function of inputs{near}"));
        }
        let Some(known_value) = value else { return Ok(None) };
        let Written::Text(text) = known_value else {
            return Err(format!("`{name}` takes text, and `{access}` is none"));
        };
        value = call(name, function, text, known.variables)?;
    }
    Ok(value.zip(place))
}

/// The value of an input, or of a part of it, as it is put in; `None` where there may be one that is not here.
type Found = Option<(Option<Written>, Place)>;

fn input(access: &str, rest: &str, known: &Known<'_>) -> Result<Found, String> {
    let mut segments = rest.splitn(MAX_SEGMENTS, '.');
    let first = segments.next().unwrap_or("");
    let (name, indices) = indexed(access, first)?;
    let Some(input) = known.inputs.iter().find(|input| &*input.name == name) else {
        if known.open {
            return Ok(None);
        }
        let near = nearest(name, known.inputs.iter().map(|input| &*input.name));
        let near = near.map_or_else(String::new, |near| format!("; `{near}` is one"));
        return Err(format!("`{name}` is not among the inputs of this file{near}"));
    };
    let way: Vec<(&str, Vec<usize>)> = segments.map(|segment| indexed(access, segment)).collect::<Result<_, _>>()?;
    let place = input.place.clone();
    let Some(value) = input.value.clone().filter(|_| !(indices.is_empty() && way.is_empty())) else {
        return Ok(Some((input.value.clone(), place)));
    };
    let nothing = |segment: &str| format!("there is no `{segment}` in `{access}`");
    let Written::Json(text) = value else {
        return Err(if indices.is_empty() {
            nothing(rest)
        } else {
            format!("`{name}` is no array, so that `{access}` is nothing")
        });
    };
    let Ok(mut at) = serde_json::from_str::<serde_json::Value>(&text) else { return Ok(Some((None, place))) };
    at = at_indices(at, &indices, access)?;
    for (key, indices) in way {
        let inner = at.get_mut(key).filter(|_| !key.is_empty()).map(serde_json::Value::take);
        at = at_indices(inner.ok_or_else(|| nothing(key))?, &indices, access)?;
    }
    let value = match at {
        serde_json::Value::String(text) => Written::Text(text),
        other => Written::Json(other.to_string()),
    };
    Ok(Some((Some(value), place)))
}

fn at_indices(mut value: serde_json::Value, indices: &[usize], access: &str) -> Result<serde_json::Value, String> {
    for index in indices {
        let serde_json::Value::Array(mut items) = value else {
            return Err(format!("`[{index}]` in `{access}` is asked of something that is no array"));
        };
        if *index >= items.len() {
            return Err(format!("`[{index}]` in `{access}` is beyond the {} items that there are", items.len()));
        }
        value = items.swap_remove(*index);
    }
    Ok(value)
}

/// A piece of an access: `name[0][1]`.
fn indexed<'s>(access: &str, segment: &'s str) -> Result<(&'s str, Vec<usize>), String> {
    let Some((name, rest)) = segment.split_once('[') else { return Ok((segment, Vec::new())) };
    let wrong = || format!("`{segment}` in `{access}` is no way into an array: that is `name[0]`");
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let inside = rest.strip_suffix(']').filter(|_| !name.is_empty() && name.chars().all(word)).ok_or_else(wrong)?;
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // A number that is too large is beyond every array.
        digits.then(|| text.parse().unwrap_or(usize::MAX)).ok_or_else(wrong)
    };
    let indices: Vec<usize> = inside.split("][").map(number).collect::<Result<_, _>>()?;
    if indices.len() > MAX_INDICES {
        return Err(format!("`{access}` has more than {MAX_INDICES} indices in a row"));
    }
    Ok((name, indices))
}

fn component(name: &str, known: &Known<'_>) -> Result<Found, String> {
    let declared = known.declared.iter().find(|(declared, _)| declared == name);
    let Some(component) = known.component else { return Ok(None) };
    let Some((_, place)) = declared else {
        let near = nearest(name, known.declared.iter().map(|(name, _)| name.as_str()));
        let near = near.map_or_else(String::new, |near| format!("; `{near}` is there"));
        return Err(format!("`component.{name}` is not in `spec:component` of this file{near}"));
    };
    let value = match name {
        "name" => component.name.clone(),
        "sha" => component.sha.clone(),
        "reference" => component.reference.clone(),
        // Which release it is, is known to the catalogue alone.
        _ => None,
    };
    Ok(Some((value.map(Written::Text), place.clone())))
}

fn call(
    name: &str,
    function: &str,
    text: String,
    variables: Option<&BTreeMap<String, String>>,
) -> Result<Option<Written>, String> {
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
        "posix_escape" | "posix_quote" => Some(Written::Text(escaped(&text))),
        // A text without variables stays what it is.
        "expand_vars" if !text.contains('$') => Some(Written::Text(text)),
        "expand_vars" => variables.map(|known| Written::Text(expanded(&text, known))),
        "split" => {
            let separator = function.strip_prefix("split('").and_then(|rest| rest.strip_suffix("')"));
            let separator = separator.filter(|separator| !separator.contains('\''));
            let separator = separator.ok_or_else(|| "`split` takes what separates, in single quotes".to_owned())?;
            if separator.is_empty() {
                return Err("`split` takes what separates, and that is nothing here".to_owned());
            }
            let parts = text.split(separator).map(str::trim).filter(|part| !part.is_empty());
            Some(Written::Json(serde_json::Value::from_iter(parts).to_string()))
        }
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
