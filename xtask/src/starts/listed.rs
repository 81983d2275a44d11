//! What gitlab-ci-local does otherwise than GitLab.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::expression::variables;
use super::pair::Pair;
use super::repository::Repository;
use super::seen::Seen;

/// Something that is known.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) name: &'static str,
    /// What decides, and what each of them does.
    pub(super) reason: &'static str,
}

const NOTHING_MATCHED: Listed = Listed {
    name: "nothing-matched",
    reason: "B1.14: a variable that is not there is held against a pattern as no text; gitlab-ci-local takes both `=~` \
             and `!~` of it for false",
};

const NO_PATTERN: Listed = Listed {
    name: "no-pattern",
    reason: "GitLab's lexeme/matches.rb: where the variable on the right is not there, nothing matches, and a text that \
             is no pattern is looked into; gitlab-ci-local refuses both",
};

const BACKSLASH: Listed = Listed {
    name: "backslash",
    reason: "B1.14: a variable may hold a pattern; gitlab-ci-local loses the backslashes in it",
};

const EMPTY_OPERAND: Listed = Listed {
    name: "empty-operand",
    reason: "GitLab's lexeme/and.rb, lexeme/or.rb: only nothing is false there; gitlab-ci-local takes an empty text for \
             false too",
};

const STARS: Listed = Listed {
    name: "stars",
    reason: "B1.15: in File.fnmatch `**` reaches into folders only before a slash; in gitlab-ci-local also at the end",
};

const FOLDER: Listed = Listed {
    name: "folder",
    reason: "B1.15: `exists` is held against files; gitlab-ci-local takes the name of a folder for all that is in it",
};

const QUESTION_MARK: Listed = Listed {
    name: "question-mark",
    reason: "B1.15: `?` is any character; in `exists` gitlab-ci-local takes it for itself",
};

const NEGATED_SET: Listed = Listed {
    name: "negated-set",
    reason: "B1.15: `[!a]` is any character but these; in `changes` gitlab-ci-local takes the `!` for one of them",
};

const MANUAL: Listed = Listed {
    name: "manual",
    reason: "B8.02, B1.11: a job that says `when: manual` and has no rules may fail; in gitlab-ci-local it may not",
};

const MANUAL_REFUSED: Listed = Listed {
    name: "manual-refused",
    reason: "B1.11: `allow_failure: false` beside `when: manual` stands; gitlab-ci-local forgets it where there are rules",
};

const NO_RULES: Listed = Listed {
    name: "no-rules",
    reason: "B1.12: a job without rules is for branches and tags, unless the workflow has rules; in gitlab-ci-local it \
             is for merge requests too",
};

/// All of it.
pub(super) const LISTED: [&Listed; 11] = [
    &NOTHING_MATCHED,
    &NO_PATTERN,
    &BACKSLASH,
    &EMPTY_OPERAND,
    &STARS,
    &FOLDER,
    &QUESTION_MARK,
    &NEGATED_SET,
    &MANUAL,
    &MANUAL_REFUSED,
    &NO_RULES,
];

/// The jobs of a pipeline, each with how it starts; or why there is no answer.
pub(super) type Answer = Result<BTreeMap<String, String>, String>;

/// The two answers to a pair.
#[derive(Clone, Copy)]
pub(super) struct Answers<'a> {
    pub(super) pair: &'a Pair,
    pub(super) repository: &'a Repository,
    pub(super) ours: &'a Answer,
    pub(super) theirs: &'a Answer,
}

impl<'a> Answers<'a> {
    /// What covers every job that they differ in; `None` where one is left.
    pub(super) fn listed(self) -> Option<&'static Listed> {
        let (Ok(ours), theirs) = (self.ours, self.theirs) else { return None };
        match theirs {
            // One of them has no pipeline: any part of it may be why.
            Ok(theirs) if !ours.is_empty() && !theirs.is_empty() => {
                let mut found = None;
                for name in ours.keys().chain(theirs.keys()).filter(|name| ours.get(*name) != theirs.get(*name)) {
                    let key = name.split_once(": [").map_or(name.as_str(), |(key, _)| key);
                    let job = self.pair.pipeline.get(key)?.as_object()?;
                    let own = self.own(job, ours.get(name).map(String::as_str), theirs.get(name).map(String::as_str));
                    found = Some(own.or_else(|| self.of_rules(job)).or_else(|| self.of_workflow())?);
                }
                found
            }
            _ => self.of_workflow().or_else(|| {
                let jobs = self.pair.pipeline.iter().filter(|(name, _)| *name != "workflow" && *name != "variables");
                jobs.filter_map(|(_, job)| job.as_object())
                    .find_map(|job| self.no_rules(job).or_else(|| self.of_rules(job)))
            }),
        }
    }

    /// What covers how one job starts.
    fn own(self, job: &Map<String, Value>, ours: Option<&str>, theirs: Option<&str>) -> Option<&'static Listed> {
        let manual = job.get("when").is_some_and(|when| when == "manual");
        let allowed = job.get("allow_failure").and_then(Value::as_bool);
        match (job.contains_key("rules"), ours, theirs) {
            (false, Some("manual+"), Some("manual")) if manual && allowed.is_none() => Some(&MANUAL),
            (false, None, Some(_)) => self.no_rules(job),
            (true, Some(ours), Some(theirs))
                if manual && allowed == Some(false) && theirs.strip_suffix('+') == Some(ours) =>
            {
                Some(&MANUAL_REFUSED)
            }
            _ => None,
        }
    }

    fn no_rules(self, job: &Map<String, Value>) -> Option<&'static Listed> {
        let covers = self.pair.request && !job.contains_key("rules") && !self.pair.pipeline.contains_key("workflow");
        covers.then_some(&NO_RULES)
    }

    fn of_rules(self, job: &'a Map<String, Value>) -> Option<&'static Listed> {
        let seen = Seen::job(&self.pair.variables, &self.pair.pipeline, job);
        job.get("rules")?.as_array()?.iter().find_map(|rule| self.of_rule(rule, &seen))
    }

    fn of_workflow(self) -> Option<&'static Listed> {
        let seen = Seen::workflow(&self.pair.variables, &self.pair.pipeline);
        self.pair.pipeline.get("workflow")?.get("rules")?.as_array()?.iter().find_map(|rule| self.of_rule(rule, &seen))
    }

    fn of_rule(self, rule: &Value, seen: &Seen<'_>) -> Option<&'static Listed> {
        let condition = rule.get("if").and_then(Value::as_str).unwrap_or_default();
        let joined = condition.contains("&&") || condition.contains("||");
        let of_condition = variables(condition)
            .find_map(|variable| of_variable(variable, seen).filter(|found| joined || **found != EMPTY_OPERAND));
        let asked = |keyword: &str| {
            let paths = rule.get(keyword).map(|asked| asked.get("paths").unwrap_or(asked)).and_then(Value::as_array);
            paths.into_iter().flatten().filter_map(Value::as_str)
        };
        of_condition
            .or_else(|| asked("changes").chain(asked("exists")).any(|path| path.ends_with("**")).then_some(&STARS))
            .or_else(|| asked("exists").any(|path| self.repository.has_folder(path)).then_some(&FOLDER))
            .or_else(|| asked("exists").any(|path| path.contains('?')).then_some(&QUESTION_MARK))
            .or_else(|| asked("changes").any(|path| path.contains("[!")).then_some(&NEGATED_SET))
    }
}

/// What is known of a variable in an expression, by what is before it and behind it.
pub(super) fn of_variable((before, name, behind): (&str, &str, &str), seen: &Seen<'_>) -> Option<&'static Listed> {
    let values = seen.values(name);
    let is_matched = |text: &str| text.starts_with("=~") || text.starts_with("!~");
    if is_matched(behind) && values.contains(&None) {
        return Some(&NOTHING_MATCHED);
    }
    if before.ends_with('~') {
        if values.iter().any(|value| !value.is_some_and(|value| value.starts_with('/'))) {
            return Some(&NO_PATTERN);
        }
        return values.iter().flatten().any(|value| value.contains('\\')).then_some(&BACKSLASH);
    }
    let begins = ["", "(", "&&", "||"].iter().any(|end| before == *end || (!end.is_empty() && before.ends_with(end)));
    let ends = behind.is_empty() || [")", "&&", "||"].iter().any(|begin| behind.starts_with(begin));
    (begins && ends && values.contains(&Some(""))).then_some(&EMPTY_OPERAND)
}
