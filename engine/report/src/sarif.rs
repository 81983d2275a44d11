//! SARIF 2.1.0 within the limits of GitLab's reader. Sources: OASIS, "Static Analysis Results Interchange Format (SARIF)
//! Version 2.1.0"; GitLab documentation, SARIF reports.
//!
//! A text that is too long is cut, and results that there is no room for are counted in a last one: nothing is dropped
//! without a word. What is undecided is a result of kind `open`, and a notification of the run.

use engine_model::{Applicability, Class, Evaluation, Finding, Location, RuleId, RuleInfo, Severity, Undecided};
use serde_json::{Map, Value, json};

use crate::clean;
use crate::fingerprint::Fingerprints;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The most characters of a message.
const MAX_MESSAGE: usize = 1024;
/// The most tags of a rule.
const MAX_TAGS: usize = 10;
/// The most results of a run.
const MAX_RESULTS: usize = 5000;
/// The most bytes of all results together: the whole file may have 10 MB.
const MAX_BYTES: usize = 8 * 1000 * 1000;

pub(crate) fn render(evaluation: &Evaluation, tool_version: &str) -> String {
    let prints = Fingerprints::of(evaluation);
    let mut results: Vec<Value> =
        prints.findings(evaluation).map(|(finding, print)| found(finding, print, evaluation)).collect();
    results.extend(prints.waived(evaluation).map(|(waived, print)| {
        let mut result = found(&waived.finding, print, evaluation);
        let by = format!("{} until {}: {}", waived.owner, waived.expires, waived.reason);
        let suppression = json!({"kind": "external", "status": "accepted", "justification": cut(&by)});
        set(&mut result, "suppressions", json!([suppression]));
        result
    }));
    results.extend(evaluation.undecided.iter().flat_map(open));
    bounded(&mut results);
    let notifications: Vec<Value> = evaluation.undecided.iter().map(|one| notification(one, evaluation)).collect();
    let run = json!({
        "tool": {"driver": {
            "name": "engine",
            "version": tool_version,
            "semanticVersion": tool_version,
            "rules": evaluation.rules.iter().map(rule).collect::<Vec<_>>(),
        }},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": true, "toolExecutionNotifications": notifications}],
        "properties": {"verdict": evaluation.verdict.as_str(), "reason": cut(&evaluation.reason)},
        "results": results,
    });
    crate::json::written(&json!({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}))
}

/// A line of at most so many characters as are kept whole.
fn cut(text: &str) -> String {
    let line = clean::line(text);
    if line.chars().count() <= MAX_MESSAGE {
        return line;
    }
    line.chars().take(MAX_MESSAGE.saturating_sub(1)).chain(['…']).collect()
}

fn set(value: &mut Value, key: &str, to: Value) {
    if let Value::Object(object) = value {
        object.insert(key.to_owned(), to);
    }
}

fn rule(rule: &RuleInfo) -> Value {
    let tags: Vec<&String> = rule.practices.iter().take(MAX_TAGS).collect();
    json!({
        "id": rule.id.as_str(),
        "shortDescription": {"text": cut(&rule.title)},
        "help": {"text": cut(&rule.title), "markdown": rule.page},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {
            "tags": tags,
            "security-severity": security(rule.class, rule.severity),
            "class": rule.class.as_str(),
            "policy": &*rule.policy,
        },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// A number that readers sort by: critical from 9, high from 7, medium from 4.
fn security(class: Class, severity: Severity) -> &'static str {
    match (class, severity) {
        (_, Severity::Critical) => "9.5",
        (_, Severity::High) => "8.0",
        (_, Severity::Medium) => "5.5",
        (_, Severity::Low) => "3.0",
        (_, Severity::Info) => "1.0",
    }
}

fn found(finding: &Finding, print: &str, evaluation: &Evaluation) -> Value {
    let help = finding.help.as_deref().map(|help| format!(": {help}")).unwrap_or_default();
    let mut result = json!({
        "ruleId": finding.rule.as_str(),
        "level": level(finding.severity),
        "message": {"text": cut(&format!("{}{help}", finding.message))},
        "locations": [{"physicalLocation": physical(&finding.location)}],
        "partialFingerprints": {"engine/v1": print},
        "properties": {"closes": evaluation.closes(finding), "security-severity": security(finding.class, finding.severity)},
    });
    if let Some(index) = evaluation.rules.iter().position(|rule| rule.id == finding.rule) {
        set(&mut result, "ruleIndex", json!(index));
    }
    let used = finding.used_by.iter().map(|used| (format!("used by {}", used.user), &used.location));
    let related = finding.related.iter().map(|related| (related.message.clone(), &related.location));
    let related: Vec<Value> = related
        .chain(used)
        .map(|(message, location)| json!({"message": {"text": cut(&message)}, "physicalLocation": physical(location)}))
        .collect();
    if !related.is_empty() {
        set(&mut result, "relatedLocations", json!(related));
    }
    // Only what may be applied unread, and says every byte of it.
    if let Some(fix) =
        finding.fix.as_ref().filter(|fix| fix.applicability == Applicability::Safe && !fix.edits.is_empty())
    {
        let change = |edit: &engine_model::Edit| {
            json!({
                "artifactLocation": artifact(&edit.location),
                "replacements": [{"deletedRegion": region(&edit.location), "insertedContent": {"text": edit.replacement}}],
            })
        };
        let changes: Vec<Value> = fix.edits.iter().map(change).collect();
        set(&mut result, "fixes", json!([{"description": {"text": cut(&fix.title)}, "artifactChanges": changes}]));
    }
    result
}

/// What is undecided and has a place, once for each rule.
fn open(one: &Undecided) -> Vec<Value> {
    let Some(location) = &one.location else { return Vec::new() };
    let result = |rule: &RuleId| {
        json!({
            "ruleId": rule.as_str(),
            "kind": "open",
            "level": "none",
            "message": {"text": cut(&undecided(one))},
            "locations": [{"physicalLocation": physical(location)}],
        })
    };
    one.rules.iter().map(result).collect()
}

fn undecided(one: &Undecided) -> String {
    let way_out = one.way_out.as_deref().map(|way_out| format!(": {way_out}")).unwrap_or_default();
    format!("undecided: {}{way_out}", one.message)
}

fn notification(one: &Undecided, evaluation: &Evaluation) -> Value {
    let mandatory = one.rules.iter().any(|rule| evaluation.class_of(rule) == Class::Mandatory);
    let mut value = json!({
        "level": if mandatory || one.closes { "error" } else { "warning" },
        "message": {"text": cut(&undecided(one))},
        "properties": {"rules": one.rules.iter().map(RuleId::as_str).collect::<Vec<_>>()},
    });
    if let Some(location) = &one.location {
        set(&mut value, "locations", json!([{"physicalLocation": physical(location)}]));
    }
    value
}

fn physical(location: &Location) -> Value {
    json!({"artifactLocation": artifact(location), "region": region(location)})
}

fn artifact(location: &Location) -> Value {
    json!({"uri": uri(location.file.path().as_str())})
}

/// A path as a relative URI: everything but the signs that a path may hold is escaped.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn region(location: &Location) -> Value {
    let (start, end) = (location.start(), location.end());
    let mut region = Map::new();
    region.insert("startLine".to_owned(), json!(start.line.max(1)));
    region.insert("startColumn".to_owned(), json!(start.column.max(1)));
    region.insert("endLine".to_owned(), json!(end.line.max(1)));
    region.insert("endColumn".to_owned(), json!(end.column.max(1)));
    Value::Object(region)
}

/// Keeps as many results as there is room for, and says how many are left out.
fn bounded(results: &mut Vec<Value>) {
    let mut bytes = 0_usize;
    let fits = |result: &Value| {
        bytes = bytes.saturating_add(result.to_string().len().saturating_mul(2));
        bytes <= MAX_BYTES
    };
    let room = results.iter().take(MAX_RESULTS).map(fits).take_while(|fits| *fits).count();
    if room >= results.len() {
        return;
    }
    let kept = room.saturating_sub(1);
    let left = results.len().saturating_sub(kept);
    results.truncate(room);
    if let Some(last) = results.last_mut() {
        let text = format!("{left} more results are not shown: there is room for no more");
        set(last, "message", json!({"text": text}));
        if let Value::Object(object) = last {
            for key in ["fixes", "relatedLocations", "suppressions"] {
                object.remove(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{MAX_MESSAGE, MAX_RESULTS, render, uri};
    use crate::sample::{clean, full};

    fn read(report: &str) -> Value {
        serde_json::from_str(report).unwrap()
    }

    #[test]
    fn a_finding_is_a_result_at_its_place() {
        let report = read(&render(&full(), "1.2.3"));
        let run = &report["runs"][0];
        let first = &run["results"][0];
        assert_eq!(first["ruleId"], "apply-without-hand");
        assert_eq!(first["locations"][0]["physicalLocation"]["region"]["startLine"], 9);
        assert_eq!(
            first["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"]["text"],
            "\n      when: manual"
        );
        assert_eq!(run["tool"]["driver"]["rules"][0]["properties"]["security-severity"], "9.5");
        let open: Vec<&Value> =
            run["results"].as_array().unwrap().iter().filter(|result| result["kind"] == "open").collect();
        assert_eq!(open.len(), 2);
        assert_eq!(run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn what_is_too_much_is_cut_and_said() {
        let mut evaluation = full();
        let one = evaluation.findings[0].clone();
        evaluation.findings = vec![one; MAX_RESULTS + 10];
        evaluation.findings[0].message = "x".repeat(5000);
        let text = render(&evaluation, "1");
        assert!(text.len() < 10_000_000, "{}", text.len());
        let report = read(&text);
        let results = report["runs"][0]["results"].as_array().unwrap();
        assert!(results.len() <= MAX_RESULTS);
        assert_eq!(results[0]["message"]["text"].as_str().unwrap().chars().count(), MAX_MESSAGE);
        let said = results.last().unwrap()["message"]["text"].as_str().unwrap();
        let left = evaluation.findings.len() + 1 + 2 - (results.len() - 1);
        assert_eq!(said, format!("{left} more results are not shown: there is room for no more"));
    }

    #[test]
    fn a_path_is_a_uri() {
        assert_eq!(uri("a b/ü%.tf"), "a%20b/%C3%BC%25.tf");
        assert!(read(&render(&clean(), "1"))["runs"][0]["results"].as_array().unwrap().is_empty());
    }
}
