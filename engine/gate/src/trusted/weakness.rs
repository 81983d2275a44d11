//! The jobs that run the gate in a tree, held against those of the revision that judges it.
//!
//! Each call of the gate in the revision is held against the call of the tree that keeps most of it. What the tree's
//! call does less strictly is a finding; what else changes around it is only said.

use engine_config::Config;
use engine_facts::gitlab::{self, Include, Pipeline, Project};
use engine_model::{FilePath, Gap, GapCause, Location, Place, Route, Span};

use super::arguments::Arguments;
use super::rule::{GATE_JOB_WEAKENED, GATE_SETTINGS_CHANGED};
use super::runs::{Reach, Run, Way, brought, entry, given, runs};
use super::{Compared, Trusted, nameless, related};
use crate::library::Library;

/// The project's own pipeline.
const OWN: &str = ".gitlab-ci.yml";

/// The help that a finding gives.
const HELP: &str = "keep the gate as it is, or let somebody who answers for it waive this in the target branch";

pub(super) fn compare(
    library: &Library<'_>,
    before: &Library<'_>,
    trusted: &Trusted<'_>,
    config: &Config,
    compared: &mut Compared,
) {
    let Some(own) = FilePath::new(OWN) else { return };
    let then = gitlab::derive(before, &own, &Project::default()).unwrap_or_default();
    let calls = runs(&then, config);
    let includes = brought(&then);
    if calls.is_empty() && includes.is_empty() {
        let missing = |gap: &&Gap| !matches!(gap.cause, GapCause::Dynamic | GapCause::NotEvaluated);
        let gap = then.gaps.iter().find(missing);
        if gap.is_some() || before.is_broken(&own) {
            compared.gaps.push(unseen(trusted, gap.and_then(|gap| gap.location.as_ref())));
        }
        return;
    }
    let now = gitlab::derive(library, &own, &Project::default());
    // A file that cannot be read is a finding of its own, and what it holds is not known.
    let broken = |pipeline: &Pipeline| pipeline.gaps.iter().any(|gap| gap.cause == GapCause::BrokenDocument);
    if library.is_broken(&own) || now.as_ref().is_some_and(broken) {
        return;
    }
    let now = now.unwrap_or_default();
    let mut sides = Sides { trusted, now: &now, calls: runs(&now, config), compared };
    for call in &calls {
        sides.call(call);
    }
    for include in includes {
        sides.include(include);
    }
}

/// That nobody can tell which job runs the gate.
fn unseen(trusted: &Trusted<'_>, location: Option<&Location>) -> Gap {
    Gap {
        kind: "",
        fields: &[],
        cause: GapCause::NotVendored,
        message: format!(
            "no job of {} is seen to run `engine check`, and not all of its pipeline can be read",
            trusted.shown()
        ),
        location: location.map(|location| trusted.located(location)),
        way_out: Some("keep the job that runs the gate in a file of the repository".to_owned()),
    }
}

struct Sides<'a> {
    trusted: &'a Trusted<'a>,
    now: &'a Pipeline,
    calls: Vec<Run>,
    compared: &'a mut Compared,
}

impl Sides<'_> {
    /// A call of the revision against those of the tree.
    fn call(&mut self, then: &Run) {
        let whence = self.trusted.shown();
        let mut held: Vec<(&Run, Vec<(Place, String)>)> =
            self.calls.iter().map(|now| (now, weaknesses(now, then, &whence))).collect();
        held.sort_by_key(|(now, weaknesses)| (weaknesses.len(), now.job != then.job));
        let Some((now, weaknesses)) = held.into_iter().next() else {
            return self.gone(&format!("the job `{}`, which runs the gate in {whence},", then.job), &then.key);
        };
        let job = now.job.clone();
        let changed = (weaknesses.is_empty() && now.around != then.around).then(|| now.key.clone());
        for (place, message) in weaknesses {
            let message = format!("job `{job}` {message}");
            self.weakened(place.location(), place.route(), message, &then.key);
        }
        if let Some(key) = changed {
            let message =
                format!("job `{job}` runs the gate among other commands or in another image than in {whence}");
            self.compared.find(GATE_SETTINGS_CHANGED, &key, message);
        }
    }

    /// An include of the revision that brings the gate, against what the tree has.
    fn include(&mut self, before: &Include) {
        let (title, then) = (before.title.as_str(), &entry(before));
        let whence = self.trusted.shown();
        let name = |title: &str| title.split('@').next().unwrap_or(title).trim_end_matches('`').to_owned();
        let now = brought(self.now).into_iter().find(|include| name(&include.title) == name(title));
        let Some(now) = now else {
            // What the include brings is taken to be strict in all that can be told.
            let all = || Way { reach: Reach::All, stops: true };
            let ideal = |now: &Run| Run {
                merge_requests: all(),
                branch: all(),
                counts: true,
                unconditional: true,
                directory: gitlab::Directory::project(),
                arguments: Arguments::trusting(),
                ..now.clone()
            };
            let kept = self.calls.iter().any(|now| weaknesses(now, &ideal(now), &whence).is_empty());
            if !kept {
                self.gone(&format!("the {title}, which runs the gate in {whence},"), then);
            }
            return;
        };
        let is_given_the_same = given(now) == given(before);
        let now = entry(now);
        if !is_given_the_same {
            let message = format!("the {title} runs the gate, and is given something else in {whence}");
            self.weakened(now.location(), now.route(), message, then);
        } else if now.document.source_text(now.node) != then.document.source_text(then.node) {
            let message = format!("the {title} runs the gate, and is of another version in {whence}");
            self.compared.find(GATE_SETTINGS_CHANGED, &now, message);
        }
    }

    /// Said at the top of the tree's own pipeline, or under its name where there is none.
    fn gone(&mut self, what: &str, then: &Place) {
        let message = format!("{what} is gone");
        let origin = self.now.origin.as_ref().map(|origin| origin.place.clone());
        let (location, route) = match origin {
            Some(place) => (place.location(), place.route()),
            None => {
                let Some(path) = FilePath::new(OWN) else { return };
                (Location { file: nameless(path), span: Span::default() }, Route::default())
            }
        };
        self.weakened(location, route, message, then);
    }

    fn weakened(&mut self, location: Location, route: Route, message: String, then: &Place) {
        let was = related(format!("as it is in {}", self.trusted.shown()), self.trusted.located(&then.location()));
        if let Some(finding) = self.compared.find_at(GATE_JOB_WEAKENED, location, route, message) {
            finding.related.push(was);
            finding.help = Some(HELP.to_owned());
        }
    }
}

/// What `now` does less strictly than `then`: where, and a predicate of its job.
fn weaknesses(now: &Run, then: &Run, whence: &str) -> Vec<(Place, String)> {
    let mut found = Vec::new();
    for (kind, now_way, then_way) in [
        ("merge request pipelines", &now.merge_requests, &then.merge_requests),
        ("pipelines of production's branch", &now.branch, &then.branch),
    ] {
        found.extend(way(now_way, then_way, kind, whence).map(|message| (now.key.clone(), message)));
    }
    if then.counts && !now.counts {
        found.push((now.place.clone(), "runs the gate, and hides its failure".to_owned()));
    }
    if then.unconditional && !now.unconditional {
        found.push((now.place.clone(), "may run without running the gate".to_owned()));
    }
    if now.directory != then.directory {
        found.push((now.place.clone(), format!("runs the gate in another directory than in {whence}")));
    }
    if now.feeds != then.feeds {
        found.push((now.place.clone(), format!("sets what it runs the gate with otherwise than in {whence}")));
    }
    let arguments = now.arguments.weaker_than(&then.arguments, whence);
    found.extend(arguments.into_iter().map(|message| (now.place.clone(), message)));
    found
}

fn way(now: &Way, then: &Way, kind: &str, whence: &str) -> Option<String> {
    let weaker = match (&now.reach, &then.reach) {
        (Reach::Unknown(now), Reach::Unknown(then)) => now != then,
        (now, then) => now.rank() < then.rank(),
    };
    if weaker {
        return Some(match &now.reach {
            Reach::Never => format!("runs in no {kind}, and does in {whence}"),
            Reach::ByHand => format!("waits for somebody to start it in {kind}, and does not in {whence}"),
            Reach::Unknown(on) => format!("may run in fewer {kind} than in {whence}: that depends on `{on}`"),
            Reach::Some | Reach::All => format!("runs in fewer {kind} than in {whence}"),
        });
    }
    let stopped = then.stops && !now.stops && now.reach != Reach::Never;
    stopped.then(|| format!("may fail in {kind} without stopping them, and may not in {whence}"))
}
