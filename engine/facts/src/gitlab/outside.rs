//! What of a repository can change production without any job: scripts, targets of Makefiles, tasks of Ansible and
//! workflows of other systems that no job of a pipeline runs.
//!
//! Files are known by their names ([`Form::of`]); one is read only where it names a program of the table, and what a
//! program does whose name only the run tells is not asked. A repository
//! without a pipeline has nothing outside of one.

use std::sync::Arc;

use engine_formats::yaml;
use engine_model::{Document, FilePath, Gap, NodeId, Place, Unknown, Value, Why};

use super::command::Command;
use super::include::Library;
use super::pipeline::Pipeline;
use super::playbook::Playbooks;
use super::reach::Project;
use super::reader::Reader;
use super::shared::{Reached, Shared};
use super::{JOB, invocation, script};
use crate::sourced::{Origin, Sourced};

/// The kind of a script on the wire.
pub const SCRIPT: &str = "script";

/// What a file of commands is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// A script of a shell.
    Shell,
    /// A Makefile.
    Makefile,
    /// A playbook of Ansible, or a file of tasks.
    Playbook,
    /// A workflow of GitHub.
    Workflow,
}

impl Form {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shell => "shell",
            Self::Makefile => "makefile",
            Self::Playbook => "playbook",
            Self::Workflow => "workflow",
        }
    }

    /// What a file is by its path; `None` for one that is not looked at.
    #[must_use]
    pub fn of(path: &FilePath) -> Option<Self> {
        const SHELLS: [&str; 4] = ["sh", "bash", "zsh", "ksh"];
        const SCRIPTS: [&str; 9] = ["bin", "sbin", "script", "scripts", "hack", "tools", "ci", "deploy", "ops"];
        const PLAYS: [&str; 4] = ["roles", "tasks", "handlers", "playbooks"];
        let (name, directory) = (path.file_name(), path.directory());
        let inside = |folders: &[&str]| directory.split('/').any(|folder| folders.contains(&folder));
        match name.rsplit_once('.') {
            Some((_, end)) if SHELLS.contains(&end) => Some(Self::Shell),
            Some((_, "mk")) => Some(Self::Makefile),
            Some((_, "yml" | "yaml")) if directory == ".github/workflows" => Some(Self::Workflow),
            Some((stem, "yml" | "yaml")) => {
                let plays =
                    inside(&PLAYS) || directory.contains("ansible") || stem == "site" || stem.contains("playbook");
                plays.then_some(Self::Playbook)
            }
            None if matches!(name, "Makefile" | "makefile" | "GNUmakefile") => Some(Self::Makefile),
            None if inside(&SCRIPTS) => Some(Self::Shell),
            _ => None,
        }
    }
}

/// A file with commands that change production, or may, and that no job is known to run.
#[derive(Clone, Debug)]
pub struct Script {
    /// Its path.
    pub path: FilePath,
    /// What it is.
    pub form: Form,
    /// All of it.
    pub origin: Origin,
    /// Whether certainly no job runs it; unknown where not all jobs, or not all of what they run, can be seen.
    pub outside: Sourced<bool>,
    /// Those of its commands that change production, or may, in order.
    pub commands: Vec<Command>,
}

/// What no job runs.
#[derive(Clone, Debug, Default)]
pub struct Outside {
    /// The files, sorted by path.
    pub scripts: Vec<Script>,
    /// What of them could not be read, once for each file.
    pub gaps: Vec<Gap>,
}

/// Everything of a tree that changes production and that none of its pipelines runs.
#[must_use]
pub fn outside(library: &dyn Library, pipelines: &[Pipeline], project: &Project) -> Outside {
    let mut out = Outside::default();
    // A piece of a pipeline is a part of somebody else's.
    if pipelines.iter().all(|pipeline| pipeline.fragment) {
        return out;
    }
    let mut reached = Reached::default();
    for pipeline in pipelines {
        reached.add(&pipeline.reached);
    }
    let missing = pipelines.iter().flat_map(|pipeline| &pipeline.gaps);
    let missing = missing.filter(|gap| gap.kind == JOB && gap.fields.is_empty()).map(|gap| &gap.message).next();
    let unread = unread(library, &reached);
    let shared = Shared::new(library, &project.deployers);
    let pieces = |path: &FilePath| pipelines.iter().any(|pipeline| pipeline.files.contains(path));
    for path in library.paths() {
        let Some(form) = Form::of(&path).filter(|_| !reached.files.contains(&path) && !pieces(&path)) else { continue };
        let Some(document) = library.script(&path) else { continue };
        let Some((root, text)) = script::text(&document).filter(|(_, text)| mentions(text, project)) else { continue };
        let mut reader = Reader::alone(&shared);
        match form {
            Form::Shell if script::is_shell(text) => reader.shell_file(&document, root, text),
            Form::Shell => {}
            Form::Makefile => match reached.targets.get(&path) {
                // Which of its targets jobs run is not known, which is said where they call it.
                Some(None) => continue,
                Some(Some(targets)) => reader.targets(&document, &|name| !targets.contains(name)),
                None => reader.targets(&document, &|_| true),
            },
            Form::Playbook => plays(library, &path, &mut reader),
            Form::Workflow => steps(&document, &mut reader),
        }
        let thrown_away = reader.commands.iter().any(makes_cluster);
        let mut own = reader.commands;
        own.retain(|command| {
            let here = command.origin.place.document.file().path() == &path;
            here && changes(command) && !(thrown_away && is_of_cluster(command))
        });
        let gap = reader.gaps.into_iter().next();
        out.gaps.extend(gap.map(|gap| Gap { kind: SCRIPT, fields: &[], ..gap }));
        if own.is_empty() {
            continue;
        }
        let origin = Origin::written(Place::new(&document, root));
        let perhaps = || reached.perhaps.iter().find(|perhaps| perhaps.is(&path)).map(|perhaps| &perhaps.on);
        let named = || unread.iter().find(|(_, text)| text.contains(path.file_name())).map(|(message, _)| message);
        let on = missing.or_else(perhaps).or_else(named).cloned();
        let value = on.map_or(Value::Known(true), |on| Value::Unknown(Unknown { why: Why::NotEvaluated, on }));
        let outside = Sourced { value, origin: Some(origin.clone()) };
        out.scripts.push(Script { path, form, origin, outside, commands: own });
    }
    out
}

/// Makefiles of which any target may be run: what hangs on each, and its text.
fn unread(library: &dyn Library, reached: &Reached) -> Vec<(String, String)> {
    let any = reached.targets.iter().filter(|(_, targets)| targets.is_none());
    let text = |path: &FilePath| {
        let document = library.script(path)?;
        Some((format!("the targets of `{path}` are not read"), script::text(&document)?.1.to_owned()))
    };
    any.filter_map(|(path, _)| text(path)).collect()
}

/// Whether a command changes production, or may, with a program that is named.
fn changes(command: &Command) -> bool {
    command.changes_production() && command.invocation.as_ref().is_some_and(|call| call.tool != "unknown")
}

/// Whether a command makes a cluster on the machine that it runs on: what is then changed in it is gone with it.
fn makes_cluster(command: &Command) -> bool {
    let told = |action: &str| command.words.iter().any(|word| word.get().is_some_and(|text| text == action));
    match command.program() {
        Some("kind" | "k3d" | "ctlptl") => told("create"),
        Some("minikube") => told("start"),
        Some("vagrant") => told("up"),
        _ => false,
    }
}

fn is_of_cluster(command: &Command) -> bool {
    command.invocation.as_ref().is_some_and(|call| matches!(call.tool, "kubectl" | "helm"))
}

/// Whether a text names a program that changes production.
fn mentions(text: &str, project: &Project) -> bool {
    invocation::programs().any(|name| text.contains(name)) || project.deployers.iter().any(|name| text.contains(name))
}

/// The tasks of one file: those of others are looked at where those are.
fn plays(library: &dyn Library, path: &FilePath, reader: &mut Reader<'_>) {
    for task in Playbooks::alone(library, path).iter().filter(|task| task.document.file().path() == path) {
        reader.task_alone(task);
    }
}

/// The steps of a workflow: `jobs.*.steps.*.run`.
fn steps(document: &Document, reader: &mut Reader<'_>) {
    let Some(workflow) = yaml::parse(document.file()).document else { return };
    let jobs = workflow.roots().first().and_then(|root| workflow.get(*root, "jobs"));
    let jobs = jobs.map_or(&[][..], |jobs| workflow.entries(jobs));
    let steps = jobs.iter().filter_map(|job| workflow.get(job.value, "steps"));
    let runs = steps.flat_map(|steps| workflow.items(steps)).filter_map(|step| workflow.get(*step, "run"));
    for run in runs.collect::<Vec<NodeId>>() {
        reader.foreign_step(&Arc::clone(&workflow), run);
    }
}

#[cfg(test)]
mod tests {
    use engine_model::FilePath;

    use super::Form;

    #[test]
    fn a_file_of_commands_is_known_by_its_path() {
        let check = |path: &str, expect: Option<Form>| {
            assert_eq!(Form::of(&FilePath::new(path).unwrap()), expect, "{path}");
        };
        check("deploy.sh", Some(Form::Shell));
        check("scripts/deploy", Some(Form::Shell));
        check("deploy", None);
        check("GNUmakefile", Some(Form::Makefile));
        check("build/rules.mk", Some(Form::Makefile));
        check("site.yml", Some(Form::Playbook));
        check("roles/app/tasks/main.yaml", Some(Form::Playbook));
        check("ansible/hosts.yml", Some(Form::Playbook));
        check("deploy-playbook.yml", Some(Form::Playbook));
        check(".github/workflows/deploy.yml", Some(Form::Workflow));
        check("values.yml", None);
        check("main.tf", None);
    }
}
