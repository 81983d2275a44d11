//! Conditions and patterns that GitLab cannot read: where they are refused, and where they are not.

#[cfg(test)]
#[path = "support/files.rs"]
mod files;

use files::Files;

/// What is said of a pipeline, each with the bytes that it is about.
#[cfg(test)]
fn said(text: &str) -> Vec<String> {
    let pipeline = Files::new(&format!("//- .gitlab-ci.yml\n{text}\n//- t.yml\nt: {{script: x}}\n")).pipeline();
    let said = pipeline.findings.iter();
    said.map(|finding| format!("{}: {}", finding.location.text(), finding.message)).collect()
}

#[track_caller]
fn check(text: &str, expect: &[&str]) {
    assert_eq!(said(text), expect, "{text}");
}

#[test]
fn what_gitlab_cannot_read_is_refused_where_it_is_written() {
    let none =
        "`if` is an expression that GitLab cannot read: `/a(b/` is no regular expression: a parenthesis is not closed";
    let expect = format!("/a(b/: {none}");
    for text in [
        "a: {script: x, rules: [{if: '$A == \"b\" && $B =~ /a(b/'}]}",
        "workflow: {rules: [{if: $B =~ /a(b/}]}\na: {script: x}",
        ".r: [{if: $B =~ /a(b/}]\na: {script: x, rules: [!reference [.r]]}",
        "a: {trigger: b/c, rules: [{if: $B =~ /a(b/}]}",
        "include: [{local: t.yml, rules: [{if: $B =~ /a(b/}]}]",
    ] {
        check(text, &[&expect]);
    }
    check(
        "a: {script: x, only: [main, '/^v(/', /^v\\d/i]}",
        &["'/^v(/': `/^v(/` is no regular expression: a parenthesis is not closed"],
    );
    check(
        "a: {script: x, except: {refs: ['/[/'], variables: ['$A =']}}",
        &[
            "'/[/': `/[/` is no regular expression: a `[` is not closed",
            "=: `variables` is an expression that GitLab cannot read: `=` is nothing that an expression consists of",
        ],
    );
    check("a: {script: x, rules: [{if: true}]}", &["true: `if` is an expression, and `true` is none"]);
}

#[test]
fn what_only_a_pipeline_could_tell_is_not_refused() {
    for text in [
        // A pattern in a variable is a text until a pipeline is made.
        "variables: {P: /a(b/}\na: {script: x, rules: [{if: $A =~ $P}]}",
        // What a hidden job says is not read.
        ".a: {script: x, rules: [{if: $B =~ /a(b/}]}\na: {script: x}",
        "a: {script: x, rules: [{if: null}, {when: never}]}",
        "a: {script: x, only: [main, '/x', 'x/', /x/y]}",
        "a: {script: x, rules: [{if: $A == $B == $C}]}",
    ] {
        check(text, &[]);
    }
}
