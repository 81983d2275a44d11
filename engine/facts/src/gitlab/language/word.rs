//! A text that some machines accept and others do not, or the certainty that there is none.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::rc::Rc;

use super::automaton::{Automaton, Forgotten, State};
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
        let product = Product { asked: within.len(), machines: within.into_iter().chain(without).collect() };
        let before = product.worked_out();
        let found = product.shortest(languages, &trie, all).unwrap_or(Found::TooMuch);
        languages.take(product.worked_out().saturating_sub(before));
        found
    }
}

/// Machines that read one text side by side.
struct Product {
    machines: Vec<Rc<Automaton>>,
    /// How many of them have to accept it. The others must not.
    asked: usize,
}

impl Product {
    fn worked_out(&self) -> usize {
        self.machines.iter().fold(0, |sum, machine| sum.saturating_add(machine.worked_out()))
    }

    fn shortest(&self, languages: &Languages, trie: &Trie, all: bool) -> Result<Found, Forgotten> {
        let bytes = representatives(&self.machines, trie, all);
        let prefix = self.machines.iter().take(self.asked).map(|machine| machine.prefix.as_str());
        let prefix = prefix.max_by_key(|prefix| prefix.len()).unwrap_or("");
        let Some(start) = self.behind(prefix, languages, trie)? else { return Ok(Found::Nothing) };
        let start = Rc::new(start);
        let mut seen: BTreeSet<Rc<Place>> = BTreeSet::from([Rc::clone(&start)]);
        let mut places: Vec<(Rc<Place>, usize, u8)> = vec![(start, usize::MAX, 0)];
        let mut at = 0_usize;
        while let Some((place, ..)) = places.get(at).cloned() {
            if !trie.has(place.1) && self.ends(&place.0)? {
                return Ok(text(prefix, &places, at));
            }
            for byte in &bytes {
                if !languages.take(self.machines.len().saturating_add(1)) || places.len() >= MAX_PLACES {
                    return Ok(Found::TooMuch);
                }
                let Some(states) = self.next(&place.0, *byte)? else { continue };
                let next = (states, trie.next(place.1, *byte));
                if !seen.contains(&next) {
                    let next = Rc::new(next);
                    seen.insert(Rc::clone(&next));
                    places.push((next, at, *byte));
                }
            }
            at = at.saturating_add(1);
        }
        Ok(Found::Nothing)
    }

    /// Where all machines are behind a text; `None` where no text that begins so is one.
    fn behind(&self, text: &str, languages: &Languages, trie: &Trie) -> Result<Option<Place>, Forgotten> {
        let mut states = self.machines.iter().map(|machine| machine.start()).collect::<Result<Vec<_>, _>>()?;
        let mut node = Some(0);
        languages.take(text.len().saturating_mul(self.machines.len()));
        for byte in text.bytes() {
            let Some(next) = self.next(&states, byte)? else { return Ok(None) };
            (states, node) = (next, trie.next(node, byte));
        }
        Ok(Some((states, node)))
    }

    /// Whether a text that ends here is one.
    fn ends(&self, states: &[State]) -> Result<bool, Forgotten> {
        for (at, (machine, state)) in self.machines.iter().zip(states).enumerate() {
            if machine.ends(*state)? != (at < self.asked) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Where all machines are behind a byte; `None` where no text that goes on so is one.
    fn next(&self, states: &[State], byte: u8) -> Result<Option<Vec<State>>, Forgotten> {
        let goes_on = |at: usize, next: State| match at < self.asked {
            true => !Automaton::is_lost(next),
            false => next != State::Matched,
        };
        // Most bytes lead nowhere, and nothing is to be allocated for them.
        for (at, (machine, state)) in self.machines.iter().zip(states).enumerate() {
            if !goes_on(at, machine.next(*state, byte)?) {
                return Ok(None);
            }
        }
        let both = self.machines.iter().zip(states);
        both.map(|(machine, state)| machine.next(*state, byte)).collect::<Result<_, _>>().map(Some)
    }
}

/// The text that led to a place: what all of them begin with, and the bytes from there.
fn text(prefix: &str, places: &[(Rc<Place>, usize, u8)], mut at: usize) -> Found {
    let mut bytes = Vec::new();
    while let Some((_, before, byte)) = places.get(at).filter(|(_, before, _)| *before != usize::MAX) {
        bytes.push(*byte);
        at = *before;
    }
    bytes.extend(prefix.bytes().rev());
    bytes.reverse();
    String::from_utf8(bytes).map_or(Found::TooMuch, Found::Text)
}

/// One byte of each class that something tells apart, those first that people like to read.
fn representatives(machines: &[Rc<Automaton>], trie: &Trie, all: bool) -> Vec<u8> {
    let friendly = (b'a'..=b'z').chain(b'0'..=b'9').chain(*b"-/._").chain(b'A'..=b'Z');
    let ascii = friendly.chain(b' '..=b'~').chain(0..=0x1f).chain([0x7f]);
    let told: Vec<u8> = (0..=0xff).flat_map(|byte| machines.iter().map(move |machine| machine.class(byte))).collect();
    let classes = |byte: u8| told.get(usize::from(byte).saturating_mul(machines.len())..)?.get(..machines.len());
    let mut kept: Vec<u8> = Vec::new();
    // Mostly a byte is like the one before it.
    let mut like = 0_u8;
    for byte in ascii.chain((0x80..=0xff_u8).filter(|_| all)) {
        // What the trie knows stands alone.
        let alone = trie.bytes.contains(&byte);
        let same = |other: &u8| {
            if alone || trie.bytes.contains(other) {
                return *other == byte;
            }
            classes(*other) == classes(byte)
        };
        if !kept.is_empty() && same(&like) {
            continue;
        }
        like = match kept.iter().find(|other| same(other)) {
            Some(other) => *other,
            None => {
                kept.push(byte);
                byte
            }
        };
    }
    kept
}
