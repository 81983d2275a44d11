//! What is said of a file that cannot be used: the place, a sentence, a hint.

#[cfg(test)]
#[path = "support/file.rs"]
mod file;

use engine_config::{Config, ConfigError, Date, Profile};
use engine_facts::credential::Kind;
use engine_model::{Class, FilePath, Finding, Location, Place, RuleId, Severity, SourceFile, Span, Step};
use file::read;

/// Files, each behind `==`; the lines behind `>> ` are what is said of it, a hint further in.
const ERRORS: &str = include_str!("errors.txt");

#[test]
fn every_error_has_a_place_and_a_sentence() {
    for case in ERRORS.split("==\n").skip(1) {
        let said = |line: &&str| line.starts_with(">> ");
        let text: String = case.split_inclusive('\n').filter(|line| !said(line)).collect();
        let expected: Vec<&str> = case.lines().filter(said).collect();
        let mut lines = Vec::new();
        for error in read(&text).err().unwrap_or_default() {
            lines.push(format!(">> {error}"));
            lines.extend(error.help.map(|help| format!(">>   {help}")));
        }
        assert_eq!(lines, expected, "{text}\n{}", lines.join("\n"));
    }
}

/// Where a value stands, and what stands there.
#[cfg(test)]
fn at(place: Option<&Place>) -> String {
    place.map_or_else(String::new, |place| {
        let location = place.location();
        format!("{} {}", location.start().line, location.text())
    })
}

#[test]
fn every_value_has_its_place() {
    let text = "\
version: 1
profile: strict
production: {branches: ['main']}
tenants:
  - name: acme
    vault: [/secret/data/acme/]
    accounts: [011122223333]
vault:
  shared:
    - kv/common
ceilings: {aws-sts: 90m}
policies: [a]
plugins: [./b/c.wasm]
rules:
  d: {class: mandatory, severity: low}
";
    let config = read(text).unwrap();
    assert_eq!((config.is_written(), config.is_empty()), (true, false));
    assert_eq!((config.profile.value, at(config.profile.place.as_ref())), (Profile::Strict, "2 strict".into()));
    assert_eq!(config.branches[0].value, "main");
    assert_eq!(at(config.branches[0].place.as_ref()), "3 'main'");
    let tenant = &config.tenants[0];
    assert_eq!((tenant.name.value.as_str(), at(Some(&tenant.place))), ("acme", "5 name: acme".into()));
    // The place is that of the text that counts.
    let path = &tenant.vault[0];
    assert_eq!((path.value.as_str(), at(Some(&path.place))), ("secret/data/acme", "6 secret/data/acme".into()));
    let account = &tenant.accounts[0];
    assert_eq!((account.value.as_str(), at(Some(&account.place))), ("011122223333", "7 011122223333".into()));
    let shared = config.shared.last().unwrap();
    assert_eq!((shared.value.as_str(), at(shared.place.as_ref())), ("kv/common", "10 kv/common".into()));
    assert!(config.shared.iter().any(|path| path.value == "sys/wrapping/unwrap" && path.place.is_none()));
    let ceiling = config.ceilings.get(Kind::AwsSts).unwrap();
    assert_eq!((ceiling.value, at(ceiling.place.as_ref())), (5400, "11 90m".into()));
    assert_eq!(config.ceilings.get(Kind::JobToken).unwrap().place, None);
    assert!(config.ceilings.get(Kind::StaticKey).is_none());
    assert_eq!(config.policies.unwrap()[0].value.as_str(), "a");
    assert_eq!(config.plugins[0].value.as_str(), "b/c.wasm");
    let change = &config.overrides[0];
    assert_eq!((change.rule.value.as_str(), at(Some(&change.rule.place))), ("d", "15 d".into()));
    assert_eq!(change.class.as_ref().unwrap().value, Class::Mandatory);
    assert_eq!(change.severity.as_ref().unwrap().value, Severity::Low);
}

#[test]
fn one_line_says_what_holds() {
    let usual = "ceilings 1 h for CI credentials and plan artifacts, 24 h for the rest";
    let nothing = Config::default_for(vec!["main".to_owned(), "master".to_owned()]);
    let start = "profile standard, production branches `main` and `master`, no tenants";
    assert_eq!(nothing.summary(), format!("no engine.yaml: {start}, {usual}"));
    let check = |text: &str, expect: &str| assert_eq!(read(text).unwrap().summary(), expect, "{text}");
    for empty in ["", "# nothing yet\n", "---\n", "\u{feff}"] {
        check(empty, &format!("engine.yaml is empty: {start}, {usual}"));
        assert!(read(empty).unwrap().is_empty(), "{empty:?}");
    }
    check("version: 1", &format!("engine.yaml: {start}, {usual}"));
    check(
        "version: 1\nproduction: {branches: [a, b, c, d]}\ntenants: [{name: \"x\\ny\", groups: [z]}]\n\
         ceilings: {aws-sts: 90m, certificate: 7d, database: 25s}\npolicies: [a, b]\nplugins: [a.wasm]",
        &format!(
            "engine.yaml: profile standard, 4 production branches, tenant `x\\ny`, {usual}, but 90 min for aws-sts and \
             7 d for certificate and 25 s for database, of the built-in policies only `a` and `b`, 1 policy from disk"
        ),
    );
    check(
        "version: 1\npolicies: []\nproduction: {branches: [main]}\n\
         ceilings: {aws-sts: 2h, certificate: 2h, database: 2h, secret-id: 2h}",
        "engine.yaml: profile standard, production branch `main`, no tenants, 4 ceilings of its own, \
         of the built-in policies none",
    );
}

#[test]
fn an_assumption_settles_what_it_names() {
    let assumption = |more: &str| {
        let text = format!("version: 1\nassume: [{{rules: [a, b], owner: o, reason: r, expires: 2027-01-31{more}}}]\n");
        read(&text).unwrap().assumptions.remove(0)
    };
    let check = |more: &str, rule: &str, path: Option<&str>, expect: bool| {
        let settles = assumption(more).settles(rule, path, "include `x` is not here");
        assert_eq!(settles, expect, "{more} {rule} {path:?}");
    };
    check("", "a", None, true);
    check("", "b", Some("ci/a.yml"), true);
    check("", "c", None, false);
    check(", path: ci/*.yml", "a", Some("ci/a.yml"), true);
    check(", path: ci/*.yml", "a", Some("ci/b/a.yml"), false);
    check(", path: ci/*.yml", "a", None, false);
    check(", message: include `x`", "a", None, true);
    check(", message: include `y`", "a", None, false);
    let day = |month, day| Date::new(2027, month, day).unwrap();
    let expires = |today| assumption("").is_expired(today);
    assert_eq!([day(1, 30), day(1, 31), day(2, 1)].map(expires), [false, false, true]);
}

#[test]
fn a_waiver_names_findings_by_rule_place_and_message() {
    let waiver = |more: &str| {
        let text = format!(
            "version: 1\nwaive: [{{rules: [a, b], path: ci/*.yml, owner: o, reason: r, expires: 2027-01-31{more}}}]\n"
        );
        read(&text).unwrap().waivers.remove(0)
    };
    let check = |more: &str, rule: &str, path: &str, route: &[&str], expect: bool| {
        let names = waiver(more).names(&finding(rule, path, route));
        assert_eq!(names, expect, "{more} {rule} {path} {route:?}");
    };
    check("", "a", "ci/x.yml", &[], true);
    check("", "b", "ci/x.yml", &["apply", "script"], true);
    check("", "c", "ci/x.yml", &[], false);
    check("", "a", "ci/x/y.yml", &[], false);
    check("", "a", "x.yml", &[], false);
    check(", route: apply", "a", "ci/x.yml", &["apply"], true);
    check(", route: apply", "a", "ci/x.yml", &["apply", "script", "0"], true);
    check(", route: apply.script", "a", "ci/x.yml", &["apply"], false);
    check(", route: apply", "a", "ci/x.yml", &[], false);
    // A part of a key is no part of a route.
    check(", route: app", "a", "ci/x.yml", &["apply"], false);
    check(", route: apply", "a", "ci/x.yml", &["apply two", "script"], false);
    check(", route: '\"a'", "a", "ci/x.yml", &["a.b", "script"], false);
    check(", route: '\"a.b\"'", "a", "ci/x.yml", &["a.b", "script"], true);
    check(", message: found", "a", "ci/x.yml", &[], true);
    check(", message: lost", "a", "ci/x.yml", &[], false);
    let day = |month, day| Date::new(2027, month, day).unwrap();
    let expires = |today| waiver("").is_expired(today);
    assert_eq!([day(1, 30), day(1, 31), day(2, 1)].map(expires), [false, false, true]);
}

/// A finding with the message ``what `x` found``.
#[cfg(test)]
fn finding(rule: &str, path: &str, route: &[&str]) -> Finding {
    let native =
        engine_model::NativeRule { id: "a", title: "", class: Class::Default, severity: Severity::High, page: "" };
    let file = SourceFile::new(FilePath::new(path).unwrap(), "text".to_owned());
    let route = route.iter().map(|key| Step::from(*key)).collect();
    let found = native.finding(Location { file, span: Span::new(0, 4) }, route, "what `x` found").unwrap();
    Finding { rule: RuleId::new(rule).unwrap(), ..found }
}

#[test]
fn names_are_held_against_those_of_the_gate() {
    let config = read("version: 1\npolicies: [secret-til, x]\nrules: {unreviewed-pln: {severity: low}}\n").unwrap();
    let said = |error: ConfigError| format!("{error}; {}", error.help.as_deref().unwrap_or("-"));
    let [policy, other] = &config.policies.as_deref().unwrap() else { panic!() };
    let known = ["secret-ttl", "acl-paths"];
    assert_eq!(
        said(ConfigError::unknown_policy(policy, known)),
        "engine.yaml:2:12: there is no built-in policy `secret-til`; did you mean `secret-ttl`?"
    );
    assert_eq!(
        said(ConfigError::unknown_policy(other, known)),
        "engine.yaml:2:24: there is no built-in policy `x`; `engine rules` lists them"
    );
    let change = &config.overrides[0];
    assert_eq!(
        said(ConfigError::unknown_rule(&change.rule, ["unreviewed-plan"])),
        "engine.yaml:3:9: there is no rule `unreviewed-pln`; did you mean `unreviewed-plan`?"
    );
    assert_eq!(
        said(ConfigError::refusal(change, Class::Mandatory).unwrap()),
        "engine.yaml:3:9: the rule `unreviewed-pln` is mandatory, and nothing changes it; remove the entry"
    );
    assert_eq!(ConfigError::refusal(change, Class::Default), None);
    assert_eq!(
        said(ConfigError::unwaivable(&change.rule, Class::Mandatory).unwrap()),
        "engine.yaml:3:9: the rule `unreviewed-pln` is mandatory, and nothing waives it; \
         mend what it finds, and take it out of the waiver"
    );
    assert_eq!(ConfigError::unwaivable(&change.rule, Class::Default), None);
}

#[test]
fn a_hostile_file_costs_what_it_holds() {
    let check = |text: &str, expect: &str| {
        let errors = read(text).err().unwrap_or_default();
        assert!(errors.len() <= 100, "{} errors", errors.len());
        let first = errors.first().map(ConfigError::to_string).unwrap_or_default();
        assert_eq!(first, expect, "{text:.60}");
        errors.last().and_then(|error| error.help.clone()).unwrap_or_default()
    };
    let list = |item: &dyn Fn(usize) -> String, count: usize| (0..count).map(item).collect::<Vec<_>>().join(", ");
    let last =
        check(&list(&|n| format!("a{n}: 1"), 50_000).replace(", ", "\n"), "engine.yaml:1:1: there is no key `a0`");
    assert_eq!(last, "49901 more errors are not shown");
    let deep = format!("version: 1\nprofile: {}{}", "[".repeat(200), "]".repeat(200));
    check(&deep, "engine.yaml:2:10: `profile` must be text, and this is a list");
    check(
        &format!("version: 1\nprofile: {}", "[".repeat(100_000)),
        "engine.yaml:2:265: nested more than 255 levels deep",
    );
    let paths = list(&|n| format!("a/{n}/b"), 20_000);
    check(&format!("version: 1\ntenants: [{{name: a, vault: [{paths}]}}]"), "");
    let tenants = list(&|n| format!("{{name: t{n}, vault: [{}x]}}", "a/".repeat(n)), 1_000);
    check(
        &format!("version: 1\ntenants: [{tenants}, {{name: a, vault: [a]}}]"),
        &format!(
            "engine.yaml:2:1024919: `a` covers `{}…` of tenant `t999`, and tenants must not overlap",
            "a/".repeat(40)
        ),
    );
    let rules = list(&|_| "r: {severity: low}".to_owned(), 20_000);
    check(&format!("version: 1\nrules: {{{rules}}}"), "engine.yaml:2:29: `r` stands twice in this mapping");
    let name = "x".repeat(1_000_000) + "_";
    check(&format!("version: 1\npolicies: ['{name}']"), &format!("engine.yaml:2:12: `{}…` is no id", "x".repeat(80)));
    let stars = "**/".repeat(2_000);
    let assume =
        format!("version: 1\nassume: [{{rules: [a], owner: o, reason: r, expires: 2027-01-31, path: '{stars}x'}}]");
    let config = read(&assume).unwrap();
    assert!(!config.assumptions[0].settles("a", Some(&"a/".repeat(2_000)), ""));
}
