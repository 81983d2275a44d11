//! What the binary writes of itself.

use std::process::{Command, Stdio};

use crate::support::{Project, engine, finished};

#[test]
fn schemas_are_json_and_named() {
    let project = Project::with(&[]);
    for name in ["config", "report", "gitlab.job", "credential", "terraform.change", "engine.config"] {
        let ended = engine(project.path(), &["schema", name]);
        let schema: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
        assert!(schema["properties"].is_object(), "{name}");
    }
    assert_eq!(engine(project.path(), &["schema"]).out, engine(project.path(), &["schema", "config"]).out);
    let unknown = engine(project.path(), &["schema", "nothing"]);
    assert_eq!(unknown.code, Some(3));
    assert!(unknown.err.contains("`config`, `report`, `credential`"), "{}", unknown.err);
}

#[test]
fn completions_are_scripts_that_know_the_commands() {
    let project = Project::with(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = engine(project.path(), &["completions", shell]).out;
        for word in ["check", "explain", "plugin", "fail-on"] {
            assert!(script.contains(word), "{shell} does not know `{word}`");
        }
    }
    // The shell itself is the judge.
    project.write("engine.bash", engine(project.path(), &["completions", "bash"]).out);
    let mut bash = Command::new("bash");
    let script = "source ./engine.bash && COMP_WORDS=(engine che) COMP_CWORD=1 && _engine engine che engine && echo \"${COMPREPLY[@]}\"";
    let ended = finished(bash.args(["--norc", "-c", script]).current_dir(project.path()).stdin(Stdio::null()));
    assert_eq!((ended.code, ended.out.trim()), (Some(0), "check"), "{}", ended.err);
}

#[test]
fn the_manual_page_names_every_command_and_option() {
    let project = Project::with(&[]);
    let page = engine(project.path(), &["man"]).out;
    for part in [".TH", "check", "explain", "completions", "\\-\\-plugin", "\\-\\-fail\\-on", "SEVERITY", "Exit codes"]
    {
        assert!(page.contains(part), "no `{part}` in\n{page}");
    }
}
