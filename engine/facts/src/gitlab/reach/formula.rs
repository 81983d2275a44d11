//! What a rule asks, as a formula over what can be one way or the other.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use engine_model::Unknown;

use super::super::language::{Language, Languages};

/// Something that holds a text, or nothing: the ref's name, a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Term(usize);

impl Term {
    /// A bit for it, which some others share.
    pub(super) fn bit(self) -> u64 {
        1 << (self.0 % 63)
    }
}

/// What is known of a term whatever it holds.
#[derive(Clone, Debug)]
pub(super) struct Holder {
    pub(super) title: Title,
    /// Whether it may hold nothing at all.
    pub(super) nullable: bool,
    /// What a text in it belongs to, and does not.
    pub(super) within: Vec<Language>,
    pub(super) without: Vec<Language>,
}

/// What a term stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Title {
    /// The name of the ref.
    Name,
    /// The name of the default branch.
    Default,
    /// The branch that a merge request is for.
    Target,
    /// A variable of GitLab's.
    Gitlab(String),
    /// A variable of the project, or of whoever starts the pipeline.
    Own(String),
}

/// The number of an atom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct AtomId(pub(super) usize);

/// What is one way or the other. A text is asked about only where the term holds one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Atom {
    Defined(Term),
    Is(Term, Rc<str>),
    Like(Term, Language),
    Same(Term, Term),
    /// The branch is new, so that GitLab knows of no changes.
    Fresh,
    /// A changed file belongs to a language.
    Changed(Language),
    /// A file of the repository does.
    Exists(Language),
    /// It cannot be told, for the reason of this number.
    Open(usize),
}

impl Atom {
    /// A bit for each term that it speaks of, and one for everything else.
    pub(super) fn bits(&self) -> u64 {
        const OTHER: u64 = 1 << 63;
        let bits = self.terms().into_iter().flatten().fold(0, |bits, term| bits | term.bit());
        if bits == 0 { OTHER } else { bits }
    }

    /// The terms that it speaks of.
    pub(super) fn terms(&self) -> [Option<Term>; 2] {
        match self {
            Self::Defined(term) | Self::Is(term, _) | Self::Like(term, _) => [Some(*term), None],
            Self::Same(one, other) => [Some(*one), Some(*other)],
            Self::Fresh | Self::Changed(_) | Self::Exists(_) | Self::Open(_) => [None, None],
        }
    }
}

/// A formula.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Formula {
    Known(bool),
    Atom(AtomId),
    Not(Rc<Self>),
    All(Rc<[Self]>),
    Any(Rc<[Self]>),
}

impl Formula {
    pub(super) fn not(self) -> Self {
        match self {
            Self::Known(truth) => Self::Known(!truth),
            Self::Not(inner) => (*inner).clone(),
            other => Self::Not(Rc::new(other)),
        }
    }

    pub(super) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::Known(true) => {}
                Self::Known(false) => return Self::Known(false),
                other => kept.push(other),
            }
        }
        match kept.len() {
            0 => Self::Known(true),
            1 => kept.swap_remove(0),
            _ => Self::All(kept.into()),
        }
    }

    pub(super) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept = Vec::new();
        for part in parts {
            match part {
                Self::Known(false) => {}
                Self::Known(true) => return Self::Known(true),
                other => kept.push(other),
            }
        }
        match kept.len() {
            0 => Self::Known(false),
            1 => kept.swap_remove(0),
            _ => Self::Any(kept.into()),
        }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self::all([self, other])
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self::any([self, other])
    }
}

/// A formula that has to hold, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Clause(u32);

/// A formula, and which terms it speaks of.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) formula: Formula,
    /// A bit for each term, of which some share one.
    pub(super) terms: u64,
}

/// Terms, atoms and reasons by their numbers, for all jobs of a pipeline.
#[derive(Debug, Default)]
pub(super) struct Table {
    clauses: RefCell<Vec<Rc<Kept>>>,
    clause_numbers: RefCell<HashMap<Formula, Clause>>,
    holders: RefCell<Vec<Rc<Holder>>>,
    terms: RefCell<HashMap<Title, Term>>,
    atoms: RefCell<Vec<Rc<Atom>>>,
    numbers: RefCell<HashMap<Rc<Atom>, AtomId>>,
    reasons: RefCell<Vec<Unknown>>,
}

impl Table {
    /// The term of a title; `holder` says what it holds where it is not known yet.
    pub(super) fn term(&self, title: &Title, holder: impl FnOnce() -> Holder) -> Term {
        if let Some(known) = self.terms.borrow().get(title) {
            return *known;
        }
        let mut holders = self.holders.borrow_mut();
        let term = Term(holders.len());
        holders.push(Rc::new(holder()));
        self.terms.borrow_mut().insert(title.clone(), term);
        term
    }

    pub(super) fn holder(&self, term: Term) -> Option<Rc<Holder>> {
        self.holders.borrow().get(term.0).cloned()
    }

    pub(super) fn atom(&self, id: AtomId) -> Option<Rc<Atom>> {
        self.atoms.borrow().get(id.0).cloned()
    }

    pub(super) fn count(&self) -> usize {
        self.atoms.borrow().len()
    }

    fn formula(&self, atom: Atom) -> Formula {
        if let Some(known) = self.numbers.borrow().get(&atom) {
            return Formula::Atom(*known);
        }
        let mut atoms = self.atoms.borrow_mut();
        let id = AtomId(atoms.len());
        let atom = Rc::new(atom);
        atoms.push(Rc::clone(&atom));
        self.numbers.borrow_mut().insert(atom, id);
        Formula::Atom(id)
    }

    /// The number of a formula.
    pub(super) fn clause(&self, formula: &Formula) -> Clause {
        if let Some(known) = self.clause_numbers.borrow().get(formula) {
            return *known;
        }
        let terms = self.terms_of(formula);
        let mut clauses = self.clauses.borrow_mut();
        let clause = Clause(u32::try_from(clauses.len()).unwrap_or(u32::MAX));
        clauses.push(Rc::new(Kept { formula: formula.clone(), terms }));
        self.clause_numbers.borrow_mut().insert(formula.clone(), clause);
        clause
    }

    pub(super) fn kept(&self, clause: Clause) -> Option<Rc<Kept>> {
        self.clauses.borrow().get(clause.0 as usize).cloned()
    }

    fn terms_of(&self, formula: &Formula) -> u64 {
        match formula {
            Formula::Known(_) => 0,
            Formula::Atom(id) => self.atom(*id).map_or(0, |atom| atom.bits()),
            Formula::Not(inner) => self.terms_of(inner),
            Formula::All(parts) | Formula::Any(parts) => parts.iter().fold(0, |bits, part| bits | self.terms_of(part)),
        }
    }

    /// What cannot be told.
    pub(super) fn open(&self, reason: &Unknown) -> Formula {
        let mut reasons = self.reasons.borrow_mut();
        let known = reasons.iter().position(|known| known == reason);
        let number = known.unwrap_or_else(|| {
            reasons.push(reason.clone());
            reasons.len().saturating_sub(1)
        });
        drop(reasons);
        self.formula(Atom::Open(number))
    }

    /// Why an atom cannot be told.
    pub(super) fn reason(&self, atom: &Atom) -> Option<Unknown> {
        match atom {
            Atom::Open(number) => self.reasons.borrow().get(*number).cloned(),
            _ => None,
        }
    }

    pub(super) fn defined(&self, term: Term) -> Formula {
        let nullable = self.holder(term).is_none_or(|holder| holder.nullable);
        if nullable { self.formula(Atom::Defined(term)) } else { Formula::Known(true) }
    }

    /// Whether a term that holds a text holds this one.
    pub(super) fn is(&self, term: Term, text: &str, languages: &Languages) -> Formula {
        let possible = self.holder(term).is_none_or(|holder| {
            holder.within.iter().all(|language| languages.has(*language, text))
                && !holder.without.iter().any(|language| languages.has(*language, text))
        });
        if possible { self.formula(Atom::Is(term, text.into())) } else { Formula::Known(false) }
    }

    pub(super) fn like(&self, term: Term, language: Language) -> Formula {
        self.formula(Atom::Like(term, language))
    }

    /// Whether two terms that hold a text hold the same.
    pub(super) fn same(&self, one: Term, other: Term) -> Formula {
        if one == other {
            return Formula::Known(true);
        }
        self.formula(Atom::Same(one.min(other), one.max(other)))
    }

    pub(super) fn fresh(&self) -> Formula {
        self.formula(Atom::Fresh)
    }

    pub(super) fn changed(&self, files: Language) -> Formula {
        self.formula(Atom::Changed(files))
    }

    pub(super) fn exists(&self, files: Language) -> Formula {
        self.formula(Atom::Exists(files))
    }
}
