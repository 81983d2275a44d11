//! What becomes of a job's commands: whose failure is seen, what the log shows, where an apply runs.

#[cfg(test)]
#[path = "support/files.rs"]
mod files;

use engine_facts::gitlab::{Command, Runs};
use files::Files;

/// The commands of a job with this script, and of the shell scripts beside it.
#[cfg(test)]
fn commands(script: &str) -> Vec<Command> {
    let lines: String = script.lines().map(|line| format!("      {line}\n")).collect();
    let text = format!(
        "//- .gitlab-ci.yml\njob:\n  script:\n    - |\n{lines}\
         //- loose.sh\n#!/bin/sh\nterraform apply plan\necho done\n\
         //- strict.sh\n#!/bin/bash -e\nterraform apply plan\necho done\n\
         //- piped.sh\n#!/bin/bash\nset -e\nterraform apply plan | tee log\necho done\n\
         //- remote.sh\n# terraform destroy\nterraform apply plan\n"
    );
    Files::new(&text).pipeline().jobs.remove(0).commands
}

#[cfg(test)]
fn apply(script: &str) -> Command {
    let found = commands(script).into_iter().find(|command| command.invocation.is_some());
    found.unwrap_or_else(|| panic!("no invocation in {script}"))
}

#[test]
fn a_failure_that_nobody_sees_is_forgiven() {
    let check = |script: &str, expect: bool| assert_eq!(apply(script).forgiven, expect, "{script}");
    check("terraform apply plan", false);
    check("terraform apply plan || true", true);
    check("terraform apply plan || :", true);
    check("terraform apply plan || echo 'did not work'", true);
    check("terraform apply plan \\\n  || true", true);
    check("cd x && terraform apply plan || true", true);
    check("terraform apply plan && echo ok || echo no", true);
    check("terraform apply plan | tee log || true", true);
    check("(cd x; terraform apply plan) || true", true);
    check("{ terraform apply plan; } || exit 0", true);
    check("sh -c 'terraform apply plan' || true", true);
    check("sh -c 'terraform apply plan; true'", true);
    check("sh -ec 'terraform apply plan; true'", false);
    check("set +e\nterraform apply plan\necho done", true);
    check("set +e\nterraform apply plan\ncode=$?\nexit $code", false);
    check("set +e\nterraform apply plan", false);
    check("set +e\nif terraform apply plan; then echo; else exit 1; fi\necho", false);
    check("f() { terraform apply plan; }\nf || true", true);
    check("f() { terraform apply plan; }\nf", false);
    check("echo \"$(terraform apply plan)\"", true);
    check("./loose.sh", true);
    check("./strict.sh", false);
    check("bash -e loose.sh", false);
    check("./piped.sh", true);
    // The job's own shell ends at the first failure, also in a pipe.
    check("terraform apply plan; true", false);
    check("terraform apply plan | tee log", false);
    check("terraform apply plan || exit 1", false);
    check("terraform apply plan || { echo no; exit 1; }", false);
    check("terraform apply plan || echo no && exit 1", false);
    check("terraform apply plan || echo failed > sign", false);
    check("terraform apply plan || code=1", false);
    check("terraform apply plan || terraform apply plan", false);
}

#[test]
fn what_goes_to_the_log_is_told_from_what_does_not() {
    let check = |script: &str, expect: bool| {
        let found = commands(script);
        let shown = found.iter().find(|command| command.variables.contains(&"X".to_owned())).unwrap();
        assert_eq!(shown.logged, expect, "{script}");
    };
    check("echo $X", true);
    check("echo $X >&2", true);
    check("if true; then echo $X; fi", true);
    check("sh -c 'echo \"$X\"'", true);
    check("echo $X > file", false);
    check("echo $X >> file 2>&1", false);
    check("echo $X | base64", false);
    check("Y=$(echo $X)", false);
    check("(echo a; echo $X) > file", false);
    check("{ echo $X; } | login", false);
    check("for a in b; do echo $X; done > file", false);
    check("exec > log\necho $X", false);
    check("f() { echo $X; }\nY=$(f)", false);
    check("sh -c 'echo \"$X\"' > file", false);
    check("echo $X 2> errors", true);
}

#[test]
fn a_trace_lasts_as_long_as_its_shell_has_it() {
    let traced = |script: &str| {
        let found = commands(script);
        let traced = found.iter().filter(|command| command.traced);
        traced.filter_map(|command| command.program().map(str::to_owned)).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(traced("a\nset -x\nb\nset +x\nc"), "set b");
    assert_eq!(traced("set -o xtrace\nb"), "set b");
    assert_eq!(traced("set -eux\nb"), "set b");
    assert_eq!(traced("bash -x -c 'b'\nc"), "b");
    assert_eq!(traced("[ -z \"$D\" ] || set -x\nb\n(set -x)\nc"), "");
}

#[test]
fn an_apply_is_followed_to_where_it_runs() {
    let check = |script: &str, expect: Runs| assert_eq!(apply(script).invocation.unwrap().runs, expect, "{script}");
    check("terraform apply plan", Runs::InJob);
    check("docker run hashicorp/terraform:1.9 apply", Runs::InJob);
    check("terraform apply plan &\nwait $!", Runs::InJob);
    check("ssh host terraform apply", Runs::Elsewhere);
    check("ssh host \"cd $DIR && terraform apply -auto-approve\"", Runs::Elsewhere);
    check("ssh host <<EOF\ncd $DIR\nterraform apply\nEOF", Runs::Elsewhere);
    check("ssh host 'bash -s' < remote.sh", Runs::Elsewhere);
    check("cat remote.sh | ssh host bash", Runs::Elsewhere);
    check("kubectl exec -it pod -- terraform apply", Runs::Elsewhere);
    check("ansible all -m shell -a 'terraform apply'", Runs::Elsewhere);
    check("aws ssm send-command --parameters 'commands=terraform apply'", Runs::Elsewhere);
    check("echo 'terraform apply' | at now", Runs::Afterwards);
    check("terraform apply plan &", Runs::Afterwards);
    check("nohup terraform apply plan > log &", Runs::Afterwards);
    check("sh -c 'terraform apply plan' &", Runs::Afterwards);
    check("docker run -d hashicorp/terraform:1.9 apply", Runs::Afterwards);
    check("setsid terraform apply plan", Runs::InJob);
    let action = |script: &str| apply(script).invocation.unwrap().action.get().cloned();
    assert_eq!(action("ssh host 'bash -s' < remote.sh").as_deref(), Some("apply"));
    assert_eq!(action("ssh host terraform $ACTION"), None);
}

#[test]
fn variables_are_found_in_the_words_that_hold_their_values() {
    let found = |script: &str| {
        let commands = commands(script);
        let first = commands.first().unwrap();
        let shown = first.expansions.iter().map(|one| format!("{} {} [{}]", one.word, one.variable, one.before));
        shown.collect::<Vec<_>>().join(", ")
    };
    assert_eq!(found("vault write a role=$R secret_id=$S"), "3 R [role=], 4 S [secret_id=]");
    assert_eq!(found("sudo -E curl -H \"Auth: $A\" $B"), "2 A [Auth: ], 3 B []");
    assert_eq!(found("x ${A:-none} ${B:0:4} ${#C} ${D:+set} $(echo $E) '$F'"), "1 A []");
}
