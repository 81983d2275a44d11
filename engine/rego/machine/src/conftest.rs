//! Rules as conftest asks them: `deny`, `violation` and `warn` of a package, each a set of messages about one file, and
//! `exception`, which keeps some of them out. Which packages are asked, and what a finding of theirs weighs, is not here.

use std::collections::BTreeSet;

use regorus::Value as RegoValue;
use serde::{Deserialize, Serialize};

use crate::answer::{self, Base};
use crate::evaluate::Run;
use crate::program::{Asks, Exempt, PlannedRule};
use crate::{Error, Finding, Scope, Value};

/// Packages that are asked conftest's way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespaces {
    /// The packages, as they are written: `main`, `main.gke`.
    pub packages: Vec<String>,
    /// The kind of fact that a file is: objects with `path` and `contents`.
    pub kind: String,
}

/// What a rule of conftest's is by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    Failure,
    Warning,
}

/// What its name makes of a rule; nothing of one that is never asked.
fn named(name: &str) -> Option<Named> {
    let (first, rest) = name.split_once('_').map_or((name, None), |(first, rest)| (first, Some(rest)));
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric());
    if !rest.is_none_or(|rest| rest.split('_').all(word)) {
        return None;
    }
    match first {
        "deny" | "violation" => Some(Named::Failure),
        "warn" => Some(Named::Warning),
        _ => None,
    }
}

/// What an exception calls a rule: its name without the first word, so that the three without a name are one.
fn short(name: &str) -> &str {
    name.split_once('_').map_or("", |(_, rest)| rest)
}

/// The rules of these packages, sorted by path. `heads` are the paths of all rules there are.
pub(crate) fn plan(heads: &BTreeSet<String>, namespaces: &Namespaces) -> Vec<PlannedRule> {
    let mut planned = Vec::new();
    for package in &namespaces.packages {
        let prefix = format!("data.{package}.");
        let names: Vec<&str> = heads.iter().filter_map(|head| head.strip_prefix(prefix.as_str())).collect();
        let exception = names.contains(&"exception").then(|| format!("{prefix}exception"));
        let mut exempted: Vec<Exempt> = Vec::new();
        let rule = |name: &str, asks: Asks| PlannedRule {
            id: id(package, name),
            scope: Scope::Item,
            kinds: vec![namespaces.kind.clone()],
            asks,
        };
        for name in names {
            let Some(kind) = named(name) else { continue };
            let exempt = Exempt { name: name.to_owned(), short: short(name).to_owned() };
            exempted.push(exempt.clone());
            let exception = exception.clone().map(|path| (path, exempt));
            let (path, is_warning) = (format!("{prefix}{name}"), kind == Named::Warning);
            let asks = Asks::Messages { package: package.clone(), path, is_warning, exception };
            planned.push(rule(name, asks));
        }
        if let (Some(path), false) = (exception, exempted.is_empty()) {
            planned.push(rule("exception", Asks::Exceptions { package: package.clone(), path, exempted }));
        }
    }
    planned
}

/// A rule's id: `main-deny-run-as-root`.
fn id(package: &str, name: &str) -> String {
    let words = package.split(|c: char| !c.is_ascii_alphanumeric()).chain(name.split('_'));
    words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

/// What a file is besides its contents, as `data.conftest.file` says it.
pub(crate) fn file(path: &str) -> Value {
    let (directory, name) = path.rsplit_once('/').unwrap_or((".", path));
    let text = |name: &str, value: &str| (Value::string(name), Value::string(value));
    Value::object([text("name", name), text("dir", directory)])
}

/// The messages of one rule, as findings; none where an exception holds for it.
pub(crate) fn messages(
    rule: &PlannedRule,
    path: &str,
    exception: Option<&(String, Exempt)>,
    run: &mut Run,
    base: &Base<'_>,
) -> Result<Vec<Finding>, Error> {
    if let Some((path, exempt)) = exception
        && excepts(&run.evaluate(path)?.value.0, &exempt.short)
    {
        return Ok(Vec::new());
    }
    let value = run.evaluate(path)?.value.0;
    let name = path.rsplit('.').next().unwrap_or(path);
    let members: Vec<&RegoValue> = match &value {
        RegoValue::Undefined => Vec::new(),
        RegoValue::Set(set) => set.iter().collect(),
        RegoValue::Array(array) => array.iter().collect(),
        other => {
            let kind = answer::kind(other);
            let message =
                format!("`{name}` must be a set of messages, and is {kind}: write `{name} contains message if …`");
            return Err(Error::plain(message));
        }
    };
    let mut found = Vec::new();
    for member in members {
        found.extend(answer::message(&rule.id, name, member, base)?);
    }
    Ok(found)
}

/// A finding for each rule that an exception keeps out.
pub(crate) fn exceptions(
    rule: &PlannedRule,
    path: &str,
    exempted: &[Exempt],
    run: &mut Run,
    base: &Base<'_>,
) -> Result<Vec<Finding>, Error> {
    let value = run.evaluate(path)?.value.0;
    let excepted = exempted.iter().filter(|exempt| excepts(&value, &exempt.short));
    let finding = |exempt: &Exempt| Finding {
        rule: rule.id.clone(),
        place: base.top(),
        message: format!("`{}` is not asked here: an exception says so", exempt.name),
        related: Vec::new(),
        help: None,
        fix: None,
    };
    Ok(excepted.map(finding).collect())
}

/// Whether `exception[_][_]` is `name` for any of its members.
fn excepts(value: &RegoValue, name: &str) -> bool {
    let is_name = |value: &RegoValue| matches!(value, RegoValue::String(text) if &**text == name);
    members(value).iter().any(|inner| members(inner).iter().any(|one| is_name(one)))
}

fn members(value: &RegoValue) -> Vec<&RegoValue> {
    match value {
        RegoValue::Set(set) => set.iter().collect(),
        RegoValue::Array(array) => array.iter().collect(),
        RegoValue::Object(object) => object.iter().map(|(_, value)| value).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Named, id, named, short};

    #[test]
    fn a_rule_is_what_its_name_says() {
        for (name, expect) in [
            ("deny", Some(Named::Failure)),
            ("deny_root", Some(Named::Failure)),
            ("violation_a_B2", Some(Named::Failure)),
            ("warn", Some(Named::Warning)),
            ("warn_x", Some(Named::Warning)),
            ("denying", None),
            ("deny_", None),
            ("deny__x", None),
            ("allow", None),
            ("exception", None),
        ] {
            assert_eq!(named(name), expect, "{name}");
        }
        assert_eq!((short("deny"), short("deny_run_as_root")), ("", "run_as_root"));
    }

    #[test]
    fn an_id_is_made_of_package_and_name() {
        assert_eq!(id("main", "deny"), "main-deny");
        assert_eq!(id("main.gke_Base", "deny_Run_as_root"), "main-gke-base-deny-run-as-root");
    }
}
