//! The texts that a term may hold, told apart by what is asked of them.
//!
//! Two texts of which all the same is true are one here, so that a term holds one of a few values. Each has a text that
//! shows it, or is nothing at all.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::super::language::{Found, Languages};
use super::formula::{Atom, AtomId, Table, Term};
use super::model::Literals;
use super::search::TooMuch;

/// Some of a domain's values, a bit for each.
pub(super) type Set = u128;

/// The most values.
const MOST: usize = Set::BITS as usize;

/// The values of a term.
#[derive(Debug)]
pub(super) struct Domain {
    term: Term,
    values: Vec<Class>,
    /// For each atom that is asked the values for which it holds.
    sets: BTreeMap<AtomId, Set>,
}

/// Texts of which the same is true.
#[derive(Clone, Debug)]
struct Class {
    /// What they are; `None` for no text at all.
    literals: Option<Literals>,
    /// One of them.
    text: Rc<str>,
}

impl Domain {
    /// The values of a term of which these atoms are asked; `None` where they are too many.
    pub(super) fn new(
        term: Term,
        asked: Vec<(AtomId, Rc<Atom>)>,
        table: &Table,
        languages: &Languages,
    ) -> Result<Option<Self>, TooMuch> {
        let find = |literals: &Literals| match literals.text(table, languages, term, &[], &[])? {
            Found::Text(text) => Ok(Some(Rc::from(text.as_str()))),
            Found::Nothing => Ok(None),
            Found::TooMuch => Err(TooMuch),
        };
        let mut values = Vec::new();
        if table.holder(term).is_none_or(|holder| holder.nullable) {
            values.push(Class { literals: None, text: "".into() });
        }
        let named: BTreeSet<Rc<str>> = asked.iter().filter_map(|(_, atom)| named(atom)).collect();
        if named.len() > MOST {
            return Ok(None);
        }
        for text in &named {
            let literals = Literals { is: Some(Rc::clone(text)), ..Literals::default() };
            values.extend(find(&literals)?.map(|text| Class { literals: Some(literals), text }));
        }
        let rest = Literals { not: named, ..Literals::default() };
        values.extend(find(&rest)?.map(|text| Class { literals: Some(rest), text }));
        for (_, atom) in &asked {
            let Atom::Like(_, language) = **atom else { continue };
            for at in 0..values.len() {
                let Some(class) = values.get_mut(at) else { break };
                let Some(literals) = class.literals.as_mut().filter(|literals| literals.is.is_none()) else { continue };
                // The text that shows it is on one side; is there one on the other?
                let shown = languages.has(language, &class.text);
                let mut other = literals.clone();
                let (own, others) = if shown {
                    (&mut literals.within, &mut other.without)
                } else {
                    (&mut literals.without, &mut other.within)
                };
                own.push(language);
                others.push(language);
                values.extend(find(&other)?.map(|text| Class { literals: Some(other), text }));
            }
            if values.len() > MOST {
                return Ok(None);
            }
        }
        if values.len() > MOST {
            return Ok(None);
        }
        let mut domain = Self { term, values, sets: BTreeMap::new() };
        domain.sets = asked.iter().map(|(id, atom)| (*id, domain.holds(atom, languages))).collect();
        Ok(Some(domain))
    }

    /// The values for which an atom holds; `None` for one that is not among those that are asked.
    pub(super) fn set(&self, id: AtomId) -> Option<Set> {
        self.sets.get(&id).copied()
    }

    /// Each value by itself with what it is, the one of which nothing is said but what it is not first.
    pub(super) fn each(&self) -> Vec<(Set, Literals)> {
        let texts = self.values.iter().enumerate();
        let mut out: Vec<(Set, Literals)> =
            texts.filter_map(|(at, class)| Some((1 << at, class.literals.clone()?))).collect();
        out.sort_by_key(|(_, literals)| literals.is.is_some() || !literals.within.is_empty());
        out
    }

    /// All values.
    pub(super) fn all(&self) -> Set {
        (0..self.values.len()).fold(0, |set, at| set | 1 << at)
    }

    fn holds(&self, atom: &Atom, languages: &Languages) -> Set {
        let holds = |class: &Class| match (atom, &class.literals) {
            (_, None) => false,
            (Atom::Defined(_), _) => true,
            (Atom::Is(_, text), Some(literals)) => literals.is.as_ref() == Some(text),
            (Atom::Like(_, language), _) => languages.has(*language, &class.text),
            _ => false,
        };
        let each = self.values.iter().enumerate().filter(|(_, class)| holds(class));
        each.fold(0, |set, (at, _)| set | 1 << at)
    }

    /// The atoms that say which of some values it is: the first one, which is no text where that may be.
    pub(super) fn chosen(&self, set: Set) -> Vec<(Rc<Atom>, bool)> {
        let defined = |yes: bool| (Rc::new(Atom::Defined(self.term)), yes);
        let Some(class) = self.values.get(set.trailing_zeros() as usize) else { return Vec::new() };
        let Some(literals) = &class.literals else { return vec![defined(false)] };
        let mut out = vec![defined(true)];
        if let Some(text) = &literals.is {
            out.push((Rc::new(Atom::Is(self.term, Rc::clone(text))), true));
            return out;
        }
        out.extend(literals.not.iter().map(|text| (Rc::new(Atom::Is(self.term, Rc::clone(text))), false)));
        out.extend(literals.within.iter().map(|language| (Rc::new(Atom::Like(self.term, *language)), true)));
        out.extend(literals.without.iter().map(|language| (Rc::new(Atom::Like(self.term, *language)), false)));
        out
    }
}

/// The text that an atom names.
fn named(atom: &Atom) -> Option<Rc<str>> {
    match atom {
        Atom::Is(_, text) => Some(Rc::clone(text)),
        _ => None,
    }
}
