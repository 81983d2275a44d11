//! What `include`, `extends`, `!reference`, anchors, merge keys and defaults come to, against another reader's answers.
//!
//! `judged/NAME.txt` holds pipelines, `//= CASE` before each and `//- PATH` before each of its files; `judged/NAME.json`
//! what gitlab-ci-local 4.61.1 printed for them (`--preview --no-json-schema-validation`) as plain data: the variables
//! of the pipeline put under the job's own, `when: never` rules left out. Lines of scripts are compared as the commands
//! that they come to. Where GitLab is known to do otherwise than that program, a case has no answer here.

#[cfg(test)]
#[path = "support/answer.rs"]
mod answer;
#[cfg(test)]
#[path = "support/files.rs"]
mod files;

use files::Files;
use serde_json::{Map, Value};

#[cfg(test)]
fn check(cases: &str, answers: &str) {
    let answers: Map<String, Value> = serde_json::from_str(answers).unwrap();
    let mut names = Vec::new();
    let mut wrong = Vec::new();
    for case in cases.split("//= ").skip(1) {
        let (name, text) = case.split_once('\n').unwrap();
        let name = name.trim();
        names.push(name);
        let pipeline = Files::new(text).pipeline();
        let found = answer::differences(&pipeline, answers[name].as_object().unwrap());
        wrong.extend(found.into_iter().map(|difference| format!("{name}: {difference}")));
        wrong.extend(pipeline.findings.iter().map(|finding| format!("{name}: {}", finding.message)));
        wrong.extend(pipeline.gaps.iter().map(|gap| format!("{name}: {}", gap.message)));
    }
    names.sort_unstable();
    let answered: Vec<&str> = answers.keys().map(String::as_str).collect();
    assert_eq!(names, answered, "each case has an answer and each answer a case");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn written_by_hand() {
    check(include_str!("judged/written.txt"), include_str!("judged/written.json"));
}

#[test]
fn generated() {
    check(include_str!("judged/generated.txt"), include_str!("judged/generated.json"));
}
