//! Rules of a Makefile: targets, what they need, and which lines are whose recipe.

use std::rc::Rc;

use super::expand::{UNKNOWN, plain_text};
use super::file::{Line, Lines, Need, Read, Target};
use super::line::{assignment, parted, plain_name, says_something, stem, stripped};

/// How many needs and lines all targets of a call have.
const MAX_HELD: usize = 400_000;

/// The rule that lines of a recipe belong to.
#[derive(Default)]
pub(super) struct Open {
    /// Each with how many needs and lines it had before.
    pub(super) targets: Vec<(String, usize, usize)>,
    pub(super) patterns: Vec<usize>,
    /// Whether it has no line yet.
    fresh: bool,
    /// Whether it has one for sure.
    certain: bool,
    /// Whether its lines are added to those of a rule before.
    adds: bool,
    /// Whether it is not certain that it is read.
    perhaps: bool,
}

impl Open {
    /// Whether no recipe may follow.
    pub(super) fn is_empty(&self) -> bool {
        self.targets.is_empty() && self.patterns.is_empty()
    }

    /// Takes up what another branch of a condition began: what follows may be either's.
    pub(super) fn join(&mut self, before: Self) {
        if !self.is_empty() && before.perhaps && before.fresh {
            let known = |name: &String| self.targets.iter().any(|(own, ..)| own == name);
            let others: Vec<_> = before.targets.into_iter().filter(|(name, ..)| !known(name)).collect();
            self.targets.extend(others);
            self.patterns.extend(before.patterns);
        }
    }
}

impl Lines<'_> {
    /// Adds a line to the recipe of the rule that is open.
    pub(super) fn recipe(&mut self, open: &mut Open, line: Line, state: Read) {
        let fresh = std::mem::take(&mut open.fresh);
        // A recipe takes the place of one before, where it surely has a line.
        let replaces = state == Read::Yes && !open.adds && !std::mem::replace(&mut open.certain, state == Read::Yes);
        self.held = self.held.saturating_add(open.targets.len()).saturating_add(open.patterns.len());
        if self.held > MAX_HELD {
            self.open("its targets have more than is followed");
            return;
        }
        for (name, needs, lines) in &open.targets {
            let target = self.file.targets.entry(name.clone()).or_default();
            if replaces {
                target.lines.drain(..(*lines).min(target.lines.len()));
            }
            if fresh {
                // What the rule with the recipe needs comes first.
                let had = (*needs).min(target.needs.len());
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

    pub(super) fn rule(&mut self, line: &str, colon: usize, state: Read, here: &Line) -> Open {
        let (names, after) = line.split_at_checked(colon).unwrap_or((line, ""));
        let doubled = after.starts_with("::");
        let grouped = names.trim_end().ends_with('&');
        let names = self.expanded(names.trim_end().trim_end_matches('&'));
        let after = after.trim_start_matches(':');
        if names.split_whitespace().any(|name| !says_something(name)) {
            self.open("a target has a name that only the run tells");
            return Open::default();
        }
        let names: Vec<String> = names.split_whitespace().map(plain_name).collect();
        let (_, stripped) = stripped(after.trim());
        if let Some((name, sign, value)) = assignment(stripped) {
            self.own_variable(&names, name, sign, value, state, here);
            return Open::default();
        }
        let (pattern, needs) = match parted(after) {
            Some((pattern, needs)) => (Some(self.expanded(pattern).trim().to_owned()), needs),
            None => (None, after),
        };
        let needs = self.expanded(needs);
        self.take_runs(here);
        let (needs, order) = needs.split_once('|').unwrap_or((&needs, ""));
        let need = |order: bool| move |name: &str| Need { name: plain_name(name).into(), order };
        let needs: Vec<Need> =
            needs.split_whitespace().map(need(false)).chain(order.split_whitespace().map(need(true))).collect();
        self.held = self.held.saturating_add(names.len().saturating_mul(needs.len().saturating_add(1)));
        if self.held > MAX_HELD {
            self.open("its targets have more than is followed");
            return Open::default();
        }
        let perhaps = state == Read::Perhaps;
        let mut open = Open { fresh: true, adds: doubled || grouped || perhaps, perhaps, ..Open::default() };
        for name in names {
            match name.as_str() {
                ".ONESHELL" => self.file.one_shell = true,
                ".EXPORT_ALL_VARIABLES" => self.file.exports_all = true,
                _ => {}
            }
            let suffixes = by_suffix(&name);
            if suffixes.is_some() || (name.contains('%') && pattern.is_none()) {
                let (pattern, from) = suffixes.map_or((name.clone(), None), |(to, from)| (to, Some(from)));
                let from = from.map(|from| Need { name: from, order: false });
                open.patterns.push(self.file.patterns.len());
                let target =
                    Target { needs: from.into_iter().chain(needs.iter().cloned()).collect(), ..Target::default() };
                self.file.patterns.push((pattern, target));
                if name.contains('%') {
                    continue;
                }
            }
            if !self.first_is_certain && !name.starts_with('.') {
                self.first_is_certain = state == Read::Yes;
                self.file.first.push(name.clone());
            }
            let stem = pattern.as_ref().and_then(|pattern| stem(pattern, &name));
            let target = self.file.targets.entry(name.clone()).or_default();
            let filled = |need: &Need| match &stem {
                Some(stem) if need.name.contains('%') => {
                    Need { name: need.name.replacen('%', stem, 1).into(), ..need.clone() }
                }
                _ => need.clone(),
            };
            let (needed, lines) = (target.needs.len(), target.lines.len());
            target.needs.extend(needs.iter().map(filled));
            target.stem = target.stem.take().or(stem);
            open.targets.push((name, needed, lines));
        }
        open
    }

    /// A variable of targets: `deploy: STAND = live`.
    fn own_variable(&mut self, names: &[String], name: &str, sign: char, value: &str, state: Read, here: &Line) {
        let value = match sign {
            '!' => {
                let run = self.expanded(value);
                self.file.runs.push((run, here.clone()));
                UNKNOWN.to_owned()
            }
            _ if state == Read::Perhaps => UNKNOWN.to_owned(),
            ':' => plain_text(&self.expanded(value)),
            _ => value.to_owned(),
        };
        self.take_runs(here);
        for target in names {
            if target.contains('%') {
                let value = if sign == '+' { format!("$({name}) {value}") } else { value.clone() };
                self.file.of_patterns.push((target.clone(), name.to_owned(), value));
                continue;
            }
            let variables = &mut self.file.targets.entry(target.clone()).or_default().variables;
            // Each is looked for among all of a target.
            self.held = self.held.saturating_add(variables.len());
            if self.held > MAX_HELD {
                return self.open("its targets have more than is followed");
            }
            let variables = &mut self.file.targets.entry(target.clone()).or_default().variables;
            match variables.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) if sign == '+' => *known = format!("{known} {value}"),
                Some((_, known)) if sign != '?' => *known = value.clone(),
                Some(_) => {}
                None if sign == '+' => variables.push((name.to_owned(), format!("$({name}) {value}"))),
                None => variables.push((name.to_owned(), value.clone())),
            }
        }
    }
}

/// The pattern that a rule by suffixes is, and what it needs: `.tf.plan` makes `%.plan` of `%.tf`.
fn by_suffix(name: &str) -> Option<(String, Rc<str>)> {
    let (from, to) = name.strip_prefix('.')?.split_once('.')?;
    let plain = |part: &str| !part.is_empty() && !part.contains(['/', '.', '%', '$']);
    (plain(from) && plain(to)).then(|| (format!("%.{to}"), format!("%.{from}").into()))
}
