//! What was taken of terms and files, and something concrete that agrees with it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::super::language::{Conjunction, Found, Language, Languages};
use super::formula::{Atom, AtomId, Table, Term, Title};
use super::search::TooMuch;

/// What no path of a file is like.
const NO_PATH: &str = r"^/|//|/$|^$|[\x00-\x1f\x7f]|(^|/)\.\.?(/|$)";

/// What was taken of one term.
#[derive(Clone, Debug, Default)]
pub(super) struct Literals {
    /// The text that it holds, where that was taken.
    pub(super) is: Option<Rc<str>>,
    pub(super) not: BTreeSet<Rc<str>>,
    pub(super) within: Vec<Language>,
    pub(super) without: Vec<Language>,
    /// Whether it holds anything.
    pub(super) defined: Option<bool>,
    /// Terms that hold the same.
    pub(super) same: Vec<Term>,
}

impl Literals {
    pub(super) fn of(term: Term, trail: &[(AtomId, Rc<Atom>, bool)]) -> Self {
        let mut out = Self::default();
        for (_, atom, value) in trail {
            out.add(term, atom, *value);
        }
        out
    }

    fn add(&mut self, term: Term, atom: &Atom, value: bool) {
        match atom {
            Atom::Defined(own) if *own == term => self.defined = Some(value),
            Atom::Is(own, text) if *own == term => {
                if value {
                    self.is = Some(Rc::clone(text));
                } else {
                    self.not.insert(Rc::clone(text));
                }
            }
            Atom::Like(own, language) if *own == term => {
                let list = if value { &mut self.within } else { &mut self.without };
                list.push(*language);
            }
            Atom::Same(one, other) if value && [one, other].contains(&&term) => {
                self.same.push(if *one == term { *other } else { *one });
            }
            _ => {}
        }
    }

    fn merge(&mut self, other: Self) {
        if let Some(text) = other.is {
            if self.is.as_ref().is_some_and(|own| *own != text) {
                // Two texts at once: what excludes both holds nothing.
                self.not.insert(Rc::clone(&text));
            }
            self.is = Some(text);
        }
        self.not.extend(other.not);
        self.within.extend(other.within);
        self.without.extend(other.without);
    }

    /// A text that agrees with all of it, none of `others`.
    pub(super) fn text(
        &self,
        table: &Table,
        languages: &Languages,
        term: Term,
        others: &[Rc<str>],
        hints: &[&str],
    ) -> Result<Found, TooMuch> {
        let holder = table.holder(term);
        let domain = |list: fn(&super::formula::Holder) -> &[Language]| {
            holder.as_deref().map_or_else(Vec::new, |holder| list(holder).to_vec())
        };
        let mut within = domain(|holder| &holder.within);
        within.extend(&self.within);
        let mut without = domain(|holder| &holder.without);
        without.extend(&self.without);
        let not: Vec<&str> = self.not.iter().chain(others).map(|text| &**text).collect();
        let asked = Conjunction { within: &within, without: &without, not: &not };
        if let Some(text) = &self.is {
            let fits = asked.has(languages, text);
            return Ok(if fits { Found::Text(text.to_string()) } else { Found::Nothing });
        }
        match asked.word(languages, hints) {
            Found::TooMuch => Err(TooMuch),
            found => Ok(found),
        }
    }
}

/// Something concrete.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    /// What terms hold; `None` for nothing. Of the others anything will do.
    pub(super) texts: Vec<(Title, Option<String>)>,
    /// Whether the branch is new, so that GitLab knows of no changes.
    pub(super) fresh: bool,
    /// Files that are changed, and files that are there.
    pub(super) changed: Vec<String>,
    pub(super) exists: Vec<String>,
}

impl Model {
    /// A model of what was taken; `None` where there is none.
    pub(super) fn of(
        table: &Table,
        languages: &Languages,
        trail: &[(AtomId, Rc<Atom>, bool)],
        name: Term,
    ) -> Result<Option<Self>, TooMuch> {
        let fresh = trail.iter().any(|(_, atom, value)| **atom == Atom::Fresh && *value);
        let mut model = Self { fresh, ..Self::default() };
        let files = |exists: bool| files(languages, trail, exists);
        let (Some(changed), Some(exists)) = (files(false)?, files(true)?) else { return Ok(None) };
        (model.changed, model.exists) = (changed, exists);
        let mut terms: BTreeSet<Term> =
            trail.iter().flat_map(|(_, atom, _)| atom.terms().into_iter().flatten()).collect();
        terms.insert(name);
        let mut texts: BTreeMap<Term, Rc<str>> = BTreeMap::new();
        // What holds a certain text comes first, so that what may hold any gives way to it.
        let mut order: Vec<(Term, Literals)> = terms.iter().map(|term| (*term, Literals::of(*term, trail))).collect();
        order.sort_by_key(|(term, own)| (own.is.is_none(), *term));
        for (term, own) in &order {
            if own.defined == Some(false) {
                continue;
            }
            if let Some(found) = own.same.iter().find_map(|other| texts.get(other)).cloned() {
                texts.insert(*term, found);
                continue;
            }
            let mut all = own.clone();
            own.same.iter().for_each(|other| all.merge(Literals::of(*other, trail)));
            let others = differing(*term, trail, &texts);
            let usual: &[&str] = match table.holder(*term).map(|holder| holder.title.clone()) {
                // A name that is told apart on its own gets one that people would choose from its cell.
                Some(Title::Name) if own.same.is_empty() => &[],
                Some(Title::Name | Title::Default | Title::Target) => &["main", "master", "trunk"],
                _ => &["true", "x", "1"],
            };
            match all.text(table, languages, *term, &others, usual)? {
                Found::Text(text) => texts.insert(*term, text.into()),
                // Another choice of what it must differ from might leave it one.
                _ if own.is.is_none() && !others.is_empty() => return Err(TooMuch),
                _ => return Ok(None),
            };
        }
        // What was taken to be the same, or not, has to be so in the end.
        for (_, atom, value) in trail {
            if let Atom::Same(one, other) = &**atom
                && let (Some(one), Some(other)) = (texts.get(one), texts.get(other))
                && (one == other) != *value
            {
                return Err(TooMuch);
            }
        }
        for term in terms {
            if let Some(holder) = table.holder(term) {
                model.texts.push((holder.title.clone(), texts.get(&term).map(ToString::to_string)));
            }
        }
        Ok(Some(model))
    }

    /// The text that a term of this title holds.
    pub(super) fn text(&self, title: &Title) -> Option<&str> {
        self.texts.iter().find(|(known, _)| known == title)?.1.as_deref()
    }
}

/// The texts of terms that were taken not to be the same.
fn differing(term: Term, trail: &[(AtomId, Rc<Atom>, bool)], texts: &BTreeMap<Term, Rc<str>>) -> Vec<Rc<str>> {
    let other = |(_, atom, value): &(AtomId, Rc<Atom>, bool)| match &**atom {
        Atom::Same(one, other) if !value && *one == term => Some(*other),
        Atom::Same(one, other) if !value && *other == term => Some(*one),
        _ => None,
    };
    trail.iter().filter_map(other).filter_map(|other| texts.get(&other).cloned()).collect()
}

/// Files that are changed, or there, as was taken: one for each pattern that has one, none for those that have not.
fn files(
    languages: &Languages,
    trail: &[(AtomId, Rc<Atom>, bool)],
    exists: bool,
) -> Result<Option<Vec<String>>, TooMuch> {
    let language = |atom: &Atom| match atom {
        Atom::Changed(language) if !exists => Some(*language),
        Atom::Exists(language) if exists => Some(*language),
        _ => None,
    };
    let taken = |wanted: bool| trail.iter().filter(move |(_, _, value)| *value == wanted);
    let wanted: Vec<Language> = taken(true).filter_map(|(_, atom, _)| language(atom)).collect();
    if wanted.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let mut without: Vec<Language> = taken(false).filter_map(|(_, atom, _)| language(atom)).collect();
    without.push(languages.expression(NO_PATH).map_err(|_| TooMuch)?);
    let mut out = Vec::new();
    for language in wanted {
        match (Conjunction { within: &[language], without: &without, not: &[] }).word(languages, &["README.md"]) {
            Found::Text(path) => out.push(path),
            Found::Nothing => return Ok(None),
            Found::TooMuch => return Err(TooMuch),
        }
    }
    out.sort();
    out.dedup();
    Ok(Some(out))
}
