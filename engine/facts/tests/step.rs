//! `run:`: the steps of a job, what they run, and what GitLab refuses of them.

#[cfg(test)]
mod support;

use support::{Files, rendered};

/// Files in one string, `//- path` before each; jobs as `support` renders them.
#[track_caller]
fn check(files: &str, expect: &str) {
    let found = rendered(&Files::new(files));
    assert_eq!(found.trim(), expect.trim(), "\n--- found\n{found}");
}

/// The findings of a job `a` with this `run`.
#[track_caller]
fn refuses(run: &str, expect: &[&str]) {
    let files = Files::new(&format!("//- .gitlab-ci.yml\na:\n  run: {run}\n"));
    let found: Vec<String> = files.pipeline().findings.into_iter().map(|finding| finding.message).collect();
    assert_eq!(found, expect, "{run}");
}

#[test]
fn the_scripts_of_steps_are_read_in_order() {
    check(
        "
//- .gitlab-ci.yml
apply:
  hooks: {pre_get_sources_script: [first]}
  variables: {PLAN: plan.out}
  run:
    - name: login
      script: export TOKEN=x && cd sub
    - name: apply
      env: {EXTRA: -auto-approve}
      script: |
        set -x
        terraform apply $EXTRA $PLAN $TOKEN
",
        "
job apply at .gitlab-ci.yml:1
  stage test
  starts on_success
  variable PLAN=plan.out at .gitlab-ci.yml:3
  pre_get_sources_script [first] at .gitlab-ci.yml:2
  script [export][TOKEN=x] at .gitlab-ci.yml:6
  script [cd][sub] at .gitlab-ci.yml:6
  script EXTRA=-auto-approve at .gitlab-ci.yml:8
  script [set][-x] at .gitlab-ci.yml:10
  script [terraform][apply][-auto-approve][plan.out][?$TOKEN] at .gitlab-ci.yml:11
    terraform apply: changes yes, plan plan.out
",
    );
}

#[test]
fn expressions_are_words_that_nobody_knows() {
    check(
        "
//- .gitlab-ci.yml
apply:
  run:
    - name: one
      script: terraform ${{ job.CI_ACTION }} -lock=false
    - name: two
      script: |
        echo 'a ${{ steps.one.outputs.x }} b'; terraform apply
        ${{ env.TOOL }} apply
        bash -c 'terraform ${{ job.CI_ACTION }}'
",
        "
job apply at .gitlab-ci.yml:1
  stage test
  starts on_success
  script [terraform][?${{ job.CI_ACTION }}][-lock=false] at .gitlab-ci.yml:4
    terraform ?${{ job.CI_ACTION }}: changes maybe
  script [echo][?'a ${{ steps.one.outputs.x }} b'] at .gitlab-ci.yml:7
  script [terraform][apply] at .gitlab-ci.yml:7
    terraform apply: changes yes
  script [?${{ env.TOOL }}][apply] at .gitlab-ci.yml:8
    unknown apply: changes maybe, plan ?
  script [bash][-c][?'terraform ${{ job.CI_ACTION }}'] at .gitlab-ci.yml:9
gap: `'terraform ${{ job.CI_ACTION }}'` is run as a script, and is not known before the job runs at .gitlab-ci.yml:9
",
    );
}

#[test]
fn a_step_of_the_repository_is_followed() {
    check(
        "
//- .gitlab-ci.yml
apply:
  run:
    - name: apply
      step: ./steps/apply
      env: {FROM: outside}
      inputs:
        plan: plan.out
        script: terraform destroy
//- steps/apply/step.yml
spec:
  inputs:
    plan: {type: string}
    script: {type: string}
    mode: {default: apply}
---
env: {TO: inside}
run:
  - name: shell
    script: terraform ${{inputs.mode}} ${{ inputs.plan }} $FROM $TO
  - name: exec
    step: ../exec
    inputs: {script: '${{ inputs.script }} -force', plan: '${{ job.CI_PLAN }}'}
  - name: file
    step: ./apply.sh.yml
//- steps/exec/step.yml
spec:
  inputs: {script: , plan: }
---
run:
  - name: bash
    step: ./bash.yml
    inputs: {script: '${{ inputs.script }}'}
//- steps/exec/bash.yml
spec:
---
exec:
  command: [bash, -c, '${{ inputs.script }}; tofu apply']
  work_dir: ${{ step_dir }}
//- steps/apply/apply.sh.yml
spec:
---
exec:
  command:
    - ${{ step_dir }}/apply.sh
    - it's
//- steps/apply/apply.sh
terragrunt apply
",
        "
job apply at .gitlab-ci.yml:1
  stage test
  starts on_success
  script FROM=outside at .gitlab-ci.yml:5
  script TO=inside at steps/apply/step.yml:7 via script .gitlab-ci.yml:4
  script [terraform][apply][plan.out][outside][inside] at steps/apply/step.yml:10 via script .gitlab-ci.yml:4
    terraform apply: changes yes, plan plan.out
  script [terraform][destroy][-force] at steps/exec/bash.yml:4 via script .gitlab-ci.yml:4 via script steps/apply/step.yml:12 via script steps/exec/step.yml:6
    terraform destroy: changes yes
  script [tofu][apply] at steps/exec/bash.yml:4 via script .gitlab-ci.yml:4 via script steps/apply/step.yml:12 via script steps/exec/step.yml:6
    tofu apply: changes yes
  script [$CI_PROJECT_DIR/steps/apply/apply.sh][it's] at steps/apply/apply.sh.yml:4 via script .gitlab-ci.yml:4 via script steps/apply/step.yml:15
  script [terragrunt][apply] at steps/apply/apply.sh:1 via script .gitlab-ci.yml:4 via script steps/apply/step.yml:15 via script steps/apply/apply.sh.yml:4
    terragrunt apply: changes yes
",
    );
}

#[test]
fn the_place_of_a_command_is_exact() {
    let files = Files::new(
        "
//- .gitlab-ci.yml
apply:
  run:
    - name: one
      step: ./s
      inputs: {script: \"echo a;\\tterraform apply -lock=false; b\"}
    - name: two
      script: >-
        echo ${{ job.CI_X }} &&
        terraform apply ${{ job.CI_Y }} && c
//- s/step.yml
spec: {inputs: {script: }}
---
exec: {command: [sh, -ec, '${{inputs.script}} d']}
",
    );
    let pipeline = files.pipeline();
    let places = pipeline.jobs[0].changes().map(|command| command.origin.place.location());
    let places: Vec<String> = places.map(|location| format!("{}: {}", location.file.path(), location.text())).collect();
    assert_eq!(
        places,
        [".gitlab-ci.yml: terraform apply -lock=false", ".gitlab-ci.yml: terraform apply ${{ job.CI_Y }}"]
    );
}

#[test]
fn what_is_not_in_the_tree_may_change_production() {
    check(
        "
//- .gitlab-ci.yml
apply:
  run:
    - name: a
      step: gitlab.com/components/echo@v1.0.0
    - name: b
      func: ./gone
    - name: c
      step: {git: {url: gitlab.com/a, rev: main, dir: x}}
    - name: d
      func: {oci: {registry: r.io, repository: a/b, tag: '1'}}
    - name: e
      step: ./steps/${{ job.CI_STEP }}
    - name: f
      step: ../out
    - name: g
      step: ./round
    - name: h
      step: ./odd
    - name: i
      step: ./old
//- round/step.yml
spec:
---
run: [{name: a, step: ../round}, {name: b, script: terraform apply}]
//- odd/step.yml
spec:
---
exec: {work_dir: x}
//- old/step.yml
spec:
---
steps:
  - action: mikefarah/yq@master
  - {}
",
        "
job apply at .gitlab-ci.yml:1
  stage test
  starts on_success
  script [terraform][apply] at round/step.yml:3 via script .gitlab-ci.yml:16
    terraform apply: changes yes
gap: the step `gitlab.com/components/echo@v1.0.0` is not in this tree, and may change production at .gitlab-ci.yml:4
gap: the step `./gone` is not in this tree, and may change production at .gitlab-ci.yml:6
gap: the step `gitlab.com/a@main` is not in this tree, and may change production at .gitlab-ci.yml:8
gap: the step `r.io/a/b:1` is not in this tree, and may change production at .gitlab-ci.yml:10
gap: which step `./steps/${{ job.CI_STEP }}` is depends on the job at .gitlab-ci.yml:12
gap: the step `../out` is not in this tree, and may change production at .gitlab-ci.yml:14
gap: the step `round/step.yml` runs itself at round/step.yml:3
gap: what a step does is not said at odd/step.yml:3
gap: the action `mikefarah/yq@master` is not in this tree, and may change production at old/step.yml:4
gap: what a step does is not said at old/step.yml:5
",
    );
}

#[test]
fn many_steps_in_one_another_are_followed_to_a_depth() {
    let step = |at: usize| format!("//- s{at}/step.yml\nspec:\n---\nrun: [{{name: a, step: ../s{}}}]\n", at + 1);
    let files: String = (0..20).map(step).collect();
    let files = Files::new(&format!("//- .gitlab-ci.yml\na: {{run: [{{name: a, step: ./s0}}]}}\n{files}"));
    let gaps: Vec<String> = files.pipeline().gaps.into_iter().map(|gap| gap.message).collect();
    assert_eq!(gaps, ["the step `s10/step.yml` is run by too many steps in a row"]);
}

#[test]
fn what_gitlab_refuses_of_steps_is_said() {
    refuses("[{name: a, script: b}]", &[]);
    refuses("[]", &[]);
    refuses("[{name: a, step: ./b, inputs: {c: [1], d: null}, env: {E: f}}]", &[]);
    refuses("[{name: a, func: {oci: {registry: a, repository: b, tag: c, dir: d, file: e}}}]", &[]);
    refuses("text", &["`run` is a list of steps"]);
    refuses("{name: a, script: b}", &["`run` is a list of steps"]);
    refuses("[text]", &["a step is a mapping"]);
    refuses("[[{name: a, script: b}]]", &["a step is a mapping"]);
    refuses("[{script: b}]", &["a step has a `name`"]);
    refuses("[{name: 1a, script: b}]", &["`1a` is no name of a step"]);
    refuses("[{name: 1, script: b}]", &["the `name` of a step is a text"]);
    refuses("[{name: a}]", &["a step has one of `step`, `func` and `script`, and this one has none"]);
    let both = |one: &str, other: &str| {
        format!("a step has one of `step`, `func` and `script`, and this one has `{one}` and `{other}`")
    };
    refuses("[{name: a, step: ./b, script: c}]", &[&both("step", "script")]);
    refuses("[{name: a, step: ./b, func: ./c}]", &[&both("step", "func")]);
    refuses("[{name: a, script: ''}]", &["the `script` of a step is empty"]);
    refuses("[{name: a, script: [b]}]", &["the `script` of a step is a text"]);
    refuses("[{name: a, script: b, inputs: {}}]", &["a step has no key `inputs` here"]);
    refuses("[{name: a, step: ./b, with: {}}]", &["a step has no key `with` here"]);
    refuses("[{name: a, script: b, env: {C: 1}}]", &["`C` in `env` of a step is a text"]);
    refuses("[{name: a, script: b, env: {c-d: e}}]", &["`c-d` is no name in `env` of a step"]);
    refuses("[{name: a, step: {git: {url: b}}}]", &["`git` of a step has `rev`"]);
    refuses("[{name: a, step: {git: {url: b, rev: c, path: d}}}]", &["`git` of a step has no key `path`"]);
    refuses("[{name: a, step: {local: b}}]", &["`step` of a step is a text, or has `git` or `oci` and nothing else"]);
    let job = |keyword: &str| format!("the job `a` has `run`, so that it cannot have `{keyword}`");
    refuses("[{name: a, script: b}]\n  script: c", &[&job("script")]);
    refuses("[{name: a, script: b}]\n  before_script: [c]", &[&job("before_script")]);
    refuses("[{name: a, script: b}]\n  after_script: [c]\ndefault: {before_script: [d]}", &[&job("after_script")]);
}
