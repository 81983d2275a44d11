//! `run:`: what GitLab refuses of the steps of a job. What they do is the reader's.
//!
//! From GitLab's schema of steps and the keywords that its job excludes one another; a value that nobody can tell is
//! never refused.

use engine_formats::yaml::ScalarValue;

use super::cursor::Cursor;
use super::input::unfilled;
use super::problem::Problem;

/// Keywords that a job with `run` cannot have.
const NOT_WITH_RUN: [&str; 3] = ["script", "before_script", "after_script"];

/// The keys that say what a step does, of which it has one.
const ACTS: [&str; 3] = ["step", "func", "script"];

/// The keys of a step that names another one, and of one that is a script.
const NAMING: [&str; 5] = ["name", "env", "inputs", "step", "func"];
const SCRIPT: [&str; 3] = ["name", "env", "script"];

/// Where a step may be that is named in several words: the keys that it must have, and all of them.
const PLACES: [(&str, &[&str], &[&str]); 2] = [
    ("git", &["url", "rev"], &["url", "rev", "dir", "file"]),
    ("oci", &["registry", "repository", "tag"], &["registry", "repository", "tag", "dir", "file"]),
];

/// What GitLab refuses about the steps of the job `name`.
pub(super) fn problems(name: &str, job: &Cursor<'_>, out: &mut Vec<Problem>) {
    let Some(run) = job.get("run").filter(|run| run.lost().is_none()) else { return };
    for (keyword, _, key) in job.fields() {
        // What a job takes from `default` is none of its own.
        let own = key.via.as_deref().is_none_or(|hop| hop.how != crate::sourced::How::Default);
        if own && NOT_WITH_RUN.contains(&&*keyword) {
            let message = format!("the job `{name}` has `run`, so that it cannot have `{keyword}`");
            out.push(Problem::new(key.place, message));
        }
    }
    if !run.is_sequence() {
        if !is_unknown(&run) {
            out.push(Problem::new(run.place().clone(), "`run` is a list of steps".to_owned()));
        }
        return;
    }
    let mut refused = Refused { out };
    for item in run.items() {
        refused.step(&item);
    }
}

/// Whether nobody can tell a value here.
fn is_unknown(value: &Cursor<'_>) -> bool {
    value.lost().is_some() || matches!(value.text().value, engine_model::Value::Unknown(_))
}

struct Refused<'o> {
    out: &'o mut Vec<Problem>,
}

impl Refused<'_> {
    fn say(&mut self, at: &Cursor<'_>, message: String) {
        self.out.push(Problem::new(at.place().clone(), message));
    }

    fn step(&mut self, step: &Cursor<'_>) {
        if is_unknown(step) {
            return;
        }
        if !step.is_mapping() {
            self.say(step, "a step is a mapping".to_owned());
            return;
        }
        let written = step.written();
        let has = |key: &str| written.iter().any(|(name, ..)| &**name == key);
        let acts: Vec<&str> = ACTS.into_iter().filter(|key| has(key)).collect();
        match acts.as_slice() {
            [_] => {}
            [] => self.say(step, "a step has one of `step`, `func` and `script`, and this one has none".to_owned()),
            [one, other, ..] => {
                self.say(
                    step,
                    format!("a step has one of `step`, `func` and `script`, and this one has `{one}` and `{other}`"),
                );
            }
        }
        let keys: &[&'static str] = if acts.first() == Some(&"script") { &SCRIPT } else { &NAMING };
        for (name, _, key) in written.iter().filter(|(name, ..)| unfilled(name).is_none()) {
            if !keys.contains(&&**name) && !ACTS.contains(&&**name) {
                let problem = Problem::new(key.place.clone(), format!("a step has no key `{name}` here"));
                self.out.push(problem.meant(name, keys.iter().copied()));
            }
        }
        match step.get("name") {
            None => self.say(step, "a step has a `name`".to_owned()),
            Some(name) => {
                if self.text(&name, "the `name` of a step")
                    && let Some(text) = name.text().get().filter(|text| !is_name(text))
                {
                    let message = format!("`{text}` is no name of a step");
                    let help = "it has letters of ASCII, digits and `_`, and begins with no digit";
                    self.out.push(Problem::new(name.place().clone(), message).help(help));
                }
            }
        }
        if let Some(script) = step.get("script")
            && self.text(&script, "the `script` of a step")
            && script.text().get().is_some_and(String::is_empty)
        {
            self.say(&script, "the `script` of a step is empty".to_owned());
        }
        self.named(step, "env", true);
        self.named(step, "inputs", false);
        for key in ["step", "func"] {
            if let Some(reference) = step.get(key) {
                self.reference(&reference, key);
            }
        }
        for key in acts {
            if step.get(key).is_none() {
                self.say(step, format!("`{key}` of a step says nothing"));
            }
        }
    }

    /// Whether a value is a text; says so where it is not. What nobody can tell is none.
    fn text(&mut self, value: &Cursor<'_>, what: &str) -> bool {
        if is_unknown(value) {
            return false;
        }
        let is_text = value.scalar_value() == Some(ScalarValue::String);
        if !is_text {
            self.say(value, format!("{what} is a text"));
        }
        is_text
    }

    /// `env` and `inputs`: names with values.
    fn named(&mut self, step: &Cursor<'_>, key: &str, texts: bool) {
        let Some(values) = step.get(key).filter(|values| !is_unknown(values)) else { return };
        if !values.is_mapping() {
            self.say(&values, format!("`{key}` of a step is a mapping"));
            return;
        }
        for (name, value, origin) in values.written() {
            if unfilled(&name).is_none() && !is_name(&name) {
                self.out.push(Problem::new(origin.place, format!("`{name}` is no name in `{key}` of a step")));
            }
            if texts {
                self.text(&value, &format!("`{name}` in `{key}` of a step"));
            }
        }
    }

    /// What names another step: a text, or where in git or a registry it is.
    fn reference(&mut self, reference: &Cursor<'_>, key: &str) {
        if !reference.is_mapping() {
            self.text(reference, &format!("`{key}` of a step"));
            return;
        }
        let written = reference.written();
        let place = PLACES.iter().find(|(place, ..)| written.iter().any(|(name, ..)| &**name == *place));
        let (Some((place, required, keys)), 1) = (place, written.len()) else {
            self.say(reference, format!("`{key}` of a step is a text, or has `git` or `oci` and nothing else"));
            return;
        };
        let Some(inner) = reference.get(place).filter(Cursor::is_mapping) else {
            self.say(reference, format!("`{place}` of a step is a mapping"));
            return;
        };
        for (name, value, origin) in inner.written() {
            if !keys.contains(&&*name) {
                let problem = Problem::new(origin.place, format!("`{place}` of a step has no key `{name}`"));
                self.out.push(problem.meant(&name, keys.iter().copied()));
            } else {
                self.text(&value, &format!("`{name}` in `{place}` of a step"));
            }
        }
        for name in required.iter().filter(|name| inner.get(name).is_none()) {
            self.say(&inner, format!("`{place}` of a step has `{name}`"));
        }
    }
}

/// Letters of ASCII, digits and `_`, no digit first.
fn is_name(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !text.is_empty() && text.chars().all(word) && !text.starts_with(|c: char| c.is_ascii_digit())
}
