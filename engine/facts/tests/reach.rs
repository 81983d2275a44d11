//! Which refs reach a job: what rules, `only`, `except` and workflows let through, and what only the run tells.
//!
//! `judged/reach.txt` holds generated pipelines, `judged/reach.json` a list of concrete pipelines and, for each case and
//! each of these, the number of the rule that gitlab-ci-local 4.61.1 takes (its `getRulesResult`), or `-`. Left out
//! is what it is known to do otherwise than GitLab: `!~` on a variable that is not set, which is true in GitLab, and
//! `only` and `except`, which it does not have.

#[cfg(test)]
#[path = "support/files.rs"]
mod files;

use engine_facts::gitlab::{Pipeline, Ref, RefKind, RefName};
use files::Files;
use serde_json::Value;

#[cfg(test)]
fn show(entry: &Ref) -> String {
    let kind = match entry.kind {
        RefKind::Branch => "branch",
        RefKind::Tag => "tag",
        RefKind::MergeRequest => "request",
    };
    let name = match &entry.name {
        RefName::Any => "*any*",
        RefName::Default => "*default*",
        RefName::Exact(name) | RefName::Pattern(name) => name,
    };
    let protected = if entry.protected { " protected" } else { "" };
    let sources = if entry.sources.is_empty() { String::new() } else { format!(" by {}", entry.sources.join(" or ")) };
    let doubt = entry.doubt.as_ref().map_or_else(String::new, |doubt| format!(" ?{}", doubt.on));
    format!("{kind} {name}{protected}{sources}{doubt}")
}

/// For each way to start of the last job, its refs on one line.
#[cfg(test)]
fn check(pipeline: &str, expect: &[&str]) {
    let pipeline = Files::new(&format!("//- .gitlab-ci.yml\n{pipeline}")).pipeline();
    let job = pipeline.jobs.last().unwrap();
    let found: Vec<String> =
        job.starts.iter().map(|start| start.refs.iter().map(show).collect::<Vec<_>>().join(", ")).collect();
    assert_eq!(found, expect);
}

/// A job with these keywords.
#[cfg(test)]
fn job(keywords: &str, expect: &[&str]) {
    check(&format!("job: {{script: [x], {keywords}}}\n"), expect);
}

/// A job with one rule.
#[cfg(test)]
fn rule(condition: &str, expect: &str) {
    let condition = serde_json::to_string(condition).unwrap();
    job(&format!("rules: [{{if: {condition}}}]"), &[expect]);
}

#[test]
fn a_job_without_rules_starts_for_branches_and_tags() {
    job("when: manual", &["branch *any*, tag *any*"]);
    job("when: never", &[]);
    check("workflow: {rules: [{when: always}]}\njob: {script: [x]}\n", &["branch *any*, tag *any*, request *any*"]);
    check("workflow: {name: x}\njob: {script: [x]}\n", &["branch *any*, tag *any*"]);
    check("workflow: {rules: [{if: '$CI_COMMIT_TAG', when: never}]}\njob: {script: [x]}\n", &[""]);
    check(
        "workflow: {rules: [{if: '$CI_COMMIT_BRANCH == \"main\"'}, {if: $CI_MERGE_REQUEST_IID}]}\njob: {script: [x]}\n",
        &["branch main, request *any*"],
    );
}

#[test]
fn only_and_except_select_tags_by_name_too() {
    job("only: [main]", &["branch main, tag main"]);
    job("only: [/^release-.*$/]", &["branch release-*, tag release-*"]);
    job("only: [/main/]", &["branch *main*, tag *main*"]);
    job("only: [branches]", &["branch *any*, tag branches"]);
    job("only: [main], except: [tags]", &["branch main"]);
    job("except: [main]", &["branch *any*, tag *any*"]);
    job("except: [branches]", &["tag *any*"]);
    job("only: [schedules]", &["branch *any* by schedule, branch schedules, tag *any* by schedule, tag schedules"]);
    job("only: [merge_requests]", &["branch merge_requests, tag merge_requests, request *any*"]);
    job("only: [main@group/project]", &["branch main ?the project's own path, tag main ?the project's own path"]);
    job("only: {changes: [a]}", &["branch *any*, tag *any*"]);
    job("only: {refs: [main], variables: ['$CI_COMMIT_TAG == null']}", &["branch main"]);
    job("only: {refs: [main], variables: [$DEPLOY]}", &["branch main ?$DEPLOY, tag main ?$DEPLOY"]);
    job("except: {variables: [$CI_COMMIT_TAG]}", &["branch *any*"]);
    job("only: [main], except: {changes: [a]}", &["branch main"]);
    job(
        "only: ['$[[ inputs.ref ]]']",
        &["branch *any* ?the input `$[[ inputs.ref ]]`, tag *any* ?the input `$[[ inputs.ref ]]`, \
         request *any* ?the input `$[[ inputs.ref ]]`"],
    );
    check(
        "workflow: {rules: [{when: always}]}\njob: {script: [x], except: [main]}\n",
        &["branch *any*, tag *any*, request *any*"],
    );
    check(
        "workflow: {rules: [{when: always}]}\njob: {script: [x], only: {variables: [$CI]}}\n",
        &["branch *any*, tag *any*"],
    );
}

#[test]
fn a_condition_says_what_it_compares() {
    rule("$CI_COMMIT_BRANCH == \"main\"", "branch main");
    rule("$CI_COMMIT_REF_NAME == \"main\"", "branch main, tag main, request main");
    rule("\"main\" == $CI_COMMIT_BRANCH", "branch main");
    rule("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH", "branch *default*");
    rule("$CI_COMMIT_BRANCH != $CI_DEFAULT_BRANCH", "branch *any*, tag *any*, request *any*");
    rule("$CI_COMMIT_BRANCH", "branch *any*");
    rule("$CI_COMMIT_TAG", "tag *any*");
    rule("$CI_PIPELINE_SOURCE == \"schedule\"", "branch *any* by schedule, tag *any* by schedule");
    rule("$CI_PIPELINE_SOURCE == \"merge_request_event\"", "request *any*");
    rule("$CI_PIPELINE_SOURCE == 'push' && $CI_COMMIT_BRANCH == 'main'", "branch main by push");
    rule("$CI_COMMIT_BRANCH =~ /^main$/", "branch main");
    rule("$CI_COMMIT_BRANCH =~ /^(main|master)$/", "branch main, branch master");
    rule("$CI_COMMIT_BRANCH =~ /main/", "branch *main*");
    rule("$CI_COMMIT_BRANCH =~ /^release\\/.+$/", "branch release/*");
    rule("$CI_COMMIT_BRANCH =~ /^main$/i", "branch *any* ?/^main$/i, tag *any* ?/^main$/i, request *any* ?/^main$/i");
    rule("$CI_COMMIT_TAG !~ /^v/", "branch *any*, tag *any*, request *any*");
    rule("$CI_COMMIT_BRANCH == 'a' || $CI_COMMIT_BRANCH == 'b' && $CI_COMMIT_TAG", "branch a");
    rule("($CI_COMMIT_BRANCH == 'a' || $CI_COMMIT_BRANCH == 'b') && $CI_COMMIT_TAG == null", "branch a, branch b");
    rule("null", "");
    rule("'text'", "branch *any*, tag *any*, request *any*");
    rule("''", "");
    rule("$CI_COMMIT_REF_PROTECTED == 'true' && $CI_COMMIT_BRANCH", "branch *any* protected");
    rule("$CI_MERGE_REQUEST_TARGET_BRANCH_NAME == 'main'", "request *any* ?$CI_MERGE_REQUEST_TARGET_BRANCH_NAME");
}

#[test]
fn what_a_starter_may_set_proves_nothing() {
    rule("$CI_COMMIT_BRANCH == 'main' && $DEPLOY == 'yes'", "branch main ?$DEPLOY");
    rule("$DEPLOY", "branch *any* ?$DEPLOY, tag *any* ?$DEPLOY, request *any* ?$DEPLOY");
    check(
        "variables: {CI_COMMIT_BRANCH: main}\njob: {script: [x], rules: [{if: '$CI_COMMIT_BRANCH == \"main\"'}]}\n",
        &["branch *any* ?$CI_COMMIT_BRANCH, tag *any* ?$CI_COMMIT_BRANCH, request *any* ?$CI_COMMIT_BRANCH"],
    );
    check(
        "workflow: {rules: [{variables: {CI_COMMIT_BRANCH: main}}]}\n\
         job: {script: [x], rules: [{if: $CI_COMMIT_BRANCH}]}\n",
        &["branch *any* ?$CI_COMMIT_BRANCH, tag *any* ?$CI_COMMIT_BRANCH, request *any* ?$CI_COMMIT_BRANCH"],
    );
}

#[test]
fn the_first_rule_that_matches_decides() {
    job("rules: [{if: $CI_COMMIT_TAG, when: never}, {when: manual}]", &["branch *any*, request *any*"]);
    job("rules: [{if: '$CI_COMMIT_BRANCH == \"a\"'}, {if: $CI_COMMIT_BRANCH}]", &["branch a", "branch *any*"]);
    job("rules: [{when: never}, {when: manual}]", &[""]);
    // Whoever pushes chooses what is changed; without a push all files count as changed.
    job("rules: [{if: $CI_COMMIT_BRANCH, changes: [a]}, {if: $CI_COMMIT_BRANCH}]", &["branch *any*", "branch *any*"]);
    job("rules: [{changes: [a], when: never}, {if: $CI_COMMIT_TAG}]", &[""]);
    job("rules: [{exists: [a], when: never}, {if: $CI_COMMIT_TAG}]", &["tag *any*"]);
    job("rules: [{if: $X, when: never}, {if: $CI_COMMIT_TAG}]", &["tag *any* ?$X"]);
    job("rules: [{if: $CI_COMMIT_TAG, when: '$[[ inputs.when ]]'}]", &["tag *any* ?the input `$[[ inputs.when ]]`"]);
}

#[test]
fn an_expression_that_is_not_read_leaves_everything_open() {
    let open = |text: &str| format!("branch *any* ?{text}, tag *any* ?{text}, request *any* ?{text}");
    for text in ["${CI_COMMIT_BRANCH}", "$A ==", "($A", "/a/", "$A =~ /a/", "$A === $B", "$A &&& $B", "main"] {
        rule(text, &open(text));
    }
    let nested = format!("{}$CI{}", "(".repeat(40), ")".repeat(40));
    rule(&nested, &open(&nested));
    rule("$CI_COMMIT_BRANCH =~ $PATTERN", &open("$PATTERN"));
    rule("$CI_COMMIT_BRANCH =~ 'main'", &open("a pattern that is not between slashes"));
}

#[test]
fn what_a_missing_file_may_hold_leaves_everything_open() {
    check(
        "include: gone.yml\njob: {extends: .gone, script: [x]}\n",
        &["branch *any* ?what `job` extends, tag *any* ?what `job` extends"],
    );
    check("include: gone.yml\njob: {extends: .gone, script: [x], rules: [{if: $CI_COMMIT_TAG}]}\n", &["tag *any*"]);
}

#[test]
fn more_than_is_followed_is_open() {
    let why = "more rules and names than are followed";
    let many: Vec<String> = (0..200).map(|n| format!("{{if: '$CI_COMMIT_BRANCH == \"b{n}\"'}}")).collect();
    let expect = format!("branch *any* ?{why}, tag *any* ?{why}, request *any* ?{why}");
    job(&format!("rules: [{}]", many.join(", ")), &vec![expect.as_str(); 200]);
}

#[test]
fn what_would_take_long_is_open() {
    let why = "more rules and names than are followed";
    let expect = format!("branch *any* ?{why}, tag *any* ?{why}, request *any* ?{why}");
    let row = "a{0,900}".repeat(200);
    rule(&format!("$CI_COMMIT_BRANCH =~ /^{row}$/ || $CI_COMMIT_BRANCH == '{}'", "a".repeat(5000)), &expect);
    job(&format!("only: ['/^{row}$/', {}]", "a".repeat(5000)), &[&expect]);
}

/// Whether an entry speaks of a concrete pipeline; `surely` where it says so of this very one.
#[cfg(test)]
fn speaks(entry: &Ref, pipeline: &Value, text: &str, surely: bool) -> bool {
    let kind = match entry.kind {
        RefKind::Branch => "branch",
        RefKind::Tag => "tag",
        RefKind::MergeRequest => "merge-request",
    };
    let name = pipeline["name"].as_str().unwrap();
    let source = pipeline["source"].as_str().unwrap();
    let named = match &entry.name {
        // A name that is told apart from the default branch is not the default branch's, which is `main` here.
        RefName::Exact(own) => own == name && !(surely && own == "main" && text.contains("CI_DEFAULT_BRANCH")),
        RefName::Default => name == "main",
        RefName::Any => !surely || name == "zz-other" || !text.contains('~') && !text.contains(name) && name != "main",
        RefName::Pattern(glob) => {
            let (head, tail) = glob.split_once('*').unwrap();
            let tail = tail.rsplit('*').next().unwrap();
            !surely && name.starts_with(head) && name.ends_with(tail)
        }
    };
    let by = if entry.sources.is_empty() {
        !surely || !text.contains(source) || source == "merge_request_event"
    } else {
        entry.sources.iter().any(|own| own == source)
    };
    let protected = pipeline["protected"].as_bool().unwrap();
    let guarded = if entry.protected { protected } else { !(surely && protected && text.contains("PROTECTED")) };
    kind == pipeline["type"].as_str().unwrap() && named && by && guarded
}

#[test]
fn what_another_reader_takes_is_among_the_refs_and_what_is_sure_it_takes() {
    let answers: Value = serde_json::from_str(include_str!("judged/reach.json")).unwrap();
    let pipelines = answers["pipelines"].as_array().unwrap();
    let (mut wrong, mut sure, mut count) = (Vec::new(), 0, 0);
    for case in include_str!("judged/reach.txt").split("//= ").skip(1) {
        let (name, text) = case.split_once('\n').unwrap();
        let read: Pipeline = Files::new(text).pipeline();
        let job = read.jobs.first().unwrap();
        let answer: Vec<char> = answers["answers"][name].as_str().unwrap().chars().collect();
        assert_eq!(answer.len(), pipelines.len(), "{name}");
        // The answers count the rules that say `never` too.
        let rules = text.split("job:").nth(1).unwrap().split("    - ").skip(1);
        let numbers: Vec<usize> =
            rules.enumerate().filter(|(_, rule)| !rule.contains("never")).map(|(n, _)| n).collect();
        assert_eq!(numbers.len(), job.starts.len(), "{name}");
        for (pipeline, taken) in pipelines.iter().zip(&answer) {
            for (start, number) in job.starts.iter().zip(&numbers) {
                let takes = taken.to_digit(10) == Some(u32::try_from(*number).unwrap());
                let may = start.refs.iter().any(|entry| speaks(entry, pipeline, text, false));
                let must = start.refs.iter().find(|entry| entry.doubt.is_none() && speaks(entry, pipeline, text, true));
                count += 1;
                sure += usize::from(must.is_some());
                if takes && !may {
                    wrong.push(format!("{name} rule {number}: {pipeline} is missing"));
                }
                if let (false, Some(entry)) = (takes, must) {
                    wrong.push(format!("{name} rule {number}: {pipeline} is said by {}", show(entry)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count}\n{}", wrong.len(), wrong.join("\n"));
    assert!(sure > 1000, "{sure} of {count} are sure");
}
