//! The steps of `run:`, in order: scripts, commands, and steps of the repository with what they run in turn.
//!
//! A step is a process of its own: what one sets is gone in the next. What a step is given is known where it is written
//! out. A step from elsewhere is a gap, since it may run anything.

use std::sync::Arc;

use engine_formats::yaml::ScalarValue;
use engine_model::{FilePath, GapCause, Span, Value, Why};

use super::super::command::{Command, Section};
use super::super::cursor::{Cursor, Scope};
use super::super::node::{Edge, Loader};
use super::super::path::{Directory, PROJECT_DIRECTORY};
use super::super::script;
use super::filled::Filled;
use super::{Around, Reader, is_command_option};
use crate::sourced::{Hop, How, Sourced, join};

/// How deep steps in steps are read.
const MAX_STEPS: usize = 10;

/// The files of a step in their order.
const FILES: [&str; 2] = ["step.yml", "func.yml"];

/// Names with texts.
type Given = Vec<(String, Filled)>;

/// Where steps stand.
#[derive(Clone, Default)]
struct Frame {
    /// The folder of the file that names them, from the project's.
    folder: String,
    /// What that file's step is given; nothing of what stands in the pipeline itself.
    inputs: Given,
    /// Variables that are set around them, the outermost first.
    env: Given,
    depth: usize,
}

impl Reader<'_> {
    /// Reads the steps of a job.
    pub(super) fn steps(&mut self, run: &Cursor<'_>) {
        self.sequence(run, &Frame::default());
    }

    fn sequence(&mut self, steps: &Cursor<'_>, frame: &Frame) {
        for step in steps.flat() {
            if step.is_mapping() {
                self.step(&step, frame);
            } else {
                let value = step.text().value;
                self.gap(&step, &value);
            }
        }
    }

    /// A step, or what a step's file says that it does.
    fn step(&mut self, step: &Cursor<'_>, outer: &Frame) {
        let mut frame = outer.clone();
        frame.env.extend(self.env(step, outer));
        let mut acts = false;
        if let Some(text) = step.get("script") {
            acts = true;
            if let Some(filled) = self.filled(&text, &frame) {
                let whole = text.origin();
                self.process(&filled, &frame, Directory::project(), &|span| filled.locate(span, &whole));
            }
        }
        if let Some(exec) = step.get("exec") {
            acts = true;
            self.exec(&exec, &frame);
        }
        for keyword in ["run", "steps"] {
            if let Some(steps) = step.get(keyword) {
                acts = true;
                self.sequence(&steps, &frame);
            }
        }
        for keyword in ["step", "func"] {
            if let Some(reference) = step.get(keyword) {
                acts = true;
                self.referenced(step, &reference, &frame);
            }
        }
        if let Some(action) = step.get("action") {
            acts = true;
            let name = action.text().get().cloned().unwrap_or_default();
            self.elsewhere(&action, &format!("the action `{name}`"));
        }
        if !acts {
            self.not_evaluated("what a step does is not said".to_owned(), Some(step.place().location()));
        }
    }

    /// The variables of a step, each also as a command that sets it.
    fn env(&mut self, step: &Cursor<'_>, frame: &Frame) -> Given {
        let mut out = Vec::new();
        for (name, value, _) in step.get("env").map_or_else(Vec::new, |env| env.fields()) {
            let filled = self.value(&value, frame);
            let known = filled.known().map(str::to_owned);
            let set = match known {
                Some(text) => Value::Known(text),
                None => Value::unknown(Why::Dynamic, filled.text()),
            };
            let pipeline = self.next_pipeline;
            self.next_pipeline = pipeline.saturating_add(1);
            self.commands.push(Command {
                section: Section::Script,
                origin: value.origin(),
                words: Vec::new(),
                assignments: vec![(name.to_string(), Sourced { value: set, origin: Some(value.origin()) })],
                writes: Vec::new(),
                removes: Vec::new(),
                variables: Vec::new(),
                directory: Directory::project(),
                pipeline,
                conditional: false,
                forgiven: false,
                logged: false,
                traced: false,
                function: false,
                expansions: Vec::new(),
                invocation: None,
            });
            out.push((name.to_string(), filled));
        }
        out
    }

    /// Reads a text as the script of a shell of its own.
    fn process(
        &mut self,
        filled: &Filled,
        frame: &Frame,
        directory: Directory,
        origin: &dyn Fn(Span) -> crate::sourced::Origin,
    ) {
        self.begin();
        self.directory = directory;
        for (name, value) in &frame.env {
            self.assigned.insert(name.clone(), value.known().map(str::to_owned));
        }
        let locate = |span: Span| Some((Section::Script, origin(span)));
        self.script_with_holes(filled.text(), filled.holes(), &locate, Around::job(), 0);
    }

    /// A command that no shell reads.
    fn exec(&mut self, exec: &Cursor<'_>, frame: &Frame) {
        let Some(command) = exec.get("command") else {
            self.not_evaluated("what a step does is not said".to_owned(), Some(exec.place().location()));
            return;
        };
        let words: Vec<Filled> = command.flat().iter().map(|word| self.value(word, frame)).collect();
        let directory = match exec.get("work_dir") {
            Some(folder) => {
                let folder = self.value(&folder, frame);
                let joined = folder.known().and_then(|folder| Directory::project().join(folder));
                joined.map_or_else(Directory::unknown, Directory::at)
            }
            None => Directory::project(),
        };
        let whole = command.origin();
        let program = words.first().and_then(Filled::known).map(super::path::file_name);
        let told = words.iter().position(|word| word.known().is_some_and(is_command_option));
        // `bash -c SCRIPT`: its expressions are filled in before the shell has it.
        let script = told.filter(|_| program.is_some_and(script::is_shell_program));
        if let Some(script) = script.and_then(|told| words.get(told.saturating_add(1))) {
            self.process(script, frame, directory, &|span| script.locate(span, &whole));
            return;
        }
        let quoted = Filled::quoted(&words);
        self.process(&quoted, frame, directory, &|span| quoted.locate(span, &whole));
    }

    /// The step that another one names.
    fn referenced(&mut self, step: &Cursor<'_>, reference: &Cursor<'_>, frame: &Frame) {
        if reference.is_mapping() {
            self.elsewhere(reference, &format!("the step `{}`", named(reference)));
            return;
        }
        let Some(name) = self.filled(reference, frame) else { return };
        let Some(path) = name.known() else {
            let message = format!("which step `{}` is depends on the job", name.text());
            self.not_evaluated(message, Some(reference.place().location()));
            return;
        };
        if !path.starts_with('.') {
            self.elsewhere(reference, &format!("the step `{path}`"));
            return;
        }
        let found = Directory::at(frame.folder.clone()).join(path).and_then(|folder| self.step_file(&folder));
        let Some(file) = found else {
            self.elsewhere(reference, &format!("the step `{path}`"));
            return;
        };
        let location = || Some(reference.place().location());
        if self.open.contains(&file) || frame.depth >= MAX_STEPS {
            let what = if self.open.contains(&file) { "runs itself" } else { "is run by too many steps in a row" };
            self.not_evaluated(format!("the step `{file}` {what}"), location());
            return;
        }
        let document = self.shared.library.yaml(&file);
        let document = document.filter(|document| self.shared.budget.take(document.file().text().len()));
        let Some(document) = document else {
            self.not_evaluated(format!("the step `{file}` cannot be read"), location());
            return;
        };
        let (header, root) = match document.roots() {
            [only] if document.get(*only, "spec").is_none() => (None, *only),
            [header, root, ..] => (Some(*header), *root),
            _ => {
                self.not_evaluated(format!("what the step `{file}` does is not said"), location());
                return;
            }
        };
        let origin = reference.origin();
        let hop = Arc::new(Hop { how: How::Script, place: origin.place.clone(), next: None });
        let via = join(origin.via.as_ref(), Some(&hop));
        let mut loader = Loader::new(&document);
        let mut inputs = Vec::new();
        if let Some(header) = header {
            let header = loader.load(header);
            let scope = Scope::new(Arc::clone(&header.node), false);
            let header = Cursor::new(&scope, &Edge { node: header.node, via: via.clone() });
            let specs = header.get("spec").and_then(|spec| spec.get("inputs"));
            for (name, spec, _) in specs.map_or_else(Vec::new, |specs| specs.fields()) {
                if let Some(default) = spec.get("default") {
                    inputs.push((name.to_string(), self.value(&default, &Frame::default())));
                }
            }
        }
        for (name, value, _) in step.get("inputs").map_or_else(Vec::new, |given| given.fields()) {
            let value = self.value(&value, frame);
            inputs.retain(|(known, _)| *known != *name);
            inputs.push((name.to_string(), value));
        }
        let folder = file.as_str().rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let inner = Frame { folder, inputs, env: frame.env.clone(), depth: frame.depth.saturating_add(1) };
        let content = loader.load(root);
        let scope = Scope::new(Arc::clone(&content.node), false);
        let content = Cursor::new(&scope, &Edge { node: content.node, via });
        self.open.push(file);
        self.step(&content, &inner);
        self.open.pop();
    }

    /// The file of a step: the one that is named, or the one of the folder.
    fn step_file(&self, path: &str) -> Option<FilePath> {
        let exists = |path: &FilePath| self.shared.library.exists(path);
        if path.ends_with(".yml") {
            return FilePath::new(path).filter(exists);
        }
        let folder = if path.is_empty() { String::new() } else { format!("{path}/") };
        FILES.iter().find_map(|name| FilePath::new(&format!("{folder}{name}")).filter(exists))
    }

    /// Something that is run and is not here.
    fn elsewhere(&mut self, at: &Cursor<'_>, what: &str) {
        let message = format!("{what} is not in this tree, and may change production");
        self.missing(GapCause::NotVendored, message, Some(at.place().location()));
    }

    /// A scalar's text, with its expressions filled in; nothing, and a gap, where nobody can tell it.
    fn filled(&mut self, scalar: &Cursor<'_>, frame: &Frame) -> Option<Filled> {
        match scalar.text().value {
            Value::Known(text) => Some(Filled::new(scalar, &text, &|name| given(name, frame))),
            other => {
                self.gap(scalar, &other);
                None
            }
        }
    }

    /// The same for a value of any kind: what is no text is not known.
    fn value(&self, value: &Cursor<'_>, frame: &Frame) -> Filled {
        match (value.text().value, value.scalar_value()) {
            (Value::Known(text), Some(ScalarValue::String | ScalarValue::Integer(_))) => {
                Filled::new(value, &text, &|name| given(name, frame))
            }
            (Value::Known(text), _) => Filled::unknown(value, &text),
            (Value::Unknown(unknown), _) => Filled::unknown(value, &unknown.on),
            (Value::Absent, _) => Filled::unknown(value, "a value that is not a text"),
        }
    }
}

/// What an expression comes to, where the tree says it.
fn given(expression: &str, frame: &Frame) -> Option<Filled> {
    if expression == "step_dir" && frame.depth > 0 {
        return Some(Filled::implied(&format!("${PROJECT_DIRECTORY}/{}", frame.folder)));
    }
    let name = expression.strip_prefix("inputs.")?;
    frame.inputs.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

/// How a step that is named in several words is said.
fn named(reference: &Cursor<'_>) -> String {
    let text = |of: &Cursor<'_>, name: &str| of.get(name).and_then(|value| value.text().get().cloned());
    if let Some(git) = reference.get("git") {
        let (url, rev) = (text(&git, "url").unwrap_or_default(), text(&git, "rev").unwrap_or_default());
        return format!("{url}@{rev}");
    }
    if let Some(oci) = reference.get("oci") {
        let part = |name| text(&oci, name).unwrap_or_default();
        return format!("{}/{}:{}", part("registry"), part("repository"), part("tag"));
    }
    "…".to_owned()
}
