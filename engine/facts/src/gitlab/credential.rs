//! The credentials of a pipeline: saved plans that jobs keep as artifacts, since a plan holds every secret of its state
//! in the clear, and keys that stand in the pipeline's own text.
//!
//! Keys are looked for in the variables of the pipeline and of its visible jobs, and in what scripts assign. Variables
//! of `rules:`, of triggers and of the project's settings are not read here.

use std::collections::BTreeSet;

use engine_formats::yaml::{self, Dialect, ScalarValue};
use engine_model::{Place, Value, Why};

use super::command::Command;
use super::job::Job;
use super::pipeline::Pipeline;
use super::{flow, key, path};
use crate::credential::{Credential, Kind, Lifetime, Source};
use crate::duration::{self, Kept};
use crate::sourced::{Origin, Sourced};

/// How long GitLab keeps artifacts where neither the job nor the instance says otherwise: 30 days, in seconds.
const INSTANCE_DEFAULT: i64 = 30 * 86_400;

/// The keyword that says how long an artifact is kept.
const EXPIRE_IN: &str = "expire_in";

/// Programs that hand on what they read as it is.
const PLAIN: [&str; 2] = ["tee", "cat"];

/// The credentials of a pipeline, plans before keys, each in the order of the jobs.
///
/// A key that several jobs get from one place is one credential, and belongs to none of them.
#[must_use]
pub fn credentials(pipeline: &Pipeline) -> Vec<Credential> {
    let plans = pipeline.jobs.iter().filter(|job| !job.starts.is_empty() && keeps_plan(job)).map(plan_artifact);
    let mut out: Vec<Credential> = plans.collect();
    let mut keys = Keys::default();
    for (name, value) in &pipeline.variables {
        keys.variable(None, name, value);
    }
    for job in &pipeline.jobs {
        for (name, value) in &job.variables {
            keys.variable(Some(job), name, value);
        }
        for (name, value) in job.commands.iter().flat_map(|command| &command.assignments) {
            let written = value.origin.as_ref().is_some_and(|origin| key::is_written_out(&origin.place));
            if written {
                keys.add(Some(job), name, value, &format!("`{name}` in a script"));
            }
        }
    }
    out.extend(keys.found);
    out
}

/// Keys so far, each place once.
#[derive(Default)]
struct Keys {
    found: Vec<Credential>,
    places: BTreeSet<(String, u32, u32)>,
}

impl Keys {
    fn variable(&mut self, job: Option<&Job>, name: &str, value: &Sourced<String>) {
        if value.get().is_some_and(|text| !key::refers(text)) {
            self.add(job, name, value, &format!("variable `{name}`"));
        }
    }

    fn add(&mut self, job: Option<&Job>, name: &str, value: &Sourced<String>, title: &str) {
        let (Some(text), Some(origin)) = (value.get(), &value.origin) else { return };
        if !key::is_key(name) || !key::is_secret(name, text) {
            return;
        }
        let location = origin.place.location();
        let place = (location.file.path().to_string(), location.span.start, location.span.end);
        if !self.places.insert(place) {
            self.shared(&origin.place, job);
            return;
        }
        // The lifetimes lead to the literal, and never show it.
        let value = || Sourced { value: Value::Absent, origin: Some(origin.clone()) };
        let never = || Lifetime::never("value", value());
        let mut credential =
            Credential::new(Kind::StaticKey, title.to_owned(), Source::Pipeline, origin.clone(), never(), never());
        credential.open = Some(origin.place.clone());
        credential.job = job.map(|job| (job.name.clone(), job.origin.clone()));
        self.found.push(credential);
    }

    /// Notes that another job has the key of this place too.
    fn shared(&mut self, place: &Place, job: Option<&Job>) {
        let location = place.location();
        let same = |credential: &&mut Credential| {
            let known = credential.origin.place.location();
            known.span == location.span && known.file.path() == location.file.path()
        };
        let Some(known) = self.found.iter_mut().find(same) else { return };
        if known.job.as_ref().map(|(name, _)| name) != job.map(|job| &job.name) {
            known.job = None;
        }
    }
}

/// Whether a job keeps a plan that it made, or the whole of one as JSON. Where a pattern of `artifacts:paths` is unknown,
/// it may keep it, and so it does.
fn keeps_plan(job: &Job) -> bool {
    job.commands.iter().any(|command| {
        let Some(call) = &command.invocation else { return false };
        match call.action.get().map(String::as_str) {
            Some("plan" | "run-all plan" | "run plan" | "preview") => keeps(job, &call.plan),
            Some("show") if call.flags.iter().any(|flag| flag.name == "json") => {
                shown(job, command).any(|file| keeps(job, file))
            }
            _ => false,
        }
    })
}

/// The files that get a plan as JSON whole: written by the very command, or by those it is piped through unchanged.
fn shown<'j>(job: &'j Job, show: &Command) -> impl Iterator<Item = &'j Sourced<String>> {
    let piped = job.commands.iter().filter(|command| command.pipeline == show.pipeline);
    let after = piped.skip_while(|command| !std::ptr::eq(*command, show));
    let whole = after.enumerate().take_while(|(at, command)| *at == 0 || command.program().is_some_and(is_plain));
    whole.flat_map(|(_, command)| &command.writes)
}

fn is_plain(program: &str) -> bool {
    PLAIN.contains(&program)
}

/// Whether a job keeps a file as an artifact or as a report, for all that can be told.
fn keeps(job: &Job, file: &Sourced<String>) -> bool {
    if file.is_absent() {
        return false;
    }
    let covers = |pattern: &Sourced<String>| flow::expanded(job, pattern).map(|pattern| path::keeps(&pattern, file));
    let report = || job.artifacts.reports.iter().any(|(_, report)| covers(report) == Some(true));
    if job.artifacts.exclude.iter().any(|pattern| covers(pattern) == Some(true)) {
        return report();
    }
    let inside = file.get().is_none_or(|path| !path.starts_with(['/', '~']));
    let untracked = inside && job.artifacts.untracked.get() == Some(&true);
    untracked || job.artifacts.paths.iter().any(|pattern| covers(pattern) != Some(false)) || report()
}

fn plan_artifact(job: &Job) -> Credential {
    let origin = job.artifacts.origin.clone().unwrap_or_else(|| job.origin.clone());
    let title = format!("the plan that job `{}` keeps", job.name);
    let lifetime = || kept(&job.artifacts.expire_in);
    let mut credential = Credential::new(Kind::PlanArtifact, title, Source::Pipeline, origin, lifetime(), lifetime());
    credential.job = Some((job.name.clone(), job.origin.clone()));
    credential
}

/// How long GitLab keeps an artifact whose `expire_in:` is this.
fn kept(expire_in: &Sourced<String>) -> Lifetime {
    let text = match &expire_in.value {
        Value::Absent => return Lifetime::product(EXPIRE_IN, INSTANCE_DEFAULT),
        Value::Unknown(unknown) => {
            let seconds = Sourced { value: Value::Unknown(unknown.clone()), origin: expire_in.origin.clone() };
            return Lifetime::written(EXPIRE_IN, seconds, expire_in.clone());
        }
        Value::Known(text) => text,
    };
    let unknown = |why: Why, on: String| Sourced { value: Value::unknown(why, on), origin: expire_in.origin.clone() };
    let seconds = if !expire_in.origin.as_ref().is_some_and(is_text) {
        unknown(Why::NotEvaluated, format!("`{text}`: GitLab wants it in quotes, a number is no duration"))
    } else {
        match duration::gitlab(text) {
            Ok(Kept::Never) => return Lifetime::never(EXPIRE_IN, expire_in.clone()),
            Ok(Kept::Seconds(seconds)) => Sourced { value: Value::Known(seconds), origin: expire_in.origin.clone() },
            Err(_) if text.contains('$') => unknown(Why::Dynamic, text.clone()),
            Err(refusal) => unknown(Why::NotEvaluated, format!("`{text}`: {refusal}")),
        }
    };
    Lifetime::written(EXPIRE_IN, seconds, expire_in.clone())
}

/// Whether GitLab reads the scalar as text, and not as a number: it takes durations only from text.
fn is_text(origin: &Origin) -> bool {
    let place = &origin.place;
    let Some(scalar) = place.document.scalar(place.node) else { return true };
    let value = yaml::scalar_value(&scalar, place.document.tag(scalar.node), Dialect::Yaml11);
    matches!(value, ScalarValue::String)
}
