//! What of a repository changes production outside of its pipeline, and what playbooks make of a job.

#[path = "support/files.rs"]
#[cfg(test)]
mod files;
#[path = "support/schema.rs"]
#[cfg(test)]
mod schema;
#[path = "support/table.rs"]
#[cfg(test)]
mod table;

use engine_facts::gitlab::{self, Pipeline, Project};
use engine_facts::wire::{Fields, json};
use engine_model::Value;
use files::Files;

/// What is outside, a line each: `PATH form outside: TOOL CHANGES at PLACE, …`, and the gaps.
#[cfg(test)]
fn outside(text: &str) -> Vec<String> {
    let files = Files::new(text);
    let out = gitlab::outside(&files, &[files.pipeline()], &project());
    let script = |script: &gitlab::Script| {
        let calls = script.commands.iter().filter_map(|command| {
            let call = command.invocation.as_ref()?;
            let at = command.origin.place.location();
            Some(format!("{} {:?} at {}:{}", call.tool, call.changes, at.start().line, at.start().column))
        });
        let outside = match &script.outside.value {
            Value::Known(true) => String::new(),
            Value::Unknown(unknown) => format!(" perhaps ({})", unknown.on),
            other => format!("{other:?}"),
        };
        format!("{} {}{outside}: {}", script.path, script.form.as_str(), calls.collect::<Vec<_>>().join(", "))
    };
    out.scripts.iter().map(script).chain(out.gaps.iter().map(|gap| gap.message.clone())).collect()
}

#[cfg(test)]
fn project() -> Project {
    Project { deployers: vec!["ship.sh".to_owned()], ..Project::default() }
}

/// The calls of a job: `TOOL CHANGES RUNS at PLACE`.
#[cfg(test)]
fn calls(pipeline: &Pipeline) -> Vec<String> {
    let commands = pipeline.jobs.iter().flat_map(|job| &job.commands);
    let call = |command: &gitlab::Command| {
        let call = command.invocation.as_ref()?;
        Some(format!("{} {:?} {:?} at {}", call.tool, call.changes, call.runs, command.origin.place.location()))
    };
    commands.filter_map(call).collect()
}

#[test]
fn what_no_job_runs_is_outside() {
    let found = outside(
        "//- .gitlab-ci.yml
apply: {script: [./run.sh, make -C live apply, ansible-playbook play/site.yml]}
//- run.sh
. lib/common.sh
terraform apply
//- lib/common.sh
helm upgrade app chart
//- alone.sh
if true; then terraform -chdir=live apply; fi
$TOOL apply
terraform plan
./below.sh
//- below.sh
kubectl apply -f x
//- broken.sh
terraform apply
if then (
//- quiet.sh
echo nothing
//- local.sh
kind create cluster
kubectl apply -f x
terraform apply
//- bin/deploy
#!/usr/bin/env bash
ship.sh now
//- bin/other
#!/usr/bin/env python3
terraform apply
//- deploy
terraform apply
//- live/Makefile
apply: init
\tterraform apply
init:
\tterraform init
destroy:
\tterraform destroy
//- dev.mk
ifdef DEV
up-%:
\tpulumi up
endif
//- play/site.yml
- {hosts: web, roles: [web]}
//- roles/web/tasks/main.yml
- shell: terraform apply
//- roles/db/tasks/main.yml
- shell: |
    cd x
    {{ tool }} apply
    terraform destroy
- cron: {name: x, job: terraform apply}
- debug: {msg: terraform apply}
//- .github/workflows/x.yml
on: push
jobs:
  a:
    steps:
      - uses: actions/checkout
      - run: |
          tofu -chdir=${{ env.DIR }} apply
",
    );
    assert_eq!(
        found,
        [
            ".github/workflows/x.yml workflow: tofu Yes at 7:11",
            "alone.sh shell: terraform Yes at 1:15",
            "below.sh shell: kubectl Yes at 1:1",
            "bin/deploy shell: deployer Yes at 2:1",
            "broken.sh shell: terraform Yes at 1:1",
            "dev.mk makefile: pulumi Yes at 3:2",
            "live/Makefile makefile: terraform Yes at 6:2",
            "local.sh shell: terraform Yes at 3:1",
            "roles/db/tasks/main.yml playbook: terraform Yes at 4:5, terraform Yes at 5:24",
            "this part of a script is not read: `if` without `fi`",
        ]
    );
}

#[test]
fn what_a_job_may_run_is_not_said_to_be_outside() {
    let script = "//- run.sh\nterraform apply\n";
    let check = |job: &str, expect: &[&str]| {
        assert_eq!(outside(&format!("//- .gitlab-ci.yml\n{job}\n{script}")), expect, "{job}");
    };
    check("a: {script: [sh run.sh]}", &[]);
    check("a: {script: ['bash -c ./run.sh']}", &[]);
    check(
        "a: {script: [cat run.sh | sh]}",
        &[
            "run.sh shell perhaps (what a shell reads from a pipe or a file is run, and is not known here): terraform Yes at 1:1",
        ],
    );
    check(
        "a: {script: [bash $WHICH]}",
        &["run.sh shell perhaps (which script `$…` is depends on the job): terraform Yes at 1:1"],
    );
    check(
        "include: {project: x/y, file: z.yml}\na: {script: [b]}",
        &[
            "run.sh shell perhaps (the file `z.yml` of the project `x/y` is included from elsewhere and not in this tree): terraform Yes at 1:1",
        ],
    );
    check("a: {script: [b]}", &["run.sh shell: terraform Yes at 1:1"]);
    check(
        "a: {script: [ansible-playbook $BOOK]}",
        &["run.sh shell perhaps (which playbook `$BOOK` is depends on the job): terraform Yes at 1:1"],
    );
    check(
        "a: {script: ['bash ci/$WHICH.sh', 'ansible-playbook site-$A.yml']}",
        &["run.sh shell: terraform Yes at 1:1"],
    );
    check(
        "a: {script: ['make $GOAL']}\n//- Makefile\nx:\n\tterraform plan\n\t./run.sh",
        &["run.sh shell perhaps (the targets of `Makefile` are not read): terraform Yes at 1:1"],
    );
    // Which target runs is not known, which is said of the job.
    let make = "//- .gitlab-ci.yml\na: {script: [make $GOAL]}\n//- Makefile\napply:\n\tterraform apply\n";
    assert_eq!(outside(make), [""; 0]);
}

#[test]
fn tasks_of_playbooks_are_commands_of_the_job() {
    let book = "//- ops/site.yml
- hosts: web
  tasks:
    - name: one
      shell: >
        terraform -chdir={{ dir }}
        apply
    - command: {argv: [kubectl, delete, \"{{ what }}\"]}
    - {ansible.builtin.shell: \"'{{ tool }}' apply\"}
    - {command: helm list}
- hosts: localhost
  roles: [../shared]
  post_tasks: [{cron: {job: terraform destroy}}, {local_action: command nomad job run x.hcl}]
";
    let found =
        |line: &str| calls(&Files::new(&format!("//- .gitlab-ci.yml\na: {{script: [{line}]}}\n{book}")).pipeline());
    assert_eq!(
        found("cd ops && ansible-playbook site.yml"),
        [
            "ansible-playbook Yes InJob at .gitlab-ci.yml:1:24",
            "terraform Yes Elsewhere at ops/site.yml:5:9",
            "kubectl Yes Elsewhere at ops/site.yml:7:23",
            "unknown Maybe Elsewhere at ops/site.yml:8:32",
            "helm No Elsewhere at ops/site.yml:9:17",
            "terraform Yes Afterwards at ops/site.yml:12:29",
            "nomad Yes InJob at ops/site.yml:12:73",
        ]
    );
    assert_eq!(found("ansible-playbook --check ops/site.yml"), ["ansible-playbook No InJob at .gitlab-ci.yml:1:14"]);
    let here = found("ansible-playbook -c local ops/site.yml");
    assert_eq!(here[1], "terraform Yes InJob at ops/site.yml:5:9");
    assert_eq!(found("ansible-playbook ops/gone.yml").len(), 1);
}

#[test]
fn a_script_is_what_its_schema_says() {
    let mut schema = schema::Schema::new(include_str!("../schema/script.json"));
    for text in [
        "//- .gitlab-ci.yml\na: {script: [b]}\n//- a.sh\nterraform $ACTION\n$X apply\n//- Makefile\na:\n\thelm upgrade x\n\
         //- site.yml\n- {hosts: a, tasks: [{shell: kubectl delete x}]}\n\
         //- .github/workflows/x.yml\njobs: {a: {steps: [{run: nomad job run}]}}\n",
        "//- .gitlab-ci.yml\ninclude: {project: x/y, file: z.yml}\n//- a.sh\nterraform apply\n",
    ] {
        let files = Files::new(text);
        let found = gitlab::outside(&files, &[files.pipeline()], &Project::default());
        let items: Vec<_> = found.scripts.iter().map(gitlab::script_item).collect();
        let written: Vec<serde_json::Value> = serde_json::from_str(&json(&items, &Fields::new(["*"]))).unwrap();
        for item in written {
            assert_eq!(schema.errors(&item), Vec::<String>::new(), "{item:#}");
        }
    }
    let unused: Vec<String> = schema.said().difference(&schema.seen).cloned().collect();
    assert_eq!(unused, Vec::<String>::new(), "{}", schema.root()["$id"]);
    let table = table::table(&schema);
    let page = include_str!("../../../docs/facts.md");
    assert!(page.contains(&table), "`docs/facts.md` lacks the table:\n{table}");
}
