//! Makefiles as make reads them: rules, variables, conditions, definitions and what is included.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use engine_model::{Document, NodeId, Span};

use super::super::super::script;
use super::expand::{Scope, Work, is_known, plain_text};
use super::line::{assignment, divided, joined, operands, rule_colon, stripped, uncommented};
use super::rule::Open;

/// How deep files include each other, and how many are read.
const MAX_DEPTH: usize = 10;
const MAX_FILES: usize = 50;

/// How many texts that make makes itself are read.
const MAX_EVALUATED: usize = 1_000;

/// How deep conditions stand in each other.
const MAX_BRANCHES: usize = 100;

/// How many lines of one file are read.
const MAX_LINES: usize = 100_000;

/// Why a file is not followed whose variables grow and grow.
pub(super) const SPENT: &str = "its variables come to more than is followed";

/// A file that is read.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) document: Arc<Document>,
    pub(super) root: NodeId,
}

/// A line of a recipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The number of its file.
    pub(super) source: usize,
    pub(super) span: Span,
    /// What it is, where make made it of what stands there.
    pub(super) text: Option<Rc<str>>,
}

/// What a variable holds.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    /// Its text, variables and all; `None` where only the run tells.
    pub(super) text: Option<String>,
    /// Whether that was expanded where it stands.
    pub(super) simple: bool,
    /// Whether it holds only where the environment has none of the name.
    pub(super) usual: bool,
    /// Whether it holds whatever the call says.
    pub(super) firm: bool,
}

/// What is made before a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Need {
    pub(super) name: Rc<str>,
    /// Whether it is only made before, and none of `$^`.
    pub(super) order: bool,
}

/// A target, or a pattern of targets.
#[derive(Clone, Debug, Default)]
pub(super) struct Target {
    pub(super) needs: Vec<Need>,
    pub(super) lines: Vec<Line>,
    /// Variables that it and what it needs have.
    pub(super) variables: Vec<(String, String)>,
    /// What of a pattern's target stands for its `%`.
    pub(super) stem: Option<String>,
}

/// What make knows when it has read its files.
#[derive(Debug, Default)]
pub(super) struct Makefile {
    pub(super) sources: Vec<Source>,
    pub(super) targets: HashMap<String, Target>,
    /// Targets by pattern, in order.
    pub(super) patterns: Vec<(String, Target)>,
    /// The target of a call that names none; of several one, which only the run tells.
    pub(super) first: Vec<String>,
    /// Variables of targets by pattern: the pattern, the name, the value.
    pub(super) of_patterns: Vec<(String, String, String)>,
    /// The files that it includes, as it names them.
    pub(super) included: Vec<String>,
    /// What is handed to what recipes run, where that is not all.
    pub(super) exported: HashSet<String>,
    pub(super) exports_all: bool,
    pub(super) variables: HashMap<String, Variable>,
    /// Commands that make runs itself while it reads, each with the line that it stands in.
    pub(super) runs: Vec<(String, Line)>,
    /// Whether a recipe is one script.
    pub(super) one_shell: bool,
    /// Why it is not all that counts, where it is not.
    pub(super) open: Option<String>,
}

/// What is known where files are read.
pub(super) struct Around<'a> {
    /// The variables that the call sets.
    pub(super) told: &'a [(String, String)],
    /// What the environment has of a variable.
    pub(super) environment: &'a dyn Fn(&str) -> Option<String>,
    /// The files that a word of an `include` means.
    pub(super) included: &'a dyn Fn(&str) -> Included,
}

/// What is included.
pub(super) enum Included {
    Files(Vec<Arc<Document>>),
    /// There is no such file.
    None,
    /// It is more than is read.
    TooMuch,
}

/// A condition that is open.
struct Branch {
    /// What is read now.
    now: Read,
    /// Whether a branch before was surely taken, or may have been.
    before: Read,
}

/// Whether lines are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Read {
    #[default]
    No,
    /// Only the run tells.
    Perhaps,
    Yes,
}

/// Reads a file and what it includes.
pub(super) fn read(document: &Arc<Document>, around: &Around<'_>) -> Makefile {
    let mut reader = Lines {
        file: Makefile::default(),
        around,
        work: Work::default(),
        evaluated: 0,
        nested: 0,
        first_is_certain: false,
        held: 0,
    };
    reader.document(document, 0);
    if reader.work.is_cut() {
        reader.open("a bracket of it is not closed");
    }
    reader.file
}

pub(super) struct Lines<'a> {
    pub(super) file: Makefile,
    pub(super) around: &'a Around<'a>,
    pub(super) work: Work,
    /// How many texts it was made into.
    evaluated: usize,
    /// How many of them are being read.
    nested: usize,
    /// Whether the first target is certain.
    pub(super) first_is_certain: bool,
    /// How many needs and lines targets have, all together.
    pub(super) held: usize,
}

impl Lines<'_> {
    fn document(&mut self, document: &Arc<Document>, depth: usize) {
        let Some((root, text)) = script::text(document) else { return };
        if depth > MAX_DEPTH || self.file.sources.len() >= MAX_FILES {
            self.open("more files than are read of one Makefile");
            return;
        }
        let source = self.file.sources.len();
        self.file.sources.push(Source { document: Arc::clone(document), root });
        self.text(text, source, None, depth);
    }

    /// Reads a text of a file, or one that a line of it was made into.
    fn text(&mut self, text: &str, source: usize, made: Option<&Line>, depth: usize) {
        let mut branches: Vec<Branch> = Vec::new();
        let mut open = Open::default();
        let mut define: Option<(String, String, Read)> = None;
        let (mut at, mut count) = (0_usize, 0_usize);
        while at < text.len() {
            let (line, end) = joined(text, at);
            let start = std::mem::replace(&mut at, end);
            count = count.saturating_add(1);
            if count > MAX_LINES {
                self.open("more lines than are read of one Makefile");
                return;
            }
            let here = match made {
                Some(made) => Line { text: Some(line.trim_end().into()), ..made.clone() },
                None => {
                    let span = Span::from_range(start..start.saturating_add(line.trim_end().len()));
                    Line { source, span, text: None }
                }
            };
            let state = branches.iter().fold(Read::Yes, |state, branch| least(state, branch.now));
            let bare = line.trim();
            let word = bare.split_whitespace().next().unwrap_or("");
            if let Some((name, body, state)) = &mut define {
                if word == "endef" {
                    let (name, body, state) = (name.clone(), body.clone(), *state);
                    define = None;
                    self.set(&name, body, '=', state, &here);
                } else {
                    if !body.is_empty() {
                        body.push('\n');
                    }
                    body.push_str(line.trim_end_matches(['\n', '\r']));
                }
                continue;
            }
            // A condition in a recipe stands without a tab, or is the shell's.
            let recipe = line.starts_with('\t') && !open.is_empty();
            if !recipe && self.condition(word, bare, state, &mut branches) {
                self.take_runs(&here);
                continue;
            }
            if state == Read::No {
                continue;
            }
            if recipe {
                self.recipe(&mut open, here, state);
                continue;
            }
            let (head, behind) = divided(line);
            let plain = uncommented(head);
            let plain = plain.trim();
            if plain.is_empty() {
                continue;
            }
            if let Some(name) = plain.strip_prefix("define ").or_else(|| plain.strip_prefix("override define ")) {
                let name = name.trim().trim_end_matches('=').trim_end_matches([':', '?', '+']).trim();
                define = Some((name.to_owned(), String::new(), state));
                open = Open::default();
                continue;
            }
            let before = std::mem::take(&mut open);
            open = self.statement(plain, state, &here, depth);
            if state == Read::Perhaps {
                open.join(before);
            }
            if let Some(behind) = behind.filter(|behind| !behind.trim().is_empty()) {
                let skipped = head.len().saturating_add(1).saturating_add(behind.len() - behind.trim_start().len());
                let line = match &here.text {
                    Some(_) => Line { text: Some(behind.trim().into()), ..here.clone() },
                    None => {
                        let start = u32::try_from(start.saturating_add(skipped)).unwrap_or(u32::MAX);
                        Line { span: Span::new(start.min(here.span.end), here.span.end), ..here.clone() }
                    }
                };
                self.recipe(&mut open, line, state);
            }
            self.take_runs(&here);
        }
    }

    pub(super) fn open(&mut self, why: &str) {
        let why = if self.work.is_spent() { SPENT } else { why };
        self.file.open.get_or_insert_with(|| why.to_owned());
    }

    /// Reads `ifeq`, `else` and their like; whether the line is one.
    fn condition(&mut self, word: &str, line: &str, around: Read, branches: &mut Vec<Branch>) -> bool {
        let rest = line.strip_prefix(word).unwrap_or("").trim();
        match word {
            "ifeq" | "ifneq" | "ifdef" | "ifndef" => {
                let now = if around == Read::No { Read::No } else { self.holds(word, rest) };
                if branches.len() >= MAX_BRANCHES {
                    self.open("its conditions stand deeper in each other than is followed");
                    return true;
                }
                branches.push(Branch { now, before: now });
            }
            "else" => {
                let (word, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                let more = matches!(word, "ifeq" | "ifneq" | "ifdef" | "ifndef");
                let holds = if more { self.holds(word, rest.trim()) } else { Read::Yes };
                if let Some(branch) = branches.last_mut() {
                    branch.now = match branch.before {
                        Read::Yes => Read::No,
                        Read::Perhaps => least(Read::Perhaps, holds),
                        Read::No => holds,
                    };
                    branch.before = most(branch.before, branch.now);
                }
            }
            "endif" => _ = branches.pop(),
            _ => return false,
        }
        true
    }

    fn holds(&self, word: &str, rest: &str) -> Read {
        let rest = uncommented(rest);
        let rest = rest.trim();
        let known = |yes: bool| if yes { Read::Yes } else { Read::No };
        if word == "ifdef" || word == "ifndef" {
            let name = self.expanded(rest);
            let set = match self.scope().raw(&name) {
                _ if !is_known(&name) => return Read::Perhaps,
                Some(Some(text)) => !text.is_empty(),
                Some(None) => return Read::Perhaps,
                // The environment may have it.
                None => return Read::Perhaps,
            };
            return known(set == (word == "ifdef"));
        }
        let Some((one, other)) = operands(rest) else { return Read::Perhaps };
        let (one, other) = (self.expanded(&one), self.expanded(&other));
        if !is_known(&one) || !is_known(&other) {
            return Read::Perhaps;
        }
        known((one == other) == (word == "ifeq"))
    }

    /// An assignment, an `include`, a rule; the rule that the lines behind belong to.
    fn statement(&mut self, line: &str, state: Read, here: &Line, depth: usize) -> Open {
        let word = line.split_whitespace().next().unwrap_or("");
        let rest = line.strip_prefix(word).unwrap_or("").trim();
        match word {
            "include" | "-include" | "sinclude" => {
                self.include(word == "include" && state == Read::Yes, rest, depth);
                return Open::default();
            }
            "vpath" => return Open::default(),
            "undefine" => {
                self.file.variables.remove(self.expanded(rest).trim());
                return Open::default();
            }
            "unexport" => {
                for name in self.expanded(rest).split_whitespace() {
                    self.file.exported.remove(name);
                }
                return Open::default();
            }
            "load" | "-load" => {
                self.open("it loads a program into make");
                return Open::default();
            }
            "export" if assignment(rest).is_none() => {
                let names = self.expanded(rest);
                self.file.exports_all |= rest.is_empty() || !is_known(&names);
                self.file.exported.extend(names.split_whitespace().map(str::to_owned));
                return Open::default();
            }
            "endef" => return Open::default(),
            _ => {}
        }
        let (firm, stripped) = stripped(line);
        if let Some((name, sign, value)) = assignment(stripped) {
            if word == "export" {
                let name = self.expanded(name).trim().to_owned();
                self.file.exported.insert(name);
            }
            self.assign(name, sign, value, state, firm, here);
            return Open::default();
        }
        let Some(colon) = rule_colon(line) else {
            // `$(eval …)`, `$(call …)`, `$(info …)` by themselves.
            let text = self.expanded(line);
            self.take_runs(here);
            if !text.trim().is_empty() {
                self.open("a line of it makes rules while make reads it");
            }
            return Open::default();
        };
        self.rule(line, colon, state, here)
    }

    fn include(&mut self, must: bool, words: &str, depth: usize) {
        let words = self.expanded(words);
        if !is_known(&words) {
            self.open("which file it includes only the run tells");
            return;
        }
        for word in words.split_whitespace() {
            self.file.included.push(word.to_owned());
            match (self.around.included)(word) {
                Included::Files(documents) => {
                    documents.iter().for_each(|document| self.document(document, depth.saturating_add(1)));
                }
                Included::TooMuch => self.open("more is included than is read"),
                Included::None if must => self.open(&format!("it includes `{word}`, which is not here")),
                Included::None => {}
            }
        }
    }

    fn assign(&mut self, name: &str, sign: char, value: &str, state: Read, firm: bool, here: &Line) {
        let name = self.expanded(name);
        let name = name.trim();
        if !is_known(name) {
            self.open("a variable has a name that only the run tells");
            return;
        }
        match name {
            "SHELL" => {
                let known = value.split(['/', ' ', '\t']).any(script::is_shell_program);
                if !known {
                    self.open("its recipes are not for a shell");
                }
            }
            ".RECIPEPREFIX" => self.open("its recipes begin with something else than a tab"),
            ".DEFAULT_GOAL" => {
                let goal = self.expanded(value).trim().to_owned();
                if state == Read::Yes {
                    self.file.first.clear();
                    self.first_is_certain = true;
                }
                self.file.first.push(goal);
            }
            _ => {}
        }
        // What is firm gives way to nothing that is not.
        if !firm && self.file.variables.get(name).is_some_and(|known| known.firm) {
            return;
        }
        self.set(name, value.to_owned(), sign, state, here);
        if firm && let Some(variable) = self.file.variables.get_mut(name) {
            variable.firm = true;
        }
    }

    fn set(&mut self, name: &str, value: String, sign: char, state: Read, here: &Line) {
        let known = self.file.variables.get(name).cloned();
        let given = self.around.told.iter().any(|(told, _)| told == name);
        let text = match sign {
            '!' => {
                self.file.runs.push((self.expanded(&value), here.clone()));
                None
            }
            // Expanded where it stands.
            ':' => Some(plain_text(&self.expanded(&value))),
            '+' => match &known {
                Some(known) => {
                    self.work.charge(known.text.as_ref().map_or(0, String::len));
                    let value = if known.simple { plain_text(&self.expanded(&value)) } else { value };
                    known
                        .text
                        .as_ref()
                        .map(|text| if text.is_empty() { value.clone() } else { format!("{text} {value}") })
                }
                None if given => None,
                None => (self.around.environment)(name).is_none().then_some(value),
            },
            '?' if known.is_some() => return,
            _ => Some(value),
        };
        self.take_runs(here);
        // What may be set is known where it is the same either way.
        let text = text.filter(|_| !self.work.is_spent());
        let text = match (state, &known) {
            (Read::Perhaps, Some(known)) if known.text == text => text,
            (Read::Perhaps, _) => None,
            _ => text,
        };
        let usual = sign == '?' || (sign == '+' && known.as_ref().is_some_and(|known| known.usual));
        let simple = sign == ':' || (sign == '+' && known.as_ref().is_some_and(|known| known.simple));
        self.file.variables.insert(name.to_owned(), Variable { text, simple, usual, firm: false });
    }

    fn scope(&self) -> Scope<'_> {
        Scope::new(&self.file, self.around.told, self.around.environment, &self.work)
    }

    pub(super) fn expanded(&self, text: &str) -> String {
        self.scope().expanded(text)
    }

    /// Reads what functions made, and keeps what they have run, at the line that they stand in.
    pub(super) fn take_runs(&mut self, here: &Line) {
        for text in self.work.take_evals() {
            self.evaluated = self.evaluated.saturating_add(1);
            if self.evaluated > MAX_EVALUATED || self.nested > MAX_DEPTH {
                self.open("it makes more rules while make reads it than are followed");
                return;
            }
            self.nested = self.nested.saturating_add(1);
            self.text(&text, here.source, Some(here), MAX_DEPTH);
            self.nested = self.nested.saturating_sub(1);
        }
        let runs = self.work.take_runs();
        self.file.runs.extend(runs.into_iter().map(|text| (text, here.clone())));
    }
}

fn least(one: Read, other: Read) -> Read {
    match (one, other) {
        (Read::No, _) | (_, Read::No) => Read::No,
        (Read::Perhaps, _) | (_, Read::Perhaps) => Read::Perhaps,
        _ => Read::Yes,
    }
}

fn most(one: Read, other: Read) -> Read {
    match (one, other) {
        (Read::Yes, _) | (_, Read::Yes) => Read::Yes,
        (Read::Perhaps, _) | (_, Read::Perhaps) => Read::Perhaps,
        _ => Read::No,
    }
}
