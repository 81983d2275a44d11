//! The keywords of a job: which there are, and what GitLab refuses of their values.
//!
//! What is said here is GitLab's own verdict on a pipeline, so that only what its validation is known to refuse is here;
//! a value that nobody can tell is never refused.

use engine_formats::yaml::ScalarValue;
use engine_model::{Value, nearest};

use super::cursor::Cursor;
use super::expression;
use super::input::unfilled;
use super::node::Field;
use super::parallel;
use super::problem::Problem;
use super::step;
use crate::duration::{self, Refusal};

/// The keywords of a job.
const JOB: &[&str] = &[
    "after_script",
    "allow_failure",
    "artifacts",
    "before_script",
    "cache",
    "coverage",
    "dast_configuration",
    "dependencies",
    "environment",
    "except",
    "extends",
    "hooks",
    "id_tokens",
    "identity",
    "image",
    "inherit",
    "inputs",
    "interruptible",
    "manual_confirmation",
    "needs",
    "only",
    "pages",
    "parallel",
    "publish",
    "release",
    "resource_group",
    "retry",
    "rules",
    "run",
    "script",
    "secrets",
    "services",
    "stage",
    "start_in",
    "tags",
    "timeout",
    "trigger",
    "variables",
    "when",
];

/// Those that a job with `trigger` cannot have.
const NOT_WITH_TRIGGER: &[&str] = &[
    "after_script",
    "artifacts",
    "before_script",
    "cache",
    "coverage",
    "dependencies",
    "hooks",
    "id_tokens",
    "image",
    "release",
    "retry",
    "run",
    "script",
    "secrets",
    "services",
    "tags",
    "timeout",
];

/// The keywords of a rule.
const RULE: &[&str] =
    &["allow_failure", "changes", "exists", "if", "interruptible", "needs", "start_in", "variables", "when"];

const WHEN: &[&str] = &["on_success", "on_failure", "always", "manual", "delayed"];
const WHEN_OF_RULE: &[&str] = &["on_success", "on_failure", "always", "never", "manual", "delayed"];
const ACTIONS: &[&str] = &["start", "stop", "prepare", "verify", "access"];

/// The most characters of a job's name.
const MAX_NAME: usize = 255;

/// The most entries of `needs`, by default.
const MAX_NEEDS: usize = 50;

/// The most instances of a parallel job.
const MAX_PARALLEL: i64 = 200;

/// The most files that the key of a cache is made of.
const MAX_KEY_FILES: usize = 2;

/// The most attempts after the first.
const MAX_RETRIES: i64 = 2;

/// What GitLab refuses about a job; `field` is the job as it is merged, without the defaults that it takes.
pub(super) fn problems(field: &Field, job: &Cursor<'_>, out: &mut Vec<Problem>) {
    let name = &*field.name;
    if name.chars().count() > MAX_NAME {
        out.push(Problem::new(job.place().clone(), format!("the name of a job has at most {MAX_NAME} characters")));
    }
    let triggers = field.edge.node.field("trigger").is_some_and(|trigger| !trigger.edge.node.is_null());
    for written in field.edge.node.fields() {
        let keyword = &*written.name;
        let at = |message: String| Problem::new(written.key.clone(), message);
        if unfilled(keyword).is_some() {
            continue;
        }
        if !JOB.contains(&keyword) {
            let problem = at(format!("the job `{name}` has the keyword `{keyword}`, which there is not"));
            out.push(problem.meant(keyword, JOB.iter().copied()));
        } else if triggers && NOT_WITH_TRIGGER.contains(&keyword) && !written.edge.node.is_null() {
            out.push(at(format!("the job `{name}` triggers a pipeline, so that it cannot have `{keyword}`")));
        } else if ["only", "except"].contains(&keyword) && job.get("rules").is_some() && !written.edge.node.is_null() {
            out.push(at(format!("the job `{name}` has `rules`, so that it cannot have `{keyword}`")));
        }
    }
    step::problems(name, job, out);
    let mut refused = Refused { name, out };
    refused.words(job, "when", WHEN);
    refused.script(job);
    refused.rules(job);
    refused.limits(job);
    refused.counts(job);
    refused.needs(job);
    refused.caches(job);
    refused.variables(job);
    refused.durations(job);
    refused.environment(job);
    refused.tokens(job);
}

/// What GitLab refuses about the conditions of rules, in whatever has rules.
pub(super) fn conditions(rules: &Cursor<'_>, out: &mut Vec<Problem>) {
    for written in rules.flat().iter().filter_map(|rule| rule.get("if")) {
        condition("if", &written, out);
    }
}

fn condition(keyword: &str, written: &Cursor<'_>, out: &mut Vec<Problem>) {
    let Value::Known(text) = written.text().value else { return };
    out.extend(expression::problem(keyword, written.place(), written.scalar_value(), &text));
}

struct Refused<'o> {
    name: &'o str,
    out: &'o mut Vec<Problem>,
}

impl Refused<'_> {
    fn say(&mut self, at: &Cursor<'_>, message: String) {
        self.out.push(Problem::new(at.place().clone(), message));
    }

    /// A keyword whose value is one of a few words.
    fn words(&mut self, of: &Cursor<'_>, keyword: &str, known: &[&'static str]) {
        let Some(value) = of.get(keyword) else { return };
        let Value::Known(text) = value.text().value else { return };
        if known.contains(&text.as_str()) {
            return;
        }
        let problem = Problem::new(value.place().clone(), format!("`{keyword}` is never `{text}`"));
        let help = match nearest(&text, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                format!("it is one of {}", known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "))
            }
        };
        self.out.push(problem.help(&help));
    }

    fn script(&mut self, job: &Cursor<'_>) {
        for keyword in ["script", "before_script", "after_script"] {
            let Some(script) = job.get(keyword) else { continue };
            if script.is_mapping() {
                self.say(&script, format!("`{keyword}` is a text or a list of texts"));
                continue;
            }
            let lines = script.flat();
            if keyword == "script" && lines.is_empty() && script.lost().is_none() {
                self.say(&script, format!("the `script` of the job `{}` has no line", self.name));
            }
            for line in lines.iter().filter(|line| line.lost().is_none()) {
                let text = line.text();
                let is_text = matches!(line.scalar_value(), Some(ScalarValue::String));
                if line.is_mapping() || (!is_text && matches!(text.value, Value::Known(_))) {
                    let message = format!("a line of `{keyword}` is not a text");
                    let help = "put it between quotes: YAML reads it as something else";
                    self.out.push(Problem::new(line.place().clone(), message).help(help));
                }
            }
        }
    }

    fn rules(&mut self, job: &Cursor<'_>) {
        let Some(rules) = job.get("rules") else { return };
        if !rules.is_sequence() && rules.lost().is_none() {
            self.say(&rules, "`rules` is a list".to_owned());
            return;
        }
        for rule in rules.flat() {
            if rule.lost().is_some() {
                continue;
            }
            if !rule.is_mapping() {
                self.say(&rule, "a rule is a mapping".to_owned());
                continue;
            }
            for (keyword, value, _) in rule.written() {
                if !RULE.contains(&&*keyword) {
                    let problem = Problem::new(value.place().clone(), format!("a rule has no keyword `{keyword}`"));
                    self.out.push(problem.meant(&keyword, RULE.iter().copied()));
                }
            }
            self.words(&rule, "when", WHEN_OF_RULE);
        }
        conditions(&rules, self.out);
    }

    /// `only` and `except`: patterns of refs, and expressions.
    fn limits(&mut self, job: &Cursor<'_>) {
        for limit in ["only", "except"].iter().filter_map(|keyword| job.get(keyword)) {
            let refs = if limit.is_mapping() { limit.get("refs") } else { Some(limit.clone()) };
            for written in refs.map_or_else(Vec::new, |refs| refs.flat()) {
                if let Some(reason) = written.text().get().and_then(|text| expression::pattern_refused(text)) {
                    self.say(&written, reason);
                }
            }
            for written in limit.get("variables").map_or_else(Vec::new, |variables| variables.flat()) {
                condition("variables", &written, self.out);
            }
        }
    }

    fn counts(&mut self, job: &Cursor<'_>) {
        if let Some(needs) = job.get("needs") {
            let count = needs.flat().len();
            if count > MAX_NEEDS {
                self.say(&needs, format!("`needs` names {count} jobs, and GitLab takes at most {MAX_NEEDS}"));
            }
        }
        if let Some(parallel) = job.get("parallel").filter(|parallel| !parallel.is_mapping()) {
            self.integer(&parallel, "parallel", 1..=MAX_PARALLEL);
        }
        if let Some(matrix) = job.get("parallel").and_then(|parallel| parallel.get("matrix")) {
            let rows = matrix.flat();
            let made = rows.iter().map(parallel::combinations).fold(0, usize::saturating_add);
            if !matrix.is_sequence() && matrix.lost().is_none() {
                self.say(&matrix, "`matrix` is a list of mappings".to_owned());
            } else if made > parallel::MAX_JOBS {
                let most = parallel::MAX_JOBS;
                self.say(&matrix, format!("this matrix makes {made} jobs, and GitLab makes at most {most}"));
            }
        }
        if let Some(retry) = job.get("retry") {
            let most = if retry.is_mapping() { retry.get("max") } else { Some(retry) };
            if let Some(most) = most {
                self.integer(&most, "retry", 0..=MAX_RETRIES);
            }
        }
    }

    fn needs(&mut self, job: &Cursor<'_>) {
        let Some(needs) = job.get("needs") else { return };
        if !needs.is_sequence() && !needs.is_mapping() && needs.lost().is_none() {
            self.say(&needs, "`needs` is a list".to_owned());
            return;
        }
        // An artifact comes from a job that is waited for.
        let name = |item: &Cursor<'_>| {
            if item.is_mapping() { item.get("job")?.text().get().cloned() } else { item.text().get().cloned() }
        };
        let needed: Vec<Option<String>> = needs.flat().iter().map(name).collect();
        if needed.is_empty() || needed.iter().any(Option::is_none) {
            return;
        }
        for item in job.get("dependencies").map_or_else(Vec::new, |list| list.flat()) {
            if let Some(wanted) = item.text().get()
                && !needed.contains(&Some(wanted.clone()))
            {
                self.say(&item, format!("`dependencies` names the job `{wanted}`, which `needs` does not name"));
            }
        }
    }

    fn caches(&mut self, job: &Cursor<'_>) {
        for cache in job.get("cache").map_or_else(Vec::new, |cache| cache.flat()) {
            if let Some(paths) = cache.get("paths").filter(|paths| !paths.is_sequence() && paths.lost().is_none()) {
                self.say(&paths, "`paths` of a cache is a list".to_owned());
            }
            let files = cache.get("key").and_then(|key| key.get("files"));
            if let Some(files) = files.filter(|files| !(1..=MAX_KEY_FILES).contains(&files.flat().len())) {
                self.say(&files, format!("`files` of a cache's key names 1 to {MAX_KEY_FILES} files"));
            }
        }
    }

    fn variables(&mut self, job: &Cursor<'_>) {
        for (name, value, _) in job.get("variables").map_or_else(Vec::new, |variables| variables.fields()) {
            let known = |keyword: &str| ["value", "expand"].contains(&keyword);
            let odd = value.is_sequence() || value.written().iter().any(|(keyword, ..)| !known(keyword));
            if odd && value.lost().is_none() {
                self.say(&value, format!("the variable `{name}` is a text, or a mapping of `value` and `expand`"));
            }
        }
    }

    fn integer(&mut self, value: &Cursor<'_>, keyword: &str, range: std::ops::RangeInclusive<i64>) {
        let Value::Known(text) = value.text().value else { return };
        let within = matches!(value.scalar_value(), Some(ScalarValue::Integer(number)) if range.contains(&number));
        if !within {
            let (from, to) = (range.start(), range.end());
            self.say(value, format!("`{keyword}` is a number from {from} to {to}, and `{text}` is none"));
        }
    }

    fn durations(&mut self, job: &Cursor<'_>) {
        let expire = job.get("artifacts").and_then(|artifacts| artifacts.get("expire_in"));
        for (keyword, value) in
            [("expire_in", expire), ("timeout", job.get("timeout")), ("start_in", job.get("start_in"))]
        {
            let Some(value) = value else { continue };
            let Value::Known(text) = value.text().value else { continue };
            let never = keyword == "expire_in" && text.trim().eq_ignore_ascii_case("never");
            let unsure = |refusal: &Refusal| matches!(refusal, Refusal::Unsure(_) | Refusal::TooLong);
            if let Err(refusal) = duration::gitlab(&text)
                && !never
                && !text.contains('$')
                && !unsure(&refusal)
            {
                self.say(&value, format!("`{keyword}` is a duration, and `{text}` is none: {refusal}"));
            }
        }
        let delayed = job.get("when").and_then(|when| when.text().get().cloned()).is_some_and(|when| when == "delayed");
        if delayed && job.get("rules").is_none() && job.get("start_in").is_none() {
            let message = format!("the job `{}` is delayed, and `start_in` does not say for how long", self.name);
            self.say(job, message);
        }
    }

    fn environment(&mut self, job: &Cursor<'_>) {
        let Some(environment) = job.get("environment") else { return };
        if !environment.is_mapping() {
            return;
        }
        if environment.get("name").is_none() {
            self.say(&environment, "an environment has a `name`".to_owned());
        }
        self.words(&environment, "action", ACTIONS);
    }

    fn tokens(&mut self, job: &Cursor<'_>) {
        for (name, token, _) in job.get("id_tokens").map_or_else(Vec::new, |tokens| tokens.fields()) {
            if token.lost().is_none() && token.get("aud").is_none() {
                self.say(&token, format!("the token `{name}` has no `aud`"));
            }
        }
    }
}
