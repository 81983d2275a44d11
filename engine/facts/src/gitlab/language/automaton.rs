//! A regular expression as a machine that reads a text byte by byte and has one state at a time.
//!
//! A machine's states are worked out when something first comes to them. A search for a text looks at few of them, and
//! all of them may be more than there is room for.

use std::cell::RefCell;

use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::start;
use regex_automata::{Anchored, Input, MatchKind};
use regex_syntax::hir::{Hir, HirKind, Look};

use super::{Refused, glob};

/// How many bytes an expression may take, and how many the states of its machine that are kept.
const MAX_BYTES: usize = 1 << 20;

/// A machine.
#[derive(Debug)]
pub(super) struct Automaton {
    dfa: DFA,
    /// The states that were worked out. Where there is no room for one more all of them are forgotten.
    kept: RefCell<Cache>,
    /// What it accepts, for people.
    pub(super) glob: String,
    /// What every text that it accepts begins with, as far as that is plain and ASCII.
    pub(super) prefix: String,
}

/// Where a machine is in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// It has found a match, so that whatever follows is accepted.
    Matched,
    At(LazyStateID),
}

/// What was forgotten meanwhile, so that states from before mean nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Forgotten;

/// What expressions are compiled with, all of them with one: it has tables of its own that are large.
pub(super) fn compiler() -> thompson::Compiler {
    let configuration =
        thompson::Config::new().utf8(false).nfa_size_limit(Some(MAX_BYTES)).which_captures(WhichCaptures::None);
    let mut compiler = thompson::Compiler::new();
    compiler.configure(configuration);
    compiler
}

impl Automaton {
    pub(super) fn new(compiler: &thompson::Compiler, hir: &Hir) -> Result<Self, Refused> {
        let nfa = compiler.build_from_hir(hir).map_err(|_| Refused::TooLarge)?;
        let configuration = DFA::config().match_kind(MatchKind::All).cache_capacity(MAX_BYTES);
        let dfa = DFA::builder().configure(configuration).build_from_nfa(nfa).map_err(|_| Refused::TooLarge)?;
        let kept = RefCell::new(dfa.create_cache());
        Ok(Self { dfa, kept, glob: glob::of(hir), prefix: prefix(hir) })
    }

    pub(super) fn start(&self) -> Result<State, Forgotten> {
        let anywhere = start::Config::new().anchored(Anchored::No);
        self.keeping(|cache| self.dfa.start_state(cache, &anywhere).ok()).map(State::At)
    }

    pub(super) fn next(&self, state: State, byte: u8) -> Result<State, Forgotten> {
        match state {
            State::Matched => Ok(State::Matched),
            State::At(at) => {
                let next = self.keeping(|cache| self.dfa.next_state(cache, at, byte).ok())?;
                Ok(if next.is_match() { State::Matched } else { State::At(next) })
            }
        }
    }

    /// Whether a text that ends here is accepted.
    pub(super) fn ends(&self, state: State) -> Result<bool, Forgotten> {
        match state {
            State::Matched => Ok(true),
            State::At(at) => self.keeping(|cache| self.dfa.next_eoi_state(cache, at).ok()).map(|end| end.is_match()),
        }
    }

    /// Whether nothing that follows can be accepted.
    pub(super) fn is_lost(state: State) -> bool {
        matches!(state, State::At(at) if at.is_dead())
    }

    /// Bytes of one class are never told apart.
    pub(super) fn class(&self, byte: u8) -> u8 {
        self.dfa.byte_classes().get(byte)
    }

    pub(super) fn accepts(&self, text: &str) -> bool {
        let asked = Input::new(text).earliest(true);
        matches!(self.dfa.try_search_fwd(&mut self.kept.borrow_mut(), &asked), Ok(Some(_)))
    }

    /// How many bytes all states took that were ever worked out.
    pub(super) fn worked_out(&self) -> usize {
        let cache = self.kept.borrow();
        cache.clear_count().saturating_mul(MAX_BYTES).saturating_add(cache.memory_usage())
    }

    fn keeping<T>(&self, step: impl FnOnce(&mut Cache) -> Option<T>) -> Result<T, Forgotten> {
        let mut cache = self.kept.borrow_mut();
        let forgotten = cache.clear_count();
        step(&mut cache).filter(|_| cache.clear_count() == forgotten).ok_or(Forgotten)
    }
}

/// The plain text behind `^`.
fn prefix(hir: &Hir) -> String {
    let HirKind::Concat(pieces) = hir.kind() else { return String::new() };
    let Some((first, rest)) = pieces.split_first() else { return String::new() };
    if !matches!(first.kind(), HirKind::Look(Look::Start)) {
        return String::new();
    }
    let literals = rest.iter().map_while(|piece| match piece.kind() {
        HirKind::Literal(literal) => Some(&literal.0),
        _ => None,
    });
    literals.flat_map(|bytes| bytes.iter()).take_while(|byte| byte.is_ascii()).map(|byte| char::from(*byte)).collect()
}
