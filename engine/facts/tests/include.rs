//! Includes of every kind, inputs, and what GitLab refuses of them, each at its place with the chain that led there.

#[cfg(test)]
mod support;

use std::fmt::Write as _;

use engine_facts::gitlab::{self, Given};
use engine_model::FilePath;
use support::{Files, rendered};

/// Files in one string, `//- path` before each; jobs as `support` renders them.
#[cfg(test)]
fn check(files: &str, expect: &str) {
    let found = rendered(&Files::new(files));
    assert_eq!(found.trim(), expect.trim(), "\n--- found\n{found}");
}

/// What is said of a pipeline, and nothing of its jobs.
#[cfg(test)]
fn said(files: &str) -> String {
    let found = rendered(&Files::new(files));
    let lines = found.lines().filter(|line| line.starts_with("finding: ") || line.starts_with("gap: "));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
fn says(files: &str, expect: &str) {
    let found = said(files);
    assert_eq!(found, expect.trim(), "\n--- found\n{found}\n--- for\n{files}");
}

/// A pipeline that includes `t.yml` with these inputs, and `t.yml` with this header and body.
#[cfg(test)]
fn with_inputs(inputs: &str, spec: &str, body: &str) -> String {
    let include = if inputs.is_empty() {
        "include: [{local: t.yml}]".to_owned()
    } else {
        format!("include: [{{local: t.yml, inputs: {inputs}}}]")
    };
    format!("//- .gitlab-ci.yml\n{include}\n//- t.yml\nspec:\n  inputs: {spec}\n---\n{body}\n")
}

#[test]
fn an_input_is_put_in_as_text_and_keeps_where_it_comes_from() {
    check(
        "
//- .gitlab-ci.yml
include:
  - local: apply.yml
    inputs: {name: prod, flags: [-auto, -x], retries: 2}
//- apply.yml
spec:
  inputs:
    name:
    flags: {type: array}
    retries: {type: number, default: 1}
    stage: {default: deploy}
---
apply-$[[ inputs.name ]]:
  stage: $[[ inputs.stage ]]
  variables: {RETRIES: $[[ inputs.retries ]], FLAGS: '$[[ inputs.flags ]]'}
  script:
    - terraform apply $[[ inputs.name | truncate(0, 2) ]].plan
    - echo before $[[inputs.name]] after
",
        r#"
job apply-prod at apply.yml:8
  stage deploy at apply.yml:9 via include .gitlab-ci.yml:2 via input apply.yml:6
  starts on_success
  variable RETRIES=2 at apply.yml:10 via include .gitlab-ci.yml:2 via input .gitlab-ci.yml:3
  variable FLAGS=["-auto","-x"] at apply.yml:10 via include .gitlab-ci.yml:2 via input .gitlab-ci.yml:3
  script [terraform][apply][pr.plan] at apply.yml:12 via include .gitlab-ci.yml:2 via input .gitlab-ci.yml:3
    terraform apply: changes yes, plan pr.plan
  script [echo][before][prod][after] at apply.yml:13 via include .gitlab-ci.yml:2 via input .gitlab-ci.yml:3
"#,
    );
}

#[test]
fn a_list_is_a_list_where_it_stands_alone() {
    let files = with_inputs(
        "{jobs: [a, \"b c\"], on: true, at: 8080}",
        "{jobs: {type: array}, on: {type: boolean}, at: {type: number}}",
        "job:\n  script: $[[ inputs.jobs ]]\n  allow_failure: $[[ inputs.on ]]\n  variables: {AT: $[[ inputs.at ]]}",
    );
    let found = rendered(&Files::new(&files));
    assert!(found.contains("script [a] at t.yml:5") && found.contains("script [b][c] at t.yml:5"), "{found}");
    assert!(found.contains("starts on_success, allowed to fail") && found.contains("variable AT=8080"), "{found}");
}

#[test]
fn what_gitlab_refuses_of_inputs_is_said() {
    let job = "job:\n  script: [$[[ inputs.a ]]]";
    let at_include = "at .gitlab-ci.yml:1";
    let cases = [
        ("", "{a: }", job, format!("the input `a` has no default and is not given {at_include}")),
        ("{b: x}", "{a: {default: y}}", job, format!("`b` is not among the inputs of the file {at_include}")),
        ("{a: 1}", "{a: }", job, format!("the value of the input `a` is not a string {at_include}")),
        ("{a: yes}", "{a: }", job, format!("the value of the input `a` is not a string {at_include}")),
        ("{a: x}", "{a: {type: number}}", job, format!("the value of the input `a` is not a number {at_include}")),
        ("{a: 'yes'}", "{a: {type: boolean}}", job, format!("the value of the input `a` is not a boolean {at_include}")),
        ("{a: x}", "{a: {type: array}}", job, format!("the value of the input `a` is not an array {at_include}")),
        (
            "{a: staging}",
            "{a: {options: [dev, prod]}}",
            job,
            format!("the value of the input `a` is not one of the options `dev`, `prod` {at_include}"),
        ),
        ("{a: v1}", "{a: {regex: '^v[0-9]\\.'}}", job, format!("the value of the input `a` does not match `^v[0-9]\\.` {at_include}")),
        ("", "{a: {default: 3}}", job, "the default of the input `a` is not a string at t.yml:2".to_owned()),
        ("{a: x}", "{a: {regex: '('}}", job, "`regex` of the input `a` is no regular expression at t.yml:2".to_owned()),
        (
            "{a: x}",
            "{a: {type: text}}",
            job,
            "the input `a` has a type that is none: `string`, `number`, `boolean` and `array` are at t.yml:2".to_owned(),
        ),
        ("{a: [x]}", "{a: {type: array, options: [x]}}", job, "`options` of the input `a` are for strings and numbers alone at t.yml:2".to_owned()),
        ("{a: x}", "{a: {defualt: y}}", job, "an input has no key `defualt` at t.yml:2".to_owned()),
        ("{a: x}", "{a: }", "job:\n  script: [$[[ inputs.aa ]]]", "`aa` is not among the inputs of this file; `a` is one at t.yml:5".to_owned()),
        ("{a: x}", "{a: }", "job:\n  script: [$[[ a ]]$[[ ab ]]]", "`ab` is no way to a value: inputs are written `inputs.name` at t.yml:5".to_owned()),
        ("{a: x}", "{a: }", "job:\n  script: ['$[[ inputs.a | trunkate(0,1) ]]']", "`trunkate` is no function of inputs; `truncate` is one at t.yml:5".to_owned()),
        (
            "{a: x}",
            "{a: }",
            "job:\n  script: ['$[[ inputs.a | truncate(0,1) | truncate(0,1) | truncate(0,1) | truncate(0,1) ]]']",
            "`$[[ inputs.a | truncate(0,1) | truncate(0,1) | truncate(0,1) | truncate(0,1) ]]` has more than 3 functions at t.yml:5".to_owned(),
        ),
        ("{a: 1}", "{a: {type: number}}", "job:\n  script: ['$[[ inputs.a | truncate(0,1) ]]']", "`truncate` takes text, and `inputs.a` is none at t.yml:5".to_owned()),
    ];
    for (inputs, spec, body, expect) in cases {
        says(&with_inputs(inputs, spec, body), &format!("finding: {expect}"));
    }
    says(
        "//- .gitlab-ci.yml\ninclude: [{local: t.yml, inputs: {a: x}}]\n//- t.yml\njob:\n  script: [x]\n",
        "finding: `t.yml` takes no inputs: it has no `spec:` in front of a line with `---` at .gitlab-ci.yml:1",
    );
    says(
        &with_inputs("{a: '\"'}", "{a: }", "job:\n  script: [\"$[[ inputs.a ]]\"]"),
        "finding: `t.yml` is no YAML once its inputs are filled in: text behind a closing quote at .gitlab-ci.yml:1",
    );
}

#[test]
fn what_nobody_gives_an_input_is_not_known() {
    // Whoever starts a pipeline chooses its own inputs; what an included file is given of them is not known either.
    let files = "//- .gitlab-ci.yml
spec:
  inputs:
    env: {default: dev}
---
include: [{local: t.yml, inputs: {target: '$[[ inputs.env ]]', fixed: x}}]
own:
  script: [echo $[[ inputs.env ]]]
//- t.yml
spec:
  inputs:
    target:
    fixed:
---
job:
  script: [terraform -chdir=$[[ inputs.target ]] apply $[[ inputs.fixed ]]]
";
    let found = rendered(&Files::new(files));
    assert!(found.contains("gap: the script holds the input `$[[ inputs.env ]]`"), "{found}");
    assert!(found.contains("gap: the script holds the input `$[[ inputs.target ]]`"), "{found}");
}

#[cfg(test)]
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

#[test]
fn files_from_elsewhere_are_read_where_the_lock_says() {
    let files = format!(
        "
//- .engine/vendor/project/group/ci/{COMMIT}/apply.yml
include: [{{local: /base.yml}}, {{local: 'more/*.yml'}}]
apply:
  extends: .base
  script: [terraform apply plan]
//- .engine/vendor/project/group/ci/{COMMIT}/base.yml
.base: {{stage: deploy}}
//- .engine/vendor/project/group/ci/{COMMIT}/more/a.yml
a: {{script: [a]}}
//- .engine/vendor/remote/x.yml
include: [{{local: other.yml}}]
remote: {{script: [r]}}
//- .engine/vendor/template/Go.gitlab-ci.yml
go: {{script: [go test]}}
//- .engine/vendor/component/c.yml
spec: {{inputs: {{name: }}}}
---
$[[ inputs.name ]]: {{script: [c]}}
//- engine.lock
version: 1
includes:
- {{project: group/ci, ref: v1, file: /apply.yml, commit: {COMMIT}, vendored: .engine/vendor/project/group/ci/{COMMIT}/apply.yml, sha256: sha256(.engine/vendor/project/group/ci/{COMMIT}/apply.yml)}}
- {{project: group/ci, ref: {COMMIT}, file: base.yml, commit: {COMMIT}, vendored: .engine/vendor/project/group/ci/{COMMIT}/base.yml, sha256: sha256(.engine/vendor/project/group/ci/{COMMIT}/base.yml)}}
- {{project: group/ci, ref: {COMMIT}, file: more/a.yml, commit: {COMMIT}, vendored: .engine/vendor/project/group/ci/{COMMIT}/more/a.yml, sha256: sha256(.engine/vendor/project/group/ci/{COMMIT}/more/a.yml)}}
- {{remote: 'https://example.com/x.yml', vendored: .engine/vendor/remote/x.yml, sha256: sha256(.engine/vendor/remote/x.yml)}}
- {{template: Go.gitlab-ci.yml, vendored: .engine/vendor/template/Go.gitlab-ci.yml, sha256: sha256(.engine/vendor/template/Go.gitlab-ci.yml)}}
- {{component: $CI_SERVER_FQDN/group/lib/c@1.0, project: group/lib, commit: {COMMIT}, file: templates/c.yml, vendored: .engine/vendor/component/c.yml, sha256: sha256(.engine/vendor/component/c.yml)}}
//- .gitlab-ci.yml
include:
  - {{project: group/ci, ref: v1, file: [apply.yml]}}
  - https://example.com/x.yml
  - {{template: Go.gitlab-ci.yml}}
  - {{component: $CI_SERVER_FQDN/group/lib/c@1.0, inputs: {{name: named}}}}
  - {{project: group/ci, ref: v2, file: apply.yml}}
"
    );
    let at = format!(".engine/vendor/project/group/ci/{COMMIT}");
    let found = rendered(&Files::new(&files));
    let lines: Vec<&str> = found.lines().filter(|line| !line.starts_with("  s")).collect();
    assert_eq!(
        lines.join("\n"),
        format!(
            "job a at {at}/more/a.yml:1
job apply at {at}/apply.yml:2
    terraform apply: changes yes, plan plan
job remote at .engine/vendor/remote/x.yml:2
job go at .engine/vendor/template/Go.gitlab-ci.yml:1
job named at .engine/vendor/component/c.yml:3
finding: `.engine/vendor/remote/x.yml` belongs to no project, so that it cannot include the local file `other.yml` at .engine/vendor/remote/x.yml:1
gap: the file `apply.yml` of the project `group/ci` at `v2` is included from elsewhere and not in this tree at .gitlab-ci.yml:6"
        )
    );
    assert!(found.contains(&format!("  stage deploy at {at}/base.yml:1 via extends")), "{found}");
}

#[test]
fn a_copy_that_is_not_what_the_lock_says_is_none() {
    let lock = |digest: &str| {
        format!(
            "//- v.yml\njob: {{script: [x]}}\n//- engine.lock\nversion: 1\nincludes:\n- {{remote: 'https://example.com/x.yml', vendored: v.yml, sha256: {digest}}}\n//- .gitlab-ci.yml\ninclude: [{{remote: 'https://example.com/x.yml'}}]\n"
        )
    };
    says(&lock("sha256(v.yml)"), "");
    says(
        &lock(&"0".repeat(64)),
        "gap: the copy `v.yml` of the remote file `https://example.com/x.yml` is not what `engine.lock` says at .gitlab-ci.yml:1",
    );
    says(
        &lock("sha256(v.yml)").replace("vendored: v.yml", "vendored: gone.yml"),
        "gap: the copy `gone.yml` of the remote file `https://example.com/x.yml` is not there, as `engine.lock` says at .gitlab-ci.yml:1",
    );
    for (from, to, message) in [
        ("version: 1", "version: 2", "`engine.lock` is not of version 1"),
        (", sha256: ", ", sha512: ", "an entry of `engine.lock` has no key `sha512`"),
        ("{remote: ", "{template: y, remote: ", "an entry names one of `remote`, `template` and `component`"),
    ] {
        let found = said(&lock("sha256(v.yml)").replacen(from, to, 1));
        assert!(found.starts_with(&format!("gap: {message} at engine.lock:")), "{found}");
        assert!(found.contains("is included from elsewhere and not in this tree"), "{found}");
    }
}

#[test]
fn the_digest_that_an_include_asks_for_is_compared() {
    let text = |integrity: &str| {
        format!(
            "//- v.yml\njob: {{script: [x]}}\n//- engine.lock\nversion: 1\nincludes:\n- {{remote: 'https://example.com/x.yml', vendored: v.yml, sha256: sha256(v.yml)}}\n//- .gitlab-ci.yml\ninclude: [{{remote: 'https://example.com/x.yml', integrity: '{integrity}'}}]\n"
        )
    };
    // `printf 'job: {script: [x]}\n' | openssl dgst -sha256 -binary | base64`
    says(&text("sha256-RT3/nme3PdG+nm7/CuR+uexiTy/EZgKXjlkPK5b75AQ="), "");
    says(
        &text("sha256-AAAA"),
        "finding: the copy of the remote file `https://example.com/x.yml` has another digest than its `integrity` at .gitlab-ci.yml:1",
    );
    says(&text("md5-AAAA"), "finding: `integrity` is `sha256-` and the digest in Base64 at .gitlab-ci.yml:1");
}

#[test]
fn rules_of_an_include_are_asked_of_the_files_and_of_what_is_given() {
    let pipeline = |rules: &str| {
        format!("//- .gitlab-ci.yml\ninclude: [{{local: t.yml, rules: {rules}}}]\n//- t.yml\nt: {{script: [x]}}\n")
    };
    let jobs = |rules: &str, given: Option<&[(&str, &str)]>| {
        let files = Files::new(&pipeline(rules));
        let own = |pair: &(&str, &str)| (pair.0.to_owned(), pair.1.to_owned());
        let variables = given.map(|given| given.iter().map(own).collect());
        let given = Given { variables, ..Given::default() };
        let path = FilePath::new(".gitlab-ci.yml").unwrap();
        gitlab::resolve(&files, &path, &given).map_or(0, |resolved| resolved.jobs.len())
    };
    let push: &[(&str, &str)] = &[("CI_PIPELINE_SOURCE", "push"), ("NAMES", "/^pu/")];
    let check = |rules: &str, given: Option<&[(&str, &str)]>, expect: usize| {
        assert_eq!(jobs(rules, given), expect, "{rules} {given:?}");
    };
    check("[{exists: [t.yml]}]", None, 1);
    check("[{exists: [gone.yml]}]", None, 0);
    check("[{exists: ['*.yml']}]", None, 1);
    check("[{exists: ['*.tf'], when: never}, {when: always}]", None, 1);
    check("[{exists: [t.yml], when: never}, {when: always}]", None, 0);
    check("[]", None, 0);
    check("[{if: $X}]", None, 1);
    check("[{if: $X}]", Some(push), 0);
    check("[{if: '$CI_PIPELINE_SOURCE == \"push\"'}]", Some(push), 1);
    check("[{if: '$CI_PIPELINE_SOURCE =~ $NAMES'}]", Some(push), 1);
    check("[{if: '$CI_PIPELINE_SOURCE =~ /^tag/'}]", Some(push), 0);
    check("[{if: $CI_PIPELINE_SOURCE, when: never}]", Some(push), 0);
    check("[{if: $CI_PIPELINE_SOURCE, exists: [gone.yml]}]", Some(push), 0);
}

#[test]
fn a_hundred_and_fifty_includes_are_taken_and_no_more() {
    let files = |count: usize| {
        let mut text = String::from("//- .gitlab-ci.yml\ninclude:\n");
        for index in 0..count {
            writeln!(text, "- t{}.yml", index % 100).unwrap();
        }
        text.push_str("own: {script: [x]}\n");
        for index in 0..100 {
            writeln!(text, "//- t{index}.yml\njob{index}: {{script: [x]}}").unwrap();
        }
        text
    };
    says(&files(150), "");
    says(&files(151), "finding: a pipeline includes at most 150 files at .gitlab-ci.yml:152");
}

#[test]
fn includes_that_lead_back_are_said_with_the_way() {
    let files = "//- .gitlab-ci.yml\ninclude: a.yml\nown: {script: [x]}\n//- a.yml\ninclude: b.yml\n//- b.yml\ninclude: [a.yml, .gitlab-ci.yml]\n";
    says(
        files,
        "finding: `b.yml` includes `a.yml`, which includes it in turn at b.yml:1
finding: `b.yml` includes `.gitlab-ci.yml`, which includes it in turn at b.yml:1",
    );
    let pipeline = Files::new(files).pipeline();
    let help = pipeline.findings.first().and_then(|finding| finding.help.as_deref());
    assert_eq!(help, Some("one file includes the next here: `.gitlab-ci.yml`, `a.yml`, `b.yml`"));
}

#[test]
fn a_file_that_gitlab_would_not_include_is_said() {
    let pipeline = |name: &str, text: &str| {
        format!("//- .gitlab-ci.yml\ninclude: {name}\nown: {{script: [x]}}\n//- t.yml\n{text}\n//- t.txt\nx\n")
    };
    says(
        &pipeline("t.yml", "# nothing"),
        "finding: `t.yml` is included, and there is nothing in it at .gitlab-ci.yml:1",
    );
    says(&pipeline("t.yml", "- a"), "finding: a pipeline is a mapping of jobs and keywords at t.yml:1");
    says(
        &pipeline("t.txt", ""),
        "finding: `t.txt` is included, and its name does not end in `.yml` or `.yaml` at .gitlab-ci.yml:1",
    );
    says(
        &pipeline("[{project: group/ci}]", ""),
        "finding: which `file` of the project `group/ci` is included is not said at .gitlab-ci.yml:1",
    );
}

#[test]
fn how_large_a_file_is_to_gitlab_is_not_known_near_its_limit() {
    let jobs = |count: usize| {
        let mut text = String::from("//- .gitlab-ci.yml\n");
        for index in 0..count {
            writeln!(text, "job{index}: {{script: [make], stage: test, tags: [a, b, c]}}").unwrap();
        }
        text
    };
    says(&jobs(500), "");
    says(
        &jobs(3_000),
        "gap: whether `.gitlab-ci.yml` is too large for GitLab depends on the memory that it takes there at .gitlab-ci.yml:1",
    );
}

#[test]
fn keywords_that_there_are_not_are_said_with_the_nearest() {
    let job = |text: &str| {
        format!("//- .gitlab-ci.yml\njob:\n  script: [x]\n  {text}\nother: {{script: [x], stage: deploy}}\n")
    };
    let cases = [
        ("tag: [x]", "the job `job` has the keyword `tag`, which there is not at .gitlab-ci.yml:3"),
        ("when: manually", "`when` is never `manually` at .gitlab-ci.yml:3"),
        ("rules: [{fi: $A}]", "a rule has no keyword `fi` at .gitlab-ci.yml:3"),
        ("rules: [{when: nevr}]", "`when` is never `nevr` at .gitlab-ci.yml:3"),
        ("rules: {if: $A}", "`rules` is a list at .gitlab-ci.yml:3"),
        ("parallel: 500", "`parallel` is a number from 1 to 200, and `500` is none at .gitlab-ci.yml:3"),
        ("retry: 3", "`retry` is a number from 0 to 2, and `3` is none at .gitlab-ci.yml:3"),
        (
            "timeout: soon",
            "`timeout` is a duration, and `soon` is none: `soon` is not read as part of a duration at .gitlab-ci.yml:3",
        ),
        ("environment: {action: stop}", "an environment has a `name` at .gitlab-ci.yml:3"),
        ("id_tokens: {T: {}}", "the token `T` has no `aud` at .gitlab-ci.yml:3"),
        ("needs: [other]", "`needs` names the job `other`, which is in a later stage at .gitlab-ci.yml:3"),
        ("needs: [job]", "the job `job` waits for itself, by way of what it needs at .gitlab-ci.yml:3"),
        (
            "dependencies: [other]",
            "`dependencies` names the job `other`, which is in a later stage at .gitlab-ci.yml:3",
        ),
        ("needs: [othr]", "`needs` names the job `othr`, which is not in this pipeline at .gitlab-ci.yml:3"),
        ("script: [x, yes]", "a line of `script` is not a text at .gitlab-ci.yml:2"),
        ("when: delayed", "the job `job` is delayed, and `start_in` does not say for how long at .gitlab-ci.yml:1"),
        (
            "rules: [{if: $A}]\n  only: [main]",
            "the job `job` has `rules`, so that it cannot have `only` at .gitlab-ci.yml:4",
        ),
    ];
    for (text, expect) in cases {
        let files = job(text).replace("script: [x]\n  script", "script");
        says(&files, &format!("finding: {expect}"));
    }
    says(
        "//- .gitlab-ci.yml\njob: {trigger: {project: a/b}, image: x}\n",
        "finding: the job `job` triggers a pipeline, so that it cannot have `image` at .gitlab-ci.yml:1",
    );
}

#[test]
fn ten_references_lead_to_one_another_and_no_more() {
    let chain = |count: usize| {
        let mut text = String::from("//- .gitlab-ci.yml\n");
        for index in 1..count {
            writeln!(text, ".r{index}: {{script: [!reference [.r{}, script]]}}", index + 1).unwrap();
        }
        writeln!(text, ".r{count}: {{script: [x]}}\njob: {{script: !reference [.r1, script]}}").unwrap();
        text
    };
    says(&chain(10), "");
    let said = said(&chain(11));
    let expect = "finding: `!reference` to `.r1.script` leads through more than 10 others at .gitlab-ci.yml:12";
    assert!(said.contains(expect), "{said}");
}

#[test]
fn references_that_lead_round_or_nowhere_are_refused_also_where_no_job_uses_them() {
    says(
        "//- .gitlab-ci.yml\n.a: {script: [!reference [.b, script]]}\n.b: {script: [!reference [.a, script]]}\njob: {script: [x]}\n",
        "finding: `!reference` to `.a.script` leads back to itself at .gitlab-ci.yml:2",
    );
    says(
        "//- .gitlab-ci.yml\n.a: {variables: !reference [.gone, variables]}\n.n: {x: null}\n.m: {y: !reference [.n, x]}\njob: {script: [x]}\n",
        "finding: `!reference` names `.gone.variables`, which is not in this pipeline at .gitlab-ci.yml:1
finding: `!reference` names `.n.x`, which is not in this pipeline at .gitlab-ci.yml:3",
    );
}
