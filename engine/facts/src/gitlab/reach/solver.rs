//! Whether many formulas hold together: each term one of its domain's values, each formula some clauses over them.
//!
//! What follows from the formulas is taken first, again and again, and what is left is tried one way and the other, the
//! clause with the fewest ways first. A job's rules are asked in their order, and all of one ask what those before do: what
//! follows from those is kept.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::super::language::Languages;
use super::domain::{Domain, Set};
use super::formula::{Atom, AtomId, Clause, Formula, Table, Term};
use super::model::Literals;
use super::search::TooMuch;

/// The most clauses that one formula is written as.
const MOST_CLAUSES: usize = 256;

/// How many choices are open at once.
const MOST_TRIED: usize = 2_000;

/// A part of a model: an atom, and whether it holds.
pub(super) type Taken = (AtomId, Rc<Atom>, bool);

/// Something that is one of a few values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Variable {
    Term(Term),
    /// An atom about no term, which holds (2) or does not (1).
    Flag(AtomId),
}

/// One of these has to be: a variable among some values.
#[derive(Clone, Debug, Default)]
struct Either {
    parts: Vec<(usize, Set)>,
    /// Something that cannot be told, which may be what holds.
    open: Option<AtomId>,
}

/// The solver for the formulas that were asked about last, and every domain that was made.
#[derive(Debug, Default)]
pub(super) struct Solvers {
    last: Option<Solver>,
    domains: Domains,
}

/// Domains by what is asked of a term; `None` for one that is too large.
type Domains = HashMap<(Term, Vec<AtomId>), Option<Rc<Domain>>>;

impl Solvers {
    /// Makes one for formulas that are among these.
    pub(super) fn prepare(&mut self, table: &Table, languages: &Languages, all: Vec<Clause>) -> Result<(), TooMuch> {
        self.last = None;
        self.last = Some(Solver::new(table, languages, sorted(all), &mut self.domains)?);
        Ok(())
    }

    /// Whether the last one is for these formulas too.
    pub(super) fn covers(&self, own: &[Clause]) -> bool {
        let knows = |solver: &Solver| own.iter().all(|clause| solver.all.binary_search(clause).is_ok());
        self.last.as_ref().is_some_and(knows)
    }

    /// The one that was prepared last; `None` where that does not know what some of its formulas ask.
    pub(super) fn able(&mut self) -> Option<&mut Solver> {
        self.last.as_mut().filter(|solver| solver.able)
    }
}

/// Formulas that hold, one after the other, and what follows from them.
#[derive(Debug)]
pub(super) struct Solver {
    /// What it is for, sorted.
    all: Vec<Clause>,
    /// Whether it is: some formulas ask what it does not know.
    able: bool,
    numbers: BTreeMap<Variable, usize>,
    domains: Vec<Option<Rc<Domain>>>,
    /// What each formula is written as; `None` where that is too long.
    written: HashMap<Clause, Option<Rc<[Either]>>>,
    /// The formulas that hold so far.
    base: Vec<Clause>,
    /// What they leave, with and without what cannot be told.
    sure: State,
    perhaps: State,
}

/// What some clauses leave.
#[derive(Clone, Debug)]
struct State {
    values: Vec<Set>,
    /// Clauses that nothing more follows from, unless the values are stale.
    left: Vec<Rc<[Either]>>,
    /// Clauses that nobody looked at yet.
    fresh: Vec<Rc<[Either]>>,
    /// Whether values were taken away since.
    stale: bool,
    /// Whether there is nothing for which they hold.
    empty: bool,
}

/// What came of a question.
pub(super) enum Answer {
    /// They hold for this.
    Sure(Vec<Taken>),
    /// They may, for the reason that this atom has.
    Open(Vec<Taken>, AtomId),
    None,
}

impl Solver {
    fn new(table: &Table, languages: &Languages, all: Vec<Clause>, known: &mut Domains) -> Result<Self, TooMuch> {
        let mut atoms: BTreeMap<AtomId, Rc<Atom>> = BTreeMap::new();
        for kept in all.iter().filter_map(|clause| table.kept(*clause)) {
            collect(&kept.formula, table, &mut atoms);
        }
        let mut asked: BTreeMap<Variable, Vec<(AtomId, Rc<Atom>)>> = BTreeMap::new();
        let mut able = true;
        for (id, atom) in atoms {
            match (&*atom, atom.terms()) {
                (Atom::Same(..), _) => able = false,
                (Atom::Open(_), _) => {}
                (_, [Some(term), _]) => asked.entry(Variable::Term(term)).or_default().push((id, atom)),
                _ => asked.entry(Variable::Flag(id)).or_default().push((id, atom)),
            }
        }
        let mut numbers = BTreeMap::new();
        let mut domains = Vec::new();
        for (variable, asked) in asked {
            numbers.insert(variable, domains.len());
            let domain = match variable {
                Variable::Term(term) if able => {
                    let key = (term, asked.iter().map(|(id, _)| *id).collect::<Vec<_>>());
                    match known.get(&key) {
                        Some(domain) => domain.clone(),
                        None => {
                            let domain = Domain::new(term, asked, table, languages)?.map(Rc::new);
                            known.entry(key).or_insert(domain).clone()
                        }
                    }
                }
                _ => None,
            };
            able &= domain.is_some() || matches!(variable, Variable::Flag(_));
            domains.push(domain);
        }
        let start = State::all(&domains);
        Ok(Self {
            all,
            able,
            numbers,
            domains,
            written: HashMap::new(),
            base: Vec::new(),
            sure: start.clone(),
            perhaps: start,
        })
    }

    /// Each value that a term may have by itself, with what it is; `None` where nothing is asked of it.
    pub(super) fn each(&self, term: Term) -> Option<Vec<(Set, Literals)>> {
        let number = *self.numbers.get(&Variable::Term(term))?;
        self.domains.get(number)?.as_ref().map(|domain| domain.each())
    }

    /// Whether all these formulas hold together where a term is among some values, `own` behind those of the base; `None`
    /// where that is not for it. A base that begins with the last one goes on from there.
    pub(super) fn holds(
        &mut self,
        table: &Table,
        languages: &Languages,
        given: Option<(Term, Set)>,
        own: &[Clause],
        base: &[Clause],
    ) -> Result<Option<Answer>, TooMuch> {
        if !base.starts_with(&self.base) {
            self.sure = State::all(&self.domains);
            self.perhaps = self.sure.clone();
            self.base.clear();
        }
        let more = base.get(self.base.len()..).unwrap_or(&[]);
        let written: Option<Vec<Rc<[Either]>>> = more.iter().map(|clause| self.written(table, *clause)).collect();
        let Some(written) = written else { return Ok(None) };
        if !more.is_empty() {
            let with = |state: &State| State { fresh: written.clone(), ..state.clone() };
            let sure = followed(languages, with(&self.sure), false)?;
            let perhaps = followed(languages, with(&self.perhaps), true)?;
            (self.sure, self.perhaps) = (sure, perhaps);
            self.base.clear();
            self.base.extend_from_slice(base);
        }
        let mut asked = Vec::new();
        for clause in own {
            let Some(written) = self.written(table, *clause) else { return Ok(None) };
            asked.push(written);
        }
        for (state, open) in [(&self.sure, false), (&self.perhaps, true)] {
            let mut state = State { fresh: asked.clone(), ..state.clone() };
            if state.empty || !self.given(given, &mut state) {
                continue;
            }
            if let Some(values) = found(languages, state, open, 0)? {
                let taken = self.taken(table, &values);
                let all = asked.iter().chain(&self.perhaps.left);
                return Ok(Some(match all.flat_map(|all| all.iter()).find_map(|either| either.unsettled(&values)) {
                    Some(reason) if open => Answer::Open(taken, reason),
                    _ => Answer::Sure(taken),
                }));
            }
        }
        Ok(Some(Answer::None))
    }

    /// What one formula is written as.
    fn written(&mut self, table: &Table, clause: Clause) -> Option<Rc<[Either]>> {
        if let Some(known) = self.written.get(&clause) {
            return known.clone();
        }
        let kept = table.kept(clause)?;
        let written = self.clauses(table, &kept.formula, true).map(Rc::from);
        self.written.insert(clause, written.clone());
        written
    }

    /// A formula, or its contrary, as clauses that all hold.
    fn clauses(&self, table: &Table, formula: &Formula, holds: bool) -> Option<Vec<Either>> {
        match formula {
            Formula::Known(truth) if *truth == holds => Some(Vec::new()),
            Formula::Known(_) => Some(vec![Either::default()]),
            Formula::Not(inner) => self.clauses(table, inner, !holds),
            Formula::Atom(id) => Some(vec![self.atom(table, *id, holds)?]),
            Formula::All(parts) if holds => self.every(table, parts, holds),
            Formula::Any(parts) if !holds => self.every(table, parts, holds),
            Formula::All(parts) | Formula::Any(parts) => {
                let mut out = vec![Either::default()];
                for part in parts.iter() {
                    let other = self.clauses(table, part, holds)?;
                    if out.len().saturating_mul(other.len()) > MOST_CLAUSES {
                        return None;
                    }
                    out = out.iter().flat_map(|one| other.iter().map(|other| one.or(other))).collect();
                }
                Some(out)
            }
        }
    }

    fn every(&self, table: &Table, parts: &[Formula], holds: bool) -> Option<Vec<Either>> {
        let mut out = Vec::new();
        for part in parts {
            out.extend(self.clauses(table, part, holds)?);
        }
        Some(out)
    }

    fn atom(&self, table: &Table, id: AtomId, holds: bool) -> Option<Either> {
        let atom = table.atom(id)?;
        if matches!(&*atom, Atom::Open(_)) {
            return Some(Either { parts: Vec::new(), open: Some(id) });
        }
        let variable = atom.terms()[0].map_or(Variable::Flag(id), Variable::Term);
        let number = *self.numbers.get(&variable)?;
        let (set, all) = match self.domains.get(number)? {
            Some(domain) => (domain.set(id)?, domain.all()),
            None => (2, 3),
        };
        Some(Either { parts: vec![(number, if holds { set } else { all & !set })], open: None })
    }

    /// Leaves a term only these values; whether there is one.
    fn given(&self, given: Option<(Term, Set)>, state: &mut State) -> bool {
        let Some((term, set)) = given else { return true };
        let number = self.numbers.get(&Variable::Term(term));
        let Some(values) = number.and_then(|number| state.values.get_mut(*number)) else { return true };
        state.stale |= *values & !set != 0;
        *values &= set;
        *values != 0
    }

    /// What has to be taken so that each variable is one of these values.
    fn taken(&self, table: &Table, values: &[Set]) -> Vec<Taken> {
        let mut out = Vec::new();
        for (variable, number) in &self.numbers {
            let Some(values) = values.get(*number) else { continue };
            match (variable, self.domains.get(*number)) {
                (_, Some(Some(domain))) if *values != domain.all() => {
                    let chosen = domain.chosen(*values).into_iter();
                    // The number of an atom that is taken for all it says is nobody's.
                    out.extend(chosen.map(|(atom, holds)| (AtomId(usize::MAX), atom, holds)));
                }
                (Variable::Flag(id), _) if *values != 3 => {
                    out.extend(table.atom(*id).map(|atom| (*id, atom, values & 1 == 0)));
                }
                _ => {}
            }
        }
        out
    }
}

/// Takes what follows from the clauses that are left, until nothing more does. What cannot be told holds in nobody's
/// favour, or in everybody's.
fn followed(languages: &Languages, mut state: State, open: bool) -> Result<State, TooMuch> {
    if state.empty {
        return Ok(state);
    }
    loop {
        // Where the values are the same still, only what is new says more.
        let mut looked = std::mem::take(&mut state.fresh);
        if std::mem::take(&mut state.stale) {
            looked.append(&mut state.left);
        }
        for clauses in looked {
            if !languages.take(clauses.len()) {
                return Err(TooMuch);
            }
            let mut all = true;
            for either in clauses.iter() {
                match either.rest(&state.values) {
                    Rest::Holds => {}
                    // What cannot be told may be what holds: it stays among what is left, as the reason.
                    _ if open && either.open.is_some() => all = false,
                    Rest::Never => return Ok(State::nothing()),
                    Rest::One(at, set) => {
                        if let Some(values) = state.values.get_mut(at) {
                            *values &= set;
                        }
                        state.stale = true;
                    }
                    Rest::Several(_) => all = false,
                }
            }
            if !all {
                state.left.push(clauses);
            }
        }
        if !state.stale {
            return Ok(state);
        }
    }
}

/// Values for which all clauses hold.
fn found(languages: &Languages, state: State, open: bool, depth: usize) -> Result<Option<Vec<Set>>, TooMuch> {
    if depth > MOST_TRIED {
        return Err(TooMuch);
    }
    let state = followed(languages, state, open)?;
    if state.empty {
        return Ok(None);
    }
    let eithers = state.left.iter().flat_map(|clauses| clauses.iter());
    let eithers = eithers.filter(|either| !(open && either.open.is_some()));
    let several = eithers.filter_map(|either| match either.rest(&state.values) {
        Rest::Several(count) => Some((count, either)),
        _ => None,
    });
    let Some((_, either)) = several.min_by_key(|(count, _)| *count) else { return Ok(Some(state.values)) };
    let part = either.parts.iter().find(|(at, set)| state.values.get(*at).is_some_and(|values| values & set != 0));
    let Some((at, set)) = part else { return Ok(None) };
    for set in [*set, !*set] {
        let mut tried = state.clone();
        let Some(values) = tried.values.get_mut(*at) else { return Ok(None) };
        *values &= set;
        if *values == 0 {
            continue;
        }
        tried.stale = true;
        if let Some(found) = found(languages, tried, open, depth.saturating_add(1))? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

impl State {
    /// Any value of each variable.
    fn all(domains: &[Option<Rc<Domain>>]) -> Self {
        let values = domains.iter().map(|domain| domain.as_ref().map_or(3, |domain| domain.all())).collect();
        Self { values, left: Vec::new(), fresh: Vec::new(), stale: false, empty: false }
    }

    fn nothing() -> Self {
        Self { values: Vec::new(), left: Vec::new(), fresh: Vec::new(), stale: false, empty: true }
    }
}

/// What some values leave of a clause.
enum Rest {
    Holds,
    Never,
    /// Only this variable, among these values.
    One(usize, Set),
    /// So many of its parts.
    Several(usize),
}

impl Either {
    fn rest(&self, values: &[Set]) -> Rest {
        let (mut count, mut last) = (0_usize, None);
        for (at, set) in &self.parts {
            let Some(values) = values.get(*at) else { continue };
            if values & !set == 0 {
                return Rest::Holds;
            }
            if values & set != 0 {
                count = count.saturating_add(1);
                last = Some((*at, *set));
            }
        }
        match (count, last) {
            (1, Some((at, set))) => Rest::One(at, set),
            (0, _) => Rest::Never,
            _ => Rest::Several(count),
        }
    }

    /// What cannot be told of it where it does not hold without that.
    fn unsettled(&self, values: &[Set]) -> Option<AtomId> {
        self.open.filter(|_| !matches!(self.rest(values), Rest::Holds))
    }

    fn or(&self, other: &Self) -> Self {
        let mut parts = self.parts.clone();
        for (at, set) in &other.parts {
            match parts.iter_mut().find(|(known, _)| known == at) {
                Some((_, known)) => *known |= set,
                None => parts.push((*at, *set)),
            }
        }
        Self { parts, open: self.open.or(other.open) }
    }
}

fn sorted(mut all: Vec<Clause>) -> Vec<Clause> {
    all.sort_unstable();
    all.dedup();
    all
}

fn collect(formula: &Formula, table: &Table, out: &mut BTreeMap<AtomId, Rc<Atom>>) {
    match formula {
        Formula::Known(_) => {}
        Formula::Atom(id) => {
            if !out.contains_key(id)
                && let Some(atom) = table.atom(*id)
            {
                out.insert(*id, atom);
            }
        }
        Formula::Not(inner) => collect(inner, table, out),
        Formula::All(parts) | Formula::Any(parts) => parts.iter().for_each(|part| collect(part, table, out)),
    }
}
