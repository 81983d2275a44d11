//! Sets of texts: what a regular expression of GitLab matches, and which text several of them allow together.
//!
//! [`re2`] reads an expression as GitLab's engine would, [`automaton`] makes a machine of it, and [`word`] looks for a
//! text that some machines accept and others do not. Nothing is decided by samples: where there is no such text, the
//! machines' states were all seen.

mod automaton;
mod glob;
mod re2;
mod word;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use automaton::Automaton;
use regex_automata::nfa::thompson::Compiler;

pub(super) use word::{Conjunction, Found};

/// A regular expression between slashes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pattern {
    /// What stands between the slashes.
    text: String,
    /// The letters behind them.
    flags: String,
}

impl Pattern {
    pub(super) fn new(text: &str, flags: &str) -> Self {
        Self { text: text.to_owned(), flags: flags.to_owned() }
    }

    /// The pattern that a text is, where it stands between slashes.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (text, flags) = text.strip_prefix('/')?.rsplit_once('/')?;
        flags.chars().all(|flag| "ismU".contains(flag)).then(|| Self::new(text, flags))
    }

    /// Why GitLab's engine certainly refuses it; `None` where it takes it, or nobody knows.
    pub(super) fn refusal(&self) -> Option<&'static str> {
        re2::refusal(&self.text)
    }

    /// As it is written, the beginning of a long one.
    pub(super) fn display(&self) -> String {
        const SHOWN: usize = 60;
        match self.text.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("/{}…/{}", self.text.get(..end).unwrap_or(""), self.flags),
            None => format!("/{}/{}", self.text, self.flags),
        }
    }
}

/// One of the alternatives that a pattern consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Alternative {
    /// This text and no other.
    Exact(String),
    /// Whatever a machine accepts.
    Like(Language),
}

/// The number of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Language(usize);

/// Why a pattern cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// GitLab's engine does not take it.
    Invalid,
    /// It is larger than what is followed.
    TooLarge,
}

/// What a pattern came to.
type Read = Result<Rc<[Alternative]>, Refused>;

/// What a text was asked to be: within, without, and none of these.
type Asked = (Vec<Language>, Vec<Language>, Vec<String>);

/// The machines that were made so far, and how many steps may still be taken.
#[derive(Debug)]
pub(super) struct Languages {
    compiler: Compiler,
    machines: RefCell<Vec<Rc<Automaton>>>,
    numbers: RefCell<HashMap<String, Result<Language, Refused>>>,
    read: RefCell<HashMap<Pattern, Read>>,
    words: RefCell<HashMap<Asked, Found>>,
    steps: Cell<usize>,
}

/// How many steps are taken for all jobs of one pipeline: a part of a rule looked at, a byte followed by a machine, a
/// byte of a machine's states that are worked out.
const MAX_STEPS: usize = 40_000_000;

/// What making a machine counts for, beside its states.
const STEPS_OF_MACHINE: usize = 2_000;

impl Default for Languages {
    fn default() -> Self {
        Self {
            compiler: automaton::compiler(),
            machines: RefCell::default(),
            numbers: RefCell::default(),
            read: RefCell::default(),
            words: RefCell::default(),
            steps: Cell::new(MAX_STEPS),
        }
    }
}

impl Languages {
    /// Takes steps; `false` where none are left.
    pub(super) fn take(&self, steps: usize) -> bool {
        let left = self.steps.get().checked_sub(steps);
        self.steps.set(left.unwrap_or(0));
        left.is_some()
    }

    /// The alternatives of a pattern.
    pub(super) fn alternatives(&self, pattern: &Pattern) -> Read {
        if let Some(known) = self.read.borrow().get(pattern) {
            return known.clone();
        }
        let read = re2::alternatives(&pattern.text, &pattern.flags).and_then(|parts| {
            let made = parts.into_iter().map(|part| match part {
                re2::Part::Exact(text) => Ok(Alternative::Exact(text)),
                re2::Part::Like(hir) => Ok(Alternative::Like(self.machine(&hir)?)),
            });
            made.collect::<Result<Rc<[Alternative]>, Refused>>()
        });
        self.read.borrow_mut().insert(pattern.clone(), read.clone());
        read
    }

    /// The machine of an expression in the syntax of the crate, anchored as it says.
    pub(super) fn expression(&self, text: &str) -> Result<Language, Refused> {
        self.machine(&re2::parsed(text)?)
    }

    fn machine(&self, hir: &regex_syntax::hir::Hir) -> Result<Language, Refused> {
        let key = format!("{hir}");
        if let Some(known) = self.numbers.borrow().get(&key) {
            return *known;
        }
        let made =
            if self.take(STEPS_OF_MACHINE) { Automaton::new(&self.compiler, hir) } else { Err(Refused::TooLarge) };
        let number = made.map(|machine| {
            let mut machines = self.machines.borrow_mut();
            machines.push(Rc::new(machine));
            Language(machines.len().saturating_sub(1))
        });
        self.numbers.borrow_mut().insert(key, number);
        number
    }

    fn automaton(&self, language: Language) -> Option<Rc<Automaton>> {
        self.machines.borrow().get(language.0).cloned()
    }

    /// Whether a text belongs to a language.
    pub(super) fn has(&self, language: Language, text: &str) -> bool {
        self.take(text.len());
        let Some(machine) = self.automaton(language) else { return false };
        let before = machine.worked_out();
        let accepts = machine.accepts(text);
        self.take(machine.worked_out().saturating_sub(before));
        accepts
    }

    /// The texts of a language in GitLab's way to write a pattern: `*` for any number of characters. It may say more
    /// than the language has.
    pub(super) fn glob(&self, language: Language) -> String {
        self.automaton(language).map_or_else(|| "*".to_owned(), |machine| machine.glob.clone())
    }

    /// Whether a pattern matches a text.
    pub(super) fn matches(&self, pattern: &Pattern, text: &str) -> Result<bool, Refused> {
        let alternatives = self.alternatives(pattern)?;
        Ok(alternatives.iter().any(|alternative| match alternative {
            Alternative::Exact(own) => own == text,
            Alternative::Like(language) => self.has(*language, text),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::{Conjunction, Found, Language, Languages, Pattern};

    fn like(languages: &Languages, text: &str) -> Language {
        languages.expression(&format!("(?:{text})")).unwrap()
    }

    #[test]
    fn a_pattern_matches_as_gitlabs_engine_does() {
        let languages = Languages::default();
        let check = |text: &str, flags: &str, name: &str, expect: bool| {
            assert_eq!(languages.matches(&Pattern::new(text, flags), name), Ok(expect), "{text} {name}");
        };
        check("^main$", "", "main", true);
        check("^main$", "", "domain", false);
        check("^main$", "", "main\n", false);
        check("^main$", "m", "x\nmain\ny", true);
        check("main", "", "domain-x", true);
        check("^v\\d+\\.\\d+$", "", "v10.2", true);
        check("^v\\d+\\.\\d+$", "", "v10.", false);
        check("\\d", "", "\u{663}", false);
        check("^\\w+$", "", "stra\u{df}e", false);
        check("^[\\w.]+$", "", "a.b", true);
        check("^[^\\d]$", "", "1", false);
        check("^[[:alpha:]]+$", "", "abc", true);
        check("^[[&~-]+$", "", "[&&~~-", true);
        check("^(ab)+$", "", "abab", true);
        check("^main$", "i", "MAIN", true);
        check("\\bprod\\b", "", "x-prod/1", true);
        check("\\bprod\\b", "", "produce", false);
        check("\\Q.+\\E", "", "a.+b", true);
        check("^a{2,3}$", "", "aaaa", false);
        check("^a{,3}$", "", "a{,3}", true);
        check(&"a*".repeat(100), "", &"a".repeat(1000), true);
        check("^(release|hotfix)/[0-9]+$", "", "hotfix/1", true);
    }

    #[test]
    fn what_the_engine_does_not_take_is_refused_and_so_is_what_is_too_large() {
        let languages = Languages::default();
        for text in ["(", "(?=a)", "(a)\\1", "[", "a{1001}", "(?<!x)y", "*"] {
            assert!(languages.matches(&Pattern::new(text, ""), "a").is_err(), "{text}");
        }
        assert!(languages.matches(&Pattern::new("\\pL{1000}", ""), "a").is_err());
    }

    #[test]
    fn a_machine_of_more_states_than_there_is_room_for_is_followed_as_far_as_there_is() {
        let languages = Languages::default();
        let twenty = "(a|b)".repeat(20);
        // After each letter it matters which of the last twenty were an `a`: a million states.
        let pattern = Pattern::new(&format!("^(a|b)*a{twenty}$"), "");
        let text: String = (0..100_000_u32).map(|at| if at % 7 == 3 || at % 11 == 5 { 'a' } else { 'b' }).collect();
        let told = text.chars().rev().nth(20);
        assert_eq!(languages.matches(&pattern, &text), Ok(told == Some('a')));
        let machine = like(&languages, &format!("^(a|b)*a{twenty}$"));
        let other = like(&languages, &format!("^(a|b)*b{twenty}$"));
        let asked = Conjunction { within: &[machine, other], without: &[], not: &[] };
        assert_eq!(asked.word(&languages, &[]), Found::TooMuch);
    }

    #[test]
    fn a_text_is_found_exactly_where_there_is_one() {
        let languages = Languages::default();
        let check = |within: &[&str], without: &[&str], not: &[&str], expect: Option<&str>| {
            let within: Vec<Language> = within.iter().map(|text| like(&languages, text)).collect();
            let without: Vec<Language> = without.iter().map(|text| like(&languages, text)).collect();
            let asked = Conjunction { within: &within, without: &without, not };
            let found = match asked.word(&languages, &[]) {
                Found::Text(text) => Some(text),
                Found::Nothing => None,
                Found::TooMuch => panic!("too much"),
            };
            assert_eq!(found.as_deref(), expect);
        };
        check(&["^release/.+$", "-rc$"], &[], &[], Some("release/-rc"));
        check(&["^release/", "^main"], &[], &[], None);
        check(&["^a+$"], &["^a$", "^aa$"], &["aaa"], Some("aaaa"));
        check(&["^[ab]$"], &[], &["a"], Some("b"));
        check(&["^[ab]$"], &[], &["a", "b"], None);
        check(&[], &["[\\x00-\\x7f]"], &[""], Some("\u{80}"));
        check(&["^v[0-9]+$"], &["[0-8]"], &[], Some("v9"));
        check(&["^release/.*$"], &["/$"], &[], Some("release/a"));
        check(&["^release/.*$", "^rel"], &[], &["release/"], Some("release/a"));
        check(&["^release/.*$", "^hot"], &[], &[], None);
        check(&["^release/.*$"], &["lease"], &[], None);
        check(&["^caf\u{e9}-.*$"], &[], &["caf\u{e9}-"], Some("caf\u{e9}-a"));
        check(&["^\u{e9}(\u{e9}|abc)$"], &[], &[], Some("\u{e9}\u{e9}"));
        check(&["^v[0-9]+$"], &["[0-9]"], &[], None);
        check(&[], &[], &["", "a"], Some("b"));
    }
}
