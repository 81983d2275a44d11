//! Which refs reach a job: what rules, `only`, `except` and workflows let through, and what only the run tells.
//!
//! `judged/reach.txt` holds generated pipelines, `judged/reach.json` a list of concrete pipelines and, for each case and
//! each of these, the number of the rule that gitlab-ci-local 4.61.1 takes (its `getRulesResult`), or `-`. Left out
//! is what it is known to do otherwise than GitLab: `!~` on a variable that is not set, which is true in GitLab, and
//! `only` and `except`, which it does not have.

#[cfg(test)]
#[path = "support/files.rs"]
mod files;

use engine_facts::gitlab::{Pipeline, Project, Ref, RefKind, RefName};
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
    job("only: [main], except: {changes: [a]}", &["branch main by external_pull_request_event or push"]);
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
    rule("$CI_COMMIT_BRANCH =~ /^main$/i", "branch *");
    rule("$CI_COMMIT_TAG !~ /^v/", "branch *any*, tag *any*, request *any*");
    rule("$CI_COMMIT_BRANCH == 'a' || $CI_COMMIT_BRANCH == 'b' && $CI_COMMIT_TAG", "branch a");
    rule("($CI_COMMIT_BRANCH == 'a' || $CI_COMMIT_BRANCH == 'b') && $CI_COMMIT_TAG == null", "branch a, branch b");
    rule("null", "");
    rule("'text'", "branch *any*, tag *any*, request *any*");
    rule("''", "");
    rule("$CI_COMMIT_REF_PROTECTED == 'true' && $CI_COMMIT_BRANCH", "branch *any* protected");
    rule("$CI_MERGE_REQUEST_TARGET_BRANCH_NAME == 'main'", "request *any*");
}

#[test]
fn a_dollar_that_no_name_follows_is_a_character() {
    // The project may set it otherwise.
    let otherwise = "tag *any* ?$LIKE, request *any* ?$LIKE";
    let like = |value: &str, expect: &str| {
        let rules = "rules: [{if: $CI_COMMIT_BRANCH =~ $LIKE}]";
        check(
            &format!("variables: {{LIKE: '{value}'}}\njob: {{script: [x], {rules}}}\n"),
            &[&format!("branch *any* ?$LIKE{expect}, {otherwise}")],
        );
    };
    like("/^release$/", ", branch release");
    like("/^(main|develop)$/", ", branch develop, branch main");
    like("/^$NAME$/", "");
    like("/^${NAME}/", "");
    like("/^$$NAME/", "");
}

#[test]
fn what_a_starter_may_set_proves_nothing() {
    rule("$CI_COMMIT_BRANCH == 'main' && $DEPLOY == 'yes'", "branch main ?$DEPLOY");
    rule("$DEPLOY", "branch *any* ?$DEPLOY, tag *any* ?$DEPLOY, request *any* ?$DEPLOY");
    rule("$DEPLOY == null", "branch *any*, tag *any*, request *any*");
    // What the text sets stands before GitLab's own.
    check(
        "variables: {CI_COMMIT_BRANCH: main}\njob: {script: [x], rules: [{if: '$CI_COMMIT_BRANCH == \"main\"'}]}\n",
        &["branch *any*, tag *any*, request *any*"],
    );
    check(
        "workflow: {rules: [{variables: {CI_COMMIT_BRANCH: main}}]}\n\
         job: {script: [x], rules: [{if: $CI_COMMIT_BRANCH}]}\n",
        &["branch *any*, tag *any*, request *any*"],
    );
    check(
        "workflow: {rules: [{if: $CI_COMMIT_TAG, variables: {DEPLOY: 'yes'}}, {if: $CI_COMMIT_BRANCH}]}\n\
         job: {script: [x], rules: [{if: $DEPLOY == 'yes'}]}\n",
        &["branch *any* ?$DEPLOY, tag *any*"],
    );
    check(
        "variables: {A: $CI_COMMIT_TAG, B: c, C: $B}\n\
         job: {script: [x], rules: [{if: $A == 'v1'}, {if: $C == 'c' && $CI_COMMIT_BRANCH == 'x'}]}\n",
        &["branch *any* ?$A, tag *any* ?$A, tag v1, request *any* ?$A", "branch x"],
    );
}

#[test]
fn the_first_rule_that_matches_decides() {
    job("rules: [{if: $CI_COMMIT_TAG, when: never}, {when: manual}]", &["branch *any*, request *any*"]);
    job("rules: [{if: '$CI_COMMIT_BRANCH == \"a\"'}, {if: $CI_COMMIT_BRANCH}]", &["branch a", "branch *any*"]);
    job("rules: [{when: never}, {when: manual}]", &[""]);
    // Whoever pushes chooses what is changed; without a push all files count as changed.
    job(
        "rules: [{if: $CI_COMMIT_BRANCH, changes: [a]}, {if: $CI_COMMIT_BRANCH}]",
        &["branch *any*", "branch *any* by external_pull_request_event or push"],
    );
    job("rules: [{changes: [a], when: never}, {if: $CI_COMMIT_TAG}]", &[""]);
    job("rules: [{exists: [a], when: never}, {if: $CI_COMMIT_TAG}]", &["tag *any*"]);
    job("rules: [{if: $X, when: never}, {if: $CI_COMMIT_TAG}]", &["tag *any*"]);
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
    let long = "m".repeat(40);
    let why = "a pattern that is not between slashes";
    rule(
        &format!("$CI_COMMIT_TAG == null && $CI_COMMIT_BRANCH && $CI_COMMIT_BRANCH =~ '{long}'"),
        &format!("branch *any* ?{why}"),
    );
    rule("$CI_COMMIT_BRANCH && $CI_COMMIT_BRANCH =~ 'ab'", "branch a, branch ab, branch b");
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
fn a_job_is_there_where_what_it_needs_is() {
    check("plan: {script: [x], only: [main]}\njob: {script: [x], needs: [plan]}\n", &["branch main, tag main"]);
    check(
        "plan: {script: [x], rules: [{if: $PHASE == 'plan'}]}\n\
         job: {script: [x], needs: [plan], rules: [{if: $PHASE == 'apply'}]}\n",
        &[""],
    );
    check(
        "plan: {script: [x], only: [main]}\njob: {script: [x], needs: [{job: plan, optional: true}]}\n",
        &["branch *any*, tag *any*"],
    );
    check(
        "a: {script: [x], rules: [{if: $CI_COMMIT_TAG}]}\nb: {script: [x], needs: [a]}\njob: {script: [x], needs: [b]}\n",
        &["tag *any*"],
    );
    // A job of an edge stage makes no pipeline alone.
    check("a: {script: [x], only: [main]}\njob: {stage: .post, script: [x]}\n", &["branch main, tag main"]);
}

/// Of each way to start of the last job: which jobs somebody has to start first, and whether that is always so.
#[cfg(test)]
fn held(pipeline: &str) -> Vec<String> {
    let pipeline = Files::new(&format!("//- .gitlab-ci.yml\n{pipeline}")).pipeline();
    let job = pipeline.jobs.last().unwrap();
    let said = |start: &engine_facts::gitlab::Start| {
        let held = &start.held;
        let always = match &held.always {
            engine_model::Value::Known(true) => "always".to_owned(),
            engine_model::Value::Known(false) => format!("not for {}", held.shown.as_ref().unwrap()),
            engine_model::Value::Unknown(unknown) => format!("?{}", unknown.on),
            engine_model::Value::Absent => "never".to_owned(),
        };
        format!("{} {always}", held.by.join(" or ")).trim().to_owned()
    };
    job.starts.iter().map(said).collect()
}

#[test]
fn somebody_has_to_start_what_a_job_waits_for() {
    const STAGES: &str = "stages: [one, two]\n";
    let check = |gate: &str, job: &str, expect: &[&str]| {
        let pipeline = format!(
            "{STAGES}gate: {{stage: one, script: [x], {gate}}}\n\
             job: {{stage: two, script: [terraform apply], {job}}}\n"
        );
        assert_eq!(held(&pipeline), expect, "{pipeline}");
    };
    check("when: manual, allow_failure: false", "when: on_success", &["gate always"]);
    // The pipeline goes on without a job that may fail.
    check("when: manual", "when: on_success", &["never"]);
    check("when: manual", "needs: [gate]", &["gate always"]);
    check("when: on_success", "when: on_success", &["never"]);
    check("rules: [{when: manual}]", "when: on_success", &["gate always"]);
    check(
        "rules: [{if: $CI_COMMIT_TAG}, {when: manual}]",
        "when: on_success",
        &["gate not for a push of the tag `v1.0.0`"],
    );
    check("rules: [{if: $CI_COMMIT_TAG}, {when: manual}]", "rules: [{if: $CI_COMMIT_BRANCH}]", &["gate always"]);
    check("rules: [{if: $SKIP == 'yes', when: never}, {when: manual}]", "when: on_success", &["gate ?$SKIP"]);
    check(
        "rules: [{if: $CI_COMMIT_MESSAGE =~ /^skip/, when: never}, {when: manual}]",
        "only: [main]",
        &["gate not for a push to the branch `main`, where `CI_COMMIT_MESSAGE` is `skip`"],
    );
    check("when: manual, allow_failure: false", "needs: []", &["never"]);
}

#[test]
fn a_child_is_reached_through_the_job_that_triggers_it() {
    let child = |trigger: &str, child: &str| {
        let files = Files::new(&format!(
            "//- .gitlab-ci.yml\nstart: {{{trigger}, trigger: {{include: child.yml}}}}\n//- child.yml\n{child}"
        ));
        let parent = files.pipeline();
        let child = engine_facts::gitlab::derive_child(&files, &parent.children[0], &Project::default()).unwrap();
        let job = child.jobs.last().unwrap();
        job.starts.iter().map(|start| start.refs.iter().map(show).collect::<Vec<_>>().join(", ")).collect::<Vec<_>>()
    };
    assert_eq!(child("only: [main]", "job: {script: [x]}\n"), ["branch main, tag main"]);
    assert_eq!(child("rules: [{if: $CI_COMMIT_TAG}]", "job: {script: [x], rules: [{if: $CI_COMMIT_BRANCH}]}\n"), [""]);
    assert_eq!(
        child(
            "rules: [{if: $CI_PIPELINE_SOURCE == 'schedule'}]",
            "job: {script: [x], rules: [{if: $CI_COMMIT_BRANCH}]}\n"
        ),
        ["branch *any* by schedule"]
    );
    // A child has a source of its own.
    assert_eq!(child("only: [main]", "job: {script: [x], rules: [{if: $CI_PIPELINE_SOURCE == 'push'}]}\n"), [""]);
    // Variables of the job that triggers are passed along, and stand before the child's own.
    let own = "variables: {WHERE: staging}\njob: {script: [x], rules: [{if: $WHERE == 'production'}]}\n";
    assert_eq!(child("variables: {WHERE: production}, only: [main]", own), ["branch main, tag main"]);
    assert_eq!(child("only: [main]", own), ["branch main ?$WHERE, tag main ?$WHERE"]);
}

#[test]
fn whoever_may_pass_variables_may_pass_gitlabs_own() {
    let pipeline = "//- .gitlab-ci.yml\njob: {script: [x], rules: [{if: '$CI_COMMIT_BRANCH == \"main\"'}]}\n";
    let refs = |role: &str| {
        let project = Project { variable_override_role: Some(role.to_owned()), ..Project::default() };
        let pipeline = Files::new(pipeline).pipeline_of(&project);
        let refs = &pipeline.jobs[0].starts[0].refs;
        let shown = refs.iter().filter_map(|entry| Some(entry.witness.as_ref()?.sentence(entry.kind)));
        (refs.iter().map(show).collect::<Vec<_>>().join(", "), shown.collect::<Vec<_>>().join("; "))
    };
    assert_eq!(refs("maintainer"), ("branch main".to_owned(), "a push to the branch `main`".to_owned()));
    assert_eq!(refs("no_one_allowed").0, "branch main");
    let (all, shown) = refs("developer");
    assert!(all.starts_with("branch *any*") && all.contains("tag *any*"), "{all}");
    assert!(shown.contains("to the branch `feature/x`, with `CI_COMMIT_BRANCH` set to `main`"), "{shown}");
}

#[test]
fn many_rules_are_followed_and_too_many_are_open() {
    let names = |count: usize| {
        let rules: Vec<String> = (0..count).map(|n| format!("{{if: '$CI_COMMIT_BRANCH == \"b{n}\"'}}")).collect();
        format!("rules: [{}]", rules.join(", "))
    };
    let expect: Vec<String> = (0..200).map(|n| format!("branch b{n}")).collect();
    job(&names(200), &expect.iter().map(String::as_str).collect::<Vec<_>>());
    let why = "more rules and names than are followed";
    let expect = format!("branch *any* ?{why}, tag *any* ?{why}, request *any* ?{why}");
    job(&names(5000), &vec![expect.as_str(); 5000]);
}

#[test]
fn a_pattern_that_would_take_long_is_open() {
    let row = "a{0,900}".repeat(200);
    let shown = "a{0,900}".repeat(7);
    let why = format!("/^{shown}a{{0…/, which is more than is followed");
    rule(&format!("$CI_COMMIT_BRANCH && $CI_COMMIT_BRANCH =~ /^{row}$/"), &format!("branch *any* ?{why}"));
    job(&format!("only: ['/^{row}$/']"), &[&format!("branch *any* ?{why}, tag *any* ?{why}")]);
    rule(
        "$CI_COMMIT_BRANCH && $CI_COMMIT_BRANCH =~ /(?=x)/",
        "branch *any* ?/(?=x)/, which is no regular expression for GitLab",
    );
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
    // What holds where nobody sets a variable says nothing of those pipelines in which it was set.
    let unset = !surely || source != "web" || !text.contains("$DEPLOY");
    kind == pipeline["type"].as_str().unwrap() && named && by && guarded && unset
}

#[test]
fn what_another_reader_takes_is_among_the_refs_and_what_is_sure_it_takes() {
    let answers: Value = serde_json::from_str(include_str!("judged/reach.json")).unwrap();
    let pipelines = answers["pipelines"].as_array().unwrap();
    let project = Project { default_branch: Some("main".to_owned()), ..Project::default() };
    let (mut wrong, mut sure, mut count) = (Vec::new(), 0, 0);
    for case in include_str!("judged/reach.txt").split("//= ").skip(1) {
        let (name, text) = case.split_once('\n').unwrap();
        let read: Pipeline = Files::new(text).pipeline_of(&project);
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

#[test]
fn a_program_of_ones_own_changes_production_too() {
    let files = Files::new(
        "//- .gitlab-ci.yml\njob: {script: ['./bin/deploy.sh prod', 'deploy.sh --dry-run', 'x deploy.sh']}\n",
    );
    let project = Project { deployers: vec!["deploy.sh".to_owned()], ..Project::default() };
    let calls = |project: &Project| {
        let pipeline = files.pipeline_of(project);
        let calls = pipeline.jobs[0].commands.iter().filter_map(|command| command.invocation.as_ref());
        calls.map(|call| (call.tool, call.changes)).collect::<Vec<_>>()
    };
    use engine_facts::gitlab::Changes;
    assert_eq!(calls(&project), [("deployer", Changes::Yes), ("deployer", Changes::No)]);
    assert_eq!(calls(&Project::default()), []);
}

/// What the calls of the table in a script come to.
#[cfg(test)]
fn calls(script: &[&str]) -> Vec<String> {
    let script = serde_json::to_string(script).unwrap();
    let pipeline = Files::new(&format!("//- .gitlab-ci.yml\njob: {{script: {script}}}\n")).pipeline();
    let calls = pipeline.jobs[0].commands.iter().filter_map(|command| command.invocation.as_ref());
    calls.map(|call| format!("{} {:?}", call.tool, call.changes)).collect()
}

#[test]
fn programs_are_known_by_what_they_are_told() {
    use engine_facts::gitlab::Changes::{self, Maybe, No, Yes};
    let check = |line: &str, tool: &str, expect: Changes| {
        assert_eq!(calls(&[line]), [format!("{tool} {expect:?}")], "{line}");
    };
    for (line, expect) in [
        ("kubectl -n prod apply -f a.yml", Yes),
        ("kubectl apply --dry-run=client -f a.yml", No),
        ("kubectl apply --dry-run=none -f a.yml", Yes),
        ("kubectl get pods", No),
        ("kubectl rollout status deploy/x", No),
        ("kubectl rollout restart deploy/x", Yes),
        ("kubectl $VERB -f a.yml", Maybe),
    ] {
        check(line, "kubectl", expect);
    }
    for (line, expect) in [
        ("helm upgrade --install x ./chart --version 1.2.3", Yes),
        ("helm template x ./chart", No),
        ("helm upgrade x ./chart --dry-run", No),
    ] {
        check(line, "helm", expect);
    }
    for (line, expect) in
        [("nomad job run x.nomad", Yes), ("nomad job plan x.nomad", No), ("nomad -address=https://n job stop x", Yes)]
    {
        check(line, "nomad", expect);
    }
    for (line, expect) in [
        ("vault write auth/jwt/login role=x jwt=$T", No),
        ("vault write pki/issue/web common_name=x", No),
        ("vault write secret/x a=b", Yes),
        ("vault write $WHERE a=b", Maybe),
        ("vault kv put secret/x a=b", Yes),
        ("vault kv get secret/x", No),
        ("vault policy write x x.hcl", Yes),
        ("vault token revoke -self", No),
    ] {
        check(line, "vault", expect);
    }
    for (line, expect) in [
        ("aws --region eu-west-1 s3 cp a.txt s3://b/a.txt", Yes),
        ("aws s3 cp s3://b/a.txt a.txt", No),
        ("aws s3 sync . s3://b --delete --exclude '*.tmp'", Yes),
        ("aws s3 ls", No),
        ("aws sts assume-role --role-arn x", No),
        ("aws ecr get-login-password", No),
        ("aws ecs update-service --service x", Yes),
        ("aws eks update-kubeconfig --name x", No),
        ("aws cloudformation deploy --stack-name x", Yes),
        ("aws cloudformation deploy --no-execute-changeset", No),
    ] {
        check(line, "aws", expect);
    }
    for (line, expect) in [
        ("ansible-playbook -i hosts site.yml", Yes),
        ("ansible-playbook --check site.yml", No),
        ("ansible-playbook --version", No),
    ] {
        check(line, "ansible-playbook", expect);
    }
    check("mco puppet runonce -C web", "choria", Yes);
    check("choria req package install package=x", "choria", Yes);
    check("choria ping", "choria", No);
    assert_eq!(calls(&["kubectl exec pod -- terraform apply"]), ["terraform Maybe"]);
    assert_eq!(calls(&["command -v ansible-playbook"]), [""; 0]);
    assert_eq!(calls(&["command ansible-playbook site.yml"]), ["ansible-playbook Yes"]);
}

#[test]
fn targets_of_a_makefile_are_looked_through() {
    let found = |script: &str, makefile: &str| {
        let files = Files::new(&format!(
            "//- .gitlab-ci.yml\njob: {{script: [{script}]}}\n//- Makefile\n{makefile}//- infra/Makefile\n{makefile}"
        ));
        let job = files.pipeline().jobs.remove(0);
        let calls = job.commands.iter().filter_map(|command| {
            let call = command.invocation.as_ref()?;
            let line = command.origin.place.location();
            Some(format!("{} {:?} at {line} in {:?}", call.tool, call.changes, command.directory.path()))
        });
        let gaps = job.gaps.iter().map(|gap| gap.message.clone());
        calls.chain(gaps).collect::<Vec<_>>()
    };
    const MAKEFILE: &str = "TF ?= terraform\nplan: init\n\tcd live && $(TF) plan\n\t$(TF) version\ninit:\n\t@$(TF) init\n\
                            apply:\n\t$(TF) apply -auto-approve\nboth:\n\t$(MAKE) apply\n";
    assert_eq!(
        found("make plan", MAKEFILE),
        [
            "terraform No at Makefile:6:3 in Some(\"\")",
            "terraform No at Makefile:3:2 in Some(\"live\")",
            "terraform No at Makefile:4:2 in Some(\"\")"
        ]
    );
    assert_eq!(found("make -C infra apply", MAKEFILE), ["terraform Yes at infra/Makefile:8:2 in Some(\"infra\")"]);
    assert_eq!(found("make both", MAKEFILE), ["terraform Yes at Makefile:8:2 in Some(\"\")"]);
    assert_eq!(found("make apply TF=echo", MAKEFILE), [""; 0]);
    assert_eq!(found("make apply", "apply:\n\t./$(TOOL) apply\n")[0], "unknown Maybe at Makefile:2:2 in Some(\"\")");
    // What the job says of a variable stands before what the file says where nobody does.
    assert_eq!(found("export TF=tofu, make apply", MAKEFILE), ["tofu Yes at Makefile:8:2 in Some(\"\")"]);
    let usual = "ACTION ?= plan\napply:\n\tterraform $(ACTION)\n";
    for line in ["ACTION=apply make apply", "env ACTION=apply make apply", "export ACTION=apply, make apply"] {
        assert_eq!(found(line, usual), ["terraform Yes at Makefile:3:2 in Some(\"\")"], "{line}");
    }
    // What the environment has already, make hands on as the file sets it.
    let own = "ACTION = apply\napply:\n\tterraform $$ACTION\n";
    assert_eq!(found("export ACTION=plan, make apply", own), ["terraform Yes at Makefile:3:2 in Some(\"\")"]);
    assert_eq!(found("ACTION=$X make apply", usual), ["terraform Maybe at Makefile:3:2 in Some(\"\")"]);
    assert_eq!(
        found("export MAKEFLAGS=-e, make apply", usual),
        ["the targets of `Makefile` are not read: the environment tells make more"]
    );
    assert_eq!(found("make gone", MAKEFILE), ["the targets of `Makefile` are not read: it has no target `gone`"]);
    assert_eq!(found("make $GOAL", MAKEFILE), ["the targets of `Makefile` are not read"]);
    let missing = "the targets of `Makefile` are not read: it includes `x.mk`, which is not here";
    assert_eq!(found("make apply", &format!("include x.mk\n{MAKEFILE}")), [missing]);
    // A file that calls itself again and again ends with the budget.
    let many = format!("x:\n{}\techo terraform\n", "\t$(MAKE) x\n".repeat(2000));
    assert!(found("make x", &many).iter().any(|said| said == "the targets of `Makefile` are not read"));
    assert_eq!(found("make loop", "loop:\n\t$(MAKE) loop\n\tterraform apply\n").len(), 6);
}
