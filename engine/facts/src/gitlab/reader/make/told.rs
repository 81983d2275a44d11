//! What a call of make is told: goals, variables, and where to go.

use engine_formats::shell;

use super::expand::UNKNOWN;

/// What a call of make is told.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) goals: Vec<String>,
    pub(super) variables: Vec<(String, String)>,
    /// What the call puts into its environment.
    pub(super) environment: Vec<(String, String)>,
    /// Whether it is told to go to another directory first.
    pub(super) moved: bool,
    /// Whether it is told something that is not followed: other files, other ways to read them.
    pub(super) more: bool,
}

/// Letters of options that have a word of their own behind them.
const WITH_WORD: [char; 3] = ['o', 'W', 'O'];

/// Letters and words of options that say how to run what is run anyway.
const HARMLESS: &str = "sikBnwrRdtqSvhbmp";
const HARMLESS_WORDS: [&str; 22] = [
    "--silent",
    "--quiet",
    "--ignore-errors",
    "--keep-going",
    "--always-make",
    "--dry-run",
    "--just-print",
    "--recon",
    "--print-directory",
    "--no-print-directory",
    "--no-builtin-rules",
    "--no-builtin-variables",
    "--debug",
    "--touch",
    "--question",
    "--no-keep-going",
    "--stop",
    "--version",
    "--warn-undefined-variables",
    "--trace",
    "--output-sync",
    "--check-symlink-times",
];

impl Told {
    /// `None` where a word is not known.
    pub(super) fn read(parsed: &shell::Command, lookup: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let mut told = Self::default();
        let value = |word: &shell::Word| word.text_with(lookup).unwrap_or_else(|| UNKNOWN.to_owned());
        let before = parsed.assignments.iter();
        told.environment.extend(before.map(|assigned| (assigned.name.clone(), value(&assigned.value))));
        let is_make = |word: &shell::Word| matches!(word.literal().as_deref(), Some("make" | "gmake"));
        let at = parsed.words.iter().position(is_make)?;
        // `env NAME=value make`.
        for word in parsed.words.get(..at)? {
            told.environment.extend(set(word, lookup));
        }
        let mut words = parsed.words.get(at.saturating_add(1)..)?.iter().peekable();
        let mut file = false;
        while let Some(word) = words.next() {
            if let Some(assigned) = set(word, lookup) {
                told.variables.push(assigned);
                continue;
            }
            let text = word.text_with(lookup)?;
            let named = |long: &[&str]| {
                long.iter().any(|long| text.strip_prefix(long).is_some_and(|rest| rest.starts_with('=')))
            };
            match text.as_str() {
                "-C" | "--directory" => {
                    told.moved = true;
                    words.next()?;
                }
                _ if named(&["--directory"]) || (text.starts_with("-C") && text.len() > 2) => told.moved = true,
                // One file is followed, and not several.
                "-f" | "--file" | "--makefile" if !file => {
                    file = true;
                    words.next()?;
                }
                _ if (named(&["--file", "--makefile"]) || (text.starts_with("-f") && text.len() > 2)) && !file => {
                    file = true;
                }
                "--jobs" | "--load-average" | "-j" | "-l" => {
                    let number = |word: &&shell::Word| {
                        word.literal().is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit()))
                            || word.literal().is_none()
                    };
                    if let Some(number) = words.next_if(number) {
                        // What is no literal may be a goal.
                        number.text_with(lookup).filter(|text| text.starts_with(|c: char| c.is_ascii_digit()))?;
                    }
                }
                _ if named(&["--jobs", "--load-average", "--debug", "--output-sync", "--old-file", "--what-if"]) => {}
                text if HARMLESS_WORDS.contains(&text) => {}
                text if text.starts_with("--") => told.more = true,
                text if text.starts_with('-') => {
                    let letters = text.get(1..)?;
                    let number = letters.trim_start_matches(|c| HARMLESS.contains(c));
                    let jobs = number.strip_prefix(['j', 'l']);
                    if jobs.is_some_and(|number| number.chars().all(|c| c.is_ascii_digit() || c == '.')) {
                        // `-sj` takes a number behind it, `-sj4` has one.
                        if jobs == Some("") {
                            let number = |word: &&shell::Word| {
                                word.literal().is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit()))
                            };
                            words.next_if(number);
                        }
                    } else if number.len() == 1 && number.starts_with(WITH_WORD) {
                        words.next()?;
                    } else if !number.is_empty() {
                        told.more = true;
                    }
                }
                goal => told.goals.push(goal.to_owned()),
            }
        }
        Some(told)
    }
}

/// A variable that a word sets, to whatever: `NAME=value`.
fn set(word: &shell::Word, lookup: &dyn Fn(&str) -> Option<String>) -> Option<(String, String)> {
    let text = word.text_with(lookup);
    let shown = text.clone().unwrap_or_else(|| word.display());
    let (name, value) = shown.split_once('=')?;
    let name = name.trim_end_matches([':', '?', '+', '!']);
    let plain = !name.is_empty()
        && !name.starts_with('-')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    plain.then(|| (name.to_owned(), if text.is_some() { value.to_owned() } else { UNKNOWN.to_owned() }))
}
