//! Texts of a Makefile with its variables and functions in them.

use std::cell::{Cell, RefCell};

use super::file::Makefile;

/// What stands for a value that only the run tells: a variable of the shell that nobody sets.
pub(super) const UNKNOWN: &str = "${MAKE_VALUE}";

/// How deep variables and functions are followed, how long a text may become, and how many sixteens of bytes are written
/// for one call.
const MAX_DEPTH: usize = 24;
const MAX_TEXT: usize = 1 << 18;

/// How long the texts are that a function puts together, one times the other.
const MAX_PRODUCT: usize = 1 << 22;

/// Whether nothing of an expanded text is left to the run.
pub(super) fn is_known(text: &str) -> bool {
    !text.contains('$')
}

/// A text that comes out as it is when it is expanded.
pub(super) fn plain_text(text: &str) -> String {
    text.replace('$', "$$")
}

/// What is known where a text is expanded.
pub(super) struct Scope<'m> {
    file: &'m Makefile,
    told: &'m [(String, String)],
    environment: &'m dyn Fn(&str) -> Option<String>,
    /// Names that hold here, the innermost last, expanded already: `@`, `1`, the variable of a `foreach`.
    local: Vec<(String, String)>,
    /// Variables of a target, not expanded yet.
    own: Vec<(String, String)>,
    work: &'m Work,
}

/// What comes of expanding texts.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// What functions run.
    runs: RefCell<Vec<String>>,
    /// What functions give make to read.
    evals: RefCell<Vec<String>>,
    /// How much was written.
    written: Cell<usize>,
    /// Whether a bracket was not closed.
    cut: Cell<bool>,
}

impl Work {
    /// Whether more was written than anybody reads, so that nothing is known any more.
    pub(super) fn is_spent(&self) -> bool {
        self.written.get() > MAX_TEXT
    }

    /// Whether a bracket was not closed, so that nobody knows what it holds.
    pub(super) fn is_cut(&self) -> bool {
        self.cut.get()
    }

    /// Counts so many bytes.
    pub(super) fn charge(&self, bytes: usize) {
        self.written.set(self.written.get().saturating_add(bytes / 16));
    }

    /// What functions have given make to read since.
    pub(super) fn take_evals(&self) -> Vec<String> {
        self.evals.take()
    }

    /// What functions have run since.
    pub(super) fn take_runs(&self) -> Vec<String> {
        self.runs.take()
    }
}

impl<'m> Scope<'m> {
    pub(super) fn new(
        file: &'m Makefile,
        told: &'m [(String, String)],
        environment: &'m dyn Fn(&str) -> Option<String>,
        work: &'m Work,
    ) -> Self {
        Self { file, told, environment, local: Vec::new(), own: Vec::new(), work }
    }

    /// The same for the recipe of a target.
    pub(super) fn of_target(self, local: Vec<(String, String)>, own: Vec<(String, String)>) -> Self {
        Self { local, own, ..self }
    }

    /// A text as make hands it on: `$NAME` and `${NAME}` in it are the shell's.
    pub(super) fn expanded(&self, text: &str) -> String {
        self.at(text, 0, &self.local)
    }

    /// What a variable holds as it is written: `None` where the files do not set it, `Some(None)` where only the run tells.
    pub(super) fn raw(&self, name: &str) -> Option<Option<String>> {
        let firm = self.file.variables.get(name).filter(|variable| variable.firm);
        if firm.is_none()
            && let Some((_, value)) = self.told.iter().find(|(known, _)| known == name)
        {
            return Some((value != UNKNOWN).then(|| value.clone()));
        }
        if let Some((_, value)) = self.own.iter().rev().find(|(known, _)| known == name) {
            return Some(Some(value.clone()));
        }
        let variable = self.file.variables.get(name)?;
        if variable.usual
            && let Some(value) = (self.environment)(name)
        {
            return Some((value != UNKNOWN).then(|| plain_text(&value)));
        }
        Some(variable.text.clone())
    }

    fn at(&self, text: &str, depth: usize, local: &[(String, String)]) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(rest.get(..at).unwrap_or(""));
            rest = rest.get(at.saturating_add(1)..).unwrap_or("");
            let Some(first) = rest.chars().next() else { break };
            match first {
                '$' => {
                    out.push('$');
                    rest = rest.get(1..).unwrap_or("");
                }
                '(' | '{' => {
                    let Some((inner, after)) = balanced(rest) else {
                        self.work.cut.set(true);
                        out.push_str(UNKNOWN);
                        return out;
                    };
                    rest = after;
                    out.push_str(&self.reference(inner, depth, local));
                }
                c => {
                    let name = rest.get(..c.len_utf8()).unwrap_or("");
                    out.push_str(&self.variable(name, depth, local));
                    rest = rest.get(c.len_utf8()..).unwrap_or("");
                }
            }
            if self.spent(&out) {
                return UNKNOWN.to_owned();
            }
        }
        out.push_str(rest);
        if self.spent(&out) {
            return UNKNOWN.to_owned();
        }
        out
    }

    /// Whether more was written than anybody reads.
    fn spent(&self, out: &str) -> bool {
        self.work.written.set(self.work.written.get().saturating_add(out.len() / 16).saturating_add(1));
        out.len() > MAX_TEXT || self.work.is_spent()
    }

    /// What stands in `$( )`: a variable, a function, or a variable with endings replaced.
    fn reference(&self, inner: &str, depth: usize, local: &[(String, String)]) -> String {
        if depth >= MAX_DEPTH {
            return UNKNOWN.to_owned();
        }
        let below = depth.saturating_add(1);
        let end = inner.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(inner.len());
        let (word, behind) = inner.split_at_checked(end).unwrap_or((inner, ""));
        if FUNCTIONS.contains(&word) && behind.starts_with([' ', '\t']) {
            return self.function(word, behind.trim_start(), below, local);
        }
        let name = self.at(inner, below, local);
        if !is_known(&name) {
            return UNKNOWN.to_owned();
        }
        if let Some((name, (from, to))) =
            name.split_once(':').and_then(|(name, rest)| Some((name, rest.split_once('=')?)))
        {
            let value = self.variable(name, below, local);
            if value.len().saturating_mul(to.len().saturating_add(1)) > MAX_PRODUCT {
                return UNKNOWN.to_owned();
            }
            let (from, to) = if from.contains('%') {
                (from.to_owned(), to.to_owned())
            } else {
                (format!("%{from}"), format!("%{to}"))
            };
            return words(&value, |word| substituted(word, &from, &to));
        }
        self.variable(&name, below, local)
    }

    fn variable(&self, name: &str, depth: usize, local: &[(String, String)]) -> String {
        if let Some((_, value)) = local.iter().rev().find(|(known, _)| known == name) {
            return value.clone();
        }
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        match self.raw(name) {
            _ if name == "MAKE" => "make".to_owned(),
            _ if depth >= MAX_DEPTH => UNKNOWN.to_owned(),
            Some(Some(text)) => self.at(&text, depth.saturating_add(1), local),
            Some(None) => UNKNOWN.to_owned(),
            // A parameter that a call does not give.
            None if name.chars().all(|c| c.is_ascii_digit()) && !name.is_empty() => String::new(),
            None if plain && name.len() > 1 => format!("${{{name}}}"),
            None => UNKNOWN.to_owned(),
        }
    }

    fn function(&self, name: &str, text: &str, depth: usize, local: &[(String, String)]) -> String {
        let most = match name {
            "call" | "if" | "or" | "and" => usize::MAX,
            "subst" | "patsubst" | "foreach" => 3,
            "filter" | "filter-out" | "addprefix" | "addsuffix" | "word" | "join" | "findstring" => 2,
            _ => 1,
        };
        let parts = arguments(text, most);
        let part = |at: usize| parts.get(at).map_or_else(String::new, |part| self.at(part, depth, local));
        match name {
            "call" => {
                let called = part(0);
                let called = called.trim();
                let given: Vec<String> = (1..parts.len()).map(part).collect();
                let Some(Some(body)) = self.raw(called) else { return UNKNOWN.to_owned() };
                let mut inside: Vec<(String, String)> = local.to_vec();
                // Those that the call does not give are empty, whatever is around it.
                let count = parts.len().max(10);
                inside.extend(
                    (1..count).map(|at| (at.to_string(), given.get(at.saturating_sub(1)).cloned().unwrap_or_default())),
                );
                inside.push(("0".to_owned(), called.to_owned()));
                self.at(&body, depth, &inside)
            }
            "foreach" => {
                let (variable, list) = (part(0), part(1));
                if !is_known(&list) {
                    return format!("{UNKNOWN} {}", self.at(parts.get(2).map_or("", |part| part), depth, local));
                }
                let mut inside: Vec<(String, String)> = local.to_vec();
                let each = list.split_whitespace().map(|word| {
                    inside.push((variable.trim().to_owned(), word.to_owned()));
                    let text = self.at(parts.get(2).map_or("", |part| part), depth, &inside);
                    inside.pop();
                    text
                });
                each.collect::<Vec<_>>().join(" ")
            }
            "if" => {
                let condition = part(0);
                if !is_known(&condition) {
                    // Either of them, then.
                    return format!("{UNKNOWN} {} {}", part(1), part(2));
                }
                part(if condition.trim().is_empty() { 2 } else { 1 })
            }
            "or" | "and" => {
                let mut open = false;
                let mut last = String::new();
                for at in 0..parts.len() {
                    last = part(at).trim().to_owned();
                    // Those behind may be what it comes to, and what they run may run.
                    open |= !is_known(&last);
                    if !open && last.is_empty() == (name == "and") {
                        return last;
                    }
                }
                if open { UNKNOWN.to_owned() } else { last }
            }
            "shell" => {
                let run = part(0);
                self.work.runs.borrow_mut().push(run);
                UNKNOWN.to_owned()
            }
            "eval" => {
                let text = part(0);
                self.work.evals.borrow_mut().push(text);
                String::new()
            }
            "info" | "warning" | "error" => {
                part(0);
                String::new()
            }
            "value" => self.raw(part(0).trim()).flatten().unwrap_or_else(|| UNKNOWN.to_owned()),
            _ => {
                let all: Vec<String> = (0..parts.len()).map(part).collect();
                let long = name != "strip" && all.iter().map(String::len).fold(1, usize::saturating_mul) > MAX_PRODUCT;
                if all.iter().any(|text| !is_known(text)) || long {
                    return UNKNOWN.to_owned();
                }
                let all: Vec<&str> = all.iter().map(String::as_str).collect();
                if name == "wildcard" {
                    return files(all.first().copied().unwrap_or(""));
                }
                plain(name, &all).unwrap_or_else(|| UNKNOWN.to_owned())
            }
        }
    }
}

/// Names of functions.
const FUNCTIONS: [&str; 36] = [
    "abspath",
    "addprefix",
    "addsuffix",
    "and",
    "basename",
    "call",
    "dir",
    "error",
    "eval",
    "file",
    "filter",
    "filter-out",
    "findstring",
    "firstword",
    "flavor",
    "foreach",
    "guile",
    "if",
    "info",
    "intcmp",
    "join",
    "lastword",
    "let",
    "notdir",
    "or",
    "origin",
    "patsubst",
    "realpath",
    "shell",
    "sort",
    "strip",
    "subst",
    "suffix",
    "value",
    "warning",
    "wildcard",
];

/// The files that patterns name: which there are, only the run tells.
fn files(patterns: &str) -> String {
    let file = |pattern: &str| {
        let open = pattern.replace(['*', '?', '[', ']'], UNKNOWN);
        if open == pattern { format!("{UNKNOWN}{pattern}") } else { open }
    };
    patterns.split_whitespace().map(file).collect::<Vec<_>>().join(" ")
}

/// A function of known texts; `None` for one that hangs on more.
fn plain(name: &str, parts: &[&str]) -> Option<String> {
    let part = |at: usize| parts.get(at).copied().unwrap_or("");
    Some(match name {
        "strip" => words(part(0), str::to_owned),
        "subst" if part(0).is_empty() => format!("{}{}", part(2), part(1)),
        "subst" => part(2).replace(part(0), part(1)),
        "patsubst" => words(part(2), |word| substituted(word, part(0).trim(), part(1).trim())),
        "addprefix" => words(part(1), |word| format!("{}{word}", part(0))),
        "addsuffix" => words(part(1), |word| format!("{word}{}", part(0))),
        "filter" | "filter-out" => {
            let patterns: Vec<&str> = part(0).split_whitespace().collect();
            let fits = |word: &str| patterns.iter().any(|pattern| matches(pattern, word));
            let kept = part(1).split_whitespace().filter(|word| fits(word) == (name == "filter"));
            kept.collect::<Vec<_>>().join(" ")
        }
        "join" => {
            let (one, other): (Vec<&str>, Vec<&str>) =
                (part(0).split_whitespace().collect(), part(1).split_whitespace().collect());
            let at = |list: &[&str], at: usize| list.get(at).copied().unwrap_or("").to_owned();
            let pairs = (0..one.len().max(other.len())).map(|index| at(&one, index) + &at(&other, index));
            pairs.collect::<Vec<_>>().join(" ")
        }
        "findstring" => if part(1).contains(part(0)) { part(0) } else { "" }.to_owned(),
        "firstword" => part(0).split_whitespace().next().unwrap_or("").to_owned(),
        "lastword" => part(0).split_whitespace().last().unwrap_or("").to_owned(),
        "sort" => {
            let mut all: Vec<&str> = part(0).split_whitespace().collect();
            all.sort_unstable();
            all.dedup();
            all.join(" ")
        }
        "notdir" => words(part(0), |word| word.rsplit_once('/').map_or(word, |(_, name)| name).to_owned()),
        "dir" => {
            words(part(0), |word| word.rsplit_once('/').map_or_else(|| "./".to_owned(), |(dir, _)| format!("{dir}/")))
        }
        _ => return None,
    })
}

fn words(text: &str, each: impl Fn(&str) -> String) -> String {
    if !is_known(text) {
        return UNKNOWN.to_owned();
    }
    text.split_whitespace().map(each).collect::<Vec<_>>().join(" ")
}

fn matches(pattern: &str, word: &str) -> bool {
    if pattern.contains('%') { pattern == word || fits(pattern, word).is_some() } else { pattern == word }
}

/// What stands for `%`, which may be nothing.
fn fits<'w>(pattern: &str, word: &'w str) -> Option<&'w str> {
    let (before, after) = pattern.split_once('%')?;
    word.strip_prefix(before)?.strip_suffix(after)
}

fn substituted(word: &str, from: &str, to: &str) -> String {
    match (from.contains('%'), fits(from, word)) {
        (true, Some(stem)) => to.replacen('%', stem, 1),
        (false, _) if from == word => to.to_owned(),
        _ => word.to_owned(),
    }
}

/// What stands in the brackets that a text begins with, and what is behind them.
fn balanced(text: &str) -> Option<(&str, &str)> {
    let open = text.chars().next()?;
    let close = if open == '(' { ')' } else { '}' };
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        if c == open {
            depth = depth.saturating_add(1);
        } else if c == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return Some((text.get(1..at)?, text.get(at.saturating_add(1)..)?));
            }
        }
    }
    None
}

/// The arguments of a function, so many at most: the last one holds the rest.
fn arguments(text: &str, most: usize) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut depth, mut start) = (0_usize, 0_usize);
    for (at, c) in text.char_indices() {
        match c {
            '(' | '{' => depth = depth.saturating_add(1),
            ')' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 && out.len().saturating_add(1) < most => {
                out.push(text.get(start..at).unwrap_or(""));
                start = at.saturating_add(1);
            }
            _ => {}
        }
    }
    out.push(text.get(start..).unwrap_or(""));
    out
}
