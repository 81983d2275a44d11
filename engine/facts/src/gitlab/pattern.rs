//! Regular expressions over names of refs, as far as they can be told without an engine for them.
//!
//! A pattern is a list of alternatives, each a row of runs of characters. Nothing here runs a user's expression: names
//! are matched by following the row, in time linear in both. What is not understood becomes a pattern that may match
//! anything and is not exact.

use std::collections::BTreeSet;

/// How many alternatives a pattern may come to.
const MAX_ALTERNATIVES: usize = 64;

/// How many runs an alternative may have.
const MAX_RUNS: usize = 256;

/// How deep groups may be nested.
const MAX_DEPTH: usize = 16;

/// A regular expression between slashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// The names that match: those of any of these.
    pub(super) alternatives: Vec<Alternative>,
    /// Whether that is all that the expression says. Where not, a name that matches none of them does not match, and
    /// of one that does nothing is known.
    pub(super) exact: bool,
}

/// One alternative, anchored at both ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Alternative(Vec<Run>);

/// A number of characters of a set.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Run {
    set: Set,
    least: u32,
    /// `None` for any number.
    most: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Set {
    Any,
    One(char),
    /// Inclusive ranges; `true` for everything but them.
    Ranges(Vec<(char, char)>, bool),
}

/// What an expression is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Start,
    End,
    Run(Run),
}

impl Run {
    fn any() -> Self {
        Self { set: Set::Any, least: 0, most: None }
    }

    fn letter(&self) -> Option<char> {
        match self {
            Self { set: Set::One(c), least: 1, most: Some(1) } => Some(*c),
            _ => None,
        }
    }
}

impl Set {
    fn has(&self, c: char) -> bool {
        match self {
            Self::Any => true,
            Self::One(own) => *own == c,
            Self::Ranges(ranges, negated) => ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *negated,
        }
    }
}

impl Pattern {
    /// Reads what stands between the slashes, and the flags behind them.
    pub(super) fn new(text: &str, flags: &str) -> Self {
        let unknown = || Self { alternatives: vec![Alternative(vec![Run::any()])], exact: false };
        if flags.contains('i') {
            return unknown();
        }
        let mut reader = Reader { rest: text, exact: true };
        let Some(rows) = reader.alternatives(0) else { return unknown() };
        if !reader.rest.is_empty() {
            return unknown();
        }
        let exact = reader.exact;
        let alternatives: Option<Vec<Alternative>> = rows.into_iter().map(Alternative::new).collect();
        alternatives.map_or_else(unknown, |alternatives| Self { alternatives, exact })
    }

    /// How many states following a text may have.
    pub(super) fn size(&self) -> usize {
        let runs = self.alternatives.iter().flat_map(|alternative| &alternative.0);
        let states = runs.map(|run| run.most.unwrap_or(run.least).saturating_add(1));
        states.fold(1, |sum, states| usize::try_from(states).map_or(usize::MAX, |states| states.saturating_add(sum)))
    }

    /// Whether a known text matches; `None` where it cannot be told.
    pub(super) fn matches(&self, text: &str) -> Option<bool> {
        let found = self.alternatives.iter().any(|alternative| alternative.matches(text));
        if found && !self.exact { None } else { Some(found) }
    }

    /// Whether the names of an alternative of some pattern match; `None` where some do, or none, or nobody can tell.
    pub(super) fn covers(&self, names: &Alternative) -> Option<bool> {
        if self.alternatives.iter().any(|own| own.covers(names)) {
            return self.exact.then_some(true);
        }
        self.alternatives.iter().all(|own| own.is_apart_from(names)).then_some(false)
    }

    /// Whether any name at all matches: `Some(true)` surely, `None` perhaps.
    pub(super) fn is_universal(&self) -> Option<bool> {
        let found = self.alternatives.iter().any(Alternative::is_universal);
        if found && !self.exact { None } else { Some(found) }
    }
}

impl Alternative {
    fn new(pieces: Vec<Piece>) -> Option<Self> {
        let starts = pieces.first() == Some(&Piece::Start);
        let ends = pieces.last() == Some(&Piece::End);
        let skip = usize::from(starts);
        let inner = pieces.len().checked_sub(skip)?.checked_sub(usize::from(ends))?;
        let mut row: Vec<Run> = Vec::new();
        if !starts {
            row.push(Run::any());
        }
        for piece in pieces.into_iter().skip(skip).take(inner) {
            // An anchor that is not at an end of the whole is not followed.
            let Piece::Run(run) = piece else { return None };
            if run != Run::any() || row.last() != Some(&Run::any()) {
                row.push(run);
            }
        }
        if !ends && row.last() != Some(&Run::any()) {
            row.push(Run::any());
        }
        Some(Self(row))
    }

    /// The only name that matches, where there is one.
    pub(super) fn literal(&self) -> Option<String> {
        self.0.iter().map(Run::letter).collect()
    }

    pub(super) fn is_universal(&self) -> bool {
        self.0.as_slice() == [Run::any()]
    }

    /// The names in GitLab's own way to write a pattern: `*` for any number of characters. It may say more than is meant.
    pub(super) fn glob(&self) -> String {
        let mut out = String::new();
        for run in &self.0 {
            match run.letter() {
                Some(c) => out.push(c),
                None if out.ends_with('*') => {}
                None => out.push('*'),
            }
        }
        out
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        // A state is a run and how many of its characters were taken, counted no further than it matters.
        let mut states: BTreeSet<(usize, u32)> = BTreeSet::from([(0, 0)]);
        self.close(&mut states);
        for c in text.chars() {
            let mut next = BTreeSet::new();
            for (at, taken) in states {
                let Some(run) = self.0.get(at) else { continue };
                if run.set.has(c) && run.most.is_none_or(|most| taken < most) {
                    next.insert((at, taken.saturating_add(1).min(run.most.unwrap_or(run.least))));
                }
            }
            states = next;
            self.close(&mut states);
        }
        states.contains(&(self.0.len(), 0))
    }

    /// Adds the states behind every run that has enough.
    fn close(&self, states: &mut BTreeSet<(usize, u32)>) {
        let mut open: Vec<(usize, u32)> = states.iter().copied().collect();
        while let Some((at, taken)) = open.pop() {
            let behind = (at.saturating_add(1), 0);
            if self.0.get(at).is_some_and(|run| taken >= run.least) && states.insert(behind) {
                open.push(behind);
            }
        }
    }

    /// Whether all names of `other` are names of this one, as far as that is easy to see.
    fn covers(&self, other: &Self) -> bool {
        if self == other {
            return true;
        }
        if let Some(name) = other.literal() {
            return self.matches(&name);
        }
        let any = Some(&Run::any());
        let (head, tail) = (self.letters(), self.letters_behind());
        let inner = self.0.len().saturating_sub(head.len()).saturating_sub(tail.len());
        if inner != 1 || self.0.get(head.len()) != any {
            return false;
        }
        // `head` and `tail` must not share letters of the other.
        let (first, last) = (other.letters(), other.letters_behind());
        first.starts_with(head.as_slice()) && last.starts_with(tail.as_slice())
    }

    /// Whether no name can be one of both, as far as that is easy to see.
    fn is_apart_from(&self, other: &Self) -> bool {
        if let Some(name) = other.literal() {
            return !self.matches(&name);
        }
        if let Some(name) = self.literal() {
            return !other.matches(&name);
        }
        let differ = |a: &[char], b: &[char]| a.iter().zip(b).any(|(a, b)| a != b);
        differ(&self.letters(), &other.letters()) || differ(&self.letters_behind(), &other.letters_behind())
    }

    /// The letters that every name begins with.
    fn letters(&self) -> Vec<char> {
        self.0.iter().map_while(Run::letter).collect()
    }

    /// The letters that every name ends with, the last first.
    fn letters_behind(&self) -> Vec<char> {
        self.0.iter().rev().map_while(Run::letter).collect()
    }
}

struct Reader<'t> {
    rest: &'t str,
    exact: bool,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        Some(c)
    }

    fn eat(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Alternatives up to the end or a closing parenthesis.
    fn alternatives(&mut self, depth: usize) -> Option<Vec<Vec<Piece>>> {
        let mut out: Vec<Vec<Piece>> = Vec::new();
        loop {
            out.extend(self.row(depth)?);
            if out.len() > MAX_ALTERNATIVES {
                return None;
            }
            if !self.eat('|') {
                return Some(out);
            }
        }
    }

    fn row(&mut self, depth: usize) -> Option<Vec<Vec<Piece>>> {
        let mut rows: Vec<Vec<Piece>> = vec![Vec::new()];
        while !self.rest.is_empty() && !self.rest.starts_with(['|', ')']) {
            let (choices, is_group) = self.item(depth)?;
            let choices = self.counted(choices, is_group)?;
            let mut longer = Vec::new();
            for row in &rows {
                for choice in &choices {
                    let joined: Vec<Piece> = row.iter().chain(choice).cloned().collect();
                    if joined.len() > MAX_RUNS || longer.len() >= MAX_ALTERNATIVES {
                        return None;
                    }
                    longer.push(joined);
                }
            }
            rows = longer;
        }
        Some(rows)
    }

    /// One item without what counts it, and whether it is a group.
    fn item(&mut self, depth: usize) -> Option<(Vec<Vec<Piece>>, bool)> {
        let one = |set: Set| vec![vec![Piece::Run(Run { set, least: 1, most: Some(1) })]];
        let item = match self.next()? {
            '^' => vec![vec![Piece::Start]],
            '$' => vec![vec![Piece::End]],
            '.' => one(Set::Any),
            '(' => {
                if depth >= MAX_DEPTH || self.rest.starts_with('?') && !self.rest.starts_with("?:") {
                    return None;
                }
                self.rest = self.rest.strip_prefix("?:").unwrap_or(self.rest);
                let inner = self.alternatives(depth.saturating_add(1))?;
                return self.eat(')').then_some((inner, true));
            }
            '[' => one(self.class()?),
            '\\' => match self.next()? {
                'A' => vec![vec![Piece::Start]],
                'z' => vec![vec![Piece::End]],
                c => one(escaped(c)?),
            },
            '*' | '+' | '?' | '{' | '}' | ']' => return None,
            c => one(Set::One(c)),
        };
        Some((item, false))
    }

    /// The item as often as `*`, `+`, `?` or `{…}` behind it say.
    fn counted(&mut self, choices: Vec<Vec<Piece>>, is_group: bool) -> Option<Vec<Vec<Piece>>> {
        let (least, most) = if self.eat('*') {
            (0, None)
        } else if self.eat('+') {
            (1, None)
        } else if self.eat('?') {
            (0, Some(1))
        } else if self.eat('{') {
            let (inside, rest) = self.rest.split_once('}')?;
            self.rest = rest;
            let (least, most) = match inside.split_once(',') {
                Some((least, "")) => (least.parse().ok()?, None),
                Some((least, most)) => (least.parse().ok()?, Some(most.parse().ok()?)),
                None => (inside.parse().ok()?, Some(inside.parse().ok()?)),
            };
            if most.unwrap_or(least) > 1000 {
                return None;
            }
            (least, most)
        } else {
            return Some(choices);
        };
        // A lazy count matches the same names.
        self.eat('?');
        if is_group {
            if (least, most) == (0, Some(1)) {
                let mut choices = choices;
                choices.push(Vec::new());
                return Some(choices);
            }
            // Anything may stand for a repeated group; it is more than the group matches.
            self.exact = false;
            return Some(vec![vec![Piece::Run(Run::any())]]);
        }
        match choices.first().map(Vec::as_slice) {
            Some([Piece::Run(run)]) => Some(vec![vec![Piece::Run(Run { set: run.set.clone(), least, most })]]),
            _ => None,
        }
    }

    /// `[a-z_]`, behind the bracket.
    fn class(&mut self) -> Option<Set> {
        let negated = self.eat('^');
        let mut ranges: Vec<(char, char)> = Vec::new();
        loop {
            let from = match self.next()? {
                ']' if !ranges.is_empty() => return Some(Set::Ranges(ranges, negated)),
                '[' => return None,
                '\\' => match escaped(self.next()?)? {
                    Set::One(c) => c,
                    Set::Ranges(inside, false) => {
                        ranges.extend(inside);
                        continue;
                    }
                    _ => return None,
                },
                c => c,
            };
            let is_range = self.rest.starts_with('-') && !self.rest.starts_with("-]");
            let to = if is_range {
                self.next()?;
                match self.next()? {
                    '\\' => match escaped(self.next()?)? {
                        Set::One(c) => c,
                        _ => return None,
                    },
                    c => c,
                }
            } else {
                from
            };
            ranges.push((from, to));
        }
    }
}

fn escaped(c: char) -> Option<Set> {
    Some(match c {
        'd' => Set::Ranges(vec![('0', '9')], false),
        'D' => Set::Ranges(vec![('0', '9')], true),
        'w' => Set::Ranges(vec![('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')], false),
        'W' => Set::Ranges(vec![('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')], true),
        c if c.is_ascii_alphanumeric() => return None,
        c => Set::One(c),
    })
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    fn globs(text: &str) -> String {
        let pattern = Pattern::new(text, "");
        let globs: Vec<String> = pattern.alternatives.iter().map(super::Alternative::glob).collect();
        format!("{}{}", globs.join(" "), if pattern.exact { "" } else { " ?" })
    }

    #[test]
    fn a_pattern_says_which_names_it_matches() {
        let check = |text: &str, expect: &str| assert_eq!(globs(text), expect, "{text}");
        check("^main$", "main");
        check("main", "*main*");
        check("^(main|release\\/.*)$", "main release/*");
        check("^main|dev$", "main* *dev");
        check("^v\\d+\\.\\d+$", "v*.*");
        check("^v(\\.\\d+)*$", "v* ?");
        check("^v(-rc)?$", "v-rc v");
        check("^(?:a|b)-(?:c|d)$", "a-c a-d b-c b-d");
        check("(^main$|^dev$)", "main dev");
        check(".*", "*");
        check("a^b", "* ?");
        check("^[a-z]{3}$", "*");
        check("\\bmain", "* ?");
        check("(", "* ?");
        check("a**", "* ?");
        check("[", "* ?");
        check(&"(".repeat(10_000), "* ?");
        check(&"(a|b)".repeat(100), "* ?");
    }

    #[test]
    fn a_name_matches_as_the_expression_says() {
        let check = |text: &str, name: &str, expect: Option<bool>| {
            assert_eq!(Pattern::new(text, "").matches(name), expect, "{text} {name}");
        };
        check("^main$", "main", Some(true));
        check("^main$", "domain", Some(false));
        check("main", "domain-x", Some(true));
        check("^v\\d+\\.\\d+$", "v10.2", Some(true));
        check("^v\\d+\\.\\d+$", "v10.", Some(false));
        check("^[a-c]{2,3}x?$", "abx", Some(true));
        check("^[a-c]{2,3}x?$", "abcc", Some(false));
        check("^[^a]+$", "bcd", Some(true));
        check("^[^a]+$", "bad", Some(false));
        check("^(ab)+$", "abab", None);
        check("^x(ab)+$", "y", Some(false));
        check(".*", "", Some(true));
        assert_eq!(Pattern::new("^main$", "i").matches("MAIN"), None);
        check(&"a*".repeat(100), &"a".repeat(1000), Some(true));
    }

    #[test]
    fn names_of_one_pattern_may_all_or_never_match_another() {
        let check = |text: &str, names: &str, expect: Option<bool>| {
            let names = Pattern::new(names, "").alternatives.remove(0);
            assert_eq!(Pattern::new(text, "").covers(&names), expect, "{text}");
        };
        check("^release", "^release-", Some(true));
        check("^release-", "^release", None);
        check("^release", "^main", Some(false));
        check("-rc$", "^release", None);
        check("-rc$", "^release.*-rc$", Some(true));
        check("^a.*b$", "^ab$", Some(true));
        check("^v\\d+$", "^v\\d+$", Some(true));
        check("^v\\d+$", "^v1$", Some(true));
    }
}
