//! A command of a job, with words resolved as far as the pipeline's own text allows. How it is found is the reader's.

use super::invocation::{self, Invocation};
use super::path::{self, Directory};
use crate::sourced::{Origin, Sourced};

/// Where in a job a command stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Section {
    /// `before_script:`.
    BeforeScript,
    /// `script:`.
    Script,
    /// `after_script:`.
    AfterScript,
    /// `hooks: pre_get_sources_script:`.
    Hook,
}

impl Section {
    /// The keyword.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BeforeScript => "before_script",
            Self::Script => "script",
            Self::AfterScript => "after_script",
            Self::Hook => "pre_get_sources_script",
        }
    }
}

/// One command.
#[derive(Clone, Debug)]
pub struct Command {
    /// Where in the job it stands.
    pub section: Section,
    /// The command as written, and how it came into the job.
    pub origin: Origin,
    /// The program and its arguments, wrappers such as `sudo` and `timeout` taken off.
    pub words: Vec<Sourced<String>>,
    /// `NAME=value` before the program, or after `export`.
    pub assignments: Vec<(String, Sourced<String>)>,
    /// Files it writes by redirection or through `tee`, as paths from the project's directory where that is known.
    pub writes: Vec<Sourced<String>>,
    /// Files it removes, as paths from the project's directory where that is known.
    pub removes: Vec<Sourced<String>>,
    /// Names of the variables that its words, assignments and heredocs use.
    pub variables: Vec<String>,
    /// Where it runs.
    pub directory: Directory,
    /// Commands joined by `|` share this number.
    pub pipeline: u32,
    /// Whether it may not run although the job does: in a branch or a loop, after `&&` or `||`.
    pub conditional: bool,
    /// Whether its failure certainly stops nothing and turns nothing red.
    pub forgiven: bool,
    /// Whether what it prints certainly goes to the job's log.
    pub logged: bool,
    /// Whether the shell certainly writes it to the job's log, values put in.
    pub traced: bool,
    /// Whether it calls a function of the script, not a program.
    pub function: bool,
    /// The variables whose values stand in its words.
    pub expansions: Vec<Expansion>,
    /// What it does, where its program is one of the table.
    pub invocation: Option<Invocation>,
}

/// A variable whose value stands in a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expansion {
    /// The variable's name.
    pub variable: String,
    /// The index of the word.
    pub word: usize,
    /// The literal text in front of it in that word: `secret_id=`.
    pub before: String,
}

impl Command {
    /// The program, where it is known, without its folder.
    #[must_use]
    pub fn program(&self) -> Option<&str> {
        self.words.first()?.get().map(|program| path::file_name(program))
    }

    /// Whether it changes production, or may.
    #[must_use]
    pub fn changes_production(&self) -> bool {
        self.invocation.as_ref().is_some_and(|invocation| invocation.changes != invocation::Changes::No)
    }
}
