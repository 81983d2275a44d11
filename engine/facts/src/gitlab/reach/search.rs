//! Every way in which formulas hold together.
//!
//! One part after another is taken one way and then the other, and whatever follows from it is looked at first. A text
//! that has to exist is looked for by the machines of its languages, so that a way is there exactly where a text is.
//! First the parts that speak of the ref's name are taken, since each way of theirs is told on its own.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use engine_model::Unknown;

use super::super::language::{Found, Languages};
use super::formula::{Atom, AtomId, Clause, Formula, Kept, Table, Term, Title};
use super::model::{Literals, Model};
use super::solver::{Answer, Solvers};

/// How many parts may be taken at once.
const MAX_DEPTH: usize = 600;

/// One way of the ref's name.
#[derive(Debug)]
pub(super) struct Cell {
    /// What was taken of the name.
    pub(super) name: Literals,
    /// Something concrete for which the formulas hold, or may.
    pub(super) model: Model,
    /// Why it cannot be told whether they do; `None` where they do.
    pub(super) doubt: Option<Unknown>,
}

impl Cell {
    /// A name that fits what was taken of it: one of the hints where one does, and none of production's usual names
    /// where another one does, since that proves more.
    pub(super) fn named(&self, table: &Table, languages: &Languages, name: Term, hints: &[&str]) -> String {
        let shown = self.model.text(&Title::Name).unwrap_or("").to_owned();
        // Where the model had to agree with other texts, its name stays.
        if self.name.is.is_some()
            || !self.name.same.is_empty()
            || self.model.texts.iter().any(|(title, _)| *title == Title::Default)
        {
            return shown;
        }
        let usual = PRODUCTION.map(Rc::from);
        for others in [&usual[..], &[]] {
            if let Ok(Found::Text(text)) = self.name.text(table, languages, name, others, hints) {
                return text;
            }
        }
        shown
    }
}

/// What production's branches are called where nobody says how.
const PRODUCTION: [&str; 4] = ["main", "master", "production", "prod"];

/// The search was given up.
#[derive(Clone, Copy, Debug)]
pub(super) struct TooMuch;

/// What looking for one way came to.
enum One {
    Sure(Model),
    Open(Model, Unknown),
    None,
}

/// A search.
pub(super) struct Search<'s> {
    table: &'s Table,
    languages: &'s Languages,
    /// The term whose ways are told apart.
    name: Term,
    values: Vec<Option<bool>>,
    trail: Vec<(AtomId, Rc<Atom>, bool)>,
    known: HashMap<Term, Rc<str>>,
    cells: Vec<Cell>,
    /// How many formulas are still looked at.
    steps: std::cell::Cell<usize>,
}

impl<'s> Search<'s> {
    pub(super) fn new(table: &'s Table, languages: &'s Languages, name: Term) -> Self {
        Self {
            table,
            languages,
            name,
            values: vec![None; table.count()],
            trail: Vec::new(),
            known: HashMap::new(),
            cells: Vec::new(),
            steps: std::cell::Cell::new(usize::MAX),
        }
    }

    /// The same, given up after so many steps.
    pub(super) fn within(self, steps: usize) -> Self {
        self.steps.set(steps);
        self
    }

    /// Every way of the name for which all formulas hold, or may.
    pub(super) fn cells(mut self, clauses: &[Clause]) -> Result<Vec<Cell>, TooMuch> {
        let all: Vec<Rc<Kept>> = clauses.iter().filter_map(|clause| self.table.kept(*clause)).collect();
        let all: Vec<&Kept> = all.iter().map(|kept| &**kept).collect();
        self.scene(&all, u64::MAX)?;
        Ok(self.cells)
    }

    /// The same for many formulas: `own` behind a base that others have a part of.
    pub(super) fn many(
        mut self,
        own: &[Clause],
        base: &[Clause],
        solvers: &RefCell<Solvers>,
    ) -> Result<Vec<Cell>, TooMuch> {
        if self.solved(own, base, &mut solvers.borrow_mut())? {
            return Ok(self.cells);
        }
        self.cells.clear();
        let clauses: Vec<Clause> = own.iter().chain(base).copied().collect();
        self.cells(&clauses)
    }

    /// Asks the solver; whether the formulas are for it.
    fn solved(&mut self, own: &[Clause], base: &[Clause], solvers: &mut Solvers) -> Result<bool, TooMuch> {
        let Some(solver) = solvers.able() else { return Ok(false) };
        let Some(answer) = solver.holds(self.table, self.languages, None, own, base)? else { return Ok(false) };
        if matches!(answer, Answer::None) {
            return Ok(true);
        }
        let Some(each) = solver.each(self.name) else { return self.cell(Literals::default(), answer) };
        let open_at_best = matches!(answer, Answer::Open(..));
        for (set, name) in each {
            let given = Some((self.name, set));
            let Some(answer) = solver.holds(self.table, self.languages, given, own, base)? else { return Ok(false) };
            if matches!(answer, Answer::None) {
                continue;
            }
            let any = name.is.is_none() && name.within.is_empty();
            let at_best = open_at_best || matches!(answer, Answer::Sure(_));
            if !self.cell(name, answer)? {
                return Ok(false);
            }
            // What any name can take, these can: in pipelines like this one nothing is asked of them by themselves.
            if any && at_best {
                break;
            }
        }
        Ok(true)
    }

    /// Adds what an answer shows; whether it does.
    fn cell(&mut self, name: Literals, answer: Answer) -> Result<bool, TooMuch> {
        let (trail, reason) = match answer {
            Answer::None => return Ok(true),
            Answer::Sure(taken) => (taken, None),
            Answer::Open(taken, reason) => (taken, self.table.atom(reason).and_then(|atom| self.table.reason(&atom))),
        };
        // Files may have to be and not to be at once, which the solver does not know.
        let Some(model) = Model::of(self.table, self.languages, &trail, self.name)? else { return Ok(false) };
        self.cells.push(Cell { name, model, doubt: reason });
        Ok(true)
    }

    /// The formulas that are neither way yet, when something about these terms was taken; `None` where one does not hold.
    fn left<'f>(&self, formulas: &[&'f Kept], taken: u64) -> Result<Option<Vec<&'f Kept>>, TooMuch> {
        let mut left = Vec::new();
        for kept in formulas {
            let value = if kept.terms & taken == 0 { None } else { self.value(&kept.formula)? };
            match value {
                Some(true) => {}
                Some(false) => return Ok(None),
                None => left.push(*kept),
            }
        }
        Ok(Some(left))
    }

    fn scene(&mut self, formulas: &[&Kept], taken: u64) -> Result<(), TooMuch> {
        let Some(left) = self.left(formulas, taken)? else { return Ok(()) };
        let name = self.name;
        let speaks = |atom: &Atom| atom.terms().contains(&Some(name));
        let Some((id, atom)) = self.first(&left, &speaks)? else {
            let name = Literals::of(name, &self.trail);
            match self.one(&left, 0)? {
                One::Sure(model) => self.cells.push(Cell { name, model, doubt: None }),
                One::Open(model, why) => self.cells.push(Cell { name, model, doubt: Some(why) }),
                One::None => {}
            }
            return Ok(());
        };
        for value in [true, false] {
            if self.take(id, &atom, value)? {
                self.scene(&left, atom.bits())?;
            }
            self.untake();
        }
        Ok(())
    }

    /// One way for which the formulas hold, or else may.
    fn one(&mut self, formulas: &[&Kept], taken: u64) -> Result<One, TooMuch> {
        let Some(left) = self.left(formulas, taken)? else { return Ok(One::None) };
        let settles = |atom: &Atom| !matches!(atom, Atom::Open(_));
        let Some((id, atom)) = self.first(&left, &settles)? else {
            let Some(model) = Model::of(self.table, self.languages, &self.trail, self.name)? else {
                return Ok(One::None);
            };
            let reason = self.first(&left, &|_| true)?;
            return Ok(match reason.and_then(|(_, atom)| self.table.reason(&atom)) {
                Some(why) => One::Open(model, why),
                None => One::Sure(model),
            });
        };
        let mut open = One::None;
        for value in [true, false] {
            if self.take(id, &atom, value)? {
                match self.one(&left, atom.bits())? {
                    One::Sure(model) => {
                        self.untake();
                        return Ok(One::Sure(model));
                    }
                    One::None => {}
                    found => open = found,
                }
            }
            self.untake();
        }
        Ok(open)
    }

    /// Takes a part one way; `false` where that cannot be.
    fn take(&mut self, id: AtomId, atom: &Rc<Atom>, value: bool) -> Result<bool, TooMuch> {
        if self.trail.len() >= MAX_DEPTH {
            return Err(TooMuch);
        }
        self.trail.push((id, Rc::clone(atom), value));
        if let Some(slot) = self.values.get_mut(id.0) {
            *slot = Some(value);
        }
        if let (Atom::Is(term, text), true) = (&**atom, value) {
            self.known.insert(*term, Rc::clone(text));
        }
        match &**atom {
            Atom::Is(term, _) | Atom::Like(term, _) => {
                let literals = Literals::of(*term, &self.trail);
                let bounded = !literals.within.is_empty()
                    || self.table.holder(*term).is_none_or(|holder| !holder.within.is_empty());
                if matches!(&**atom, Atom::Is(..)) && !value && !bounded {
                    // There are more texts than can be excluded one by one.
                    return Ok(literals.without.is_empty() || self.fits(&literals, *term)?);
                }
                self.fits(&literals, *term)
            }
            _ => Ok(true),
        }
    }

    fn fits(&self, literals: &Literals, term: Term) -> Result<bool, TooMuch> {
        let found = literals.text(self.table, self.languages, term, &[], &[])?;
        Ok(found != Found::Nothing)
    }
    fn untake(&mut self) {
        let Some((id, atom, value)) = self.trail.pop() else { return };
        if let Some(slot) = self.values.get_mut(id.0) {
            *slot = None;
        }
        if let (Atom::Is(term, _), true) = (&*atom, value) {
            self.known.remove(term);
        }
    }

    /// Whether a formula holds; `None` where it depends on what is not taken yet.
    fn value(&self, formula: &Formula) -> Result<Option<bool>, TooMuch> {
        let left = self.steps.get().checked_sub(1).filter(|_| self.languages.take(1));
        self.steps.set(left.ok_or(TooMuch)?);
        let among = |parts: &[Formula], decides: bool| -> Result<Option<bool>, TooMuch> {
            let mut all = Some(!decides);
            for part in parts {
                match self.value(part)? {
                    Some(value) if value == decides => return Ok(Some(decides)),
                    Some(_) => {}
                    None => all = None,
                }
            }
            Ok(all)
        };
        match formula {
            Formula::Known(value) => Ok(Some(*value)),
            Formula::Atom(id) => Ok(self.atom(*id)),
            Formula::Not(inner) => Ok(self.value(inner)?.map(|value| !value)),
            Formula::All(parts) => among(parts, false),
            Formula::Any(parts) => among(parts, true),
        }
    }

    fn atom(&self, id: AtomId) -> Option<bool> {
        if let Some(value) = self.values.get(id.0).copied().flatten() {
            return Some(value);
        }
        if self.known.is_empty() {
            return None;
        }
        match &*self.table.atom(id)? {
            Atom::Defined(term) => self.known.get(term).map(|_| true),
            Atom::Is(term, text) => self.known.get(term).map(|known| known == text),
            Atom::Like(term, language) => self.known.get(term).map(|known| self.languages.has(*language, known)),
            Atom::Same(one, other) => Some(self.known.get(one)? == self.known.get(other)?),
            Atom::Fresh | Atom::Changed(_) | Atom::Exists(_) | Atom::Open(_) => None,
        }
    }

    /// The first part of some formulas that is neither way yet and is wanted.
    fn first(&self, formulas: &[&Kept], wanted: &dyn Fn(&Atom) -> bool) -> Result<Option<(AtomId, Rc<Atom>)>, TooMuch> {
        for kept in formulas {
            if let Some(found) = self.undecided(&kept.formula, wanted)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The first part of a formula that is neither way yet and is wanted.
    fn undecided(
        &self,
        formula: &Formula,
        wanted: &dyn Fn(&Atom) -> bool,
    ) -> Result<Option<(AtomId, Rc<Atom>)>, TooMuch> {
        match formula {
            Formula::Known(_) => Ok(None),
            Formula::Atom(id) => {
                if self.atom(*id).is_some() {
                    return Ok(None);
                }
                Ok(self.table.atom(*id).filter(|atom| wanted(atom)).map(|atom| (*id, atom)))
            }
            Formula::Not(inner) => self.undecided(inner, wanted),
            Formula::All(parts) | Formula::Any(parts) => {
                for part in parts.iter() {
                    if self.value(part)?.is_none()
                        && let Some(found) = self.undecided(part, wanted)?
                    {
                        return Ok(Some(found));
                    }
                }
                Ok(None)
            }
        }
    }
}
