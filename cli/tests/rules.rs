//! `engine rules` and `engine explain`: what the policies say of themselves.

use serde_json::Value;

use crate::support::{FLAWED, Project, checked, engine};

fn rules(project: &Project) -> Vec<Value> {
    let json = engine(project.path(), &["rules", "--format", "json"]);
    let list: Value = serde_json::from_str(&json.out).unwrap();
    list["rules"].as_array().unwrap().clone()
}

fn word<'a>(rule: &'a Value, field: &str) -> &'a str {
    rule[field].as_str().unwrap()
}

#[test]
fn every_rule_is_listed_once_in_both_formats() {
    let nowhere = Project::with(&[]);
    let rules = rules(&nowhere);
    let ids: Vec<&str> = rules.iter().map(|rule| word(rule, "id")).collect();
    assert!(ids.is_sorted() && ids.array_windows().all(|[a, b]| a != b), "{ids:?}");
    let text = engine(nowhere.path(), &["rules"]).out;
    assert_eq!(text.lines().count(), rules.len(), "{text}");
    for (line, rule) in text.lines().zip(&rules) {
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(words[..3], [word(rule, "id"), word(rule, "class"), word(rule, "severity")]);
        assert!(line.ends_with(word(rule, "title")), "{line}");
    }
}

#[test]
fn every_rule_is_explained_with_its_page() {
    let nowhere = Project::with(&[]);
    for rule in rules(&nowhere) {
        let id = word(&rule, "id");
        let ended = engine(nowhere.path(), &["explain", id]);
        assert_eq!(ended.code, Some(0), "{id}: {}", ended.err);
        for part in ["title", "severity", "policy", "page"] {
            let shown = word(&rule, part).trim_end();
            assert!(!shown.is_empty() && ended.out.contains(shown), "{id}: no {part} `{shown}` in\n{}", ended.out);
        }
    }
}

#[test]
fn a_rule_that_is_almost_there_is_named() {
    let nowhere = Project::with(&[]);
    for rule in rules(&nowhere) {
        let id = word(&rule, "id");
        for almost in [id.chars().skip(1).collect(), format!("{id}s"), id.replacen('-', "_", 1)] {
            let ended = engine(nowhere.path(), &["explain", &almost]);
            assert_eq!(ended.code, Some(3), "{almost}");
            assert!(ended.err.contains(&format!("did you mean `{id}`?")), "{almost}: {}", ended.err);
        }
    }
}

#[test]
fn a_check_speaks_only_of_rules_that_are_listed() {
    let project = Project::with(&[(".gitlab-ci.yml", FLAWED), ("a.gitlab-ci.yml", "a: ["), ("a.tf", "}")]);
    let rules = rules(&project);
    let checked = checked(project.path(), &[]);
    let findings = checked.report["findings"].as_array().unwrap();
    assert!(findings.len() > 4, "{:#?}", checked.said);
    for finding in findings {
        let rule = rules.iter().find(|rule| rule["id"] == finding["rule"]);
        let rule = rule.unwrap_or_else(|| panic!("{} is not listed", finding["rule"]));
        for field in ["class", "severity"] {
            assert_eq!(rule[field], finding[field], "{}", rule["id"]);
        }
    }
    let undecided = checked.report["undecided"].as_array().unwrap().iter();
    let mut named = undecided.flat_map(|one| one["rules"].as_array().unwrap()).peekable();
    assert!(named.peek().is_some(), "{:#?}", checked.said);
    assert!(named.all(|id| rules.iter().any(|rule| rule["id"] == *id)));
}
