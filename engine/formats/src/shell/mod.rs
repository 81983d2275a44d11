//! The shell text of a job's `script:`: the commands in it, with the bytes they are written at. Nothing is executed
//! and no file is expanded; what a command means is the facts' business.
//!
//! The reader is ours: it reads bash (and so POSIX sh), keeps going after what it cannot read, and is bounded in time,
//! memory and stack whatever the text.

mod compound;
mod expansion;
mod heredoc;
mod hole;
mod list;
mod quote;
mod reader;
mod redirect;
mod simple;
mod word;

use engine_model::Span;

pub use word::{Part, Word};

/// How many bytes of a text are read; what lies beyond is left out and [`Script::truncated`] says so.
pub const MAX_BYTES: usize = 1 << 20;
/// How many commands are kept.
pub const MAX_COMMANDS: usize = 5_000;
/// How many parts of words are kept, all commands together.
pub const MAX_PARTS: usize = 200_000;
/// How deep lists, substitutions and expansions may stand in each other.
pub const MAX_DEPTH: u32 = 100;
/// How many problems are kept; the first ones.
pub const MAX_PROBLEMS: usize = 100;

/// What a text says: its commands, in the order in which they begin, and what could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// Every simple command, also those in functions, subshells, substitutions, loops and branches.
    pub commands: Vec<Command>,
    /// What could not be read, in the order of the text; the rest is in `commands` all the same.
    pub problems: Vec<Problem>,
    /// Whether a limit was met, so that commands may be missing.
    pub truncated: bool,
    /// The functions that are defined: name, and the bytes of the name.
    pub functions: Vec<(String, Span)>,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The bytes it is about.
    pub span: Span,
    /// What is wrong, lower case, no full stop.
    pub message: String,
}

/// One simple command.
///
/// `[[ .. ]]` is a command whose first word is `[[`, `(( .. ))` one whose first word is `((`. Redirects that follow a
/// compound command (`done < list`) stand in a command of their own without words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// The command as written: assignments, words, redirects.
    pub span: Span,
    /// What is assigned: `FOO=bar` before the program or alone, and the arguments of `export`, `declare`, `local`,
    /// `readonly` and `typeset`, which stand in `words` too.
    pub assignments: Vec<Assignment>,
    /// The program and its arguments; empty where the command only assigns or redirects.
    pub words: Vec<Word>,
    /// Redirects, in their order.
    pub redirects: Vec<Redirect>,
    /// Under what it runs.
    pub context: Context,
}

/// `NAME=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The variable, with its subscript as written if it has one: `list[0]`.
    pub name: String,
    /// The value; no parts where it is empty.
    pub value: Word,
    /// Whether it is `+=`, so that what was there before stays.
    pub append: bool,
    /// Name, operator and value.
    pub span: Span,
}

/// One redirect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// Which operator it is.
    pub kind: RedirectKind,
    /// The number before the operator.
    pub descriptor: Option<u32>,
    /// What follows the operator: a file, a descriptor, a delimiter, a string.
    pub target: Word,
    /// The text of a here-document: data, unless the program is a shell. All literal where the delimiter is quoted.
    pub body: Option<Word>,
    /// Number, operator and target.
    pub span: Span,
}

/// The operator of a redirect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectKind {
    /// `>`
    Write,
    /// `>>`
    Append,
    /// `>|`
    Clobber,
    /// `<`
    Read,
    /// `<<` and `<<-`
    HereDoc,
    /// `<<<`
    HereString,
    /// `<>`
    ReadWrite,
    /// `>&` to a descriptor or `-`
    DuplicateOut,
    /// `<&`
    DuplicateIn,
    /// `&>`, and `>&` to a file
    WriteBoth,
    /// `&>>`
    AppendBoth,
}

/// Under what a command runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The number of its pipeline; the commands of one pipeline share it. Commands inside a compound command that
    /// stands in a pipeline have pipelines of their own.
    pub pipeline: u32,
    /// Its place in the pipeline, from zero.
    pub position: u32,
    /// How many commands, compound ones included, the pipeline has.
    pub pipeline_len: u32,
    /// Whether it may not run though the script does: it stands in a branch or in a loop's body, or after `&&` or
    /// `||`. The condition of the first branch and of a loop always runs.
    pub conditional: bool,
    /// The nearest `&&` or `||` that it, or the compound command around it, hangs on.
    pub after: Option<After>,
    /// The function in whose body it stands; it runs where that is called.
    pub in_function: Option<String>,
    /// Whether it stands in `( )`, `$( )`, backticks, `<( )` or `>( )`: what it assigns is gone after it.
    pub subshell: bool,
    /// Whether `&` or `coproc` sends it to the background.
    pub background: bool,
    /// Whether `!` turns the result of its pipeline around.
    pub negated: bool,
    /// The index of the command in whose words, assignments or redirects the substitution stands that this one is
    /// in; `None` outside of one, and for the words of `for` and `case`.
    pub in_substitution: Option<u32>,
}

/// The operator between two pipelines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// `&&`: runs on success.
    And,
    /// `||`: runs on failure.
    Or,
}

/// Reads a text. Never fails: what cannot be read is in [`Script::problems`].
///
/// Spans count in the bytes of `text`. A quote or parenthesis that nothing closes is taken to end with its line, so
/// that the lines after it are still read. Time is linear in the text's length.
#[must_use]
pub fn parse(text: &str) -> Script {
    reader::parse(text)
}

/// The same for a text with `holes`, in order: bytes that something else fills in before the shell reads the text, so
/// that nobody knows what stands there. A word with one is no literal, whatever quotes the hole stands in.
///
/// Spans count in the bytes of `text`, and messages show what is written in a hole.
#[must_use]
pub fn parse_with_holes(text: &str, holes: &[Span]) -> Script {
    hole::parse(text, holes)
}

/// The functions that a script defines: name, and the bytes of the name, in the order of the text.
#[must_use]
pub fn functions(script: &Script) -> &[(String, Span)] {
    &script.functions
}
