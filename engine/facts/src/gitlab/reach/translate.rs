//! Expressions, rules and limits as formulas, in one kind of pipeline.
//!
//! What GitLab takes for true is not one thing: an operand of `&&` and `||` is true where it is anything at all, the
//! whole of an expression only where it is not blank.

use std::sync::LazyLock;

use engine_model::{Unknown, Value, Why};

use super::super::condition::Expression;
use super::super::language::{Alternative, Conjunction, Found, Language, Pattern, Refused};
use super::super::start::{Limit, Rule};
use super::RefKind;
use super::formula::{Formula, Term};
use super::world::{Operand, World, source_of};
use crate::sourced::Sourced;

/// How long a text on the right of `=~` that is no pattern may be: what is on the left is looked for in it.
const MAX_SOUGHT: usize = 32;

static OTHER_PROJECT: LazyLock<Unknown> =
    LazyLock::new(|| Unknown { why: Why::Dynamic, on: "the project's own path".to_owned() });
static NO_PATTERN: LazyLock<Unknown> =
    LazyLock::new(|| Unknown { why: Why::NotEvaluated, on: "a pattern that is not between slashes".to_owned() });
static KUBERNETES: LazyLock<Unknown> =
    LazyLock::new(|| Unknown { why: Why::Dynamic, on: "whether a Kubernetes service is active".to_owned() });

/// What has to hold so that each of some rules is the one that decides.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// For each rule that it matches, and how many of `not` stand before it.
    pub(super) own: Vec<(Formula, usize)>,
    /// That rules do not match.
    pub(super) not: Vec<Formula>,
}

impl Walk {
    /// What has to hold so that the rule of a number decides.
    pub(super) fn way(&self, rule: usize) -> Formula {
        let Some((own, before)) = self.own.get(rule) else { return Formula::Known(false) };
        if *own == Formula::Known(false) {
            return Formula::Known(false);
        }
        Formula::all(std::iter::once(own.clone()).chain(self.not.iter().take(*before).cloned()))
    }

    /// What has to hold so that one of these rules decides.
    pub(super) fn any(&self, wanted: impl Iterator<Item = bool>) -> Formula {
        Formula::any(wanted.enumerate().filter(|(_, wanted)| *wanted).map(|(rule, _)| self.way(rule)))
    }
}

impl World<'_> {
    /// Whether an expression holds.
    pub(super) fn holds(&self, expression: &Expression) -> Formula {
        match expression {
            Expression::All(parts) => {
                let (last, before) = match parts.split_last() {
                    Some((last, before)) => (self.holds(last), before),
                    None => return Formula::Known(true),
                };
                Formula::all(before.iter().map(|part| self.is_true(part)).chain([last]))
            }
            Expression::Any(parts) => {
                // The first operand that is anything is what the expression comes to, also where that is blank.
                let mut none_before = Formula::Known(true);
                let mut out = Vec::new();
                for part in parts {
                    out.push(none_before.clone().and(self.holds(part)));
                    if part.may_be_blank() {
                        none_before = none_before.and(self.is_true(part).not());
                    }
                }
                Formula::any(out)
            }
            Expression::Null => Formula::Known(false),
            Expression::Text(text) => Formula::Known(!text.trim().is_empty()),
            Expression::Variable(name, unknown) => match self.operand(name, unknown) {
                Operand::Null => Formula::Known(false),
                Operand::Text(text) => Formula::Known(!text.trim().is_empty()),
                Operand::Term(term) => self.table.defined(term).and(self.blank(term).not()),
                Operand::Open(open) => open,
            },
            Expression::Pattern(..) | Expression::Equal(..) | Expression::Matches(..) => self.is_true(expression),
        }
    }

    /// Whether an operand is true.
    fn is_true(&self, expression: &Expression) -> Formula {
        match expression {
            Expression::Null => Formula::Known(false),
            Expression::Text(_) | Expression::Pattern(..) => Formula::Known(true),
            Expression::Variable(name, unknown) => match self.operand(name, unknown) {
                Operand::Null => Formula::Known(false),
                Operand::Text(_) => Formula::Known(true),
                Operand::Term(term) => self.table.defined(term),
                Operand::Open(open) => open,
            },
            Expression::All(parts) => Formula::all(parts.iter().map(|part| self.is_true(part))),
            Expression::Any(parts) => Formula::any(parts.iter().map(|part| self.is_true(part))),
            Expression::Equal(sides, wanted) => {
                let equal = self.equal(&sides.0, &sides.1);
                if *wanted { equal } else { equal.not() }
            }
            Expression::Matches(sides, wanted) => {
                let matches = self.matches(&sides.0, &sides.1);
                if *wanted { matches } else { matches.not() }
            }
        }
    }

    fn blank(&self, term: Term) -> Formula {
        let Some(holder) = self.table.holder(term) else { return Formula::Known(false) };
        if holder.title == super::formula::Title::Name || !holder.within.is_empty() {
            return Formula::Known(false);
        }
        match self.languages.expression(r"\A[\t\n\v\f\r\x20]*\z") {
            Ok(blank) => self.table.like(term, blank),
            Err(_) => Formula::Known(false),
        }
    }

    fn side(&self, expression: &Expression) -> Operand {
        match expression {
            Expression::Null => Operand::Null,
            Expression::Text(text) => Operand::Text(text.clone()),
            Expression::Variable(name, unknown) => self.operand(name, unknown),
            Expression::Pattern(_, unknown) => Operand::Open(self.table.open(unknown)),
            Expression::Equal(..) | Expression::Matches(..) | Expression::All(_) | Expression::Any(_) => {
                let unknown = Unknown { why: Why::NotEvaluated, on: "a comparison that is compared itself".to_owned() };
                Operand::Open(self.table.open(&unknown))
            }
        }
    }

    fn equal(&self, left: &Expression, right: &Expression) -> Formula {
        match (self.side(left), self.side(right)) {
            (Operand::Open(open), _) | (_, Operand::Open(open)) => open,
            (Operand::Null, Operand::Null) => Formula::Known(true),
            (Operand::Null, Operand::Text(_)) | (Operand::Text(_), Operand::Null) => Formula::Known(false),
            (Operand::Null, Operand::Term(term)) | (Operand::Term(term), Operand::Null) => {
                self.table.defined(term).not()
            }
            (Operand::Text(left), Operand::Text(right)) => Formula::Known(left == right),
            (Operand::Text(text), Operand::Term(term)) | (Operand::Term(term), Operand::Text(text)) => {
                self.is(term, &text)
            }
            (Operand::Term(left), Operand::Term(right)) => {
                let (one, other) = (self.table.defined(left), self.table.defined(right));
                let both = one.clone().and(other.clone()).and(self.table.same(left, right));
                both.or(one.not().and(other.not()))
            }
        }
    }

    fn is(&self, term: Term, text: &str) -> Formula {
        if text.contains('$') {
            // GitLab puts values into values, into that of a ref's name too.
            let unknown = Unknown { why: Why::Dynamic, on: format!("`{text}`, which may be filled in") };
            return self.table.open(&unknown);
        }
        self.table.defined(term).and(self.table.is(term, text, self.languages))
    }

    fn matches(&self, left: &Expression, right: &Expression) -> Formula {
        let text = self.side(left);
        let read;
        let (pattern, unknown) = match right {
            Expression::Pattern(pattern, unknown) => (pattern, unknown),
            _ => match self.side(right) {
                Operand::Null => return Formula::Known(false),
                Operand::Open(open) => return open,
                Operand::Term(_) => {
                    let on = match right {
                        Expression::Variable(_, unknown) => unknown,
                        _ => &NO_PATTERN,
                    };
                    return self.table.open(on);
                }
                Operand::Text(right) => match Pattern::read(&right) {
                    Some(pattern) => {
                        let unknown = Unknown { why: Why::NotEvaluated, on: pattern.display() };
                        read = (pattern, unknown);
                        (&read.0, &read.1)
                    }
                    None => return self.sought(&text, &right),
                },
            },
        };
        let of = |text: &str| match self.languages.matches(pattern, text) {
            Ok(truth) => Formula::Known(truth),
            Err(why) => self.refused(why, unknown),
        };
        match text {
            Operand::Null => of(""),
            Operand::Text(text) => of(&text),
            Operand::Open(open) => open,
            Operand::Term(term) => {
                let defined = self.table.defined(term);
                defined.clone().and(self.like(term, pattern, unknown)).or(defined.not().and(of("")))
            }
        }
    }

    /// Whether a term that holds a text matches a pattern.
    fn like(&self, term: Term, pattern: &Pattern, unknown: &Unknown) -> Formula {
        match self.languages.alternatives(pattern) {
            Ok(alternatives) => Formula::any(alternatives.iter().map(|alternative| match alternative {
                Alternative::Exact(text) => self.table.is(term, text, self.languages),
                Alternative::Like(language) if self.is_all(term, *language) => Formula::Known(true),
                Alternative::Like(language) => self.table.like(term, *language),
            })),
            Err(why) => self.refused(why, unknown),
        }
    }

    /// Whether whatever a term holds belongs to a language.
    fn is_all(&self, term: Term, language: Language) -> bool {
        let Some(holder) = self.table.holder(term).filter(|_| self.languages.glob(language) == "*") else {
            return false;
        };
        let without: Vec<Language> = holder.without.iter().copied().chain([language]).collect();
        let other = Conjunction { within: &holder.within, without: &without, not: &[] };
        other.word(self.languages, &["x", "1", "A"]) == Found::Nothing
    }

    fn refused(&self, why: Refused, unknown: &Unknown) -> Formula {
        let on = match why {
            Refused::Invalid => format!("{}, which is no regular expression for GitLab", unknown.on),
            Refused::TooLarge => format!("{}, which is more than is followed", unknown.on),
        };
        self.table.open(&Unknown { why: unknown.why, on })
    }

    /// Whether a text is part of another one: what GitLab asks where the right side of `=~` is no pattern.
    fn sought(&self, text: &Operand, inside: &str) -> Formula {
        match text {
            Operand::Null => Formula::Known(true),
            Operand::Text(text) => Formula::Known(inside.contains(text.as_str())),
            Operand::Open(open) => open.clone(),
            Operand::Term(term) if inside.chars().count() <= MAX_SOUGHT => {
                let chars: Vec<char> = inside.chars().collect();
                let mut parts: Vec<String> = vec![String::new()];
                for start in 0..chars.len() {
                    for end in start..chars.len() {
                        parts.extend(chars.get(start..=end).map(|part| part.iter().collect()));
                    }
                }
                parts.sort();
                parts.dedup();
                let any = Formula::any(parts.iter().map(|part| self.table.is(*term, part, self.languages)));
                let defined = self.table.defined(*term);
                defined.clone().and(any).or(defined.not())
            }
            Operand::Term(_) => self.table.open(&NO_PATTERN),
        }
    }

    /// Whether a rule matches, where it is asked.
    fn rule(&self, rule: &Rule) -> Formula {
        let condition = match &rule.condition {
            Ok(None) => Formula::Known(true),
            Ok(Some(condition)) => self.holds(condition),
            Err(unknown) => self.table.open(unknown),
        };
        let mut out = condition;
        if let Some(changes) = &rule.changes
            && (self.is_pushed() || rule.compares)
        {
            out = out.and(self.changes(changes, rule.compares));
        }
        if let Some(exists) = &rule.exists {
            out = out.and(self.files(exists, |language| match self.told {
                Some(told) => Formula::Known(told.exists.iter().any(|path| self.languages.has(language, path))),
                None => self.table.exists(language),
            }));
        }
        out
    }

    /// Whether a changed file is like one of these patterns. Of a branch that is new nobody knows what changes, and
    /// everything counts as changed, unless it is compared with another ref.
    fn changes(&self, patterns: &[Sourced<String>], compares: bool) -> Formula {
        if let Some(told) = self.told {
            let is_changed = |language| told.changed.iter().flatten().any(|path| self.languages.has(language, path));
            let known = told.changed.is_some();
            return self.files(patterns, |language| Formula::Known(!known || is_changed(language)));
        }
        let changed = self.files(patterns, |language| self.table.changed(language));
        if self.source == "push" && !compares { self.table.fresh().or(changed) } else { changed }
    }

    /// Whether a file is like one of these patterns.
    fn files(&self, patterns: &[Sourced<String>], atom: impl Fn(Language) -> Formula) -> Formula {
        Formula::any(patterns.iter().map(|pattern| match &pattern.value {
            Value::Known(text) => match super::files::language(self.languages, text) {
                Some(language) => atom(language),
                None => self.table.open(&Unknown { why: Why::NotEvaluated, on: format!("the files `{text}`") }),
            },
            Value::Unknown(unknown) => self.table.open(unknown),
            Value::Absent => Formula::Known(false),
        }))
    }

    /// Walks through rules in order, where the first that matches decides.
    pub(super) fn walk(&self, rules: &[Rule]) -> Walk {
        let mut walk = Walk::default();
        let mut over = false;
        for rule in rules {
            let matches = if over { Formula::Known(false) } else { self.rule(rule) };
            let mut own = matches.clone();
            // A rule whose `when` is unknown may say `never`.
            if let Value::Unknown(why) = &rule.start.when.value {
                own = own.and(self.table.open(why));
            }
            walk.own.push((own, walk.not.len()));
            match matches.not() {
                Formula::Known(false) => over = true,
                Formula::Known(true) => {}
                other => walk.not.push(other),
            }
        }
        walk
    }

    /// What `only` and `except` ask, or GitLab's default for a job that has neither.
    pub(super) fn limited(&self, only: Option<&Limit>, except: Option<&Limit>, has_workflow: bool) -> Formula {
        let ref_of_git = Formula::Known(self.kind != RefKind::MergeRequest);
        let any = |limit: &Limit| Formula::any(limit.refs.iter().map(|entry| self.selected(entry)));
        let variables = |limit: &Limit| {
            Formula::any(limit.conditions.iter().map(|condition| match condition {
                Ok(condition) => self.holds(condition),
                Err(unknown) => self.table.open(unknown),
            }))
        };
        let changes = |limit: &Limit| match self.is_pushed() {
            true => self.changes(&limit.changes, false),
            false => Formula::Known(true),
        };
        let included = match only {
            Some(only) => {
                let mut parts = vec![if only.refs.is_empty() { ref_of_git } else { any(only) }];
                if !only.conditions.is_empty() {
                    parts.push(variables(only));
                }
                if !only.changes.is_empty() {
                    parts.push(changes(only));
                }
                if only.kubernetes {
                    parts.push(self.table.open(&KUBERNETES));
                }
                Formula::all(parts)
            }
            None if has_workflow => Formula::Known(true),
            None => ref_of_git,
        };
        let excluded = except.map_or(Formula::Known(false), |except| {
            let mut parts = vec![any(except), variables(except)];
            if !except.changes.is_empty() {
                parts.push(changes(except));
            }
            if except.kubernetes {
                parts.push(self.table.open(&KUBERNETES));
            }
            Formula::any(parts)
        });
        included.and(excluded.not())
    }

    /// Whether an entry of `only: refs` selects the pipeline.
    fn selected(&self, entry: &Sourced<String>) -> Formula {
        let text = match &entry.value {
            Value::Known(text) => text.as_str(),
            Value::Unknown(why) => return self.table.open(why),
            Value::Absent => return Formula::Known(false),
        };
        let (text, elsewhere) = match text.split_once('@') {
            Some((text, _)) => (text, true),
            None => (text, false),
        };
        let keyword = match text {
            "branches" => self.kind == RefKind::Branch,
            "tags" => self.kind == RefKind::Tag,
            _ => source_of(text) == Some(self.source),
        };
        let found = if keyword {
            Formula::Known(true)
        } else if self.kind == RefKind::MergeRequest {
            Formula::Known(false)
        } else {
            match Pattern::read(text) {
                Some(pattern) => {
                    let unknown = Unknown { why: Why::NotEvaluated, on: pattern.display() };
                    match self.told {
                        Some(told) => match self.languages.matches(&pattern, &told.name) {
                            Ok(truth) => Formula::Known(truth),
                            Err(why) => self.refused(why, &unknown),
                        },
                        None => self.like(self.name(), &pattern, &unknown),
                    }
                }
                None => match self.told {
                    Some(told) => Formula::Known(told.name == text),
                    None => self.table.is(self.name(), text, self.languages),
                },
            }
        };
        // The project behind `@` may be this one.
        if elsewhere { found.and(self.table.open(&OTHER_PROJECT)) } else { found }
    }
}
