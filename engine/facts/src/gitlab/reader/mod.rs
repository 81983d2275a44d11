//! Reads the scripts of a job into commands.
//!
//! `before_script` and `script` run in one shell, `after_script` in another, each step of `run` in its own. A command inside `sh -c '…'`, `eval`, a
//! heredoc fed to a shell, or a shell script of the repository is a command too. A word that holds a value nobody wrote
//! here stays unknown, and a script that cannot be read is a gap.

mod ansible;
mod filled;
mod handed;
mod make;
mod outside;
mod step;
mod template;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use engine_formats::shell;
use engine_model::{FilePath, Gap, GapCause, Location, Place, Span, Value, Why};

use super::carrier::{self, Runs, Told};
use super::command::{Command, Expansion, Section};
use super::cursor::Cursor;
use super::fate::{self, Around};
use super::invocation::{self, Invocation};
use super::parts;
use super::path::{self, Directory};
use super::shared::Shared;
use super::{script, variable};
use crate::sourced::{Hop, How, Origin, Sourced, join};

/// How deep scripts inside scripts are read.
const MAX_NESTED: usize = 5;

/// How many commands of a pipeline are looked at for what the last one reads.
const MAX_FED: usize = 16;

/// The commands of the sections of one job that share a shell.
pub(super) struct Reader<'j> {
    shared: &'j Shared<'j>,
    /// Whether it was said that the budget is spent.
    over_budget: bool,
    variables: &'j [(String, Sourced<String>)],
    /// The scripts that are being read, outermost first.
    open: Vec<FilePath>,
    assigned: HashMap<String, Option<String>>,
    /// Names of `assigned` whose value comes from a variable that can be changed from outside.
    open_names: HashSet<String>,
    aliases: HashMap<String, String>,
    functions: HashSet<String>,
    directory: Directory,
    pub(super) commands: Vec<Command>,
    pub(super) gaps: Vec<Gap>,
    next_pipeline: u32,
    /// The variables that the call of make was told which is being read.
    make_told: Vec<(String, String)>,
    /// Whether what is read is a file that no job runs.
    alone: bool,
}

/// What a command is read with.
struct Context<'a> {
    /// The number of its script's first pipeline.
    base: u32,
    locate: Locate<'a>,
    fate: Around,
    /// The commands of its script before it.
    earlier: &'a [shell::Command],
    depth: usize,
}

/// One list item of a script, and where its text begins in the text of the whole shell.
struct Item {
    section: Section,
    origin: Origin,
    range: Span,
}

/// Where bytes of a script's text stand in the job.
type Locate<'a> = &'a dyn Fn(Span) -> Option<(Section, Origin)>;

impl<'j> Reader<'j> {
    pub(super) fn new(shared: &'j Shared<'j>, variables: &'j [(String, Sourced<String>)]) -> Self {
        Self {
            shared,
            over_budget: false,
            variables,
            open: Vec::new(),
            assigned: HashMap::new(),
            open_names: HashSet::new(),
            aliases: HashMap::new(),
            functions: HashSet::new(),
            directory: Directory::project(),
            commands: Vec::new(),
            gaps: Vec::new(),
            next_pipeline: 0,
            make_told: Vec::new(),
            alone: false,
        }
    }

    /// Begins a shell of its own.
    fn begin(&mut self) {
        self.assigned.clear();
        self.open_names.clear();
        self.aliases.clear();
        self.functions.clear();
        self.directory = Directory::project();
    }

    /// Reads sections that run in one shell, which starts in the project's directory.
    pub(super) fn shell(&mut self, sections: &[(Section, Option<Cursor<'_>>)]) {
        self.begin();
        let mut text = String::new();
        let mut items: Vec<Item> = Vec::new();
        for (section, cursor) in sections {
            for item in cursor.as_ref().map_or_else(Vec::new, Cursor::flat) {
                let line = item.text();
                let Value::Known(line) = line.value else {
                    self.gap(&item, &line.value);
                    continue;
                };
                let start = text.len();
                text.push_str(&line);
                items.push(Item {
                    section: *section,
                    origin: item.origin(),
                    range: Span::from_range(start..text.len()),
                });
                // The runner writes a line of its own between two items: a `\` at the end of one joins that.
                text.push_str("\n\n");
            }
        }
        let locate = |span: Span| {
            let index = items.partition_point(|item| item.range.end < span.start);
            let item = items.get(index)?;
            let start = span.start.saturating_sub(item.range.start);
            let end = span.end.min(item.range.end).saturating_sub(item.range.start);
            let place = item.origin.place.part(Span::new(start, end));
            Some((item.section, Origin { place, via: item.origin.via.clone() }))
        };
        self.script(&text, &locate, Around::job(), 0);
    }

    fn gap(&mut self, item: &Cursor<'_>, value: &Value<String>) {
        let (cause, message) = match value {
            Value::Unknown(unknown) => {
                let cause = match unknown.why {
                    Why::NotVendored => GapCause::NotVendored,
                    Why::NotEvaluated => GapCause::NotEvaluated,
                    _ => GapCause::Dynamic,
                };
                (cause, format!("the script holds {}", unknown.on))
            }
            _ => (GapCause::NotEvaluated, "a line of a script is not a string".to_owned()),
        };
        self.gaps.push(Gap {
            kind: super::JOB,
            fields: &["commands"],
            cause,
            message,
            location: Some(item.place().location()),
            way_out: None,
        });
    }

    fn script(&mut self, text: &str, locate: Locate<'_>, around: Around, depth: usize) {
        self.script_with_holes(text, &[], locate, around, depth);
    }

    /// Reads a script of which something else fills in the bytes of `holes` before the shell has it.
    fn script_with_holes(&mut self, text: &str, holes: &[Span], locate: Locate<'_>, around: Around, depth: usize) {
        if !self.shared.budget.take(text.len()) {
            if !std::mem::replace(&mut self.over_budget, true) {
                let place = located(locate, Span::default());
                self.unread("the scripts of this pipeline are more than what is read of one".to_owned(), place);
            }
            return;
        }
        let script = if holes.is_empty() { shell::parse(text) } else { shell::parse_with_holes(text, holes) };
        for problem in &script.problems {
            let location = located(locate, problem.span);
            let message = format!("this part of a script is not read: {}", problem.message);
            self.unread(message, location);
        }
        if script.truncated {
            let place = located(locate, Span::default());
            self.unread("a script is longer than what is read of one".to_owned(), place);
        }
        let base = self.next_pipeline;
        self.functions.extend(script.functions.iter().map(|(name, _)| name.clone()));
        let fates = fate::fates(text, &script, around);
        for (index, (command, fate)) in script.commands.iter().zip(fates).enumerate() {
            self.shared.budget.count();
            self.next_pipeline =
                self.next_pipeline.max(base.saturating_add(command.context.pipeline).saturating_add(1));
            let fed = script.commands.get(..index).unwrap_or(&[]);
            self.command(command, &Context { base, locate, fate, earlier: fed, depth });
        }
    }

    /// Says what of a text is not read.
    fn unread(&mut self, message: String, location: Option<Location>) {
        self.shared.reached.perhaps(None, &message);
        self.gap_of(GapCause::NotEvaluated, message, location);
    }

    fn not_evaluated(&mut self, message: String, location: Option<Location>) {
        self.missing(GapCause::NotEvaluated, message, location);
    }

    /// Says what of the scripts is not seen: it may run any file of the repository.
    fn missing(&mut self, cause: GapCause, message: String, location: Option<Location>) {
        self.shared.reached.perhaps(None, &message);
        self.unseen(cause, message, location);
    }

    /// The same where it is known which files of the repository that may be. Of a file that no job runs nobody asks what
    /// else it may run: those files are asked themselves.
    fn unseen(&mut self, cause: GapCause, message: String, location: Option<Location>) {
        if !self.alone {
            self.gap_of(cause, message, location);
        }
    }

    fn gap_of(&mut self, cause: GapCause, message: String, location: Option<Location>) {
        self.gaps.push(Gap { kind: super::JOB, fields: &["commands"], cause, message, location, way_out: None });
    }

    fn command(&mut self, parsed: &shell::Command, context: &Context<'_>) {
        let Context { base, locate, fate, depth, .. } = *context;
        let Some((section, origin)) = locate(parsed.span) else { return };
        let mut words: Vec<Sourced<String>> = Vec::new();
        let mut expansions: Vec<Expansion> = Vec::new();
        for word in &parsed.words {
            expansions.extend(parts::expansions(word, words.len()));
            words.extend(self.split(word, locate));
        }
        let named = |a: &shell::Assignment| (a.name.clone(), self.word(&a.value, locate));
        let assignments: Vec<(String, Sourced<String>)> = parsed.assignments.iter().map(named).collect();
        let skip = invocation::wrapper_len(&words);
        let inner = self.unaliased(words.get(skip..).unwrap_or(&[]));
        let directory = self.directory.clone();
        let mut writes = self.redirected(parsed, locate, &directory);
        let mut removes = Vec::new();
        let program = inner.first().and_then(|word| word.get()).map(|program| path::file_name(program).to_owned());
        match program.as_deref() {
            Some("alias") => self.alias(&inner),
            Some("cp" | "mv" | "ln" | "install") => self.renamed(&inner),
            Some("rm" | "shred" | "unlink" | "srm") => removes = path::operands(&inner, &directory),
            Some("cd") => self.directory = directory.enter(inner.get(1), parsed.context.subshell),
            Some("pushd" | "popd") => self.directory = Directory::unknown(),
            _ => {}
        }
        writes.extend(path::written(program.as_deref().unwrap_or(""), &inner, &directory));
        let fed = match program.as_deref() {
            Some(name) if carrier::reads_commands(name) => self.fed(parsed, context.earlier, &directory),
            _ => String::new(),
        };
        self.remember(parsed, &assignments);
        let lookup = |name: &str| self.lookup(name);
        // Few programs are asked what they are told, and a line may be very long.
        let spoken = || {
            let words = parsed.words.get(skip..).unwrap_or(&[]);
            words.iter().map(|word| parts::spoken(word, &lookup)).collect()
        };
        let mut invocation = Invocation::read(&inner, &Told { spoken: &spoken, fed: &fed }, &directory, &lookup);
        if let Some(name) = program.as_ref().filter(|name| invocation.is_none() && self.shared.deployers.contains(name))
        {
            invocation = Some(Invocation::deployer(name, &inner));
        }
        if let Some(invocation) = invocation.as_mut().filter(|call| fate.detached && call.runs == Runs::InJob) {
            invocation.runs = Runs::Afterwards;
        }
        if let Some(invocation) = invocation.as_mut().filter(|call| self.can_be_told_otherwise(parsed, skip, call)) {
            invocation.may_be_told_otherwise();
        }
        let wrappers = words.get(..skip).unwrap_or(&[]);
        if let Some(invocation) = invocation.as_mut().filter(|_| invocation::takes_more_words(wrappers)) {
            invocation.may_be_told_more();
        }
        let called = script::called(&inner, program.as_deref());
        let here = directory.clone();
        let function = program.as_ref().is_some_and(|name| self.functions.contains(name));
        let is_shell = program.as_deref().is_some_and(script::is_shell_program);
        let around = if is_shell {
            let options = inner.iter().skip(1).map_while(|word| word.get().cloned());
            fate.shell(&options.collect::<Vec<_>>())
        } else {
            fate
        };
        // A wrapper stands before the program: `env NAME=$VALUE` is one too.
        for expansion in &mut expansions {
            expansion.word = expansion.word.saturating_sub(skip);
        }
        let call = invocation.clone().filter(|call| call.tool == "ansible-playbook");
        self.commands.push(Command {
            section,
            origin: origin.clone(),
            words: inner,
            assignments,
            writes,
            removes,
            variables: parts::used_variables(parsed),
            directory,
            pipeline: base.saturating_add(parsed.context.pipeline),
            conditional: parsed.context.conditional || parsed.context.after.is_some(),
            forgiven: fate.forgiven,
            logged: fate.logged,
            traced: fate.traced,
            function,
            expansions,
            invocation,
        });
        self.nested(parsed, skip, program.as_deref(), locate, around, depth);
        if let Some(call) = call {
            self.playbooks(&call, &here, (section, &origin), around, depth);
        }
        if let Some(called) = called {
            self.file(&called, parsed, &here, locate, around, depth);
        }
    }

    /// Remembers `alias NAME=WORDS`.
    fn alias(&mut self, words: &[Sourced<String>]) {
        for word in words.iter().skip(1) {
            if let Some((name, value)) = word.get().and_then(|text| text.split_once('=')) {
                self.aliases.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Remembers that a program of the table got another name: `cp /usr/bin/terraform ./tf`.
    fn renamed(&mut self, words: &[Sourced<String>]) {
        let mut operands = words.iter().skip(1).filter(|word| word.get().is_none_or(|text| !text.starts_with('-')));
        let (Some(from), Some(to)) = (operands.next(), operands.next_back().and_then(|to| to.get())) else { return };
        let from = match &from.value {
            Value::Known(path) => path.as_str(),
            // `$(which terraform)`
            Value::Unknown(unknown) => unknown.on.trim_end_matches([')', '"', '`']),
            Value::Absent => return,
        };
        let last = |text: &str| text.rsplit(['/', ' ']).next().unwrap_or(text).to_owned();
        let (program, name) = (last(from), last(to));
        let is_program = |name: &str| invocation::PROGRAMS.contains(&name);
        let is_folder = name.is_empty() || name == "." || name.ends_with("bin");
        if is_program(&program) && !is_program(&name) && !is_folder {
            self.aliases.insert(to.clone(), program);
        }
    }

    /// The words with an alias at their front replaced by what it stands for.
    fn unaliased(&self, words: &[Sourced<String>]) -> Vec<Sourced<String>> {
        let Some((first, rest)) = words.split_first() else {
            return Vec::new();
        };
        let Some(value) = first.get().and_then(|name| self.aliases.get(name)) else {
            return words.to_vec();
        };
        let word = |text: &str| Sourced { value: Value::Known(text.to_owned()), origin: first.origin.clone() };
        value.split_whitespace().map(word).chain(rest.iter().cloned()).collect()
    }

    /// Reads a script of the repository that a command runs.
    fn file(
        &mut self,
        called: &script::Called,
        parsed: &shell::Command,
        directory: &Directory,
        locate: Locate<'_>,
        around: Around,
        depth: usize,
    ) {
        let Some((section, origin)) = locate(parsed.span) else { return };
        let location = || Some(origin.place.location());
        let path = called.path.as_ref().and_then(|path| directory.join(path)).and_then(|path| FilePath::new(&path));
        let Some(path) = path else {
            let name = FilePath::new(&called.shown).map(|path| path.file_name().to_owned());
            let may_be_ours = || name.is_some_and(|name| self.shared.has_file_named(&name));
            if called.surely || may_be_ours() {
                let message = format!("which script `{}` is depends on the job", called.shown);
                self.shared.reached.perhaps(script::pattern(&called.written, directory), &message);
                self.unseen(GapCause::NotEvaluated, message, location());
            }
            return;
        };
        // What stands outside of the project is the image's own.
        if called.path.as_ref().is_some_and(|path| path.starts_with('/')) {
            return;
        }
        if called.makefile {
            if let Err(unread) = self.make(&path, parsed, directory, locate, around, depth) {
                self.shared.reached.makefile(script::makefile(self.shared.library, &path), None);
                if unread.surely || script::may_change_production(self.shared.library, &path) {
                    let why = unread.why.map_or_else(String::new, |why| format!(": {why}"));
                    let message = format!("the targets of `{path}` are not read{why}");
                    self.unseen(GapCause::NotEvaluated, message, location());
                }
            }
            return;
        }
        self.shared.reached.files([path.clone()]);
        let Some(document) = self.shared.library.script(&path) else {
            if self.shared.library.exists(&path) {
                self.not_evaluated(format!("the script `{path}` is not text"), location());
            } else if called.surely {
                self.not_evaluated(format!("the script `{path}` is not in this tree"), location());
            }
            return;
        };
        let Some((root, text)) = script::text(&document).filter(|(_, text)| called.surely || script::is_shell(text))
        else {
            return;
        };
        if self.open.contains(&path) {
            return;
        }
        if depth >= MAX_NESTED {
            self.not_evaluated(format!("`{path}` is called by too many scripts in a row"), location());
            return;
        }
        let hop = Arc::new(Hop { how: How::Script, place: origin.place.clone(), next: None });
        let via = join(origin.via.as_ref(), Some(&hop));
        let inside =
            |span: Span| Some((section, Origin { place: Place::new(&document, root).part(span), via: via.clone() }));
        let kept = (self.directory.clone(), self.assigned.clone());
        self.open.push(path);
        let around = if called.surely { around } else { around.shell(&script::shebang(text)) };
        self.script(text, &inside, around, depth.saturating_add(1));
        self.open.pop();
        if !called.same_shell {
            (self.directory, self.assigned) = kept;
        }
    }

    fn redirected(&self, parsed: &shell::Command, locate: Locate<'_>, directory: &Directory) -> Vec<Sourced<String>> {
        use shell::RedirectKind::{Append, AppendBoth, Clobber, Write, WriteBoth};
        let written =
            parsed.redirects.iter().filter(|r| matches!(r.kind, Write | Append | Clobber | WriteBoth | AppendBoth));
        let path = |redirect: &shell::Redirect| path::from_project(&self.word(&redirect.target, locate), directory);
        let discarded = |path: &Sourced<String>| path.get().is_some_and(|path| path.starts_with("/dev/"));
        written.map(path).filter(|path| !discarded(path)).collect()
    }

    /// The words that a word becomes: a value that stands unquoted is split at blanks, and is none where it is empty.
    fn split(&self, word: &shell::Word, locate: Locate<'_>) -> Vec<Sourced<String>> {
        let whole = self.word(word, locate);
        let splits = word.parts.iter().any(|part| matches!(part, shell::Part::Variable { quoted: false, .. }));
        match whole.get().filter(|_| splits) {
            Some(text) if text.is_empty() || text.contains(char::is_whitespace) => {
                let piece =
                    |piece: &str| Sourced { value: Value::Known(piece.to_owned()), origin: whole.origin.clone() };
                text.split_whitespace().map(piece).collect()
            }
            _ => vec![whole],
        }
    }

    /// Whether the program or its action comes from a variable that the script itself did not set: whoever starts a
    /// pipeline can give it another value.
    fn can_be_told_otherwise(&self, parsed: &shell::Command, skip: usize, invocation: &Invocation) -> bool {
        let action = |text: &str| invocation.action.get().is_some_and(|action| action == text);
        let program = |text: &str| invocation::PROGRAMS.contains(&path::file_name(text));
        let words = parsed.words.iter().enumerate().filter(|(_, word)| self.is_open(word));
        words.into_iter().any(|(at, word)| {
            let decides = |text: &str| action(text) || (at <= skip && program(text));
            word.text_with(&|name| self.lookup(name)).is_some_and(|text| text.split_whitespace().any(decides))
        })
    }

    /// Whether a word holds a variable that the script did not set, or set to one that can be changed from outside.
    fn is_open(&self, word: &shell::Word) -> bool {
        let open = |name: &String| !self.assigned.contains_key(name) || self.open_names.contains(name);
        word.parts.iter().any(|part| matches!(part, shell::Part::Variable { name, .. } if open(name)))
    }

    fn word(&self, word: &shell::Word, locate: Locate<'_>) -> Sourced<String> {
        let text = word.text_with(&|name| self.lookup(name));
        let value = text.map_or_else(|| Value::unknown(Why::Dynamic, word.display()), Value::Known);
        Sourced { value, origin: locate(word.span).map(|(_, origin)| origin) }
    }

    /// What a variable holds, as far as the pipeline's text says: assigned in the script, else declared in YAML.
    fn lookup(&self, name: &str) -> Option<String> {
        if let Some(assigned) = self.assigned.get(name) {
            return assigned.clone();
        }
        if name == "PWD" {
            let below = self.directory.path()?;
            return Some(format!("${}/{below}", path::PROJECT_DIRECTORY).trim_end_matches('/').to_owned());
        }
        variable::declared(self.variables, name)
    }

    /// Whether a variable is set, to whatever.
    fn is_set(&self, name: &str) -> bool {
        self.assigned.contains_key(name)
            || self.variables.iter().any(|(known, value)| known == name && !value.is_absent())
    }

    fn remember(&mut self, parsed: &shell::Command, assignments: &[(String, Sourced<String>)]) {
        let program = parsed.words.first().and_then(shell::Word::literal);
        let lasting =
            matches!(program.as_deref(), None | Some("export" | "declare" | "readonly" | "local" | "typeset"));
        for ((name, value), written) in assignments.iter().zip(&parsed.assignments).filter(|_| lasting) {
            // A value that is added to, or set where it may not last, is one that nobody can tell here.
            let plain =
                !written.append && !parsed.context.conditional && !parsed.context.subshell && !name.contains('[');
            let value = value.get().filter(|_| plain).cloned();
            let name = name.split('[').next().unwrap_or(name);
            // Two different values for one name, or one that may not be set, leave the name unknown.
            let known = self.assigned.get(name).is_none_or(|known| *known == value);
            if self.is_open(&written.value) {
                self.open_names.insert(name.to_owned());
            }
            self.assigned.insert(name.to_owned(), value.filter(|_| known));
        }
        if matches!(program.as_deref(), Some("read" | "unset" | "mapfile" | "readarray" | "getopts" | "printf")) {
            for name in parsed.words.iter().skip(1).filter_map(shell::Word::literal) {
                self.assigned.insert(name, None);
            }
        }
    }
}

/// The file's bytes of a part of a script.
fn located(locate: Locate<'_>, span: Span) -> Option<Location> {
    locate(span).map(|(_, origin)| origin.place.location())
}

pub(super) fn is_command_option(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|letters| {
        !letters.starts_with('-') && letters.ends_with('c') && letters.chars().all(|c| c.is_ascii_lowercase())
    })
}

/// The commands of a job, and what of its scripts could not be read.
pub(super) fn commands(
    shared: &Shared<'_>,
    job: &Cursor<'_>,
    variables: &[(String, Sourced<String>)],
) -> (Vec<Command>, Vec<Gap>) {
    let mut reader = Reader::new(shared, variables);
    let hook = job.get("hooks").and_then(|hooks| hooks.get("pre_get_sources_script"));
    reader.shell(&[(Section::Hook, hook)]);
    reader.shell(&[(Section::BeforeScript, job.get("before_script")), (Section::Script, job.get("script"))]);
    if let Some(run) = job.get("run") {
        reader.steps(&run);
    }
    reader.shell(&[(Section::AfterScript, job.get("after_script"))]);
    (reader.commands, reader.gaps)
}
