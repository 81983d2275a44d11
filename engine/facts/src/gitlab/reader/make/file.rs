//! Makefiles as make reads them: rules, variables, conditions, definitions and what is included.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use engine_model::{Document, NodeId, Span};

use super::super::super::script;
use super::expand::{Scope, UNKNOWN, Work, is_known, plain_text};
use super::line::{assignment, joined, operands, rule_colon, says_something, stem, stripped, uncommented};

/// How deep files include each other, and how many are read.
const MAX_DEPTH: usize = 10;
const MAX_FILES: usize = 50;

/// How many texts that make makes itself are read.
const MAX_EVALUATED: usize = 1_000;

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
    pub(super) name: String,
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
    /// The target of a call that names none.
    pub(super) first: Option<String>,
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
    /// The files that the words of an `include` mean; `None` for one that is not here.
    pub(super) included: &'a dyn Fn(&str) -> Option<Vec<Arc<Document>>>,
}

/// A condition that is open.
struct Branch {
    /// What is read now.
    now: Read,
    /// Whether a branch before was surely taken, or may have been.
    before: Read,
}

/// Whether lines are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Read {
    No,
    /// Only the run tells.
    Perhaps,
    Yes,
}

/// The rule that lines of a recipe belong to.
#[derive(Default)]
struct Open {
    /// Each with how many needs it had before.
    targets: Vec<(String, usize)>,
    patterns: Vec<usize>,
    /// Whether it has no line yet.
    fresh: bool,
    /// Whether its lines are added to those of a rule before.
    adds: bool,
}

/// Reads a file and what it includes.
pub(super) fn read(document: &Arc<Document>, around: &Around<'_>) -> Makefile {
    let mut reader = Lines { file: Makefile::default(), around, work: Work::default(), evaluated: 0, nested: 0 };
    reader.document(document, 0);
    reader.file
}

struct Lines<'a> {
    file: Makefile,
    around: &'a Around<'a>,
    work: Work,
    /// How many texts it was made into.
    evaluated: usize,
    /// How many of them are being read.
    nested: usize,
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
            let recipe = line.starts_with('\t') && !(open.targets.is_empty() && open.patterns.is_empty());
            if !recipe && self.condition(word, bare, state, &mut branches) {
                continue;
            }
            if state == Read::No {
                continue;
            }
            if recipe {
                self.recipe(&mut open, here);
                continue;
            }
            let plain = uncommented(line);
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
            open = self.statement(plain, state, &here, depth);
        }
    }

    fn open(&mut self, why: &str) {
        let why = if self.work.is_spent() { SPENT } else { why };
        self.file.open.get_or_insert_with(|| why.to_owned());
    }

    /// Reads `ifeq`, `else` and their like; whether the line is one.
    fn condition(&mut self, word: &str, line: &str, around: Read, branches: &mut Vec<Branch>) -> bool {
        let rest = line.strip_prefix(word).unwrap_or("").trim();
        match word {
            "ifeq" | "ifneq" | "ifdef" | "ifndef" => {
                let now = if around == Read::No { Read::No } else { self.holds(word, rest) };
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

    fn recipe(&mut self, open: &mut Open, line: Line) {
        let fresh = std::mem::take(&mut open.fresh);
        for (name, had) in &open.targets {
            let target = self.file.targets.entry(name.clone()).or_default();
            if fresh && !open.adds {
                target.lines.clear();
            }
            if fresh {
                // What the rule with the recipe needs comes first.
                let had = (*had).min(target.needs.len());
                target.needs.rotate_left(had);
            }
            target.lines.push(line.clone());
        }
        for at in &open.patterns {
            if let Some((_, target)) = self.file.patterns.get_mut(*at) {
                target.lines.push(line.clone());
            }
        }
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
            "unexport" | "vpath" | "undefine" => return Open::default(),
            "load" | "-load" => {
                self.open("it loads a program into make");
                return Open::default();
            }
            "export" if assignment(rest).is_none() => return Open::default(),
            "endef" => return Open::default(),
            _ => {}
        }
        let (firm, stripped) = stripped(line);
        if let Some((name, sign, value)) = assignment(stripped) {
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

    fn rule(&mut self, line: &str, colon: usize, state: Read, here: &Line) -> Open {
        let (names, after) = line.split_at_checked(colon).unwrap_or((line, ""));
        let doubled = after.starts_with("::");
        let grouped = names.trim_end().ends_with('&');
        let names = self.expanded(names.trim_end().trim_end_matches('&'));
        let after = after.trim_start_matches(':');
        if names.split_whitespace().any(|name| !says_something(name)) {
            self.open("a target has a name that only the run tells");
            return Open::default();
        }
        let names: Vec<String> = names.split_whitespace().map(str::to_owned).collect();
        let (_, stripped) = stripped(after.trim());
        if let Some((name, sign, value)) = assignment(stripped) {
            let value = if sign == '!' || state == Read::Perhaps { UNKNOWN.to_owned() } else { value.to_owned() };
            let value = if sign == ':' { plain_text(&self.expanded(&value)) } else { value };
            for target in &names {
                let variables = &mut self.file.targets.entry(target.clone()).or_default().variables;
                match variables.iter_mut().find(|(known, _)| known == name) {
                    Some((_, known)) if sign == '+' => *known = format!("{known} {value}"),
                    Some((_, known)) if sign != '?' => *known = value.clone(),
                    Some(_) => {}
                    None if sign == '+' => variables.push((name.to_owned(), format!("$({name}) {value}"))),
                    None => variables.push((name.to_owned(), value.clone())),
                }
            }
            return Open::default();
        }
        let (needs, inline) = after.split_once(';').map_or((after, None), |(needs, inline)| (needs, Some(inline)));
        let (pattern, needs) = match needs.split_once(':') {
            Some((pattern, needs)) => (Some(self.expanded(pattern).trim().to_owned()), needs),
            None => (None, needs),
        };
        let needs = self.expanded(needs);
        self.take_runs(here);
        let (needs, order) = needs.split_once('|').unwrap_or((&needs, ""));
        let need = |order: bool| move |name: &str| Need { name: name.to_owned(), order };
        let needs: Vec<Need> =
            needs.split_whitespace().map(need(false)).chain(order.split_whitespace().map(need(true))).collect();
        let mut open = Open { fresh: true, adds: doubled || grouped || state == Read::Perhaps, ..Open::default() };
        for name in names {
            if name == ".ONESHELL" {
                self.file.one_shell = true;
            }
            if name.contains('%') && pattern.is_none() {
                open.patterns.push(self.file.patterns.len());
                let target = Target { needs: needs.clone(), ..Target::default() };
                self.file.patterns.push((name, target));
                continue;
            }
            if self.file.first.is_none() && !name.starts_with('.') {
                self.file.first = Some(name.clone());
            }
            let stem = pattern.as_ref().and_then(|pattern| stem(pattern, &name));
            let target = self.file.targets.entry(name.clone()).or_default();
            let filled = |need: &Need| match &stem {
                Some(stem) => Need { name: need.name.replacen('%', stem, 1), ..need.clone() },
                None => need.clone(),
            };
            let had = target.needs.len();
            target.needs.extend(needs.iter().map(filled));
            target.stem = target.stem.take().or(stem);
            open.targets.push((name, had));
        }
        if let Some(inline) = inline.filter(|inline| !inline.trim().is_empty()) {
            let end = here.span.end;
            let length = u32::try_from(inline.trim_start().len()).unwrap_or(0);
            let made = here.text.as_ref().map(|_| inline.trim_start().into());
            let span = if made.is_some() { here.span } else { Span::new(end.saturating_sub(length), end) };
            let line = Line { source: here.source, span, text: made };
            self.recipe(&mut open, line);
        }
        open
    }

    fn include(&mut self, must: bool, words: &str, depth: usize) {
        let words = self.expanded(words);
        if !is_known(&words) {
            self.open("which file it includes only the run tells");
            return;
        }
        for word in words.split_whitespace() {
            match (self.around.included)(word) {
                Some(documents) => {
                    documents.iter().for_each(|document| self.document(document, depth.saturating_add(1)));
                }
                None if must => self.open(&format!("it includes `{word}`, which is not here")),
                None => {}
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
            ".DEFAULT_GOAL" => self.file.first = Some(self.expanded(value).trim().to_owned()),
            _ => {}
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

    fn expanded(&self, text: &str) -> String {
        self.scope().expanded(text)
    }

    /// Reads what functions made, and keeps what they have run, at the line that they stand in.
    fn take_runs(&mut self, here: &Line) {
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
