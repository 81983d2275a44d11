//! The command line of a gate's job, as far as it says how strict the gate is.

use engine_facts::gitlab::Command;
use engine_facts::sourced::Sourced;
use engine_model::{FailOn, Severity, Value};

/// Options that stand alone. Every other one has a value.
const FLAGS: [&str; 5] = ["--all", "--allow-empty", "--combine", "--help", "--staged"];

/// Options that say how a report looks and where it goes.
const HARMLESS: [&str; 5] = ["--all", "--color", "--format", "--help", "--report"];

/// Options that let more pass, or look at less.
const LENIENT: [&str; 2] = ["--allow-empty", "--staged"];

/// What stands behind `engine check`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Arguments {
    /// Options with their values, flags with none, in order.
    options: Vec<(String, Option<String>)>,
    /// What is checked, `.` left out.
    paths: Vec<String>,
}

impl Arguments {
    /// What `engine check` is given; `None` for any other command.
    pub(super) fn of(command: &Command) -> Option<Self> {
        if command.function || command.program() != Some("engine") {
            return None;
        }
        let mut words = command.words.iter().skip(1).map(text).peekable();
        let mut options = Vec::new();
        let mut paths = Vec::new();
        let mut is_check = false;
        while let Some(word) = words.next() {
            if !word.starts_with("--") {
                if !is_check && word != "check" {
                    return None;
                }
                if is_check && word != "." {
                    paths.push(word);
                }
                is_check = true;
            } else if let Some((name, value)) = word.split_once('=') {
                options.push((name.to_owned(), Some(value.to_owned())));
            } else if FLAGS.contains(&word.as_str()) {
                options.push((word, None));
            } else {
                let value = words.next();
                options.push((word, value));
            }
        }
        is_check.then_some(Self { options, paths })
    }

    /// What the component of the gate is taken to run: the whole tree, judged by another revision.
    pub(super) fn trusting() -> Self {
        Self { options: vec![("--trusted".to_owned(), None)], paths: Vec::new() }
    }

    /// What these say less strictly than `before`, a predicate of the job each: `no longer gives …`.
    pub(super) fn weaker_than(&self, before: &Self, whence: &str) -> Vec<String> {
        let mut found = Vec::new();
        for lenient in LENIENT.iter().filter(|name| self.has(name) && !before.has(name)) {
            found.push(format!("runs the gate with `{lenient}`, and not so in {whence}"));
        }
        match (self.fail_on(), before.fail_on()) {
            (Some(now), Some(then)) if now > then => {
                found.push(format!("lets findings below {now} pass, and only those below {then} in {whence}"));
            }
            (None, Some(_)) => found.push("lets findings pass below a severity that cannot be told".to_owned()),
            _ => {}
        }
        let kept = before.options.iter().filter(|(name, _)| {
            name != "--fail-on" && !HARMLESS.contains(&name.as_str()) && !LENIENT.contains(&name.as_str())
        });
        for (name, value) in kept {
            let now: Vec<&Option<String>> =
                self.options.iter().filter(|(known, _)| known == name).map(|(_, value)| value).collect();
            let shown = |value: &Option<String>| match value {
                Some(value) => format!("`{name} {value}`"),
                None => format!("`{name}`"),
            };
            match now.as_slice() {
                [] => found.push(format!("no longer runs the gate with {}", shown(value))),
                _ if value.is_none() || now.contains(&value) => {}
                [other, ..] => {
                    found.push(format!("runs the gate with {}, and with {} in {whence}", shown(other), shown(value)));
                }
            }
        }
        let lost = before.paths.iter().find(|path| !self.paths.contains(path));
        match (self.paths.first(), before.paths.is_empty(), lost) {
            (Some(path), true, _) => found.push(format!("checks only `{path}`, and everything in {whence}")),
            (Some(_), false, Some(path)) => found.push(format!("no longer checks `{path}`")),
            _ => {}
        }
        found
    }

    fn has(&self, name: &str) -> bool {
        self.options.iter().any(|(known, _)| known == name)
    }

    /// The threshold; `None` where it cannot be told.
    fn fail_on(&self) -> Option<Severity> {
        let written = self.options.iter().rev().find(|(name, _)| name == "--fail-on");
        match written {
            None => Some(FailOn::default().0),
            Some((_, value)) => value.as_deref().and_then(|value| value.parse().ok()),
        }
    }
}

/// A word as it is known, else as it is written.
fn text(word: &Sourced<String>) -> String {
    match (&word.value, &word.origin) {
        (Value::Known(text), _) => text.clone(),
        (_, Some(origin)) => origin.place.location().text().to_owned(),
        (Value::Unknown(unknown), None) => unknown.on.clone(),
        (Value::Absent, None) => String::new(),
    }
}
