//! What can go wrong in the sandbox, each with the limit and the amount where there is one.

use std::time::Duration;

use crate::limits::{Bytes, Time};

/// Why there is no host.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The sandbox cannot be set up as asked: a limit that the machine cannot give, say.
    #[error("the sandbox cannot be set up: {reason}")]
    Setup {
        /// Why not, from the outside in.
        reason: String,
    },
    /// The thread that keeps the deadlines cannot be started.
    #[error("the thread that keeps the deadlines cannot be started: {0}")]
    Thread(#[source] std::io::Error),
}

/// A plugin that cannot be loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the plugin `{plugin}` cannot be loaded: {kind}")]
pub struct LoadError {
    /// The name that it was loaded by.
    pub plugin: String,
    /// Why.
    pub kind: LoadErrorKind,
}

/// Why a plugin cannot be loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadErrorKind {
    /// It is too large to be compiled in a bounded time.
    #[error("it has {}, the limit is {}", Bytes(*used), Bytes(*limit))]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
        /// Its size in bytes.
        used: usize,
    },
    /// The bytes are no component.
    #[error("it is no WebAssembly component: {reason}")]
    NotAComponent {
        /// What is wrong with them.
        reason: String,
    },
    /// It wants more than the log.
    #[error("it imports `{name}`, and the only import is `log`")]
    RefusedImport {
        /// The first import that is refused.
        name: String,
    },
    /// It was built for another version of the interface.
    #[error(
        "it was built for `engine:policy@{found}`, and this engine speaks `engine:policy@{expected}`: {}",
        way_out(found, expected)
    )]
    WrongVersion {
        /// The plugin's.
        found: String,
        /// Ours.
        expected: String,
    },
    /// It does not export what a plugin exports.
    #[error("it does not export `{name}`")]
    MissingExport {
        /// The first export that is missing.
        name: String,
    },
    /// An import or an export has another type than the interface gives it.
    #[error(
        "it does not speak `engine:policy@{}`: {reason}: rebuild it with this engine's interface",
        crate::interface::VERSION
    )]
    WrongInterface {
        /// What differs.
        reason: String,
    },
    /// What it says of itself breaks the interface's rules.
    #[error("its manifest is broken: {0}")]
    BrokenManifest(ManifestError),
    /// It failed when it was asked what it is.
    #[error("its `describe` failed: {0}")]
    Describe(CallError),
    /// Built-in code does not fit this engine: a broken build.
    #[error("its compiled code cannot be used: {reason}")]
    Incompatible {
        /// What does not fit.
        reason: String,
    },
}

/// What to do about a plugin of another version.
fn way_out(found: &str, expected: &str) -> String {
    let numbers = |version: &str| {
        let numbers = version.split(['-', '+']).next().unwrap_or_default().split('.');
        numbers.map(str::parse::<u64>).collect::<Result<Vec<_>, _>>().ok()
    };
    let rebuild = format!("rebuild the plugin for {expected}");
    match (numbers(found), numbers(expected)) {
        (Some(found), Some(expected)) if found < expected => rebuild,
        _ => format!("update the engine, or {rebuild}"),
    }
}

/// What is wrong with a manifest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// The plugin's id is not kebab-case.
    #[error("the id `{0}` is not kebab-case")]
    Id(String),
    /// The plugin has no version.
    #[error("the version is empty")]
    Version,
    /// The plugin has no rule.
    #[error("it has no rule")]
    NoRules,
    /// A rule's id is not kebab-case.
    #[error("the rule id `{0}` is not kebab-case")]
    RuleId(String),
    /// Two rules have one id.
    #[error("the rule `{0}` stands twice")]
    DuplicateRule(String),
    /// A rule has no title, or one of several lines.
    #[error("the title of the rule `{0}` is not one line")]
    Title(String),
    /// A rule's page does not start with its id.
    #[error("the page of the rule `{0}` does not start with `# {0}`")]
    Page(String),
    /// An `item` rule reads none or several kinds, or a `repository` rule none.
    #[error("the rule `{rule}` of scope `{scope}` reads {found} kinds, and may read {expected}")]
    Kinds {
        /// The rule.
        rule: String,
        /// Its scope.
        scope: &'static str,
        /// How many it reads.
        found: usize,
        /// How many it may read.
        expected: &'static str,
    },
    /// A rule names a kind twice.
    #[error("the rule `{rule}` reads the kind `{kind}` twice")]
    DuplicateKind {
        /// The rule.
        rule: String,
        /// The kind.
        kind: String,
    },
    /// A kind is not words joined by dots.
    #[error("the rule `{rule}` reads `{kind}`, which is no kind of facts")]
    Kind {
        /// The rule.
        rule: String,
        /// What stands there.
        kind: String,
    },
    /// A field is not names and `*` joined by dots.
    #[error("the rule `{rule}` reads the field `{field}`, which is not names and `*` joined by dots")]
    Field {
        /// The rule.
        rule: String,
        /// What stands there.
        field: String,
    },
}

/// Why a call came to nothing. The call's rules are undecided; other calls are untouched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// It ran too long.
    #[error("it ran for {}, the limit is {}", Time(*used), Time(*limit))]
    Deadline {
        /// The limit.
        limit: Duration,
        /// When it was stopped, counted from its start.
        used: Duration,
    },
    /// It asked for too much memory.
    #[error("it asked for {} of memory, the limit is {}", Bytes(*asked), Bytes(*limit))]
    Memory {
        /// The limit in bytes.
        limit: usize,
        /// What it would have had, in bytes.
        asked: usize,
    },
    /// It executed too much.
    #[error("it used up its fuel of {limit} units")]
    Fuel {
        /// The limit in units.
        limit: u64,
    },
    /// It called itself too deep, or left its memory: a stack in linear memory ends at the memory's end, so the two
    /// cannot be told apart.
    #[error("stack overflow or memory error, the limit of the stack is {}", Bytes(*limit))]
    Stack {
        /// The limit of the native stack in bytes.
        limit: usize,
    },
    /// Its answer is too large.
    #[error("its answer has {}{}, the limit is {}", if *more { "more than " } else { "" }, Bytes(*used), Bytes(*limit))]
    Output {
        /// The limit in bytes.
        limit: usize,
        /// The answer's size in bytes.
        used: usize,
        /// Whether the answer was so large that it was not read to its end: it has more than `used`.
        more: bool,
    },
    /// Its answer has too many findings.
    #[error("it reported {used} findings, the limit is {limit}")]
    Findings {
        /// The limit.
        limit: usize,
        /// How many there are, undecided ones included.
        used: usize,
    },
    /// It gave up and said why.
    #[error("it panicked: {message}")]
    Panic {
        /// The last line that it logged at level `error`.
        message: String,
    },
    /// It was stopped by what it did.
    #[error("it trapped: {reason}")]
    Trap {
        /// What it did.
        reason: String,
    },
    /// The code of a built-in plugin cannot be mapped: a broken build, or no memory.
    #[error("its compiled code cannot be used: {reason}")]
    Code {
        /// What does not fit.
        reason: String,
    },
    /// Its answer breaks the interface's rules.
    #[error("its answer is broken: {reason}")]
    Answer {
        /// How.
        reason: String,
    },
}
