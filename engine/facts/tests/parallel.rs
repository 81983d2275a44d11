//! `parallel:`: the jobs that GitLab makes of one, and what others mean by their names.

#[cfg(test)]
#[path = "support/files.rs"]
mod files;

use std::fmt::Write as _;

use engine_facts::gitlab::{self, Pipeline};
use engine_facts::sourced::Sourced;
use engine_model::Value;
use files::Files;

#[cfg(test)]
fn text(value: &Sourced<String>) -> String {
    match &value.value {
        Value::Known(text) => text.clone(),
        Value::Unknown(unknown) => format!("?{}", unknown.on),
        Value::Absent => "-".to_owned(),
    }
}

/// Each job as `NAME [VARIABLES] COMMANDS <- NEEDS; STARTS`, then what GitLab refuses and what is not known.
#[cfg(test)]
fn told(pipeline: &Pipeline) -> String {
    let mut out = String::new();
    for job in &pipeline.jobs {
        let variables: Vec<String> =
            job.variables.iter().map(|(name, value)| format!("{name}={}", text(value))).collect();
        let words = |command: &gitlab::Command| command.words.iter().map(text).collect::<Vec<_>>().join(" ");
        let commands: Vec<String> = job.commands.iter().map(words).collect();
        write!(out, "{} [{}] {}", job.name, variables.join(" "), commands.join("; ")).unwrap();
        if let Some(needs) = &job.needs {
            let needs: Vec<String> = needs.jobs.iter().map(|need| text(&need.job)).collect();
            let needs = if needs.is_empty() { "nothing".to_owned() } else { needs.join(" | ") };
            write!(out, " <- {needs}").unwrap();
        }
        if let Some(names) = &job.dependencies {
            write!(out, " takes {}", names.iter().map(text).collect::<Vec<_>>().join(" | ")).unwrap();
        }
        for entry in job.starts.iter().filter(|_| job.starts.iter().any(|start| !start.condition.is_absent())) {
            let shown = entry.refs.iter().filter_map(|entry| Some(entry.witness.as_ref()?.sentence(entry.kind)));
            let refs: Vec<String> = shown.collect();
            write!(out, "; {}: {}", text(&entry.when), refs.join(", ")).unwrap();
        }
        out.push('\n');
    }
    for finding in &pipeline.findings {
        writeln!(out, "refused: {}: {}", finding.location, finding.message).unwrap();
    }
    for gap in &pipeline.gaps {
        writeln!(out, "unknown: {}", gap.message).unwrap();
    }
    out
}

#[cfg(test)]
fn check(files: &str, expect: &str) {
    let found = told(&Files::new(files).pipeline());
    assert_eq!(found.trim(), expect.trim(), "\n--- found\n{found}");
}

#[test]
fn each_combination_is_a_job_of_its_own() {
    check(
        "
//- .gitlab-ci.yml
deploy:
  variables: {ACTION: plan, KEPT: own}
  script: [terraform -chdir=$REGION $ACTION]
  parallel:
    matrix:
      - REGION: [eu, us]
        ACTION: [plan, apply]
      - REGION: ap
        WITH: [1.10, yes, 017, '017']
",
        "
deploy: [eu, plan] [ACTION=plan KEPT=own REGION=eu] terraform -chdir=eu plan
deploy: [eu, apply] [ACTION=apply KEPT=own REGION=eu] terraform -chdir=eu apply
deploy: [us, plan] [ACTION=plan KEPT=own REGION=us] terraform -chdir=us plan
deploy: [us, apply] [ACTION=apply KEPT=own REGION=us] terraform -chdir=us apply
deploy: [ap, 1.1] [ACTION=plan KEPT=own REGION=ap WITH=1.1] terraform -chdir=ap plan
deploy: [ap, true] [ACTION=plan KEPT=own REGION=ap WITH=true] terraform -chdir=ap plan
deploy: [ap, 15] [ACTION=plan KEPT=own REGION=ap WITH=15] terraform -chdir=ap plan
deploy: [ap, 017] [ACTION=plan KEPT=own REGION=ap WITH=017] terraform -chdir=ap plan
",
    );
}

#[test]
fn rules_are_asked_with_the_values_of_each() {
    check(
        "
//- .gitlab-ci.yml
deploy:
  script: [./deploy $STAND]
  rules:
    - if: $STAND == 'production' && $CI_COMMIT_BRANCH == 'main'
      when: manual
    - if: $STAND == 'test' && $CI_COMMIT_BRANCH
  parallel: {matrix: [{STAND: [test, production, none]}]}
",
        "
deploy: [test] [STAND=test] ./deploy test; manual: a push to the branch `main`, with `STAND` set to `production`; on_success: a push to the branch `feature/x`
deploy: [production] [STAND=production] ./deploy production; manual: a push to the branch `main`; on_success: a push to the branch `feature/x`, with `STAND` set to `test`
deploy: [none] [STAND=none] ./deploy none; manual: a push to the branch `main`, with `STAND` set to `production`; on_success: a push to the branch `feature/x`, with `STAND` set to `test`
",
    );
}

#[test]
fn needs_mean_all_of_them_or_those_that_they_name() {
    check(
        "
//- .gitlab-ci.yml
stages: [build, deploy]
build:
  stage: build
  script: [make]
  parallel: {matrix: [{OS: [a, b], CPU: [x, y]}]}
count:
  stage: build
  script: [make]
  parallel: 3
all:
  stage: deploy
  script: [deploy]
  needs: [build, count]
  dependencies: [build]
one:
  stage: deploy
  script: [deploy]
  needs: ['build: [a, y]', 'count 2/3']
some:
  stage: deploy
  script: [deploy]
  needs: [{job: build, parallel: {matrix: [{OS: a, CPU: [x, y]}, {OS: b, CPU: y}]}}]
each:
  stage: deploy
  script: [deploy]
  needs: [{job: build, parallel: {matrix: [{OS: '$[[ matrix.OS ]]', CPU: '$[[ matrix.CPU ]]'}]}}]
  parallel: {matrix: [{OS: [a, b], CPU: y}]}
",
        "
build: [a, x] [OS=a CPU=x] make
build: [a, y] [OS=a CPU=y] make
build: [b, x] [OS=b CPU=x] make
build: [b, y] [OS=b CPU=y] make
count [] make
all [] deploy <- build: [a, x] | build: [a, y] | build: [b, x] | build: [b, y] | count takes build: [a, x] | build: [a, y] | build: [b, x] | build: [b, y]
one [] deploy <- build: [a, y] | count
some [] deploy <- build: [a, x] | build: [a, y] | build: [b, y]
each: [a, y] [OS=a CPU=y] deploy <- build: [a, y]
each: [b, y] [OS=b CPU=y] deploy <- build: [b, y]
",
    );
}

#[test]
fn what_is_said_of_the_matrix_of_a_job_without_one_says_nothing() {
    check(
        "
//- .gitlab-ci.yml
build:
  script: [make]
count:
  script: [make]
  parallel: 2
test:
  script: [make test]
  needs: [{job: build, parallel: {matrix: [{OS: c}]}}, {job: count, parallel: {matrix: [{OS: c}]}}]
",
        "
build [] make
count [] make
test [] make test <- build | count
",
    );
}

#[test]
fn what_the_matrix_does_not_have_is_said() {
    check(
        "
//- .gitlab-ci.yml
build:
  script: [make]
  parallel: {matrix: [{OS: [a, b]}]}
test:
  script: [make test]
  needs: [{job: build, parallel: {matrix: [{OS: c}]}}]
deploy:
  script: [deploy]
  needs: [{job: build, parallel: {matrix: [{OS: '$[[ matrix.SO ]]'}]}}]
  parallel: {matrix: [{OS: [a, b]}]}
",
        "
build: [a] [OS=a] make
build: [b] [OS=b] make
test [] make test <- build: [c]
deploy: [a] [OS=a] deploy <- nothing
deploy: [b] [OS=b] deploy <- nothing
refused: .gitlab-ci.yml:9:11: `needs` asks for `matrix.SO`, which the job's matrix does not have
refused: .gitlab-ci.yml:6:17: `needs` names the job `build: [c]`, which is not in this pipeline
",
    );
}

#[test]
fn more_than_gitlab_makes_are_refused_and_not_told_apart() {
    let values: Vec<String> = (0..21).map(|value| value.to_string()).collect();
    let values = values.join(", ");
    check(
        &format!(
            "
//- .gitlab-ci.yml
job:
  script: [make $A]
  parallel: {{matrix: [{{A: [{values}], B: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}}]}}
after:
  script: [make]
  needs: [job]
"
        ),
        "
job [A=?a variable of a matrix B=?a variable of a matrix] make ?$A
after [] make <- job
refused: .gitlab-ci.yml:3:22: this matrix makes 210 jobs, and GitLab makes at most 200
",
    );
}

#[test]
fn a_value_that_is_not_here_leaves_them_one() {
    check(
        "
//- .gitlab-ci.yml
include: {project: a/b, file: x.yml}
job:
  script: [make $A]
  parallel: {matrix: [{A: !reference [.theirs, values], B: [1, 2]}]}
after:
  script: [make]
  needs: ['job: [x, 1]']
",
        "
job [A=?a variable of a matrix B=?a variable of a matrix] make ?$A
after [] make <- job
unknown: the file `x.yml` of the project `a/b` is included from elsewhere and not in this tree
",
    );
}

#[test]
fn the_plan_of_one_comes_to_the_one_that_needs_it() {
    let files = Files::new(
        "
//- .gitlab-ci.yml
stages: [plan, apply]
plan:
  stage: plan
  script: [terraform plan -out=$STAND.tfplan]
  artifacts: {paths: [$STAND.tfplan]}
  parallel: {matrix: [{STAND: [test, live]}]}
apply:
  stage: apply
  script: [terraform apply $STAND.tfplan]
  needs: [{job: plan, parallel: {matrix: [{STAND: '$[[ matrix.STAND ]]'}]}}]
  parallel: {matrix: [{STAND: [test, live]}]}
",
    );
    let pipeline = files.pipeline();
    let sources = |name: &str| {
        let job = pipeline.jobs.iter().find(|job| job.name == name).unwrap();
        let plan = &job.changes().next().unwrap().invocation.as_ref().unwrap().plan;
        let sources = gitlab::plan_sources(&pipeline.jobs, job, plan);
        sources.iter().map(|source| format!("{} {}", source.job, source.received)).collect::<Vec<_>>()
    };
    assert_eq!(sources("apply: [test]"), ["plan: [test] true"]);
    assert_eq!(sources("apply: [live]"), ["plan: [live] true"]);
}

#[test]
fn a_date_is_refused_as_gitlab_does() {
    check(
        "
//- .gitlab-ci.yml
job:
  variables: {DAY: 2026-11-27, TEXT: '2026-11-27', NO: 2026-99-27, VERSION: 1.10}
  script: [make]
",
        "
job [DAY=2026-11-27 TEXT=2026-11-27 NO=2026-99-27 VERSION=1.1] make
refused: .gitlab-ci.yml:2:20: `2026-11-27` is a date to GitLab, which takes no dates and refuses the file
",
    );
}
