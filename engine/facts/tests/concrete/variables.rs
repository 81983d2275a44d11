//! Variables: the predefined ones (B1.25), those of the file, those from outside, who wins (B1.23), and values
//! that name other variables.

use std::collections::BTreeMap;

use yaml_serde::{Mapping, Value};

use super::{Environment, Kind};

/// The project that the file belongs to; a fork is `fork/project`.
pub(crate) const PROJECT: &str = "group/project";

/// A variable with what its value may do.
#[derive(Debug, Clone)]
pub(crate) struct Variable {
    /// The value as written.
    pub(crate) value: String,
    /// `expand: false` keeps `$` as a letter.
    pub(crate) expand: bool,
}

impl Variable {
    fn plain(value: impl Into<String>) -> Self {
        Self { value: value.into(), expand: true }
    }
}

/// Variables by name.
pub(crate) type Variables = BTreeMap<String, Variable>;

/// The variables that GitLab sets itself, without those of a job.
pub(crate) fn predefined(environment: &Environment) -> Variables {
    let name = environment.name.as_str();
    let mut found = vec![
        ("CI", "true"),
        ("GITLAB_CI", "true"),
        ("CI_PIPELINE_SOURCE", environment.source.as_str()),
        ("CI_COMMIT_REF_NAME", name),
        ("CI_COMMIT_REF_PROTECTED", if environment.protected { "true" } else { "false" }),
        ("CI_DEFAULT_BRANCH", environment.default_branch.as_str()),
        ("CI_PROJECT_ID", "1"),
        ("CI_PROJECT_NAME", "project"),
        ("CI_PROJECT_NAMESPACE", "group"),
        ("CI_PROJECT_ROOT_NAMESPACE", "group"),
        ("CI_PROJECT_PATH", PROJECT),
    ];
    if environment.source == "trigger" {
        found.push(("CI_PIPELINE_TRIGGERED", "true"));
    }
    match environment.kind {
        Kind::Branch => found.push(("CI_COMMIT_BRANCH", name)),
        Kind::Tag => found.push(("CI_COMMIT_TAG", name)),
        Kind::MergeRequest => found.extend([
            ("CI_MERGE_REQUEST_ID", "1"),
            ("CI_MERGE_REQUEST_IID", "1"),
            ("CI_MERGE_REQUEST_EVENT_TYPE", "detached"),
            ("CI_MERGE_REQUEST_REF_PATH", "refs/merge-requests/1/head"),
            ("CI_MERGE_REQUEST_PROJECT_ID", "1"),
            ("CI_MERGE_REQUEST_PROJECT_PATH", PROJECT),
            ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", if environment.fork { "2" } else { "1" }),
            ("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", if environment.fork { "fork/project" } else { PROJECT }),
            ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", name),
            ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", environment.target.as_str()),
        ]),
    }
    let mut found: Variables =
        found.into_iter().map(|(name, value)| (name.to_owned(), Variable::plain(value))).collect();
    found.insert("CI_COMMIT_REF_SLUG".to_owned(), Variable::plain(slug(name)));
    found
}

/// The two variables of a job that rules can read.
pub(crate) fn of_job(name: &str, stage: &str) -> Variables {
    [("CI_JOB_NAME", name), ("CI_JOB_STAGE", stage)]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Variable::plain(value)))
        .collect()
}

/// The variables from outside the file.
pub(crate) fn outside(environment: &Environment) -> Variables {
    environment.variables.iter().map(|(name, value)| (name.clone(), Variable::plain(value.as_str()))).collect()
}

/// Reads a `variables:` mapping.
///
/// # Errors
/// Where a value is neither a scalar nor a mapping with `value`.
pub(crate) fn read(value: Option<&Value>, place: &str) -> Result<Variables, String> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(Variables::new()) };
    let mapping = value.as_mapping().ok_or(format!("`{place}` has to be a mapping"))?;
    let mut found = Variables::new();
    for (name, value) in mapping {
        let name = scalar(name).ok_or(format!("`{place}` has a name that is no text"))?;
        let variable = match value {
            Value::Mapping(parts) => from_parts(parts, place, &name)?,
            other => Variable::plain(scalar(other).ok_or(format!("`{place}:{name}` has to be a scalar"))?),
        };
        found.insert(name, variable);
    }
    Ok(found)
}

/// Reads `{value, description, options, expand}`. Without `value` the variable is there and empty.
fn from_parts(parts: &Mapping, place: &str, name: &str) -> Result<Variable, String> {
    for key in parts.keys() {
        if !key.as_str().is_some_and(|key| ["value", "description", "options", "expand"].contains(&key)) {
            return Err(format!("`{place}:{name}` has an unknown key"));
        }
    }
    let value = parts.get("value").and_then(scalar).unwrap_or_default();
    Ok(Variable { value, expand: parts.get("expand").and_then(Value::as_bool).unwrap_or(true) })
}

/// A scalar as text; null is none.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Resolves variables inside values. An unknown name stays as written; where variables name each other in a circle,
/// GitLab leaves the whole collection as written.
pub(crate) fn expand_all(variables: &Variables) -> BTreeMap<String, String> {
    let mut done = BTreeMap::new();
    for name in variables.keys() {
        if expand_one(name, variables, &mut done, &mut Vec::new()).is_none() {
            return variables.iter().map(|(name, variable)| (name.clone(), variable.value.clone())).collect();
        }
    }
    done
}

/// The expanded value of one variable; none where it leads back to itself.
fn expand_one(
    name: &str,
    variables: &Variables,
    done: &mut BTreeMap<String, String>,
    open: &mut Vec<String>,
) -> Option<String> {
    if let Some(value) = done.get(name) {
        return Some(value.clone());
    }
    if open.iter().any(|parent| parent == name) {
        return None;
    }
    let variable = variables.get(name)?;
    open.push(name.to_owned());
    let value = if variable.expand {
        substitute(&variable.value, &mut |inner| match variables.contains_key(inner) {
            true => expand_one(inner, variables, done, open).map(Some).ok_or(()),
            false => Ok(None),
        })
    } else {
        Ok(variable.value.clone())
    };
    open.pop();
    let value = value.ok()?;
    done.insert(name.to_owned(), value.clone());
    Some(value)
}

/// Replaces known variables in a text such as a glob; an unknown one stays as written.
pub(crate) fn expand_text(text: &str, values: &BTreeMap<String, String>) -> String {
    substitute(text, &mut |name| Ok(values.get(name).cloned())).unwrap_or_else(|()| text.to_owned())
}

/// Replaces `$name`, `${name}` and `%name%`; `$$` and `%%` stay as written.
fn substitute(text: &str, value: &mut dyn FnMut(&str) -> Result<Option<String>, ()>) -> Result<String, ()> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if rest.starts_with("$$") || rest.starts_with("%%") {
            out.extend([letter, letter]);
            rest = rest.get(2..).unwrap_or_default();
            continue;
        }
        let (open, close) = match letter {
            '$' if rest.starts_with("${") => ("${", "}"),
            '$' => ("$", ""),
            '%' => ("%", "%"),
            _ => ("", ""),
        };
        let behind = rest.get(open.len()..).unwrap_or_default();
        let length =
            behind.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(behind.len());
        let name = behind.get(..length).unwrap_or_default();
        let named = !open.is_empty() && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        let tail = behind.get(length..).and_then(|tail| tail.strip_prefix(close));
        match (named, tail) {
            (true, Some(tail)) => {
                let written = rest.get(..rest.len() - tail.len()).unwrap_or_default();
                out.push_str(&value(name)?.unwrap_or_else(|| written.to_owned()));
                rest = tail;
            }
            _ => {
                out.push(letter);
                rest = rest.get(letter.len_utf8()..).unwrap_or_default();
            }
        }
    }
    Ok(out)
}

/// `CI_COMMIT_REF_SLUG`: lower case, 63 letters, everything but letters and digits a `-`, none at the ends.
fn slug(name: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    let short: String = name.chars().map(plain).take(63).collect();
    short.trim_matches('-').to_owned()
}
