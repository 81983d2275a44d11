//! Pipelines in, jobs out: what each job becomes, where each value is written, and by which hops it came.

#[cfg(test)]
mod support;

use engine_facts::gitlab;
use support::{Files, rendered};

/// Files in one string, `//- path` before each; jobs as `support` renders them.
fn check(files: &str, expect: &str) {
    let files = Files::new(files);
    let found = rendered(&files);
    assert_eq!(found.trim(), expect.trim(), "\n--- found\n{found}");
}

/// The jobs that make the plan which the only apply of `job` takes.
#[cfg(test)]
fn plans(files: &Files, job: &str) -> Vec<String> {
    let pipeline = files.pipeline();
    let job = pipeline.jobs.iter().find(|known| known.name == job).unwrap();
    let plan = &job.changes().next().unwrap().invocation.as_ref().unwrap().plan;
    let sources = gitlab::plan_sources(&pipeline.jobs, job, plan);
    let said = |yes: bool, what: &str| if yes { what.to_owned() } else { format!("not {what}") };
    sources
        .iter()
        .map(|source| format!("{}: {}, {}", source.job, said(source.kept, "kept"), said(source.received, "received")))
        .collect()
}

#[test]
fn a_job_takes_what_it_extends_and_keeps_its_own() {
    check(
        "
//- .gitlab-ci.yml
stages: [plan, apply]
.base:
  stage: apply
  script:
    - terraform apply plan
  variables: {A: one, B: two}
apply:
  extends: .base
  variables: {B: three}
",
        "
job apply at .gitlab-ci.yml:7
  stage apply at .gitlab-ci.yml:3 via extends .gitlab-ci.yml:8
  starts on_success
  variable A=one at .gitlab-ci.yml:6 via extends .gitlab-ci.yml:8
  variable B=three at .gitlab-ci.yml:9
  script [terraform][apply][plan] at .gitlab-ci.yml:5 via extends .gitlab-ci.yml:8
    terraform apply: changes yes, plan plan
",
    );
}

#[test]
fn bases_are_merged_in_order_and_null_drops() {
    check(
        "
//- .gitlab-ci.yml
.a: {script: [a], tags: [x], when: manual}
.b: {script: [b], when: always}
job:
  extends: [.a, .b]
  when: null
",
        "
job job at .gitlab-ci.yml:3
  stage test
  starts on_success
  script [b] at .gitlab-ci.yml:2 via extends .gitlab-ci.yml:4
",
    );
}

#[test]
fn references_anchors_and_merge_keys_are_followed() {
    check(
        "
//- .gitlab-ci.yml
.setup:
  script: &lines
    - echo one
    - echo two
.merged: &merged
  stage: build
job:
  <<: *merged
  script:
    - !reference [.setup, script]
    - echo three
other:
  script: *lines
",
        "
job job at .gitlab-ci.yml:7
  stage build at .gitlab-ci.yml:6 via alias .gitlab-ci.yml:8
  starts on_success
  script [echo][one] at .gitlab-ci.yml:3 via reference .gitlab-ci.yml:10
  script [echo][two] at .gitlab-ci.yml:4 via reference .gitlab-ci.yml:10
  script [echo][three] at .gitlab-ci.yml:11
job other at .gitlab-ci.yml:12
  stage test
  starts on_success
  script [echo][one] at .gitlab-ci.yml:3 via alias .gitlab-ci.yml:13
  script [echo][two] at .gitlab-ci.yml:4 via alias .gitlab-ci.yml:13
",
    );
}

#[test]
fn included_files_are_merged_below_the_file_that_includes_them() {
    check(
        "
//- .gitlab-ci.yml
include:
  - local: /ci/*.yml
  - project: group/ci
    file: apply.yml
job:
  stage: deploy
//- ci/a.yml
job:
  stage: build
  script: [a]
//- ci/b.yml
job:
  script: [b]
",
        "
job job at .gitlab-ci.yml:5
  stage deploy at .gitlab-ci.yml:6
  starts on_success
  script [b] at ci/b.yml:2 via include .gitlab-ci.yml:2
gap: the file `apply.yml` of the project `group/ci` is included from elsewhere and not in this tree at .gitlab-ci.yml:4
",
    );
}

#[test]
fn defaults_are_copied_unless_the_job_says_no() {
    check(
        "
//- .gitlab-ci.yml
default:
  before_script: [echo before]
  artifacts: {expire_in: 1h, paths: [a]}
one:
  script: [echo one]
two:
  inherit: {default: false}
  script: [echo two]
three:
  before_script: []
  script: [echo three]
",
        "
job one at .gitlab-ci.yml:4
  stage test
  starts on_success
  artifacts [a]
  before_script [echo][before] at .gitlab-ci.yml:2 via default .gitlab-ci.yml:2
  script [echo][one] at .gitlab-ci.yml:5
job two at .gitlab-ci.yml:6
  stage test
  starts on_success
  script [echo][two] at .gitlab-ci.yml:8
job three at .gitlab-ci.yml:9
  stage test
  starts on_success
  artifacts [a]
  script [echo][three] at .gitlab-ci.yml:11
",
    );
}

#[test]
fn every_rule_that_can_match_is_a_way_to_start() {
    check(
        "
//- .gitlab-ci.yml
a:
  script: [x]
  when: manual
b:
  script: [x]
  when: manual
  rules:
    - if: $A
      when: on_success
    - if: $B
    - when: never
c:
  script: [x]
  rules: [{if: $A, when: manual}]
",
        "
job a at .gitlab-ci.yml:1
  stage test
  starts manual at .gitlab-ci.yml:3, allowed to fail
  script [x] at .gitlab-ci.yml:2
job b at .gitlab-ci.yml:4
  stage test
  starts on_success at .gitlab-ci.yml:9 if $A, allowed to fail
  starts manual at .gitlab-ci.yml:6 if $B, allowed to fail
  script [x] at .gitlab-ci.yml:5
job c at .gitlab-ci.yml:12
  stage test
  starts manual at .gitlab-ci.yml:14 if $A
  script [x] at .gitlab-ci.yml:13
",
    );
}

#[test]
fn commands_are_found_where_they_hide() {
    check(
        "
//- .gitlab-ci.yml
variables: {TF: terraform, DIR: infra/prod}
job:
  script:
    - cd $DIR && sudo -E env A=b $TF plan -out=plan
    - sh -c \"terraform apply -auto-approve\"
    - |
      if true; then
        apply() { /usr/bin/terraform -chdir=net destroy; }
      fi
    - X=$(terraform output)
    - $UNKNOWN apply
    - aws-vault exec prod -- terraform apply
    - docker run hashicorp/terraform:1.9 plan
    - echo terraform apply
    - terraform plan -out=$NAME.tfplan
    - |
      bash <<EOF
      tofu import a b
      EOF
",
        "
job job at .gitlab-ci.yml:2
  stage test
  starts on_success
  variable TF=terraform at .gitlab-ci.yml:1
  variable DIR=infra/prod at .gitlab-ci.yml:1
  script [cd][infra/prod] at .gitlab-ci.yml:4
  script [terraform][plan][-out=plan] at .gitlab-ci.yml:4
    terraform plan: changes maybe, plan infra/prod/plan
  script [sh][-c][terraform apply -auto-approve] at .gitlab-ci.yml:5
  script [terraform][apply][-auto-approve] at .gitlab-ci.yml:5
    terraform apply: changes yes
  script [true] at .gitlab-ci.yml:7
  script [/usr/bin/terraform][-chdir=net][destroy] at .gitlab-ci.yml:8
    terraform destroy: changes yes
  script X=? at .gitlab-ci.yml:10
  script [terraform][output] at .gitlab-ci.yml:10
    terraform output: changes no
  script [?$UNKNOWN][apply] at .gitlab-ci.yml:11
    unknown apply: changes maybe, plan ?
  script [aws-vault][exec][prod][--][terraform][apply] at .gitlab-ci.yml:12
    terraform apply: changes maybe, plan ?
  script [docker][run][hashicorp/terraform:1.9][plan] at .gitlab-ci.yml:13
  script [echo][terraform][apply] at .gitlab-ci.yml:14
  script [terraform][plan][?-out=$NAME.tfplan] at .gitlab-ci.yml:15
    terraform plan: changes no, plan ?
  script [bash] at .gitlab-ci.yml:17
  script [tofu][import][a][b] at .gitlab-ci.yml:18
    tofu import: changes yes
",
    );
}

#[test]
fn what_gitlab_refuses_is_said_at_its_place() {
    check(
        "
//- .gitlab-ci.yml
stages: [test, build]
job:
  extends: .nowhere
  script: [x]
loop:
  extends: loop
  script: [x]
typo: yes
empty:
  stage: build
lost:
  script: [!reference [.gone, script]]
",
        "
job job at .gitlab-ci.yml:2
  stage test
  starts on_success
  script [x] at .gitlab-ci.yml:4
job loop at .gitlab-ci.yml:5
  stage test
  starts on_success
  script [x] at .gitlab-ci.yml:7
job empty at .gitlab-ci.yml:9
  stage build at .gitlab-ci.yml:10
  starts on_success
job lost at .gitlab-ci.yml:11
  stage test
  starts on_success
finding: `extends` names `.nowhere`, which is not in this pipeline at .gitlab-ci.yml:3
finding: `loop` extends itself by way of `loop` at .gitlab-ci.yml:6
finding: `typo` is neither a keyword nor a job: a job is a mapping at .gitlab-ci.yml:8
finding: the job `empty` has no `script`, `run` or `trigger` at .gitlab-ci.yml:9
finding: `!reference` names `.gone.script`, which is not in this pipeline at .gitlab-ci.yml:12
gap: the script holds a `!reference` to `.gone.script` at .gitlab-ci.yml:12
",
    );
}

#[test]
fn ten_ancestors_are_accepted_and_eleven_refused() {
    let chain = |length: usize| {
        let job = |n: usize| format!(".j{n}:\n  extends: .j{}\n", n + 1);
        let bases: String = (1..length).map(job).collect();
        format!("//- .gitlab-ci.yml\njob:\n  extends: .j1\n{bases}.j{length}:\n  script: [x]\n")
    };
    assert!(!rendered(&Files::new(&chain(10))).contains("finding"));
    assert!(rendered(&Files::new(&chain(11))).contains("finding: `extends` goes on for more than 10 jobs"));
}

#[test]
fn a_wide_family_is_read_once_each() {
    // Ten levels of ten bases each: ten thousand million ways, a hundred jobs.
    let mut text = String::from("//- .gitlab-ci.yml\n");
    for level in 0..9 {
        for job in 0..10 {
            let bases: Vec<String> = (0..10).map(|base| format!(".l{}j{base}", level + 1)).collect();
            text.push_str(&format!(".l{level}j{job}:\n  extends: [{}]\n", bases.join(", ")));
        }
    }
    for job in 0..10 {
        text.push_str(&format!(".l9j{job}:\n  script: [x{job}]\n"));
    }
    text.push_str("job:\n  extends: .l0j0\n");
    assert!(rendered(&Files::new(&text)).contains("script [x9]"));
}

#[test]
fn a_plan_is_followed_from_the_job_that_makes_it() {
    let files = Files::new(
        "
//- .gitlab-ci.yml
stages: [plan, apply]
plan:
  stage: plan
  script:
    - cd infra
    - terraform plan -out plan.bin
  artifacts: {paths: [infra/plan.bin]}
apply:
  stage: apply
  script: ['terraform -chdir=infra apply plan.bin']
other:
  stage: plan
  needs: []
  script: ['cd infra && terraform apply plan.bin']
",
    );
    assert_eq!(plans(&files, "apply"), ["plan: kept, received"]);
    assert_eq!(plans(&files, "other"), ["plan: kept, not received"]);
}

#[test]
fn commands_by_other_names_are_found_or_left_open() {
    check(
        "
//- .gitlab-ci.yml
job:
  script:
    - alias tf='terraform -chdir=net'
    - tf apply
    - bash <<< 'terraform destroy'
    - env -S 'terraform apply'
    - echo apply | xargs terraform
    - echo dGVycmFmb3Jt | base64 -d | sh
    - |
      \"${cmd[@]}\"
    - python3 -c 'import os; os.system(\"terraform apply\")'
    - cp $(which terraform) /tmp/t && /tmp/t apply
    - mv terraform /usr/local/bin
",
        "
job job at .gitlab-ci.yml:1
  stage test
  starts on_success
  script [alias][tf=terraform -chdir=net] at .gitlab-ci.yml:3
  script [terraform][-chdir=net][apply] at .gitlab-ci.yml:4
    terraform apply: changes yes
  script [bash] at .gitlab-ci.yml:5
  script [terraform][destroy] at .gitlab-ci.yml:5
    terraform destroy: changes yes
  script [terraform apply] at .gitlab-ci.yml:6
  script [terraform][apply] at .gitlab-ci.yml:6
    terraform apply: changes yes
  script [echo][apply] at .gitlab-ci.yml:7
  script [terraform] at .gitlab-ci.yml:7
    terraform ?standard input: changes maybe
  script [echo][dGVycmFmb3Jt] at .gitlab-ci.yml:8
  script [base64][-d] at .gitlab-ci.yml:8
  script [sh] at .gitlab-ci.yml:8
  script [?\"${cmd[@]}\"] at .gitlab-ci.yml:10
    unknown ?\"${cmd[@]}\": changes maybe, plan ?
  script [python3][-c][import os; os.system(\"terraform apply\")] at .gitlab-ci.yml:11
    unknown ?python3: changes maybe, plan ?
  script [cp][?$(which terraform)][/tmp/t] at .gitlab-ci.yml:12
  script [which][terraform] at .gitlab-ci.yml:12
  script [terraform][apply] at .gitlab-ci.yml:12
    terraform apply: changes yes
  script [mv][terraform][/usr/local/bin] at .gitlab-ci.yml:13
gap: what a shell reads from a pipe or a file is run, and is not known here at .gitlab-ci.yml:8
",
    );
}

#[test]
fn scripts_of_the_repository_are_read_where_they_are_called() {
    check(
        "
//- .gitlab-ci.yml
.base:
  script:
    - cd ci && ./deploy.sh prod
job:
  extends: .base
  after_script:
    - source ci/env.sh
    - $TF destroy
    - bash ci/gone.sh
    - ./vault read secret
    - python3 ci/tool.py
    - make all
//- ci/deploy.sh
#!/bin/bash
set -e
. ./env.sh
$TF apply -auto-approve
./deploy.sh again
//- ci/env.sh
TF=terraform
//- Makefile
all:
\tterraform apply
",
        "
job job at .gitlab-ci.yml:4
  stage test
  starts on_success
  script [cd][ci] at .gitlab-ci.yml:3 via extends .gitlab-ci.yml:5
  script [./deploy.sh][prod] at .gitlab-ci.yml:3 via extends .gitlab-ci.yml:5
  script [set][-e] at ci/deploy.sh:2 via extends .gitlab-ci.yml:5 via script .gitlab-ci.yml:3
  script [.][./env.sh] at ci/deploy.sh:3 via extends .gitlab-ci.yml:5 via script .gitlab-ci.yml:3
  script TF=terraform at ci/env.sh:1 via extends .gitlab-ci.yml:5 via script .gitlab-ci.yml:3 via script ci/deploy.sh:3
  script [terraform][apply][-auto-approve] at ci/deploy.sh:4 via extends .gitlab-ci.yml:5 via script .gitlab-ci.yml:3
    terraform apply: changes yes
  script [./deploy.sh][again] at ci/deploy.sh:5 via extends .gitlab-ci.yml:5 via script .gitlab-ci.yml:3
  after_script [source][ci/env.sh] at .gitlab-ci.yml:7
  after_script TF=terraform at ci/env.sh:1 via script .gitlab-ci.yml:7
  after_script [terraform][destroy] at .gitlab-ci.yml:8
    terraform destroy: changes yes
  after_script [bash][ci/gone.sh] at .gitlab-ci.yml:9
  after_script [./vault][read][secret] at .gitlab-ci.yml:10
    vault read: changes no
  after_script [python3][ci/tool.py] at .gitlab-ci.yml:11
  after_script [make][all] at .gitlab-ci.yml:12
  after_script [terraform][apply] at Makefile:2 via script .gitlab-ci.yml:12
    terraform apply: changes yes
gap: the script `ci/gone.sh` is not in this tree at .gitlab-ci.yml:9
",
    );
}

#[test]
fn scripts_that_multiply_end_in_a_gap() {
    // Each script calls the next one a thousand times.
    let mut text = String::from("//- .gitlab-ci.yml\njob:\n  script: [./s0.sh]\n");
    for level in 0..5 {
        text.push_str(&format!("//- s{level}.sh\n{}", format!("./s{}.sh\n", level + 1).repeat(1000)));
    }
    text.push_str("//- s5.sh\necho done\n");
    let pipeline = Files::new(&text).pipeline();
    assert!(pipeline.jobs[0].commands.len() <= 110_000);
    assert!(pipeline.gaps.iter().any(|gap| gap.message.contains("more than what is read")));
}

#[test]
fn what_a_missing_file_would_hold_is_no_error() {
    check(
        "
//- .gitlab-ci.yml
include: [{local: gone.yml}]
job:
  extends: .nowhere
lost:
  script: [!reference [.gone, script]]
",
        "
job job at .gitlab-ci.yml:2
  stage test
  starts on_success
job lost at .gitlab-ci.yml:4
  stage test
  starts on_success
finding: there is no file `gone.yml` to include at .gitlab-ci.yml:1
gap: the file `gone.yml` is included and not in this tree at .gitlab-ci.yml:1
gap: the script holds a `!reference` to `.gone.script` at .gitlab-ci.yml:5
",
    );
}

#[test]
fn a_pipeline_is_told_from_other_yaml() {
    let check = |text: &str, expect: bool| {
        let files = Files::new(&format!("//- a.yml\n{text}"));
        assert_eq!(engine_facts::gitlab::is_pipeline(files.0.values().next().unwrap()), expect, "{text}");
    };
    check("job:\n  script: [x]\n", true);
    check("include: a.yml\n", true);
    check("spec:\n  inputs: {}\n---\njob: {script: x}\n", true);
    check("name: build\non: push\njobs:\n  build:\n    steps: [{run: x}]\n", false);
    check("apiVersion: v1\nkind: Pod\nspec:\n  containers: []\n", false);
    check("", false);
}

#[test]
fn an_include_that_may_be_left_out_hides_nothing() {
    let text = "
//- .gitlab-ci.yml
include: [{local: real.yml}, {local: harmless.yml, rules: [{if: $NEVER}]}]
//- real.yml
apply: {script: [terraform apply -auto-approve]}
//- harmless.yml
NAME: {script: [echo]}
";
    let gaps = |name: &str| Files::new(&text.replace("NAME", name)).pipeline().gaps;
    assert_eq!(gaps("extra").len(), 0);
    let [gap] = gaps("apply").try_into().unwrap();
    assert!(gap.message.ends_with("and it changes `apply`"), "{}", gap.message);
}

#[test]
fn names_that_the_pipeline_does_not_have_are_said() {
    check(
        "
//- .gitlab-ci.yml
stages: [plan]
plan:
  stage: plan
  parallel: 2
  script: [x]
apply:
  stage: aply
  needs: [plan, 'plan 1/2', {job: gone, optional: true}, lost]
  dependencies: [plan, nowhere]
  script: [x]
",
        "
job plan at .gitlab-ci.yml:2
  stage plan at .gitlab-ci.yml:3
  starts on_success
  script [x] at .gitlab-ci.yml:5
job apply at .gitlab-ci.yml:6
  stage aply at .gitlab-ci.yml:7
  starts on_success
  script [x] at .gitlab-ci.yml:10
finding: `dependencies` names the job `nowhere`, which `needs` does not name at .gitlab-ci.yml:9
finding: the stage `aply` is not one of this pipeline's stages at .gitlab-ci.yml:7
finding: `needs` names the job `lost`, which is not in this pipeline at .gitlab-ci.yml:8
finding: `dependencies` names the job `nowhere`, which is not in this pipeline at .gitlab-ci.yml:9
",
    );
}

#[test]
fn nothing_that_gitlab_runs_is_passed_over() {
    let commands = |text: &str| {
        let pipeline = Files::new(&format!("//- .gitlab-ci.yml\n{text}")).pipeline();
        let changes = pipeline.jobs.iter().flat_map(engine_facts::gitlab::Job::changes).count();
        (changes, pipeline.gaps.len())
    };
    let check = |text: &str, found: (usize, usize)| {
        let shown: String = text.chars().take(200).collect();
        assert_eq!(commands(text), found, "{shown}");
    };
    // A name that means something else is a job all the same where it can run.
    check("default: {script: [terraform apply]}\n", (1, 0));
    // Ruby reads a key that begins with a colon as the same key.
    check("ok: {script: [echo], :script: [terraform apply]}\n", (1, 0));
    check("ok: {script: [!!binary dGVycmFmb3JtIGFwcGx5]}\n", (0, 1));
    check("ok: {script: [echo], '$[[ inputs.k ]]': [x]}\n", (0, 1));
    // A backslash joins the line that the runner writes between two items.
    check("ok:\n  script:\n    - echo \\\n    - terraform apply\n", (1, 0));
    check(&format!("ok: {{script: [{} terraform apply]}}\n", "x, ".repeat(10_001)), (0, 2));
    check("variables: {BASH_ENV: x}\nok: {script: [echo]}\n", (0, 1));
    check("ok:\n  image: {name: hashicorp/terraform, entrypoint: [sh, -c, terraform apply]}\n  script: [x]\n", (0, 1));
    // Whoever starts a pipeline can give a variable another value.
    check("variables: {ACTION: validate}\nok: {script: [terraform $ACTION]}\n", (1, 0));
    check("variables: {A: validate}\nok: {script: ['read A < f', terraform $A]}\n", (1, 0));
    check("variables: {T: terra}\nok: {script: ['T+=form; $T apply']}\n", (1, 0));
    check("ok: {script: ['A=validate; (A=apply); terraform $A']}\n", (1, 0));
    check("variables: {E: ''}\nok: {script: [terraform $E apply]}\n", (1, 0));
    check("variables: {TF_CLI_ARGS_apply: -help}\nok: {script: [terraform apply]}\n", (1, 0));
    check("ok: {script: [terraform apply -- -h]}\n", (1, 0));
    check("ok: {script: [eval terraform apply]}\n", (1, 0));
    check("ok: {script: [\"bash -c -e 'terraform apply'\"]}\n", (1, 0));
    check("ok: {script: [sh < deploy.sh]}\n", (0, 1));
    check("ok: {script: [\"ssh host 'cd x; terraform apply; ls'\"]}\n", (1, 0));
    check("ok: {script: [docker run hashicorp/terraform@sha256:0 state rm x]}\n", (1, 0));
    // And what does nothing stays nothing.
    check("ok: {script: ['eval \"$(ssh-agent -s)\"', source /etc/profile, $SUDO terraform init]}\n", (0, 0));
}
