//! A text that some machines accept and others do not, or the certainty that there is none.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::rc::Rc;

use super::automaton::{Automaton, State};
use super::{Language, Languages};

/// How many places all machines together may come to in one search.
const MAX_PLACES: usize = 50_000;

/// What a text has to be.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Conjunction<'c> {
    /// It belongs to each of these.
    pub(in super::super) within: &'c [Language],
    /// It belongs to none of these.
    pub(in super::super) without: &'c [Language],
    /// It is none of these.
    pub(in super::super) not: &'c [&'c str],
}

/// What a search came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Found {
    Text(String),
    /// There is no such text.
    Nothing,
    /// The search was given up.
    TooMuch,
}

/// Texts that must not come out, letter by letter.
struct Trie {
    nodes: Vec<(BTreeMap<u8, usize>, bool)>,
    bytes: HashSet<u8>,
}

impl Trie {
    fn new(texts: &[&str]) -> Self {
        let bytes = texts.iter().flat_map(|text| text.bytes()).collect();
        let mut trie = Self { nodes: vec![(BTreeMap::new(), false)], bytes };
        for text in texts {
            let mut at = 0_usize;
            for byte in text.bytes() {
                let fresh = trie.nodes.len();
                let Some((next, _)) = trie.nodes.get_mut(at) else { break };
                at = *next.entry(byte).or_insert(fresh);
                if at == fresh {
                    trie.nodes.push((BTreeMap::new(), false));
                }
            }
            if let Some((_, ends)) = trie.nodes.get_mut(at) {
                *ends = true;
            }
        }
        trie
    }

    fn next(&self, at: Option<usize>, byte: u8) -> Option<usize> {
        self.nodes.get(at?)?.0.get(&byte).copied()
    }

    fn has(&self, at: Option<usize>) -> bool {
        at.and_then(|at| self.nodes.get(at)).is_some_and(|(_, ends)| *ends)
    }
}

/// Where all machines are.
type Place = (Vec<State>, Option<usize>);

impl Conjunction<'_> {
    /// Whether a text is one.
    pub(in super::super) fn has(&self, languages: &Languages, text: &str) -> bool {
        !self.not.contains(&text)
            && self.within.iter().all(|language| languages.has(*language, text))
            && !self.without.iter().any(|language| languages.has(*language, text))
    }

    /// One of the hints where one fits, else one of the shortest texts.
    pub(in super::super) fn word(&self, languages: &Languages, hints: &[&str]) -> Found {
        if let Some(hint) = hints.iter().find(|hint| self.has(languages, hint)) {
            return Found::Text((*hint).to_owned());
        }
        let key =
            (self.within.to_vec(), self.without.to_vec(), self.not.iter().map(|text| (*text).to_owned()).collect());
        if let Some(known) = languages.words.borrow().get(&key) {
            return known.clone();
        }
        let found = match self.search(languages, false) {
            Found::Nothing => self.search(languages, true),
            found => found,
        };
        languages.words.borrow_mut().insert(key, found.clone());
        found
    }

    /// Searches all texts of ASCII, or all of Unicode.
    fn search(&self, languages: &Languages, all: bool) -> Found {
        let machine = |language: &Language| languages.automaton(*language);
        let Some(mut within) = self.within.iter().map(machine).collect::<Option<Vec<_>>>() else {
            return Found::TooMuch;
        };
        let Some(without) = self.without.iter().map(machine).collect::<Option<Vec<_>>>() else {
            return Found::TooMuch;
        };
        if all {
            // Bytes are followed, and a text is characters.
            match languages.expression(r"\A(?s:.)*\z").ok().as_ref().and_then(machine) {
                Some(text) => within.push(text),
                None => return Found::TooMuch,
            }
        }
        let trie = Trie::new(self.not);
        let machines: Vec<&Rc<Automaton>> = within.iter().chain(&without).collect();
        let bytes = representatives(&machines, &trie, all);
        let fits = |(states, node): &Place| {
            let ends = |(machine, state): (&&Rc<Automaton>, &State)| machine.ends(*state);
            let mut ends = machines.iter().zip(states).map(ends);
            ends.by_ref().take(within.len()).all(|ends| ends) && ends.all(|ends| !ends) && !trie.has(*node)
        };
        let start: Place = (machines.iter().map(|machine| machine.start()).collect(), Some(0));
        let mut seen: HashSet<Place> = HashSet::from([start.clone()]);
        let mut places: Vec<(Place, usize, u8)> = vec![(start, usize::MAX, 0)];
        let mut open: VecDeque<usize> = VecDeque::from([0]);
        while let Some(at) = open.pop_front() {
            let Some((place, ..)) = places.get(at).cloned() else { break };
            if fits(&place) {
                return text(&places, at);
            }
            for byte in &bytes {
                if !languages.take(machines.len().saturating_add(1)) || places.len() >= MAX_PLACES {
                    return Found::TooMuch;
                }
                let states: Vec<State> =
                    machines.iter().zip(&place.0).map(|(machine, state)| machine.next(*state, *byte)).collect();
                let lost = within.iter().zip(&states).any(|(machine, state)| machine.is_lost(*state));
                let caught = states.iter().skip(within.len()).any(|state| *state == State::Matched);
                let next = (states, trie.next(place.1, *byte));
                if !lost && !caught && seen.insert(next.clone()) {
                    open.push_back(places.len());
                    places.push((next, at, *byte));
                }
            }
        }
        Found::Nothing
    }
}

/// The text that led to a place.
fn text(places: &[(Place, usize, u8)], mut at: usize) -> Found {
    let mut bytes = Vec::new();
    while let Some((_, before, byte)) = places.get(at).filter(|(_, before, _)| *before != usize::MAX) {
        bytes.push(*byte);
        at = *before;
    }
    bytes.reverse();
    String::from_utf8(bytes).map_or(Found::TooMuch, Found::Text)
}

/// One byte of each class that something tells apart, those first that people like to read.
fn representatives(machines: &[&Rc<Automaton>], trie: &Trie, all: bool) -> Vec<u8> {
    let friendly = (b'a'..=b'z').chain(b'0'..=b'9').chain(*b"-/._").chain(b'A'..=b'Z');
    let ascii = friendly.chain(b' '..=b'~').chain(0..=0x1f).chain([0x7f]);
    let bytes: Vec<u8> = ascii.chain((0x80..=0xff_u8).filter(|_| all)).collect();
    // Groups are split by each machine in turn, and what the trie knows stands alone.
    let mut groups: Vec<usize> = bytes
        .iter()
        .map(|byte| if trie.bytes.contains(byte) { usize::from(*byte).saturating_add(1) } else { 0 })
        .collect();
    for machine in machines {
        let mut split: HashMap<(usize, u8), usize> = HashMap::new();
        for (group, byte) in groups.iter_mut().zip(&bytes) {
            let fresh = split.len();
            *group = *split.entry((*group, machine.class(*byte))).or_insert(fresh);
        }
    }
    let mut known: HashSet<usize> = HashSet::new();
    bytes.into_iter().zip(groups).filter(|(_, group)| known.insert(*group)).map(|(byte, _)| byte).collect()
}
