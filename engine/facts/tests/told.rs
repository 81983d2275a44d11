//! Programs that are told by way of others: what is not passed over, and what stays nothing.

#[cfg(test)]
#[path = "support/files.rs"]
mod files;

use engine_facts::gitlab::Job;
use files::Files;

/// How many commands of a job change production or may, and how many gaps its script leaves.
#[cfg(test)]
fn check(line: &str, expect: (usize, usize)) {
    let text = format!(
        "//- .gitlab-ci.yml\nvariables: {{ACTION: plan, DIR: infra/terraform}}\njob:\n  script:\n    - |\n      {}\n\
         //- deploy.sh\nterraform apply\n//- infra/Makefile\nall:\n\tterraform apply\n//- ci/ops.mk\nall:\n\tterraform apply\n",
        line.replace('\n', "\n      ")
    );
    let pipeline = Files::new(&text).pipeline();
    let changes = pipeline.jobs.iter().flat_map(Job::changes).count();
    assert_eq!((changes, pipeline.gaps.len()), expect, "{line}");
}

#[test]
fn what_another_program_is_told_is_not_passed_over() {
    check("setsid ./deploy.sh", (1, 0));
    check("flock /tmp/lock ./deploy.sh", (1, 0));
    check("docker run --rm -v $PWD:/w -w /w image ./deploy.sh", (1, 0));
    check("docker run image sh -c \"cd $DIR && terraform apply\"", (1, 0));
    check("make -Cinfra", (1, 0));
    check("make --directory=infra", (1, 0));
    check("make --file ci/ops.mk", (1, 0));
    check("terragrunt --terragrunt-working-dir infra apply", (1, 0));
    check("terragrunt run --all -- apply", (1, 0));
    check("terragrunt exec -- terraform apply", (1, 0));
    check("pulumi --color always up", (1, 0));
    check("pulumi --some-new-option value up", (1, 0));
    check("git -c alias.x='!terraform apply' x", (1, 0));
    check("npm exec -- terraform apply", (1, 0));
}

#[test]
fn a_value_that_can_be_changed_from_outside_stays_so_by_another_name() {
    check("terraform $ACTION", (1, 0));
    check("A=$ACTION\nterraform $A", (1, 0));
    check("A=${1:-plan}\nterraform $A", (1, 0));
    check("A=$ACTION\nB=$A\nterraform $B", (1, 0));
    check("A=plan\nterraform $A", (0, 0));
}

#[test]
fn what_does_nothing_stays_nothing() {
    check("terraform fmt -check $DIR", (0, 0));
    check("git commit -m 'terraform apply'", (0, 0));
    check("npm run terraform apply", (0, 0));
    check("docker build -t terraform $DIR", (0, 0));
    check("terragrunt --terragrunt-working-dir infra plan", (0, 0));
    check("pulumi --non-interactive preview", (0, 0));
    check("make -Cother", (0, 0));
}
