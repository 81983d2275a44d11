//! A regular expression as a machine that reads a text byte by byte and has one state at a time.

use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::primitives::StateID;
use regex_automata::{Anchored, MatchKind};
use regex_syntax::hir::Hir;

use super::{Refused, glob};

/// How many bytes a machine may take, and how many making it.
const MAX_BYTES: usize = 1 << 20;

/// A machine.
#[derive(Debug)]
pub(super) struct Automaton {
    dfa: dense::DFA<Vec<u32>>,
    start: StateID,
    /// What it accepts, for people.
    pub(super) glob: String,
}

/// Where a machine is in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum State {
    /// It has found a match, so that whatever follows is accepted.
    Matched,
    At(StateID),
}

impl Automaton {
    pub(super) fn new(hir: &Hir) -> Result<Self, Refused> {
        let configuration =
            thompson::Config::new().utf8(false).nfa_size_limit(Some(MAX_BYTES)).which_captures(WhichCaptures::None);
        let nfa = thompson::Compiler::new().configure(configuration).build_from_hir(hir);
        let nfa = nfa.map_err(|_| Refused::TooLarge)?;
        let configuration = dense::Config::new()
            .match_kind(MatchKind::All)
            .start_kind(StartKind::Unanchored)
            .dfa_size_limit(Some(MAX_BYTES))
            .determinize_size_limit(Some(MAX_BYTES));
        let dfa = dense::Builder::new().configure(configuration).build_from_nfa(&nfa);
        let dfa = dfa.map_err(|_| Refused::TooLarge)?;
        let start = regex_automata::util::start::Config::new().anchored(Anchored::No);
        let start = dfa.start_state(&start).map_err(|_| Refused::TooLarge)?;
        Ok(Self { dfa, start, glob: glob::of(hir) })
    }

    pub(super) fn start(&self) -> State {
        State::At(self.start)
    }

    pub(super) fn next(&self, state: State, byte: u8) -> State {
        match state {
            State::Matched => State::Matched,
            State::At(at) => {
                let next = self.dfa.next_state(at, byte);
                if self.dfa.is_match_state(next) { State::Matched } else { State::At(next) }
            }
        }
    }

    /// Whether a text that ends here is accepted.
    pub(super) fn ends(&self, state: State) -> bool {
        match state {
            State::Matched => true,
            State::At(at) => self.dfa.is_match_state(self.dfa.next_eoi_state(at)),
        }
    }

    /// Whether nothing that follows can be accepted.
    pub(super) fn is_lost(&self, state: State) -> bool {
        matches!(state, State::At(at) if self.dfa.is_dead_state(at))
    }

    /// Bytes of one class are never told apart.
    pub(super) fn class(&self, byte: u8) -> u8 {
        self.dfa.byte_classes().get(byte)
    }

    pub(super) fn accepts(&self, text: &str) -> bool {
        self.ends(text.bytes().fold(self.start(), |state, byte| self.next(state, byte)))
    }
}
