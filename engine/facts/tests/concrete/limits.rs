//! What is too large or too rare for a case: the limits of `changes` and `exists`, `!reference`, merge keys, and
//! where RE2 and the `regex` crate part.

use std::collections::BTreeMap;

use super::{Answer, Environment, Kind, Pipeline};

fn push() -> Environment {
    Environment {
        kind: Kind::Branch,
        source: "push".to_owned(),
        name: "main".to_owned(),
        target: String::new(),
        fork: false,
        protected: false,
        default_branch: "main".to_owned(),
        variables: BTreeMap::new(),
        changed: None,
        exists: Vec::new(),
    }
}

/// Says whether the job called `job` is in the pipeline; none where the file is refused.
fn runs(yaml: &str, environment: &Environment) -> Option<bool> {
    let answers = Pipeline::read(yaml).ok()?.answers(environment);
    Some(answers.get("job").is_some_and(|answer| *answer != Answer::Absent))
}

/// Says whether `text` matches `pattern`; none where the pattern is refused.
fn found(pattern: &str, text: &str) -> Option<bool> {
    let mut environment = push();
    environment.variables.insert("TEXT".to_owned(), text.to_owned());
    runs(&format!("job:\n  script: echo\n  rules:\n    - if: '$TEXT =~ /{pattern}/'\n"), &environment)
}

fn files(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("generated/{number}.txt")).collect()
}

#[test]
fn after_fifty_thousand_comparisons_changes_is_true() {
    let yaml = "job: {script: echo, rules: [{changes: ['*.md', '*.rs']}]}";
    let few = Environment { changed: Some(files(25_000)), ..push() };
    let many = Environment { changed: Some(files(25_001)), ..push() };
    assert_eq!((runs(yaml, &few), runs(yaml, &many)), (Some(false), Some(true)));
}

#[test]
fn after_fifty_thousand_comparisons_exists_is_true() {
    let yaml = "job: {script: echo, rules: [{exists: ['*.md', '*.rs']}]}";
    let few = Environment { exists: files(25_000), ..push() };
    let many = Environment { exists: files(25_001), ..push() };
    assert_eq!((runs(yaml, &few), runs(yaml, &many)), (Some(false), Some(true)));
}

#[test]
fn a_plain_path_in_exists_has_no_limit() {
    let many = Environment { exists: files(60_000), ..push() };
    assert_eq!(runs("job: {script: echo, rules: [{exists: [README.md]}]}", &many), Some(false));
}

#[test]
fn a_directory_exists_where_a_file_is_in_it() {
    let environment = Environment { exists: vec!["docs/api/index.md".to_owned()], ..push() };
    for (path, there) in [("docs", true), ("docs/api/", true), ("doc", false), ("api", false)] {
        let yaml = format!("job: {{script: echo, rules: [{{exists: ['{path}']}}]}}");
        assert_eq!(runs(&yaml, &environment), Some(there), "{path}");
    }
}

#[test]
fn rules_may_be_referred_to() {
    let yaml = ".only-tags:\n  rules:\n    - if: $CI_COMMIT_TAG\n\
                job:\n  script: echo\n  rules:\n    - !reference [.only-tags, rules]\n";
    let tag = Environment { kind: Kind::Tag, ..push() };
    assert_eq!((runs(yaml, &push()), runs(yaml, &tag)), (Some(false), Some(true)));
    assert_eq!(runs("job: {script: echo, rules: [!reference [.gone, rules]]}", &push()), None);
}

#[test]
fn merge_keys_are_applied() {
    let yaml = ".base: &base\n  rules:\n    - when: never\njob:\n  <<: *base\n  script: echo\n";
    assert_eq!(runs(yaml, &push()), Some(false));
}

#[test]
fn a_circle_of_variables_leaves_all_values_as_written() {
    let yaml = "variables: {A: $B, B: $A, C: $D, D: 'x'}\n\
                job:\n  script: echo\n  rules:\n    - if: '$C == \"$D\" && $A == \"$B\"'\n";
    assert_eq!(runs(yaml, &push()), Some(true));
}

#[test]
fn an_unknown_variable_in_a_value_stays_as_written() {
    let yaml = "variables: {A: $GONE}\njob:\n  script: echo\n  rules:\n    - if: '$A == \"$GONE\"'\n";
    assert_eq!(runs(yaml, &push()), Some(true));
}

#[test]
fn patterns_are_those_of_re2() {
    let cases = [
        ("^[[a]+$", "[a[", Some(true)),
        ("^[a&&b]+$", "&", Some(true)),
        ("^[[:alpha:]]+$", "ab", Some(true)),
        (r"^[\w.]+$", "a.b", Some(true)),
        (r"^[^\d]+$", "٣", Some(true)),
        (r"^\S+$", "a\u{a0}b", Some(true)),
        (r"a\Bb", "ab", Some(true)),
        (r"é\bx", "éx", Some(true)),
        ("^a{,2}$", "a{,2}", Some(true)),
        ("^a{2,}$", "aaa", Some(true)),
        (r"^\Qa.b\E$", "a.b", Some(true)),
        (r"^\Qa.b\E$", "axb", Some(false)),
        (r"^\x{41}\p{Lu}$", "AB", Some(true)),
        ("^a+?$", "aa", Some(true)),
        ("a**", "a", None),
        ("a+?+", "a", None),
        ("(?x)a b", "ab", None),
        ("(?<=a)b", "ab", None),
        (r"(a)\1", "aa", None),
        ("[a", "a", None),
    ];
    for (pattern, text, expected) in cases {
        assert_eq!(found(pattern, text), expected, "{pattern} against {text}");
    }
}
