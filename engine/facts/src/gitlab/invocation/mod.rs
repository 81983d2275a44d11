//! The table of programs that change production, and how their command lines are read.
//!
//! What is not in the [`table`] is a command without an invocation.

mod judge;
mod table;

use engine_formats::shell;
use engine_model::{Value, Why};

use super::carrier::{self, Runs, Told, may};
use super::path::{self, Directory};
use crate::sourced::Sourced;
use judge::Judge;
use table::Tool;

/// A call of a program of the table.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The program's name in the table: `terraform` for `/usr/bin/terraform`.
    pub tool: &'static str,
    /// What it is told to do: `apply`, `state rm`; unknown where a variable decides.
    pub action: Sourced<String>,
    /// Whether that changes production.
    pub changes: Changes,
    /// Options with their values, as written: `-out=plan` and `-out plan` are the same.
    pub flags: Vec<Flag>,
    /// Words after the action that are no options.
    pub operands: Vec<Sourced<String>>,
    /// The saved plan that is written (`plan -out`) or applied, from the project's directory.
    pub plan: Sourced<String>,
    /// Whether it is told not to ask: `-input=false`, or the variables that mean the same.
    pub unattended: bool,
    /// Where and when it runs.
    pub runs: Runs,
}

/// Whether an invocation changes production.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Changes {
    /// It does not.
    No,
    /// It does.
    Yes,
    /// What it does depends on a value that is not known here, so it may.
    Maybe,
}

/// One option.
#[derive(Clone, Debug)]
pub struct Flag {
    /// Its name without dashes.
    pub name: String,
    /// Its value, where it has one.
    pub value: Sourced<String>,
    /// The option's word.
    pub word: Sourced<String>,
}

/// The names of all programs of the table.
pub(super) fn programs() -> impl Iterator<Item = &'static str> {
    table::TABLE.iter().flat_map(|tool| tool.programs).copied()
}

/// The name of the tool that a program is.
pub(super) fn table_name(program: &str) -> Option<&'static str> {
    Tool::of(program).map(|tool| tool.name)
}

/// Whether an action of a tool changes something, or is the first word of one that may.
pub(super) fn may_change(name: &str, action: &str) -> bool {
    let tool = Tool::of(name);
    tool.is_some_and(|tool| {
        !tool.is_known_by_list() || tool.changing.contains(&action) || tool.groups.contains(&action)
    })
}

/// Programs whose names say what a text is about.
pub(super) const PROGRAMS: &[&str] =
    &["terraform", "tofu", "terragrunt", "pulumi", "ansible-playbook", "kubectl", "helm", "nomad"];

impl Invocation {
    /// Reads a command line; `None` where its program is not of the table, nor told to run one in `told`.
    pub(super) fn read(
        words: &[Sourced<String>],
        told: &Told<'_>,
        directory: &Directory,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Option<Self> {
        let (program, rest) = words.split_first()?;
        let Some(name) = program.get() else {
            // `$SUDO terraform init`: whatever comes before, this is what it runs.
            if rest.first().and_then(|word| word.get()).is_some_and(|name| Tool::of(name).is_some()) {
                return Self::read(rest, told, directory, lookup);
            }
            return Some(unknown_program(program, rest));
        };
        let Some(tool) = Tool::of(name) else {
            return carrier::told(path::file_name(name), program, rest, told);
        };
        // `kubectl exec pod -- terraform apply`
        let file = path::file_name(name);
        if (carrier::reads_commands(file) || carrier::carries(file, &(told.spoken)()).is_some())
            && let Some(carried) = carrier::told(file, program, rest, told)
        {
            return Some(carried);
        }
        let mut line = Line::read(tool, rest);
        if tool.judge == Judge::Always && line.action.is_absent() {
            line.action = program.clone();
        }
        let action = line.action.clone();
        if let Some(action) = action.get() {
            for variable in ["TF_CLI_ARGS".to_owned(), format!("TF_CLI_ARGS_{}", action.replace([' ', '-'], "_"))] {
                if let Some(extra) = lookup(&variable) {
                    line.extra(tool, &extra, program);
                }
            }
        }
        let changes = match (&action.value, line.is_idle(tool)) {
            (_, true) => Changes::No,
            (Value::Known(action), _) if tool.changing.contains(&action.as_str()) => Changes::Yes,
            (Value::Known(action), _) if tool.groups.contains(&action.as_str()) && tool.is_planned() => Changes::Maybe,
            // `terragrunt exec -- terraform …`
            (Value::Known(action), _) if action.starts_with("exec ") => Changes::Maybe,
            (Value::Known(_), _) if line.hides_an_action(tool) => Changes::Maybe,
            (Value::Known(action), _) => tool.judge.changes(action, &line),
            (Value::Unknown(_), _) => Changes::Maybe,
            (Value::Absent, _) => Changes::No,
        };
        let answers_no =
            |name: &str| lookup(name).is_some_and(|value| matches!(value.as_str(), "0" | "false" | "False" | "FALSE"));
        let unattended = line.value("input").is_some_and(|value| value.get().is_some_and(|v| v == "false" || v == "0"))
            || answers_no("TF_INPUT")
            || tool.implied_plan.is_some();
        let inside =
            line.value("chdir").map_or_else(|| directory.clone(), |value| directory.enter(Some(&value), false));
        let plan = if line.is_idle(tool) { Sourced::default() } else { line.plan(tool, &inside) };
        let (flags, operands) = (line.flags, line.operands);
        Some(Self { tool: tool.name, action, changes, flags, operands, plan, unattended, runs: Runs::InJob })
    }

    /// A call of a program of the team's own, which changes production whatever it is told.
    pub(super) fn deployer(name: &str, words: &[Sourced<String>]) -> Self {
        const IDLE: [&str; 4] = ["--help", "-h", "--version", "--dry-run"];
        let idle = words.iter().any(|word| word.get().is_some_and(|text| IDLE.contains(&text.as_str())));
        let origin = words.first().and_then(|word| word.origin.clone());
        Self {
            tool: "deployer",
            action: Sourced { value: Value::Known(name.to_owned()), origin },
            changes: if idle { Changes::No } else { Changes::Yes },
            flags: Vec::new(),
            operands: words.iter().skip(1).cloned().collect(),
            plan: Sourced::default(),
            unattended: false,
            runs: Runs::InJob,
        }
    }

    /// Says that words may come from elsewhere: without an action here, there may be one.
    pub(super) fn may_be_told_more(&mut self) {
        if self.action.is_absent() {
            self.changes = Changes::Maybe;
            self.action = Sourced { value: Value::unknown(Why::Dynamic, "standard input"), origin: None };
        }
    }

    /// Says that a word which decides what this does can be changed from outside: it may do anything.
    pub(super) fn may_be_told_otherwise(&mut self) {
        if self.changes == Changes::No {
            self.changes = Changes::Maybe;
        }
    }

    /// The option of this name.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().find(|flag| flag.name == name)
    }
}

/// A program that is only known when the job runs: it may be any of the table, told anything.
fn unknown_program(program: &Sourced<String>, rest: &[Sourced<String>]) -> Invocation {
    let first = rest.iter().find(|word| word.get().is_none_or(|text| !text.starts_with('-')));
    let action = first.cloned().unwrap_or_else(|| program.clone());
    may("unknown", action, program)
}

/// A command line, taken apart.
struct Line {
    action: Sourced<String>,
    /// Whether the action stands behind an option without a value, whose value it may be.
    doubtful: bool,
    flags: Vec<Flag>,
    operands: Vec<Sourced<String>>,
}

impl Line {
    fn read(tool: &Tool, words: &[Sourced<String>]) -> Self {
        let mut line = Self { action: Sourced::default(), doubtful: false, flags: Vec::new(), operands: Vec::new() };
        line.words(tool, words);
        if let (Some(action), Some(first)) = (line.action.get().cloned(), line.operands.first().cloned())
            && tool.groups.contains(&action.as_str())
        {
            line.operands.remove(0);
            line.action = match &first.value {
                Value::Known(second) => Sourced { value: Value::Known(format!("{action} {second}")), ..line.action },
                _ => Sourced { value: first.value.clone(), ..line.action },
            };
        }
        line
    }

    fn words(&mut self, tool: &Tool, words: &[Sourced<String>]) {
        let mut words = words.iter();
        let first = self.flags.len();
        while let Some(word) = words.next() {
            if self.action.is_absent() {
                let last = self.flags.get(first..).and_then(<[Flag]>::last);
                self.doubtful = last.is_some_and(|flag| flag.value.is_absent());
            }
            let Some(text) = word.get() else {
                match option_of_unknown(word) {
                    Some(flag) => self.flags.push(flag),
                    None => self.operand(word),
                }
                continue;
            };
            let Some(option) = text.strip_prefix('-') else {
                self.operand(word);
                continue;
            };
            if option == "-" {
                // Nothing behind `--` is an option.
                words.by_ref().for_each(|word| self.operand(word));
                break;
            }
            let option = option.strip_prefix('-').unwrap_or(option);
            let (name, value) = match option.split_once('=') {
                Some((name, value)) => {
                    (name, Sourced { value: Value::Known(value.to_owned()), origin: word.origin.clone() })
                }
                None if tool.valued.contains(&option) => (option, words.next().cloned().unwrap_or_default()),
                None => (option, Sourced::default()),
            };
            if !name.is_empty() {
                self.flags.push(Flag { name: name.to_owned(), value, word: word.clone() });
            }
        }
    }

    /// The first word that is no option is the action.
    fn operand(&mut self, word: &Sourced<String>) {
        if self.action.is_absent() {
            self.action = word.clone();
        } else {
            self.operands.push(word.clone());
        }
    }

    /// Words that a variable adds to every command line.
    fn extra(&mut self, tool: &Tool, text: &str, program: &Sourced<String>) {
        let script = shell::parse(&format!("x {text}"));
        let words = script.commands.first().map_or(&[][..], |command| command.words.get(1..).unwrap_or(&[]));
        let word = |word: &shell::Word| {
            let value = word.literal().map_or_else(|| Value::unknown(Why::Dynamic, word.display()), Value::Known);
            Sourced { value, origin: program.origin.clone() }
        };
        let words: Vec<_> = words.iter().map(word).collect();
        let (flags, operands) = (self.flags.len(), self.operands.len());
        self.words(tool, &words);
        // Whoever starts a pipeline can take the variable away: it may add a danger here, and never be an excuse.
        self.operands.truncate(operands);
        let added = self.flags.split_off(flags);
        self.flags.extend(added.into_iter().filter(|flag| !tool.idle.contains(&flag.name.as_str())));
    }

    fn value(&self, name: &str) -> Option<Sourced<String>> {
        self.flags.iter().rev().find(|flag| flag.name == name).map(|flag| flag.value.clone())
    }

    /// Whether what was taken for the action may be an option's value, and the action comes after it.
    fn hides_an_action(&self, tool: &Tool) -> bool {
        let changing = |word: &Sourced<String>| word.get().is_some_and(|text| tool.changing.contains(&text.as_str()));
        self.doubtful && self.operands.iter().any(changing)
    }

    /// Whether it only speaks of itself, or says what it would do: `--help`, `--dry-run=client`.
    fn is_idle(&self, tool: &Tool) -> bool {
        let refused = |flag: &Flag| flag.value.get().is_some_and(|value| matches!(value.as_str(), "none" | "false"));
        self.flags.iter().any(|flag| tool.idle.contains(&flag.name.as_str()) && !refused(flag))
    }

    /// The plan file of this line. An operand of `apply` that is a directory is no plan: Terraform 0.11 took one.
    fn plan(&self, tool: &Tool, directory: &Directory) -> Sourced<String> {
        let action = self.action.get().map_or("", String::as_str);
        let is_directory =
            |word: &Sourced<String>| word.get().is_some_and(|w| w.ends_with('/') || w == "." || w == "..");
        if !tool.is_planned() {
            return Sourced::default();
        }
        let file = match action {
            "plan" | "run-all plan" | "run plan" => self.value("out"),
            "preview" => self.value("save-plan"),
            "up" | "update" => self.value("plan"),
            "apply" | "run-all apply" | "run apply" => {
                self.operands.first().filter(|word| !is_directory(word)).cloned()
            }
            _ => None,
        };
        let implied = || {
            let name = tool.implied_plan.filter(|_| matches!(action, "plan" | "apply"))?;
            Some(Sourced { value: Value::Known(name.to_owned()), origin: self.action.origin.clone() })
        };
        file.or_else(implied).map_or_else(Sourced::default, |file| path::from_project(&file, directory))
    }
}

/// The option in a word that is not wholly known, where what is known says that it is one: `-out=$NAME.tfplan`.
fn option_of_unknown(word: &Sourced<String>) -> Option<Flag> {
    let Value::Unknown(unknown) = &word.value else {
        return None;
    };
    let text = unknown.on.trim_start_matches(['"', '\'']);
    let option = text.strip_prefix('-')?.trim_start_matches('-');
    let (name, value) = option.split_once('=').unwrap_or((option, ""));
    let name = if name.contains('$') { "" } else { name };
    let value = Value::unknown(unknown.why, value.trim_matches(['"', '\'']));
    Some(Flag { name: name.to_owned(), value: Sourced { value, origin: word.origin.clone() }, word: word.clone() })
}

/// Whether one of the wrappers adds words that it reads.
pub(super) fn takes_more_words(wrappers: &[Sourced<String>]) -> bool {
    wrappers.iter().any(|word| word.get().is_some_and(|text| path::file_name(text) == "xargs"))
}

/// How many words before the program belong to wrappers that run it: `sudo -E`, `env A=b`, `timeout 10m`, `exec`.
pub(super) fn wrapper_len(words: &[Sourced<String>]) -> usize {
    let mut at = 0_usize;
    let text = |at: usize| words.get(at).and_then(|word| word.get()).map(String::as_str);
    while let Some(program) = text(at) {
        let program = path::file_name(program);
        let operands = match program {
            // It only says where the program is.
            "command" if matches!(text(at.saturating_add(1)), Some("-v" | "-V")) => break,
            "sudo" | "exec" | "command" | "nohup" | "time" | "env" | "nice" | "ionice" | "builtin" | "xargs"
            | "doas" | "stdbuf" | "setsid" | "chronic" | "unbuffer" | "tini" | "dumb-init" => 0,
            "timeout" | "retry" | "flock" | "chroot" | "gosu" | "su-exec" => 1,
            _ => break,
        };
        let mut next = at.saturating_add(1);
        while text(next).is_some_and(|word| word.starts_with('-') || (program == "env" && word.contains('='))) {
            let takes_value =
                matches!(text(next), Some("-u" | "-n" | "-I" | "-s" | "-k" | "-g" | "--user" | "-P" | "-L"));
            next = next.saturating_add(if takes_value { 2 } else { 1 });
        }
        next = next.saturating_add(operands);
        if next >= words.len() {
            break;
        }
        at = next;
    }
    at
}
